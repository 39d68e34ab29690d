import Engine
import Store

/// An answer's body: members stand in the order they were written.
package indirect enum JSON: Sendable {
    package struct Member: Sendable {
        let name: String
        let value: JSON

        init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    case null
    case flag(Bool)
    case integer(Int64)
    case text(String)
    case list([JSON])
    case object([Member])
    /// JSON text that this program itself made and kept.
    case verbatim(String)

    package var string: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .flag(let flag): bytes += (flag ? "true" : "false").utf8
        case .integer(let number): bytes += String(number).utf8
        case .text(let text): bytes += CanonicalJSON.text(text).string.utf8
        case .verbatim(let text): bytes += text.utf8
        case .list(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSON.text(member.name).write(to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    static func text(orNull text: String?) -> JSON { text.map { .text($0) } ?? .null }
    static func integer(orNull number: Int?) -> JSON { number.map { .integer(Int64($0)) } ?? .null }
    static func time(_ time: Timestamp?) -> JSON { time.map { .text($0.text) } ?? .null }
    static func texts(_ texts: [String]) -> JSON { .list(texts.map { .text($0) }) }
    static func count(_ count: UInt64) -> JSON { .integer(Int64(clamping: count)) }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral {
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member($0, $1) })
    }

    package init(stringLiteral value: String) { self = .text(value) }
}

extension Timestamp {
    /// RFC 3339 in UTC, `2026-11-28T05:00:00Z`, with up to nine digits of a fraction; nil for anything else.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard (20...30).contains(bytes.count), bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var sum = 0
            for index in range {
                guard (0x30...0x39).contains(bytes[index]) else { return nil }
                sum = sum * 10 + Int(bytes[index] - 0x30)
            }
            return sum
        }
        for (index, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")]
        where bytes[index] != mark.utf8.first { return nil }
        guard let year = number(0..<4), (1700...2261).contains(year), let month = number(5..<7),
            (1...12).contains(month), let day = number(8..<10), (1...31).contains(day),
            let hour = number(11..<13), hour < 24, let minute = number(14..<16), minute < 60,
            let second = number(17..<19), second < 60
        else { return nil }
        var fraction = 0
        if bytes.count > 20 {
            let digits = bytes.count - 21
            guard bytes[19] == UInt8(ascii: "."), digits > 0,
                let value = number(20..<(bytes.count - 1))
            else { return nil }
            fraction = value
            for _ in digits..<9 { fraction *= 10 }
        }
        let days = Timestamp.days(year: year, month: month, day: day)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        self.init(nanoseconds: Int64(seconds) * 1_000_000_000 + Int64(fraction))
        // The 31st of a month of 30 days is another day than was said.
        guard components.day == day else { return nil }
    }
}
