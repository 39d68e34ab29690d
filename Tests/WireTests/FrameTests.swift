import FoundationEssentials
import SwiftProtobuf
import Testing
import TestKit
import Wire

@Suite struct `Frames` {
    /// As hex, so that no change of the contract goes unseen.
    static let golden: [(message: WireMessage, hex: String)] = [
        (.ping(.with { $0.number = 7 }), "00000004 01 13 0807"),
        (.pong(.with { $0.number = 300 }), "00000005 01 14 08ac02"),
        (
            .welcome(
                .with {
                    $0.version = 1
                    $0.acknowledged = 41
                    $0.policyVersion = 3
                    $0.wallNanoseconds = 1_000
                    $0.healthSeconds = 5
                }),
            "0000000d 01 11 0801 1029 1803 20e807 2805"
        ),
        (
            .refusal(
                .with {
                    $0.reason = .revoked
                    $0.detail = "no"
                }),
            "00000008 01 12 0802 12026e6f"
        ),
        (
            .credit(
                .with {
                    $0.channel = 2
                    $0.bytes = 4096
                }),
            "00000007 01 15 0802 108020"
        ),
        (.acknowledgement(.with { $0.through = 9 }), "00000004 01 16 0809"),
        (
            .records(
                .with {
                    $0.first = 5
                    $0.records = [.with { $0.content = .init([0x7b, 0x7d]) }]
                }),
            "0000000a 01 20 0805 1204 0a027b7d"
        ),
        (
            .gap(
                .with {
                    $0.first = 6
                    $0.last = 8
                    $0.reason = .full
                }),
            "00000008 01 21 0806 1008 1801"
        ),
        (.goodbye(.with { $0.reason = .stopping }), "00000004 01 1f 0801"),
        (
            .bulkPiece(
                .with {
                    $0.stream = 1
                    $0.offset = 2
                    $0.content = .init([0xff])
                }),
            "00000009 01 31 0801 1002 1a01ff"
        ),
    ]

    @Test func `are written as they always were`() {
        for (message, hex) in Self.golden {
            #expect(message.frame.bytes == Self.bytes(hex), "\(message.kind)")
        }
    }

    @Test func `are read as they always were`() throws {
        for (message, hex) in Self.golden {
            var reader = WireFrameReader()
            reader.add(Self.bytes(hex))
            let next = try reader.next { _ in 1 << 20 }
            let frame = try #require(next)
            #expect(try WireMessage(frame) == message)
            #expect(reader.waitingBytes == 0)
        }
    }

    @Test func `come out the same however they are cut`() throws {
        var random = SplitMix64(seed: 1)
        let stream = Self.golden.flatMap { $0.message.frame.bytes }
        for _ in 0..<200 {
            var reader = WireFrameReader()
            var kinds: [WireKind] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(rest.count, 40), using: &random)
                reader.add(rest.prefix(count))
                rest = rest.dropFirst(count)
                while let frame = try reader.next(bytesMax: { _ in 1 << 20 }) {
                    kinds.append(frame.kind)
                }
            }
            #expect(kinds == Self.golden.map(\.message.kind))
        }
    }

    @Test func `beyond their bound are refused by the head alone`() {
        var reader = WireFrameReader()
        reader.add(Self.bytes("0000ffff 01 13"))
        #expect(throws: WireViolation.tooLarge) { try reader.next { _ in 16 << 10 } }
        var larger = WireFrameReader()
        larger.add(Self.bytes("7fffffff"))
        #expect(throws: WireViolation.tooLarge) { try larger.next { _ in nil } }
    }

    @Test func `at their bound are taken`() throws {
        let payload = [UInt8](repeating: 0, count: (16 << 10) - WireFrame.headBytes)
        let frame = WireFrame(.ping, payload)
        var reader = WireFrameReader()
        reader.add(frame.bytes)
        let taken = try reader.next { _ in 16 << 10 }
        #expect(taken == frame)
        reader.add(WireFrame(.ping, payload + [0]).bytes)
        #expect(throws: WireViolation.tooLarge) { try reader.next { _ in 16 << 10 } }
    }

    @Test(arguments: [
        ("00000001 01", WireViolation.length), ("00000002 02 13", .version),
        ("00000002 01 ee", .kind),
    ])
    func `of no known form are refused`(hex: String, violation: WireViolation) {
        var reader = WireFrameReader()
        reader.add(Self.bytes(hex) + [0, 0])
        #expect(throws: violation) { try reader.next { _ in 16 << 10 } }
    }

    @Test func `with any damage are read or refused, and never more is held than came`() {
        var random = SplitMix64(seed: 2)
        let stream = Self.golden.flatMap { $0.message.frame.bytes }
        var refused = 0
        for _ in 0..<4_000 {
            var damaged = stream
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                damaged[place] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random))
            }
            var reader = WireFrameReader()
            reader.add(damaged)
            do {
                while let frame = try reader.next(bytesMax: { _ in 1 << 20 }) {
                    _ = try? WireMessage(frame)
                }
            } catch { refused += 1 }
            #expect(reader.waitingBytes <= damaged.count)
        }
        #expect(refused > 100)
    }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.filter { $0 != " " }
        return stride(from: 0, to: digits.count, by: 2).map { offset in
            let start = digits.index(digits.startIndex, offsetBy: offset)
            let pair = digits[start..<digits.index(start, offsetBy: 2)]
            guard let byte = UInt8(pair, radix: 16) else { preconditionFailure("a fixture is hex") }
            return byte
        }
    }
}
