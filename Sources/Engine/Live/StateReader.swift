/// Reads what a ``StateWriter`` wrote. Never reads past the end, and never makes room for more than the bytes that are left could hold.
package struct StateReader: Sendable {
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package let offset: Int
        package let reason: String

        package var description: String { "\(reason) at offset \(offset)" }
    }

    private let bytes: [UInt8]
    private var at = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var isAtEnd: Bool { at == bytes.count }

    package func failure(_ reason: String) -> Failure { Failure(offset: at, reason: reason) }

    package mutating func byte() throws(Failure) -> UInt8 {
        guard at < bytes.count else { throw failure("the state ends early") }
        defer { at += 1 }
        return bytes[at]
    }

    package mutating func number() throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            guard shift < 63 || next <= 1 else { throw failure("a number is too large") }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    package mutating func signed() throws(Failure) -> Int64 {
        let number = try number()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    package mutating func int() throws(Failure) -> Int { Int(try signed()) }

    package mutating func flag() throws(Failure) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw failure("a flag is neither yes nor no")
        }
    }

    package mutating func double() throws(Failure) -> Double {
        Double(bitPattern: try word())
    }

    package mutating func word() throws(Failure) -> UInt64 {
        guard bytes.count - at >= 8 else { throw failure("the state ends early") }
        var word: UInt64 = 0
        for place in 0..<8 { word |= UInt64(bytes[at + place]) << UInt64(place * 8) }
        at += 8
        return word
    }

    /// How many things follow, each of at least one byte.
    package mutating func count() throws(Failure) -> Int {
        let count = try int()
        guard count >= 0, count <= bytes.count - at else { throw failure("a count is too large") }
        return count
    }

    package mutating func blob() throws(Failure) -> [UInt8] {
        let count = try count()
        defer { at += count }
        return Array(bytes[at..<at + count])
    }

    package mutating func text() throws(Failure) -> String {
        String(decoding: try blob(), as: UTF8.self)
    }

    package mutating func optional<Value>(
        _ read: (inout StateReader) throws(Failure) -> Value
    ) throws(Failure) -> Value? {
        try flag() ? try read(&self) : nil
    }

    package mutating func list<Value>(
        _ read: (inout StateReader) throws(Failure) -> Value
    ) throws(Failure) -> [Value] {
        let count = try count()
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}
