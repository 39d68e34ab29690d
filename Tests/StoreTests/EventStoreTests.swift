import Engine
import Store
import Tenancy
import TestKit
import Testing

/// What every event store keeps to, whichever engine is beneath it.
@Suite(.serialized) struct `An event store` {
    private typealias Kind = EventStoreKind

    @Test(arguments: EventStoreKind.here)
    func `gives odd text back as it was`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let acme = try tenant("acme")
        let long = String(repeating: "0123456789abcdef", count: 65_536)
        let invalid = String(
            decoding: [0x61, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80] as [UInt8], as: UTF8.self)
        var values = [
            "", "a\u{0}b\u{0}", "it's", "\"quoted\"", "back\\slash\\", "\\n\\x41\\0", "🔥👩‍👩‍👧",
            "\u{feff}", "e\u{301}",
            "line\nline\r\n\ttab", "%_*?", "{x:String}", "${y}", "NULL", "\\N", "\u{1}\u{1f}\u{7f}",
            "\u{10ffff}\u{fffd}", long, invalid,
        ]
        values += (0..<64).map { "value \($0)" }
        let fields = values.enumerated().map { ("name \($0.offset % 5) '\"\\\u{0}🔥", $0.element) }
        let wide = (0..<4_096).map { ("name\($0)", "\($0)") }
        let events = [
            try StoredEvent.sample(
                acme, 1, kind: "windows/process_creation/sysmon", host: "it's \"one\"\u{0}",
                user: "A\\B 🔥", fields),
            try .sample(acme, 2, wide), try .sample(acme, 3, host: "", user: ""),
            try .sample(acme, 4, at: .min), try .sample(acme, 5, at: .max),
            try .sample(
                acme, 6, [("", ""), ("", ""), ("a", "1"), ("a", "1"), ("b", ""), ("a", "")]),
            try .sample(acme, EventLimits.sequenceMax),
        ]
        try await store.write(events)
        let page = try await store.events(
            matching: EventQuery(newestFirst: false, limit: 100), in: scope(acme))
        #expect(page.next == nil)
        let sorted = events.sorted { $0.time < $1.time }
        #expect(page.events.map(\.sequence) == sorted.map(\.sequence))
        for (found, kept) in zip(page.events, sorted) {
            #expect(found == kept, "sequence \(kept.sequence)")
        }
        for value in values
        where !value.isEmpty && value.utf8.count <= EventLimits.filterTextBytesMax {
            let query = EventQuery(filter: .text(value))
            #expect(
                try await store.count(matching: query, in: scope(acme)) >= 1,
                "\(value.debugDescription)")
        }
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `keeps an event once, however often it is written`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let (acme, other) = (try tenant("acme"), try tenant("other"))
        let events = try (1...50).map { try StoredEvent.sample(acme, $0, [("n", "\($0)")]) }
        try await store.write(Array(events[0..<30]))
        try await store.write(Array(events[10..<50]) + events[20..<50])
        try await store.write([])
        try await store.write([try .sample(other, 7, [("n", "7")])] + events.reversed())
        // A second copy with another time and content is the same event still.
        try await store.write([try .sample(acme, 5, at: 999_999, [("n", "other")])])
        let everything = EventQuery(newestFirst: false, limit: 1_000)
        #expect(try await store.count(matching: everything, in: scope(acme)) == 50)
        let page = try await store.events(matching: everything, in: scope(acme))
        #expect(page.events == events)
        #expect(try await store.count(matching: everything, in: scope(acme, other)) == 51)
        let top = try await store.topValues(
            of: "n", matching: everything, limit: 1, in: scope(acme, other))
        #expect(top.map(\.value) == ["7"] && top.map(\.count) == [2])
        #expect(try await store.writtenUpTo(acme) == 50)
        #expect(try await store.writtenUpTo(other) == 7)
        #expect(try await store.writtenUpTo(tenant("nobody")) == 0)
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `keeps what it has when it is opened again`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let acme = try tenant("acme")
        var store = try await kind.open(folder)
        let events = try (1...20).map {
            try StoredEvent.sample(acme, $0, host: "h\($0)", [("n", "v")])
        }
        try await store.write(Array(events[0..<10]))
        try await store.close()
        store = try await kind.open(folder)
        #expect(try await store.writtenUpTo(acme) == 10)
        try await store.write(Array(events[5..<20]))
        let page = try await store.events(matching: EventQuery(newestFirst: false), in: scope(acme))
        #expect(page.events == events)
        #expect(try await store.writtenUpTo(acme) == 20)
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `lets a second owner of its folder wait`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let failure = await #expect(throws: StoreFailure.self) { _ = try await kind.open(folder) }
        #expect(failure?.code == .locked)
        try await store.close()
        try await kind.open(folder).close()
    }

    @Test(arguments: EventStoreKind.here)
    func `counts by time, also before 1970`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let acme = try tenant("acme")
        let times: [Int64] = [-11, -10, -1, 0, 9, 10, 10, 35, .min, .max]
        try await store.write(
            times.enumerated().map { try .sample(acme, UInt64($0.offset + 1), at: $0.element) })
        let all = try await store.histogram(
            of: EventQuery(), width: .nanoseconds(10), in: scope(acme))
        #expect(all.map(\.count) == [1, 1, 2, 2, 2, 1, 1])
        #expect(
            all.map(\.start.nanoseconds) == [.min, -20, -10, 0, 10, 30, Int64.max / 10 * 10])
        let some = EventQuery(since: Timestamp(nanoseconds: -10), until: Timestamp(nanoseconds: 10))
        let part = try await store.histogram(of: some, width: .nanoseconds(20), in: scope(acme))
        #expect(part.map(\.start.nanoseconds) == [-20, 0])
        #expect(part.map(\.count) == [2, 2])
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `lets go of a tenant, or of its past, and of no other`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        var store = try await kind.open(folder)
        let (acme, other) = (try tenant("acme"), try tenant("other"))
        for id in [acme, other] {
            try await store.write(
                try (1...100).map { try .sample(id, $0, host: "host-\($0)", [("n", "v")]) })
        }
        try await store.erase(acme, before: Timestamp(nanoseconds: 60_000))
        let all = EventQuery(newestFirst: false, limit: 1_000)
        #expect(try await store.count(matching: all, in: scope(acme)) == 41)
        #expect(try await store.events(matching: all, in: scope(acme)).events.first?.sequence == 60)
        #expect(try await store.count(matching: all, in: scope(other)) == 100)
        #expect(try await store.writtenUpTo(acme) == 100)
        try await store.erase(acme, through: 70)
        #expect(try await store.count(matching: all, in: scope(acme)) == 30)
        #expect(try await store.count(matching: all, in: scope(other)) == 100)
        try await store.erase(acme, through: 70)
        #expect(try await store.writtenUpTo(acme) == 100)
        try await store.erase(acme, before: Timestamp(nanoseconds: .max))
        #expect(try await store.count(matching: all, in: scope(acme)) == 0)
        try await store.close()
        store = try await kind.open(folder)
        #expect(
            try await store.writtenUpTo(acme) == 100, "what was let go of was written all the same")
        try await store.erase(acme)
        try await store.erase(try tenant("nobody"))
        #expect(try await store.writtenUpTo(acme) == 0)
        #expect(try await store.count(matching: all, in: scope(acme, other)) == 100)
        try await store.write([try .sample(acme, 3, [("n", "again")])])
        #expect(try await store.count(matching: all, in: scope(acme)) == 1)
        try await store.close()
        store = try await kind.open(folder)
        #expect(try await store.count(matching: all, in: scope(acme, other)) == 101)
        #expect(try await store.writtenUpTo(other) == 100)
        try await store.close()
    }
}
