import Engine
import Foundation
import Tenancy
import Testing

@testable import Store
@testable import Watch

@Suite struct `An examination` {
    private static let now = Timestamp(nanoseconds: 1_800_000_000_000_000_000)

    @Test(arguments: [
        (Examination.freeBytesWarn, Examination.State.ok),
        (Examination.freeBytesWarn - 1, .warn), (Examination.freeBytesFail, .warn),
        (Examination.freeBytesFail - 1, .fail), (0, .fail),
    ])
    func `judges the disk by what is free`(free: UInt64, state: Examination.State) {
        var found = Examination()
        found.disk(free: free, of: 1 << 40, path: "var")
        #expect(found.state == state)
        #expect(found.findings.allSatisfy { ($0.cure == nil) == ($0.state == .ok) })
    }

    @Test func `judges the clock by records, by its keeper and by the year`() {
        let second: Int64 = 1_000_000_000
        for (ahead, isKept, state) in [
            (0, true, Examination.State.ok), (60, nil, .ok), (61, true, .fail), (0, false, .warn),
        ] as [(Int64, Bool?, Examination.State)] {
            var found = Examination()
            found.clock(
                now: Self.now, isSynchronised: isKept,
                newest: Timestamp(nanoseconds: Self.now.nanoseconds + ahead * second))
            #expect(found.state == state, "\(ahead)")
        }
        var early = Examination()
        early.clock(now: Timestamp(nanoseconds: 0), isSynchronised: true, newest: nil)
        #expect(early.state == .fail)
    }

    @Test func `finds nothing in a sound folder, then a lost segment and a lost key`() throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        try kit.data.make()
        try StateFiles.makeFolder(kit.data.tenant(WatchKit.acme))
        let writer = try ArchiveWriter(
            folder: kit.data.archive(WatchKit.acme), tenant: WatchKit.acme,
            key: KeyFolder(kit.data.keys).make(for: WatchKit.acme), now: WatchKit.now,
            chance: SystemRandomNumberGenerator())
        for _ in 0..<4 {
            let record = PendingRecord(
                received: WatchKit.now, source: WatchKit.source, content: .record(.json),
                bytes: Array("{\"a\":1}".utf8))
            _ = try writer.append([record], at: WatchKit.now)
            try writer.seal()
        }
        try writer.close()
        let tenants = [TenantRecord(id: WatchKit.acme, name: "Acme")]
        var sound = Examination()
        sound.keys(of: tenants, in: kit.data)
        let newest = sound.archives(of: tenants, in: kit.data)
        let archive = try kit.data.archiveFolder(of: WatchKit.acme)
        sound.sources(of: WatchKit.acme, archive, last: 4, now: WatchKit.now)
        #expect(sound.state == .ok, "\(sound.findings)")
        #expect(newest != nil)
        var late = Examination()
        late.sources(
            of: WatchKit.acme, archive, last: 4,
            now: Timestamp(nanoseconds: WatchKit.now.nanoseconds + 86_500_000_000_000))
        #expect(late.state == .warn)

        let segments = StateFiles.names(in: archive.path).filter { $0.hasSuffix(".kseg") }
        try #require(segments.count >= 3)
        StateFiles.remove(archive.path + "/" + segments[1])
        var broken = Examination()
        _ = broken.archives(of: tenants, in: kit.data)
        #expect(broken.state == .fail)
        #expect(broken.findings[0].text.contains("are missing"))
        StateFiles.remove(kit.data.key(WatchKit.acme))
        var keyless = Examination()
        keyless.keys(of: tenants, in: kit.data)
        #expect(keyless.state == .fail)
    }
}
