import Engine
import FoundationEssentials
import Link
import NIOCore
import NIOPosix
import SwiftProtobuf
import Testing
import TestKit
import Wire

@testable import Agent

@Suite struct `A policy on the host` {
    private let signer = LinkSigner(bytes: Array(repeating: 3, count: 32))!

    private func signed(
        _ version: UInt64, tenant: String = "acme", by other: LinkSigner? = nil
    ) throws -> [UInt8] {
        var policy = WirePolicy()
        policy.version = version
        policy.tenant = tenant
        let body: [UInt8] = try policy.serializedBytes()
        var signed = WireSignedPolicy()
        signed.body = Data(body)
        signed.signature = Data(try #require((other ?? signer).sign(policy: body)))
        return try signed.serializedBytes()
    }

    private func book(_ scratch: Scratch) throws -> PolicyBook {
        try PolicyBook(
            StateFolder(scratch.path), tenant: "acme", signingKey: signer.publicKey)
    }

    @Test func `is taken where it is signed, of this tenant, and newer`() throws {
        let scratch = Scratch()
        var book = try book(scratch)
        #expect(try book.take(signed(5)))
        let again = try book.take(signed(5))
        #expect(!again)
        #expect(throws: PolicyBook.Refusal.older(4)) { try book.take(signed(4)) }
        #expect(throws: PolicyBook.Refusal.tenant) { try book.take(signed(6, tenant: "other")) }
        let other = try #require(LinkSigner(bytes: Array(repeating: 4, count: 32)))
        #expect(throws: PolicyBook.Refusal.signature) { try book.take(signed(6, by: other)) }
        #expect(book.version == 5)
    }

    @Test func `is in force again after a restart, and not where it was changed`() throws {
        let scratch = Scratch()
        var first = try book(scratch)
        _ = try first.take(signed(5))
        let second = try book(scratch)
        #expect(second.version == 5 && second.complaint == nil)
        try StateFolder(scratch.path).write(try signed(4), as: PolicyBook.file)
        first.examine()
        #expect(first.complaint != nil)
        try StateFolder(scratch.path).write([1], as: PolicyBook.file)
        let third = try book(scratch)
        #expect(third.version == 0 && third.complaint != nil)
    }

    @Test func `with any bit changed is refused`() throws {
        let scratch = Scratch()
        var book = try book(scratch)
        let good = try signed(1)
        for place in good.indices {
            var damaged = good
            damaged[place] ^= 1
            let taken = try? book.take(damaged)
            // What is not signed, the key's name, is not there to change.
            #expect(taken == nil)
        }
        #expect(book.version == 0)
    }
}

@Suite struct `Orders on the host` {
    private let signer = LinkSigner(bytes: Array(repeating: 3, count: 32))!

    private func order(_ name: String, expires: Int64 = 100) throws -> WireSignedOrder {
        var order = WireSignedOrder()
        order.order = name
        order.body = Data("{}".utf8)
        order.signature = Data(try #require(signer.sign(Array("{}".utf8))))
        order.expiresNanoseconds = expires
        return order
    }

    @Test func `are done once, also over a restart`() throws {
        let scratch = Scratch()
        let folder = try StateFolder(scratch.path)
        let book = try OrderBook(folder, signingKey: signer.publicKey)
        let order = try order("o1")
        #expect(try book.judge(order, nanoseconds: 1) == .perform)
        try book.begin("o1")
        let other = try OrderBook(folder, signingKey: signer.publicKey)
        #expect(try other.judge(order, nanoseconds: 1) == .resume)
        var receipt = WireOrderReceipt()
        receipt.order = "o1"
        try other.keep(receipt)
        #expect(try book.judge(order, nanoseconds: 1_000) == .answer(receipt))
        #expect(try book.waiting() == [receipt])
        try book.taken("o1")
        #expect(try book.waiting().isEmpty)
        #expect(try book.judge(order, nanoseconds: 1) == .answer(receipt))
    }

    @Test func `that are too old, not signed, or of no proper name are refused`() throws {
        let scratch = Scratch()
        let book = try OrderBook(StateFolder(scratch.path), signingKey: signer.publicKey)
        func isRefused(_ order: WireSignedOrder, at time: Int64 = 1) throws -> Bool {
            if case .refuse = try book.judge(order, nanoseconds: time) { return true }
            return false
        }
        #expect(try isRefused(order("o1"), at: 100))
        var forged = try order("o1")
        forged.body = Data("{ }".utf8)
        #expect(try isRefused(forged))
        for name in ["", "../x", "A", "a.b", String(repeating: "a", count: 65)] {
            #expect(try isRefused(order(name)))
        }
    }
}

@Suite struct `An agent's small things` {
    @Test func `waits grow to their bound, with chance in them, and fall back`() {
        var random = SplitMix64(seed: 8)
        var backoff = Backoff()
        var waits: [Duration] = []
        for _ in 0..<12 { waits.append(backoff.wait(using: &random)) }
        #expect(waits[0] <= Backoff.first && waits[0] >= Backoff.first / 2)
        #expect(waits.allSatisfy { $0 <= Backoff.most })
        #expect(waits.suffix(5).allSatisfy { $0 >= Backoff.most / 2 })
        #expect(Set(waits.suffix(5)).count > 1)
        backoff.reset()
        #expect(backoff.wait(using: &random) <= Backoff.first)
    }

