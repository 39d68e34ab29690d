/// The tactics of MITRE ATT&CK Enterprise, in the order of its matrix.
///
/// Defense Evasion is the name up to version 18; from 19 its techniques are Stealth and Defense
/// Impairment. Rules use either, so all three stand here.
package enum Tactic: Int, Sendable, CaseIterable, Comparable {
    case reconnaissance, resourceDevelopment, initialAccess, execution, persistence
    case privilegeEscalation, defenseEvasion, stealth, defenseImpairment, credentialAccess,
        discovery, lateralMovement
    case collection, commandAndControl, exfiltration, impact

    package static func < (left: Tactic, right: Tactic) -> Bool { left.rawValue < right.rawValue }

    /// `credential-access`
    package var shortName: String { Self.table[rawValue].0 }
    /// `Credential Access`
    package var name: String { Self.table[rawValue].1 }

    /// - Parameter tag: a rule's tag, `attack.credential-access` or `attack.credential_access`.
    package init?(tag: String) {
        guard tag.hasPrefix("attack.") else { return nil }
        let plain = String(tag.dropFirst(7).map { $0 == "_" ? "-" : $0 })
        guard let place = Self.table.firstIndex(where: { $0.0 == plain }) else { return nil }
        self.init(rawValue: place)
    }

    private static let table = [
        ("reconnaissance", "Reconnaissance"), ("resource-development", "Resource Development"),
        ("initial-access", "Initial Access"), ("execution", "Execution"),
        ("persistence", "Persistence"), ("privilege-escalation", "Privilege Escalation"),
        ("defense-evasion", "Defense Evasion"), ("stealth", "Stealth"),
        ("defense-impairment", "Defense Impairment"), ("credential-access", "Credential Access"),
        ("discovery", "Discovery"), ("lateral-movement", "Lateral Movement"),
        ("collection", "Collection"), ("command-and-control", "Command and Control"),
        ("exfiltration", "Exfiltration"), ("impact", "Impact"),
    ]
}

/// What a rule's tags say, read once.
struct RuleTags: Sendable {
    var tactics: [Tactic] = []
    /// `T1059.001`
    var techniques: [String] = []

    init(_ tags: [String]) {
        for tag in tags {
            if let tactic = Tactic(tag: tag) {
                if !tactics.contains(tactic) { tactics.append(tactic) }
            } else if tag.hasPrefix("attack.t"), Self.isTechnique(tag.dropFirst(8)) {
                let technique = "T" + tag.dropFirst(8)
                if !techniques.contains(technique) { techniques.append(technique) }
            }
        }
        tactics.sort()
        techniques.sort()
    }

    private static func isTechnique(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let isNumber = { (part: Substring, count: Int) in
            part.utf8.count == count && part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        }
        return !parts.isEmpty && parts.count <= 2 && isNumber(parts[0], 4)
            && (parts.count == 1 || isNumber(parts[1], 3))
    }
}
