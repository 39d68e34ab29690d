package import Engine

/// What the log says beside records: everything that can change a finding is in it.
package enum Control: Hashable, Sendable {
    /// It is time to tell what has become of incidents.
    case tick
    /// From here on the rules and mappings of this content version are in force.
    case content(String)
    /// From here on these suppressions are in force, and no others.
    case suppressions([Suppression])
    /// Something that happened to an agent, which no record of it could tell.
    case agent(AgentNotice)

    /// Nil where this version knows no such control, or cannot read it.
    package init?(_ kind: String, _ bytes: [UInt8]) {
        switch kind {
        case "tick": self = .tick
        case "content":
            let name = String(decoding: bytes, as: UTF8.self)
            guard ContentName.isName(name) else { return nil }
            self = .content(name)
        case "suppressions":
            var reader = StateReader(bytes)
            guard
                let list = try? reader.list({ reader throws(StateReader.Failure) in
                    try Suppression(from: &reader)
                }), reader.isAtEnd
            else { return nil }
            self = .suppressions(list)
        case "agent":
            guard let notice = AgentNotice(bytes) else { return nil }
            self = .agent(notice)
        default: return nil
        }
    }

    package var kind: String {
        switch self {
        case .tick: "tick"
        case .content: "content"
        case .suppressions: "suppressions"
        case .agent: "agent"
        }
    }

    package var bytes: [UInt8] {
        switch self {
        case .tick: return []
        case .content(let name): return Array(name.utf8)
        case .agent(let notice): return notice.bytes
        case .suppressions(let list):
            var writer = StateWriter()
            writer.add(list: list) { $1.write(to: &$0) }
            return writer.bytes
        }
    }
}
