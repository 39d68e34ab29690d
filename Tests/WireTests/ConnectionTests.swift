import FoundationEssentials
import SwiftProtobuf
import Testing
import TestKit
import Wire

/// Both sides, with what one wrote given to the other.
struct Pair {
    var agent = WireConnection(.agent, now: .zero)
    var server = WireConnection(.server, now: .zero)
    var now = WireMoment.zero

    /// One that has greeted.
    static func open() -> Pair {
        var pair = Pair()
        _ = pair.agent.send(.hello(.sample))
        for event in pair.toServer() {
            if let charge = event.charge { pair.server.consumed(charge) }
        }
        _ = pair.server.send(.welcome(.with { $0.version = 1 }))
        _ = pair.toAgent()
        return pair
    }

    /// Whether every one of them was taken to be sent.
    mutating func agentSends(_ messages: WireMessage...) -> Bool {
        messages.map { agent.send($0) }.allSatisfy { $0 }
    }

    mutating func toServer() -> [WireConnection.Event] {
        var events: [WireConnection.Event] = []
        while let bytes = agent.nextWrite() { events += server.received(bytes, now: now) }
        return events
    }

    mutating func toAgent() -> [WireConnection.Event] {
        var events: [WireConnection.Event] = []
        while let bytes = server.nextWrite() { events += agent.received(bytes, now: now) }
        return events
    }
}

extension WireMoment {
    static let zero = WireMoment(nanoseconds: 0)
}

extension WireHello {
    static var sample: WireHello {
        .with {
            $0.versionMin = 1
            $0.versionMax = 1
            $0.program = "test"
            $0.spool = .init(repeating: 1, count: 16)
            $0.run = .init(repeating: 2, count: 16)
            $0.first = 1
            $0.last = 0
        }
    }
}

extension WireMessage {
    static func records(first: UInt64, count: Int = 1, bytes: Int = 10) -> WireMessage {
        .records(
            .with {
                $0.first = first
                $0.records = (0..<count).map { _ in
                    .with { $0.content = .init(repeating: 0x61, count: bytes) }
                }
            })
    }

    static var health: WireMessage { .health(.with { $0.tier = "B" }) }
}

extension WireConnection.Event {
    var charge: WireCharge? {
        guard case .message(_, let charge) = self else { return nil }
        return charge
    }

    var kind: WireKind? {
        guard case .message(let message, _) = self else { return nil }
        return message.kind
    }

    var end: WireEnd? {
        guard case .ended(let end) = self else { return nil }
        return end
    }
}

@Suite struct `A connection` {
    @Test func `opens with a greeting and its answer`() {
        let pair = Pair.open()
        #expect(pair.agent.phase == .open)
        #expect(pair.server.phase == .open)
    }

    @Test func `takes nothing but a greeting first`() {
        var server = WireConnection(.server, now: .zero)
        let events = server.received(WireMessage.health.frame.bytes, now: .zero)
        #expect(events == [.ended(.violation(.unexpected(.health)))])
        #expect(server.phase == .ended)
        let told = server.nextWrite()
        #expect(told != nil, "the peer is told why")
    }

    @Test func `takes no large frame before the greeting was answered`() {
        var server = WireConnection(.server, now: .zero)
        var hello = WireHello.sample
        hello.host = String(repeating: "h", count: 20 << 10)
        let events = server.received(WireMessage.hello(hello).frame.bytes, now: .zero)
        #expect(events == [.ended(.violation(.tooLarge))])
    }

    @Test func `of a newcomer takes an enrolment and nothing else`() {
        var registrar = WireConnection(.registrar, now: .zero)
        let enrol = WireMessage.enrol(.with { $0.token = "t" })
        let came10 = registrar.received(enrol.frame.bytes, now: .zero)
        #expect(came10.first?.kind == .enrol)
        var other = WireConnection(.registrar, now: .zero)
        let events = other.received(WireMessage.hello(.sample).frame.bytes, now: .zero)
        #expect(events.first?.end == .violation(.unexpected(.hello)))
    }

    @Test func `writes control before telemetry before bulk`() {
        var pair = Pair.open()
        let piece = WireMessage.bulkPiece(
            .with { $0.content = .init(repeating: 1, count: 64 << 10) })
        let sent1 = pair.agent.send(piece)
        #expect(sent1)
        let sent2 = pair.agent.send(.records(first: 1, bytes: 100_000))
        #expect(sent2)
        let sent3 = pair.agent.send(.health)
        #expect(sent3)
        let came11 = pair.toServer()
        #expect(came11.map(\.kind) == [.health, .records, .bulkPiece])
    }

