import Engine
import FoundationEssentials
import NIOCore
import NIOPosix
import Synchronization
import Tenancy
import TestKit
import Testing

@testable import Receive

final class Counted: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}

@Suite struct `Progress of an agent` {
    private static let agent = LogSourceID("h-1")!
    private static let now = Timestamp(nanoseconds: 5)

    @Test func `is one gap-free count over any order of resending`() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<300 {
            var progress = AgentProgress(agent: Self.agent)
            var taken: [UInt64] = []
            var lost: [UInt64] = []
            var next: UInt64 = 1
            for _ in 0..<30 {
                let back = min(next - 1, UInt64.random(in: 0...20, using: &random))
                let first = next - back
                let count = Int.random(in: 1...15, using: &random)
                let last = first + UInt64(count) - 1
                if Int.random(in: 0..<5, using: &random) == 0 {
                    for gap in progress.lost(first: first, last: last, .full, now: Self.now) {
                        lost += gap.first...gap.last
                    }
                } else {
                    let hole: UInt64 = Int.random(in: 0..<6, using: &random) == 0 ? 3 : 0
                    let (step, gap) = progress.meet(
                        first: first + hole, count: count, now: Self.now)
                    if let gap { lost += gap.first...gap.last }
                    if case .take(let dropped) = step {
                        taken += (first + hole + UInt64(dropped))...(last + hole)
                        progress.kept(through: last + hole, count: count - dropped)
                    }
                }
                next = max(next, progress.through + 1)
            }
            #expect((taken + lost).sorted() == Array(1...progress.through), "each once")
            #expect(progress.missing == UInt64(lost.count))
            #expect(progress.records == UInt64(taken.count))
        }
    }

    @Test func `lists so many gaps, and counts the older ones`() {
        var progress = AgentProgress(agent: Self.agent)
        let most = UInt64(AgentProgress.gapsMax)
        for number in 1...(most + 5) {
            _ = progress.meet(first: number * 10, count: 1, now: Self.now)
            progress.kept(through: number * 10, count: 1)
        }
        #expect(progress.gaps.count == AgentProgress.gapsMax)
        #expect(progress.olderGaps == 5)
        #expect(progress.missing == (most + 5) * 9)
    }

    @Test func `survives being opened again, and a torn end`() async throws {
        let folder =
            FileManager.default.temporaryDirectory.path
            + "/kagari-progress-\(UInt64.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let book = try ProgressBook(folder, loop: loops.next())
            for number in 1...50 {
                let noted = await book.note(Self.agent) { progress in
                    progress.kept(through: UInt64(number), count: 1)
                    return progress.through
                }
                #expect(noted == UInt64(number))
            }
        }
        let path = folder + "/progress"
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        for cut in [0, 1, 7, 20] {
            try Data(bytes.dropLast(cut)).write(to: URL(filePath: path))
            let book = try ProgressBook(folder, loop: loops.next())
            let through = await book.progress(of: Self.agent).through
            #expect(through == (cut == 0 ? 50 : 49))
        }
        try await loops.shutdownGracefully()
    }

    @Test func `damaged anywhere is read as far as it is good`() {
        var random = SplitMix64(seed: 12)
        var book: [UInt8] = []
        var writer = StateWriter()
        AgentProgress(agent: Self.agent).write(to: &writer)
        for number in [UInt32(writer.bytes.count), CRC32C.of(writer.bytes)] {
            for shift in stride(from: 0, to: 32, by: 8) {
                book.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
            }
        }
        book += writer.bytes
        #expect(ProgressBook.read(book).count == 1)
        for _ in 0..<2_000 {
            var damaged = book
            damaged[Int.random(in: 0..<book.count, using: &random)] ^= UInt8.random(
                in: 1...255, using: &random)
            #expect(ProgressBook.read(damaged).isEmpty)
        }
    }
}
