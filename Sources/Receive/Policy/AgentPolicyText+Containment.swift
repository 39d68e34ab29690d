internal import Store
internal import Wire

// What hosts may do by themselves. Agents know the same kinds of action; a test holds the two together.
extension AgentPolicyText {
    /// What an order may ask for, and `actions` name.
    package static let actionKinds = [
        "block_network", "disable_user", "end_sessions", "isolate_host", "kill_processes",
        "quarantine_file", "remove_persistence", "restore_files", "revoke_keys",
        "suspend_processes", "undo",
    ]
    /// What a host may be let do by itself: its subject is in the record that a rule fired on.
    package static let containmentKinds = [
        "block_network", "disable_user", "end_sessions", "isolate_host", "kill_processes",
        "quarantine_file", "restore_files", "suspend_processes",
    ]
    package static let containmentMax = 100
    static let levels = ["informational", "low", "medium", "high", "critical"]
    static let nameBytesMax = 64
    static let leaseSecondsMax: Int64 = 30 * 86_400

    static func containment(_ json: CanonicalJSON) throws(Failure) -> [WireContainment] {
        let list = try list(json, "containment")
        guard list.count <= containmentMax else {
            throw Failure(
                pointer: "/containment", description: "It is a list of at most \(containmentMax).")
        }
        var found: [WireContainment] = []
        for (index, value) in list.enumerated() {
            let one = try entry(value, at: "/containment/\(index)")
            guard !found.contains(where: { $0.name == one.name }) else {
                throw Failure(
                    pointer: "/containment/\(index)/name", description: "This name stands twice.")
            }
            found.append(one)
        }
        return found
    }

    private static func entry(
        _ value: CanonicalJSON, at pointer: String
    ) throws(Failure) -> WireContainment {
        guard case .object(let members) = value else {
            throw Failure(pointer: pointer, description: "It is not an object.")
        }
        try only(
            ["name", "rules", "level", "action", "lease_seconds", "per_hour"], members, at: pointer)
        var one = WireContainment()
        one.name = value["name"]?.text ?? ""
        guard isName(one.name) else {
            throw Failure(
                pointer: pointer + "/name",
                description:
                    "It is a name of 1 to \(nameBytesMax) letters, digits, blanks and `-._`.")
        }
        one.action = value["action"]?.text ?? ""
        guard containmentKinds.contains(one.action) else {
            throw unknownAction(one.action, containmentKinds, at: pointer + "/action")
        }
        one.rules = try texts(value, "rules", at: pointer)
        one.level = try level(value, at: pointer)
        guard !one.rules.isEmpty || !one.level.isEmpty else {
            throw Failure(
                pointer: pointer, description: "It needs `rules` (their ids) or a `level`.")
        }
        one.leaseSeconds = try number(value, "lease_seconds", 60...leaseSecondsMax, at: pointer)
        one.perHour = try number(value, "per_hour", 1...100, at: pointer)
        return one
    }

    private static func level(
        _ value: CanonicalJSON, at pointer: String
    ) throws(Failure) -> String {
        guard let given = value["level"] else { return "" }
        guard let level = given.text, levels.contains(level) else {
            throw Failure(
                pointer: pointer + "/level",
                description: "It is one of \(levels.joined(separator: ", ")).")
        }
        return level
    }

    private static func number(
        _ value: CanonicalJSON, _ name: String, _ range: ClosedRange<Int64>, at pointer: String
    ) throws(Failure) -> UInt32 {
        guard let given = value[name] else { return 0 }
        guard let number = given.integer, range.contains(number) else {
            throw Failure(
                pointer: "\(pointer)/\(name)",
                description: "It is from \(range.lowerBound) to \(range.upperBound).")
        }
        return UInt32(number)
    }

    private static func isName(_ text: String) -> Bool {
        (1...nameBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0)
                    || [0x20, 0x2D, 0x2E, 0x5F].contains($0)
            }
    }
}
