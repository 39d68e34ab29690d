package import Engine
package import Tenancy

/// How far one agent got, as the server knows it for certain.
package struct AgentProgress: Hashable, Sendable {
    /// Sequences that are missing, and why.
    package struct Gap: Hashable, Sendable {
        package enum Reason: String, Hashable, Sendable {
            /// The agent's spool was full; it was damaged.
            case full, damaged
            /// The agent went on without them and did not say why.
            case unexplained
        }

        package var spool: String
        package var first: UInt64
        package var last: UInt64
        package var reason: Reason
        package var noticed: Timestamp
    }

    /// Kept of one agent; the oldest are let go and counted.
    package static let gapsMax = 1_000

    package let agent: LogSourceID
    /// 32 hex digits; empty before its first hello.
    package var spool = ""
    /// Names the run of its program that was seen last; 32 hex digits.
    package var run = ""
    /// All up to here is durable, or its loss is.
    package var through: UInt64 = 0
    package var gaps: [Gap] = []
    /// Older gaps that are not listed any more, and sequences in them.
    package var olderGaps: UInt64 = 0
    package var olderMissing: UInt64 = 0
    /// Records kept since it was let in.
    package var records: UInt64 = 0
    package var lastSeen: Timestamp?
    package var presence = AgentPresence.never
    package var host = ""
    package var tier = ""
    package var program = ""
    package var policyVersion: UInt64 = 0

    package init(agent: LogSourceID) { self.agent = agent }

    /// Sequences that will never come.
    package var missing: UInt64 { olderMissing + gaps.reduce(0) { $0 + $1.last - $1.first + 1 } }

    /// What of a piece of the agent's sequences is new.
    package enum Step: Hashable, Sendable {
        /// So many at its beginning are here already.
        case take(dropping: Int)
        case nothing
    }

    /// Says what of records `first…last` is to be kept, and notes a hole before them.
    ///
    /// - Returns: the gap that this showed; nil where there is none.
    mutating func meet(first: UInt64, count: Int, now: Timestamp) -> (Step, Gap?) {
        let last = first + UInt64(count) - 1
        guard last > through else { return (.nothing, nil) }
        var gap: Gap?
        if first > through + 1 {
            gap = add(first: through + 1, last: first - 1, .unexplained, now)
        }
        return (.take(dropping: first > through ? 0 : Int(through - first + 1)), gap)
    }

    /// Records up to here are durable.
    mutating func kept(through last: UInt64, count: Int) {
        through = max(through, last)
        records += UInt64(count)
    }

    /// The agent says that these will never come.
    ///
    /// - Returns: what of it was not known.
    mutating func lost(
        first: UInt64, last: UInt64, _ reason: Gap.Reason, now: Timestamp
    ) -> [Gap] {
        guard last > through else { return [] }
        var found: [Gap] = []
        if first > through + 1 {
            found.append(add(first: through + 1, last: first - 1, .unexplained, now))
        }
        found.append(add(first: max(first, through + 1), last: last, reason, now))
        return found
    }

    private mutating func add(
        first: UInt64, last: UInt64, _ reason: Gap.Reason, _ now: Timestamp
    ) -> Gap {
        let gap = Gap(spool: spool, first: first, last: last, reason: reason, noticed: now)
        through = last
        if let before = gaps.last, before.spool == spool, before.reason == reason,
            before.last + 1 == first
        {
            gaps[gaps.count - 1].last = last
        } else {
            gaps.append(gap)
        }
        if gaps.count > Self.gapsMax {
            let old = gaps.removeFirst()
            olderGaps += 1
            olderMissing += old.last - old.first + 1
        }
        return gap
    }

    /// Begins another spool: sequences start anew.
    mutating func begin(spool name: String) {
        guard name != spool else { return }
        spool = name
        through = 0
    }
}

/// Where an agent is, as the server sees it.
package enum AgentPresence: String, Hashable, Sendable {
    case never, connected
    /// Gone, and not long enough to say so.
    case away
    /// It said goodbye.
    case stopped, uninstalled
    /// Gone without a word, and told of.
    case silent
}

// MARK: - As bytes

extension AgentProgress {
    func write(to state: inout StateWriter) {
        state.add(agent.text)
        state.add(spool)
        state.add(through)
        state.add(list: gaps) { state, gap in
            state.add(gap.spool)
            state.add(gap.first)
            state.add(gap.last)
            state.add(gap.reason.rawValue)
            state.add(gap.noticed.nanoseconds)
        }
        state.add(olderGaps)
        state.add(olderMissing)
        state.add(records)
        state.add(lastSeen?.nanoseconds ?? -1)
        state.add(presence.rawValue)
        for text in [host, tier, program, run] { state.add(text) }
        state.add(policyVersion)
    }

    init(from state: inout StateReader) throws(StateReader.Failure) {
        guard let agent = LogSourceID(try state.text()) else {
            throw state.failure("an agent has no name")
        }
        self.init(agent: agent)
        spool = try state.text()
        through = try state.number()
        gaps = try state.list { state throws(StateReader.Failure) in
            let (spool, first, last) = (try state.text(), try state.number(), try state.number())
            guard let reason = Gap.Reason(rawValue: try state.text()) else {
                throw state.failure("a gap has no reason")
            }
            return Gap(
                spool: spool, first: first, last: last, reason: reason,
                noticed: Timestamp(nanoseconds: try state.signed()))
        }
        olderGaps = try state.number()
        olderMissing = try state.number()
        records = try state.number()
        let seen = try state.signed()
        lastSeen = seen < 0 ? nil : Timestamp(nanoseconds: seen)
        presence = AgentPresence(rawValue: try state.text()) ?? .never
        host = try state.text()
        tier = try state.text()
        program = try state.text()
        run = try state.text()
        policyVersion = try state.number()
    }
}
