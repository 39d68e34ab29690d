import Sigma

/// The ATT&CK part of a rule's tags: `attack.t1059.001`, `attack.credential-access`.
struct AttackTags {
    /// `T1059.001`, in the order of the tags.
    private(set) var techniques: [String] = []
    /// Tactic short names with `-`, in the order of the tags.
    private(set) var tactics: [String] = []

    init(_ tags: [String]) {
        for tag in tags {
            let tag = tag.lowercased()
            guard tag.hasPrefix("attack.") else { continue }
            let name = String(tag.dropFirst("attack.".count))
            if Self.isTechnique(name) {
                let id = name.uppercased()
                if !techniques.contains(id) { techniques.append(id) }
            } else {
                let tactic = name.replacing("_", with: "-")
                if Tactic.named(tactic) != nil, !tactics.contains(tactic) { tactics.append(tactic) }
            }
        }
    }

    /// `t1059` or `t1059.001`.
    static func isTechnique(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2 else { return false }
        guard first.first == "t" || first.first == "T", first.utf8.count == 5 else { return false }
        guard first.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else { return false }
        return parts.count == 1
            || parts[1].utf8.count == 3 && parts[1].allSatisfy { $0.isASCII && $0.isNumber }
    }

    /// The tactics a technique is shown under: where its own list and the rule's tags agree, else
    /// its own list, else the rule's tags.
    func tactics(of technique: Technique?) -> [String] {
        let tagged = tactics.map { Tactic.named($0)?.columnName ?? $0 }
        guard let technique, !technique.tactics.isEmpty else { return tagged }
        let both = technique.tactics.filter {
            tagged.contains(Tactic.named($0)?.columnName ?? $0)
        }
        return both.isEmpty ? technique.tactics : both
    }
}

/// One column of the ATT&CK matrix.
struct Tactic {
    let name: String
    /// `TA0002`; nil where our table has none.
    let id: String?
    let title: String
    /// The column it is shown in: tactics that newer versions split off stand with their origin as
    /// long as the techniques' own table does not know them.
    let columnName: String

    private init(_ name: String, _ id: String?, _ title: String, in column: String? = nil) {
        self.name = name
        self.id = id
        self.title = title
        columnName = column ?? name
    }

    /// In ATT&CK order.
    static let all = [
        Tactic("reconnaissance", "TA0043", "Reconnaissance"),
        Tactic("resource-development", "TA0042", "Resource Development"),
        Tactic("initial-access", "TA0001", "Initial Access"),
        Tactic("execution", "TA0002", "Execution"),
        Tactic("persistence", "TA0003", "Persistence"),
        Tactic("privilege-escalation", "TA0004", "Privilege Escalation"),
        Tactic("defense-evasion", "TA0005", "Defense Evasion"),
        Tactic("stealth", nil, "Stealth", in: "defense-evasion"),
        Tactic("defense-impairment", nil, "Defense Impairment", in: "defense-evasion"),
        Tactic("credential-access", "TA0006", "Credential Access"),
        Tactic("discovery", "TA0007", "Discovery"),
        Tactic("lateral-movement", "TA0008", "Lateral Movement"),
        Tactic("collection", "TA0009", "Collection"),
        Tactic("command-and-control", "TA0011", "Command and Control"),
        Tactic("exfiltration", "TA0010", "Exfiltration"),
        Tactic("impact", "TA0040", "Impact"),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    static func named(_ name: String) -> Tactic? { byName[name] }
    static func title(_ name: String) -> String { byName[name]?.title ?? name }
}
