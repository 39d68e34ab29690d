import TestKit
import Testing

@testable import Sense

enum DNSPackets {
    static let question: [UInt8] =
        [4] + Array("Evil".utf8) + [3] + Array("org".utf8) + [0, 0, 1, 0, 1]
    static let asked: [UInt8] = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + question

    static func answered(_ records: [[UInt8]], count: UInt8? = nil) -> [UInt8] {
        [0, 7, 0x81, 0x80, 0, 1, 0, count ?? UInt8(records.count), 0, 0, 0, 0] + question
            + records.flatMap(\.self)
    }

    /// A record that refers to the question's name.
    static func record(_ type: UInt8, _ data: [UInt8]) -> [UInt8] {
        [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, UInt8(data.count)] + data
    }

    static var query: RecordBytes {
        var record = RecordBytes.flow(
            .dns, source: [10, 0, 0, 1], 5_353, target: [10, 0, 0, 53], 53, transport: 17)
        record.parts = [asked]
        return record
    }
}

@Suite struct `A DNS message` {
    private func read(_ bytes: [UInt8]) throws -> DNSMessage {
        try DNSMessage(bytes.span, 0..<bytes.count)
    }

    @Test func `asks`() throws {
        let message = try read(DNSPackets.asked)
        #expect(message.name == Array("evil.org".utf8))
        #expect(message.type == 1)
        #expect(!message.isAnswer)
        #expect(message.answers.isEmpty)
    }

    @Test func `answers with addresses, names and texts`() throws {
        let six: [UInt8] = [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        let message = try read(
            DNSPackets.answered([
                DNSPackets.record(1, [192, 0, 2, 1]), DNSPackets.record(28, six),
                DNSPackets.record(5, [3, 119, 119, 119, 0xc0, 12]),
                DNSPackets.record(16, [2, 97, 98, 1, 99]), DNSPackets.record(64, [1, 0xab]),
            ]))
        #expect(
            message.answers.map { String(decoding: $0.text, as: UTF8.self) } == [
                "192.0.2.1", "2001:db8::1", "www.evil.org", "abc", "01ab",
            ])
        #expect(!message.isCut)
    }

    @Test func `that points at itself, or forward, is refused`() {
        var bytes = DNSPackets.asked
        bytes.replaceSubrange(12..<14, with: [0xc0, 12])
        #expect(throws: DNSMessage.Failure.badName(at: 12)) { _ = try read(bytes) }
        bytes.replaceSubrange(12..<14, with: [0xc0, 14])
        #expect(throws: DNSMessage.Failure.badName(at: 12)) { _ = try read(bytes) }
    }

    @Test func `says when not all answers could be read`() throws {
        let one = DNSPackets.record(1, [192, 0, 2, 1])
        let many = try read(DNSPackets.answered([[UInt8]](repeating: one, count: 33)))
        #expect(many.answers.count == DNSMessage.answersMax)
        #expect(many.isCut)
        #expect(try !read(DNSPackets.answered([[UInt8]](repeating: one, count: 32))).isCut)
        #expect(try read(DNSPackets.answered([one], count: 2)).isCut)
    }

    @Test func `shorter than its head is refused`() {
        #expect(throws: DNSMessage.Failure.short) {
            _ = try read(Array(DNSPackets.asked.prefix(11)))
        }
        #expect(throws: DNSMessage.Failure.noQuestion) {
            _ = try read([0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        }
    }

    @Test func `tells odd bytes of a name as numbers`() throws {
        var bytes = DNSPackets.asked
        bytes.replaceSubrange(13..<17, with: [0x2e, 0x5c, 0x0a, 0xff])
        #expect(try read(bytes).name == Array("\\046\\092\\010\\255.org".utf8))
    }

    @Test func `damaged in any way is read or refused`() {
        var random = SplitMix64(seed: 53)
        let good = DNSPackets.answered([
            DNSPackets.record(1, [192, 0, 2, 1]), DNSPackets.record(16, [2, 97, 98]),
            DNSPackets.record(5, [0xc0, 12]),
        ])
        for _ in 0..<3_000 {
            var bytes = good
            for _ in 0...Int(random.next() % 5) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
            if let message = try? read(bytes) {
                #expect(message.answers.count <= DNSMessage.answersMax)
                #expect(message.name.count <= 4 * 255)
            }
        }
    }

    @Test(arguments: [
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "::1"),
        ([UInt8](repeating: 0, count: 16), "::"),
        ([0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2], "2001:db8:0:1::2"),
        ([0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0], "1:0:2::3:0:0"),
        ([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "fe80::"),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1], "10.0.0.1"),
        ([1, 2, 3, 4], "1.2.3.4"),
    ])
    func `has addresses as people write them`(bytes: [UInt8], wanted: String) {
        let text = addressText(bytes.span, 0..<bytes.count)
        #expect(String(decoding: text, as: UTF8.self) == wanted)
    }
}