    @Test func `a clock that steps is noticed, one that drifts is not`() {
        let second: Int64 = 1_000_000_000
        var clock = ClockWatch(
            wall: Timestamp(nanoseconds: 0), steady: WireMoment(nanoseconds: 0))
        func look(_ wall: Int64, _ steady: Int64) -> Int64 {
            clock.look(
                wall: Timestamp(nanoseconds: wall), steady: WireMoment(nanoseconds: steady))
        }
        #expect(look(second, second) == 0)
        #expect(look(62 * second, 2 * second) == 60_000)
        #expect(look(3 * second, 3 * second) == -60_000)
        #expect(look(4 * second, 4 * second) == 0)
    }

    @Test func `addresses are read as people write them`() {
        #expect(ServerAddress("soc.example.com:7443")?.host == "soc.example.com")
        #expect(ServerAddress("[::1]:7443")?.description == "[::1]:7443")
        for text in ["", "host", "host:", "host:0", "host:65536", ":1", "a b:1"] {
            #expect(ServerAddress(text) == nil)
        }
    }

    @Test func `how the run before ended is known`() throws {
        let scratch = Scratch()
        let folder = try StateFolder(scratch.path)
        #expect(try RunMark(folder, boot: "a").previousEnd == .none)
        #expect(try RunMark(folder, boot: "a").previousEnd == .killed)
        #expect(try RunMark(folder, boot: "b").previousEnd == .boot)
        try RunMark.end(folder)
        #expect(try RunMark(folder, boot: "b").previousEnd == .clean)
    }

    @Test func `objects come together again, and nothing else does`() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let object = BulkObject(kind: "policy", name: "1", bytes: bytes)
        var assembly = BulkAssembly(bytesMax: ["policy": 200_000])
        var found: BulkObject?
        for message in object.messages(stream: 1) {
            switch message {
            case .bulkBegin(let begin): try assembly.take(begin)
            case .bulkPiece(let piece): found = try assembly.take(piece)
            default: Issue.record("no other message")
            }
        }
        #expect(found == object)
        var small = BulkAssembly(bytesMax: ["policy": 199_999])
        guard case .bulkBegin(var begin)? = object.messages(stream: 1).first else { return }
        #expect(throws: BulkAssembly.Failure.unwanted) { try small.take(begin) }
        begin.kind = "other"
        #expect(throws: BulkAssembly.Failure.unwanted) { try assembly.take(begin) }
    }
}

@Suite struct `Dialling` {
    @Test func `a server that is not there is said, and said again`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let dialler = LinkDialler(group: group, now: { Date.now })
        for _ in 0..<3 {
            await #expect(throws: LinkTLS.Failure.self) {
                try await dialler.connect(
                    "127.0.0.1", port: 1, as: .newcomer, identity: nil,
                    trust: .fingerprint(Array(repeating: 0, count: 32)))
            }
        }
        try await group.shutdownGracefully()
    }
}
