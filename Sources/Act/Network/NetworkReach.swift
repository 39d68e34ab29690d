/// Makes the kernel's table what it should be, and says whether it is.
package struct NetworkReach: Sendable {
    /// Words before `nft`, e.g. `ip netns exec NAME`: in whose network it works. Empty for this one.
    package var prefix: [String]

    package init(prefix: [String] = []) { self.prefix = prefix }

    private func nft(_ words: [String], _ script: String) throws(ActFailure) -> String {
        let result = try Tool.run(prefix + ["nft"] + words, input: Array(script.utf8))
        guard result.code == 0 else {
            throw ActFailure(.system, "nft refused: \(result.complaint.prefix(400))")
        }
        return String(decoding: result.output, as: UTF8.self)
    }

    /// Whole or not at all.
    func load(_ table: NetworkTable, at now: Int64) throws(ActFailure) {
        _ = try nft(["-f", "-"], table.script(at: now))
    }

    /// The table as the kernel has it, without counters and the time that is left; empty where there is none.
    func listing() throws(ActFailure) -> String {
        let result = try Tool.run(
            prefix + ["nft", "-s", "list", "table", "inet", NetworkTable.name])
        guard result.code == 0 else {
            guard result.complaint.contains("No such file") else {
                throw ActFailure(.system, "nft refused: \(result.complaint.prefix(400))")
            }
            return ""
        }
        return Self.still(String(decoding: result.output, as: UTF8.self))
    }

    /// What ``listing()`` must say of a table: nft is asked in an empty network of its own, where nobody else can write.
    func expectation(of table: NetworkTable, at now: Int64) throws(ActFailure) -> String {
        guard !table.isEmpty else { return "" }
        // Loading and listing in one run would list chains without their rules.
        let both = "nft -f - && nft -s list table inet \(NetworkTable.name)"
        let result = try Tool.run(
            ["unshare", "--net", "sh", "-c", both], input: Array(table.script(at: now).utf8))
        guard result.code == 0 else {
            throw ActFailure(.system, "nft refused: \(result.complaint.prefix(400))")
        }
        return Self.still(String(decoding: result.output, as: UTF8.self))
    }

    /// Without `timeout 3s` and `expires 2s`, elements in order, and with one space between words.
    static func still(_ listing: String) -> String {
        var words = listing.split { $0 == " " || $0 == "\n" || $0 == "\t" }[...]
        var kept: [String] = []
        while let word = words.popFirst() {
            kept.append(String(word))
            guard word == "elements", words.starts(with: ["=", "{"]) else { continue }
            let inside = words.dropFirst(2).prefix { $0 != "}" }
            words = words.dropFirst(2 + inside.count)
            kept.append("= { " + elements(inside).sorted().joined(separator: ", "))
        }
        return kept.joined(separator: " ")
    }

    private static func elements(_ words: ArraySlice<Substring>) -> [String] {
        words.joined(separator: " ").split(separator: ",").map { element in
            var words = element.split(separator: " ")[...]
            var kept: [Substring] = []
            while let word = words.popFirst() {
                if word == "timeout" || word == "expires" {
                    words = words.dropFirst()
                } else {
                    kept.append(word)
                }
            }
            return kept.joined(separator: " ")
        }
    }
}