    @Test func `a control frame overtakes telemetry that waits`() {
        var pair = Pair.open()
        for first in 1...10 {
            let sent4 = pair.agent.send(.records(first: UInt64(first), bytes: 50_000))
            #expect(sent4)
        }
        var kinds: [WireKind?] = []
        if let bytes = pair.agent.nextWrite() {
            kinds += pair.server.received(bytes, now: .zero).map(\.kind)
        }
        let sent5 = pair.agent.send(.health)
        #expect(sent5)
        kinds += pair.toServer().map(\.kind)
        #expect(kinds == [.records, .health] + Array(repeating: .records, count: 9))
    }

    @Test func `sends telemetry within the window, and on when it was consumed`() {
        var pair = Pair.open()
        var sent = 0
        while pair.agent.send(.records(first: UInt64(sent + 1), bytes: 100_000)) { sent += 1 }
        #expect(sent == WireLimits.telemetryWindow / 100_300)
        let events = pair.toServer()
        #expect(events.count == sent)
        let sent6 = pair.agent.send(.records(first: 1, bytes: 100_000))
        #expect(!sent6)
        for event in events { if let charge = event.charge { pair.server.consumed(charge) } }
        _ = pair.toAgent()
        let sent7 = pair.agent.send(.records(first: UInt64(sent + 1), bytes: 100_000))
        #expect(sent7)
    }

    @Test func `with a full telemetry window still answers pings`() {
        var pair = Pair.open()
        while pair.agent.send(.records(first: 1, bytes: 200_000)) {}
        _ = pair.toServer()
        pair.now = pair.now.adding(seconds: WireLimits.serverPingSeconds)
        let came12 = pair.server.tick(now: pair.now)
        #expect(came12.isEmpty)
        _ = pair.toAgent()
        _ = pair.toServer()
        pair.now = pair.now.adding(seconds: WireLimits.silenceSeconds - 1)
        let came13 = pair.server.tick(now: pair.now)
        #expect(came13.isEmpty, "the answer was heard")
    }

    @Test func `ends a peer that sends more than the window`() {
        var pair = Pair.open()
        let frame = WireMessage.records(first: 1, bytes: 200_000).frame.bytes
        var ends: [WireEnd] = []
        for _ in 0..<12 { ends += pair.server.received(frame, now: .zero).compactMap(\.end) }
        #expect(ends == [.violation(.credit)])
    }

    @Test func `ends a peer that grants more than the window`() {
        var pair = Pair.open()
        let credit = WireMessage.credit(
            .with {
                $0.channel = 2
                $0.bytes = 1
            })
        let events = pair.agent.received(credit.frame.bytes, now: .zero)
        #expect(events == [.ended(.violation(.credit))])
    }

    @Test func `takes control frames up to their bound and no further`() {
        var pair = Pair.open()
        let frame = WireMessage.health.frame.bytes
        var ends: [WireEnd] = []
        for count in 1...(WireLimits.controlWaitingMax + 1) {
            ends += pair.server.received(frame, now: .zero).compactMap(\.end)
            #expect(ends.isEmpty == (count <= WireLimits.controlWaitingMax))
        }
        #expect(ends == [.violation(.flood)])
    }

    @Test func `that does not greet is ended at its deadline`() {
        var server = WireConnection(.server, now: .zero)
        let deadline = WireMoment.zero.adding(seconds: WireLimits.helloSeconds)
        let notYet = server.tick(now: WireMoment(nanoseconds: deadline.nanoseconds - 1))
        #expect(notYet.isEmpty)
        let came15 = server.tick(now: deadline)
        #expect(came15 == [.ended(.late)])
    }

    @Test func `knows a dead peer on either side`() {
        var pair = Pair.open()
        let dead = WireMoment.zero.adding(seconds: WireLimits.silenceSeconds)
        let before = WireMoment(nanoseconds: dead.nanoseconds - 1)
        let came16 = pair.agent.tick(now: before)
        #expect(came16.isEmpty)
        let came17 = pair.agent.tick(now: dead)
        #expect(came17 == [.ended(.silent)])
        let came18 = pair.server.tick(now: before)
        #expect(came18.isEmpty)
        let came19 = pair.server.tick(now: dead)
        #expect(came19 == [.ended(.silent)])
        #expect(WireLimits.silenceSeconds + 2 <= 15, "a second to notice and one to close")
    }

