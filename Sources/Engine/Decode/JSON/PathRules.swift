package import Sigma

/// The `paths:` of all mappings, asked once for each new path.
package struct PathRules: Sendable {
    private struct Ordered {
        var order: Int
        var path: Mapping.Path
    }

    /// Paths without a wildcard, as they are written.
    private var exact: [String: Ordered] = [:]
    /// Those with one, by how many parts they have.
    private var wild: [Int: [Ordered]] = [:]
    private var primary: Set<String> = []

    /// Lists of arguments, which everyone else writes as one command line.
    static let joined: Set<String> = ["event.exec.args"]

    /// - Parameter mappings: in order; the first path that fits wins.
    package init(_ mappings: [Mapping]) {
        for (order, path) in mappings.flatMap(\.paths).enumerated() {
            let ordered = Ordered(order: order, path: path)
            if path.parts.contains("*") {
                wild[path.parts.count, default: []].append(ordered)
            } else {
                let written = path.parts.joined(separator: ".")
                if exact[written] == nil { exact[written] = ordered }
            }
        }
        // System's own Channel and EventID sort the event; a record may carry the same names
        // again in its data (System event 104 does), so System's come first.
        primary = ["Event.System.Channel", "Event.System.EventID", "Event.System.EventID.#text"]
    }

    func field(of path: String) -> (name: String, isPrimary: Bool) {
        let known = exact[path]
        let count = path.utf8.reduce(1) { $1 == UInt8(ascii: ".") ? $0 + 1 : $0 }
        if let candidates = wild[count] {
            let parts = path.split(separator: ".", omittingEmptySubsequences: false)
            for rule in candidates where rule.order < known?.order ?? .max {
                if let name = Self.name(parts, by: rule.path) {
                    return (name, primary.contains(path))
                }
            }
        }
        guard let field = known?.path.field else { return (path, false) }
        return (field, primary.contains(path))
    }

    /// The field's name where the path fits.
    private static func name(_ parts: [Substring], by rule: Mapping.Path) -> String? {
        var captured: Substring = ""
        for (asked, part) in zip(rule.parts, parts) {
            if asked == "*" {
                captured = part
            } else if asked != part {
                return nil
            }
        }
        return rule.field == "*" ? String(captured.filter { $0 != " " }) : rule.field
    }
}
