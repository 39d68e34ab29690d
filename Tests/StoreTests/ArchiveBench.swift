import Engine
import Foundation
import Glibc
import Tenancy
import TestKit
import Testing

@testable import Store

/// Figures, not a proof: `KAGARI_ARCHIVE_BENCH=1`, built with optimisation.
@Suite struct `The archive's cost` {
    private func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["KAGARI_ARCHIVE_BENCH"] != nil))
    func `is told for records of some 600 bytes in calls of 500`() throws {
        let count = 100_000
        let calls = stride(from: 0, to: count, by: 500).map {
            webRecords(500, seed: UInt64($0), from: $0)
        }
        let received = calls.joined().reduce(0) { $0 + $1.bytes.count }
        for key in [nil, TenantKey.ofTests] {
            let folder = try ScratchFolder()
            let writer = try openArchive(folder, key: key)
            let begin = seconds()
            for call in calls { _ = try writer.append(call, at: start) }
            let appended = seconds()
            let size = try verify(folder, key: key).byteCount
            let verified = seconds()
            let read = try readAll(folder, key: key, batch: 10_000).records.count
            let over = seconds()
            try writer.seal()
            _ = try writer.append([plainRecord("open")], at: start)
            _ = try SegmentCompaction.compact(
                folder: folder.archive, tenant: acme, key: key, segmentsMax: 9, now: start,
                chance: SplitMix64(seed: 1))
            let compact = seconds()
            let small = try verify(folder, key: key).byteCount
            print(
                """
                \(key == nil ? "plain" : "sealed"): \(received / count) B a record received, \
                \(size / UInt64(count)) B kept, \(small / UInt64(count)) B compacted; records a CPU second: \
                append \(Int(Double(count) / (appended - begin))), \
                verify \(Int(Double(count) / (verified - appended))), \
                read \(Int(Double(read) / (over - verified))), \
                compact \(Int(Double(count) / (compact - over)))
                """)
            #expect(read == count)
        }
    }
}