    @Test func `of two that hear each other's pings lives on`() {
        var pair = Pair.open()
        for second in 1...100 {
            pair.now = WireMoment.zero.adding(seconds: Int64(second))
            let came20 = pair.agent.tick(now: pair.now)
            #expect(came20.isEmpty)
            let came21 = pair.server.tick(now: pair.now)
            #expect(came21.isEmpty)
            let came22 = pair.toServer()
            #expect(came22.isEmpty)
            let came23 = pair.toAgent()
            #expect(came23.isEmpty)
        }
    }

    @Test func `a refusal is shown to the peer, and nothing behind it`() {
        var pair = Pair.open()
        let sent8 = pair.server.send(.acknowledgement(.with { $0.through = 1 }))
        #expect(sent8)
        pair.server.refuse(.revoked, "this agent was revoked")
        let events = pair.toAgent()
        #expect(events.first?.kind == .acknowledgement)
        guard case .refused(let refusal)? = events.last?.end else {
            Issue.record("no refusal")
            return
        }
        #expect(refusal.reason == .revoked)
        #expect(refusal.detail == "this agent was revoked")
        let sent9 = pair.server.send(.acknowledgement(.with { $0.through = 2 }))
        #expect(!sent9)
    }

    @Test func `survives any bytes, on any side, in any phase`() {
        var random = SplitMix64(seed: 3)
        let good: [WireMessage] = [
            .hello(.sample), .health, .records(first: 1), .ping(.with { $0.number = 1 }),
            .gap(
                .with {
                    $0.first = 1
                    $0.last = 2
                }), .welcome(.with { $0.version = 1 }),
        ]
        var ended = 0
        for round in 0..<2_000 {
            var one =
                round % 2 == 0
                ? Pair.open().server
                : WireConnection(
                    [.agent, .server, .newcomer, .registrar].randomElement(using: &random)
                        ?? .server, now: .zero)
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes += good.randomElement(using: &random)?.frame.bytes ?? []
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            var events: [WireConnection.Event] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...rest.count, using: &random)
                events += one.received(rest.prefix(count), now: .zero)
                rest = rest.dropFirst(count)
            }
            let ends = events.compactMap(\.end)
            #expect(ends.count <= 1)
            #expect((one.phase == .ended) == (ends.count == 1))
            ended += ends.count
        }
        #expect(ended > 500)
    }

    @Test func `gives the same however the stream is cut`() {
        var random = SplitMix64(seed: 4)
        let messages: [WireMessage] = [.health, .records(first: 1, count: 3), .health]
        let stream = messages.flatMap { $0.frame.bytes }
        for _ in 0..<100 {
            var server = Pair.open().server
            var kinds: [WireKind?] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...rest.count, using: &random)
                kinds += server.received(rest.prefix(count), now: .zero).map(\.kind)
                rest = rest.dropFirst(count)
            }
            #expect(kinds == messages.map(\.kind))
        }
    }
}

@Suite struct `A message` {
    @Test func `at its bound is taken, and one beyond is not`() throws {
        let most = WireMessage.records(first: 1, count: WireLimits.recordsMax, bytes: 1)
        #expect(try WireMessage(most.frame) == most)
        let more = WireMessage.records(first: 1, count: WireLimits.recordsMax + 1, bytes: 1)
        #expect(throws: WireViolation.malformed(.records)) { try WireMessage(more.frame) }
        let long = WireMessage.records(first: 1, bytes: WireLimits.recordBytesMax)
        #expect(try WireMessage(long.frame) == long)
        let longer = WireMessage.records(first: 1, bytes: WireLimits.recordBytesMax + 1)
        #expect(throws: WireViolation.malformed(.records)) { try WireMessage(longer.frame) }
        #expect(long.frame.byteCount <= WireLimits.telemetryFrameBytesMax)
    }

    @Test func `of no records, or of sequence 0, is refused`() {
        let none = WireMessage.records(first: 1, count: 0)
        #expect(throws: WireViolation.malformed(.records)) { try WireMessage(none.frame) }
        let zero = WireMessage.records(first: 0)
        #expect(throws: WireViolation.malformed(.records)) { try WireMessage(zero.frame) }
    }

    @Test func `with a field that is not known yet is still read`() throws {
        let frame = WireMessage.ping(.with { $0.number = 1 }).frame
        let later = WireFrame(.ping, frame.payload + [0xf8, 0x01, 0x05])
        #expect(try WireMessage(later) == .ping(.with { $0.number = 1 }))
    }

    @Test func `of a gap that ends before it begins is refused`() {
        let gap = WireMessage.gap(
            .with {
                $0.first = 5
                $0.last = 4
            })
        #expect(throws: WireViolation.malformed(.gap)) { try WireMessage(gap.frame) }
    }
}
