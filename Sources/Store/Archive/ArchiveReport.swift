internal import Engine
package import Tenancy

/// What ``ArchiveVerifier`` found in one tenant's archive.
package struct ArchiveReport: Hashable, Sendable {
    /// Problems told one by one; those beyond are counted.
    package static let problemsMax = 1_000

    package enum Problem: Hashable, Sendable {
        /// A frame, or bytes that are none, at an offset of a segment. Sequences are nil where the header does not hold.
        case damaged(
            segment: String, offset: UInt64, byteCount: UInt64, sequences: ClosedRange<UInt64>?,
            FrameDamage)
        /// Sequences that are not there, and no removal tells of.
        case gap(sequences: ClosedRange<UInt64>, before: String)
        /// A segment that does not continue from what stands before it.
        case link(segment: String)
        /// The end of the last segment is a write that a crash cut short. No acknowledged record was in it.
        case torn(segment: String, offset: UInt64, byteCount: UInt64)
        /// The log of removals was altered from this line on.
        case removalLog(line: Int)
        /// A head that was signed is not in the chain: the archive was written anew.
        case head(sequence: UInt64)
    }

    package let tenant: TenantID
    package internal(set) var segmentCount = 0
    package internal(set) var frameCount = 0
    package internal(set) var recordCount: UInt64 = 0
    package internal(set) var byteCount: UInt64 = 0
    /// Nil in an archive without records.
    package internal(set) var sequences: ClosedRange<UInt64>?
    package internal(set) var removals: [Removal] = []
    /// Sealed segments whose records were not opened, because no key was given.
    package internal(set) var unopenedCount = 0
    package internal(set) var problems: [Problem] = []
    package internal(set) var problemCount = 0
    /// Where the chain ends.
    package internal(set) var head: ChainHead
    /// Signed heads that were found in the chain, and those whose records retention let go since.
    package internal(set) var headsFound = 0
    package internal(set) var headsGone = 0

    init(tenant: TenantID) {
        self.tenant = tenant
        head = ChainHead(tenant: tenant, sequence: 0, hash: .start)
    }

    /// Nothing is wrong. A torn tail is no fault: opening for writing mends it.
    package var isSound: Bool {
        problemCount == problems.count
            && problems.allSatisfy { if case .torn = $0 { true } else { false } }
    }

    mutating func add(_ problem: Problem) {
        problemCount += 1
        if problems.count < Self.problemsMax { problems.append(problem) }
    }

    /// The same bytes for the same archive. One fact a line; problems in the order of the archive, the first one first.
    package var text: String {
        var lines = [
            "tenant    \(tenant)", "segments  \(segmentCount)", "frames    \(frameCount)",
            "records   \(recordCount)", "bytes     \(byteCount)",
            "sequences "
                + (sequences.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "none"),
            "head      \(head.sequence) \(head.hash)",
        ]
        if headsFound + headsGone > 0 {
            lines.append("anchors   \(headsFound) found, \(headsGone) let go by retention")
        }
        if unopenedCount > 0 {
            lines.append("sealed    \(unopenedCount) segments not opened: no key was given")
        }
        for removal in removals {
            lines.append(
                "removed   \(removal.firstSequence) to \(removal.lastSequence) by "
                    + "\(removal.cause.rawValue) at \(removal.time.text)")
        }
        lines += problems.map(Self.text)
        if problemCount > problems.count {
            lines.append("… and \(problemCount - problems.count) more problems")
        }
        lines.append(isSound ? "sound" : "NOT SOUND")
        return lines.joined(separator: "\n") + "\n"
    }

    package static func text(of problem: Problem) -> String {
        switch problem {
        case .damaged(let segment, let offset, let byteCount, let sequences, let damage):
            let records = sequences.map { ", records \($0.lowerBound) to \($0.upperBound)" } ?? ""
            return "damaged   \(segment) at \(offset), \(byteCount) bytes\(records): "
                + damage.rawValue
        case .gap(let sequences, let segment):
            return "gap       \(sequences.lowerBound) to \(sequences.upperBound), before \(segment)"
        case .link(let segment):
            return "chain     \(segment) does not continue from what stands before it"
        case .torn(let segment, let offset, let byteCount):
            return "torn      \(segment) at \(offset), \(byteCount) bytes, never acknowledged"
        case .removalLog(let line):
            return "altered   removed.log from line \(line) on"
        case .head(let sequence):
            return "anchor    the signed head at \(sequence) is not in the chain"
        }
    }
}
