/// What a DNS message asks, and what it answers.
///
/// - Input: bytes an attacker may have written. Everything is checked; nothing is followed twice.
/// - Bounds: ``answersMax`` answers; names of at most 255 bytes; compression pointers only lead backwards, so reading ends.
/// - Source: RFC 1035 §4.1, RFC 3596.
package struct DNSMessage: Equatable, Sendable {
    package enum Failure: Error, Equatable, Sendable {
        case short
        case noQuestion
        case badName(at: Int)
    }

    package struct Answer: Equatable, Sendable {
        package let type: UInt16
        /// An address as text, or a name; other types have hexadecimal digits of at most 64 bytes.
        package let text: [UInt8]
    }

    package static let answersMax = 32

    package let identifier: UInt16
    package let isAnswer: Bool
    package let code: UInt8
    /// In lower case, without the last dot; bytes outside of printable ASCII, and dots in a label, as `\DDD`.
    package let name: [UInt8]
    package let type: UInt16
    package let answers: [Answer]
    /// More answers than these were there, or some could not be read.
    package let isCut: Bool

    /// - Parameter range: where the message stands in `bytes`.
    package init(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(Failure) {
        let message = bytes.extracting(range)
        guard message.count >= 12 else { throw .short }
        identifier = message.big16(0)
        isAnswer = message[2] & 0x80 != 0
        code = message[3] & 15
        guard message.big16(4) >= 1 else { throw .noQuestion }
        var at = 12
        name = try Self.name(message, &at)
        guard at + 4 <= message.count else { throw .short }
        type = message.big16(at)
        at += 4
        for _ in 1..<max(1, message.big16(4)) {
            // More than one question is not asked by anyone; they are passed over.
            guard (try? Self.name(message, &at)) != nil, at + 4 <= message.count else { break }
            at += 4
        }
        let count = Int(message.big16(6))
        var answers: [Answer] = []
        while answers.count < min(count, Self.answersMax),
            let answer = Self.answer(message, &at)
        {
            answers.append(answer)
        }
        self.answers = answers
        isCut = answers.count < count
    }

    private static func answer(_ message: Span<UInt8>, _ at: inout Int) -> Answer? {
        guard (try? name(message, &at)) != nil, at + 10 <= message.count else { return nil }
        let type = message.big16(at)
        let count = Int(message.big16(at + 8))
        let start = at + 10
        guard start + count <= message.count else { return nil }
        at = start + count
        switch (type, count) {
        case (1, 4), (28, 16):
            return Answer(type: type, text: addressText(message, start..<at))
        case (2, _), (5, _), (12, _):
            var place = start
            guard let text = try? name(message, &place) else { return nil }
            return Answer(type: type, text: text)
        case (16, _):
            return Answer(type: type, text: words(message, start..<at))
        default:
            var digits: [UInt8] = []
            for index in start..<min(at, start + 64) { digits += hexText([message[index]]) }
            return Answer(type: type, text: digits)
        }
    }

    /// The strings of a TXT answer, one behind the other.
    private static func words(_ message: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var text: [UInt8] = []
        var at = range.lowerBound
        while at < range.upperBound {
            let end = min(range.upperBound, at + 1 + Int(message[at]))
            for index in at + 1..<max(end, at + 1) { text.append(message[index]) }
            at = end
        }
        return text
    }

    private static func name(_ message: Span<UInt8>, _ at: inout Int) throws(Failure) -> [UInt8] {
        var text: [UInt8] = []
        var place = at
        var end: Int?
        var total = 0
        while true {
            guard place < message.count else { throw .badName(at: place) }
            let count = Int(message[place])
            if count == 0 { break }
            if count >= 0xc0 {
                guard place + 1 < message.count else { throw .badName(at: place) }
                let target = (count & 0x3f) << 8 | Int(message[place + 1])
                if end == nil { end = place + 2 }
                // Backwards alone: so no circle.
                guard target < place else { throw .badName(at: place) }
                place = target
                continue
            }
            total += count + 1
            guard count < 64, total <= 255, place + count < message.count else {
                throw .badName(at: place)
            }
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            for index in place + 1...place + count { append(message[index], to: &text) }
            place += count + 1
        }
        at = end ?? place + 1
        return text
    }

    private static func append(_ byte: UInt8, to text: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): text.append(byte | 0x20)
        case UInt8(ascii: "."), UInt8(ascii: "\\"), 0...0x20, 0x7f...0xff:
            text.append(UInt8(ascii: "\\"))
            for divisor in [100, 10, 1] as [UInt8] {
                text.append(UInt8(ascii: "0") + byte / divisor % 10)
            }
        default: text.append(byte)
        }
    }

    /// `A`, `AAAA`, … ; `TYPE65` where the number has no name here.
    package static func typeName(_ type: UInt16) -> String {
        let names: [UInt16: String] = [
            1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 15: "MX", 16: "TXT",
            28: "AAAA", 33: "SRV", 41: "OPT", 43: "DS", 46: "RRSIG", 48: "DNSKEY", 64: "SVCB",
            65: "HTTPS", 252: "AXFR", 255: "ANY",
        ]
        return names[type] ?? "TYPE\(type)"
    }
}

extension Span<UInt8> {
    func big16(_ at: Int) -> UInt16 { UInt16(self[at]) << 8 | UInt16(self[at + 1]) }
}

/// An address of 4 or 16 bytes as people write it; of IPv6 the longest run of zeros is left out (RFC 5952), and an IPv4 address in
/// IPv6 is told as IPv4.
package func addressText(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var text = ""
    if range.count == 4 || isMappedIPv4(bytes, range) {
        let four = range.upperBound - 4..<range.upperBound
        for index in four { text += (index == four.lowerBound ? "" : ".") + String(bytes[index]) }
        return Array(text.utf8)
    }
    let groups = (0..<8).map { bytes.big16(range.lowerBound + 2 * $0) }
    var best = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || groups[index] != 0 {
        if index - start > max(1, best.count) { best = start..<index }
        start = index + 1
    }
    for index in 0..<8 {
        if best.contains(index) {
            if index == best.lowerBound { text += "::" }
            continue
        }
        if index > 0, index != best.upperBound || best.isEmpty { text += ":" }
        text += String(groups[index], radix: 16)
    }
    return Array(text.utf8)
}

private func isMappedIPv4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard range.count == 16 else { return false }
    for offset in 0..<10 where bytes[range.lowerBound + offset] != 0 { return false }
    return bytes.big16(range.lowerBound + 10) == 0xffff
}
