import TestKit
import Testing

@testable import Tenancy

/// Writes what the reader reads; for tests only.
enum CBORWriter {
    static func bytes(_ value: CBOR) -> [UInt8] {
        switch value {
        case .unsigned(let number): head(0, number)
        case .negative(let number): head(1, number)
        case .bytes(let bytes): head(2, UInt64(bytes.count)) + bytes
        case .text(let text): head(3, UInt64(text.utf8.count)) + Array(text.utf8)
        case .array(let items): head(4, UInt64(items.count)) + items.flatMap(bytes)
        case .map(let map):
            head(5, UInt64(map.count))
                + map.map { bytes($0.key) + bytes($0.value) }
                .sorted { $0.lexicographicallyPrecedes($1) }.joined()
        case .bool(let value): [value ? 0xF5 : 0xF4]
        case .null: [0xF6]
        }
    }

    static func head(_ kind: UInt8, _ number: UInt64) -> [UInt8] {
        func tail(_ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
        }
        switch number {
        case ..<24: return [kind << 5 | UInt8(number)]
        case ..<0x100: return [kind << 5 | 24] + tail(1)
        case ..<0x1_0000: return [kind << 5 | 25] + tail(2)
        case ..<0x1_0000_0000: return [kind << 5 | 26] + tail(4)
        default: return [kind << 5 | 27] + tail(8)
        }
    }
}

@Suite struct `CBOR reader` {
    /// RFC 8949 appendix A, those that WebAuthn can use.
    @Test(arguments: [
        ("00", CBOR.unsigned(0)), ("17", .unsigned(23)), ("1818", .unsigned(24)),
        ("1903e8", .unsigned(1_000)), ("1bffffffffffffffff", .unsigned(.max)),
        ("20", .negative(0)), ("3863", .negative(99)), ("3bffffffffffffffff", .negative(.max)),
        ("f4", .bool(false)), ("f5", .bool(true)), ("f6", .null), ("40", .bytes([])),
        ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")), ("6449455446", .text("IETF")),
        ("62225c", .text("\"\\")), ("62c3bc", .text("\u{FC}")), ("80", .array([])),
        ("83010203", .array([.unsigned(1), .unsigned(2), .unsigned(3)])), ("a0", .map([:])),
        ("a201020304", .map([.unsigned(1): .unsigned(2), .unsigned(3): .unsigned(4)])),
        ("a161610c", .map([.text("a"): .unsigned(12)])),
    ])
    func `reads what RFC 8949 shows`(hex: String, value: CBOR) throws {
        #expect(try CBOR.value(try #require(Hex.bytes(hex))) == value)
    }

    @Test(arguments: [
        ("", CBOR.Failure.endsEarly(offset: 0)), ("18", .endsEarly(offset: 0)),
        ("44010203", .endsEarly(offset: 0)), ("8201", .endsEarly(offset: 2)),
        ("5bffffffffffffffff00", .endsEarly(offset: 0)), ("0000", .trailing(offset: 1)),
        ("1817", .notShortest(offset: 0)), ("190017", .notShortest(offset: 0)),
        ("1a0000ffff", .notShortest(offset: 0)), ("1b00000000ffffffff", .notShortest(offset: 0)),
        ("9bffffffffffffffff", .tooMany(offset: 0)), ("bbffffffffffffffff", .tooMany(offset: 0)),
        ("9f00ff", .unsupported(offset: 0)), ("c000", .unsupported(offset: 0)),
        ("f93c00", .unsupported(offset: 0)), ("f7", .unsupported(offset: 0)),
        ("1c", .unsupported(offset: 0)), ("61ff", .notUTF8(offset: 0)),
        ("a201000100", .key(offset: 3)), ("a1400000", .key(offset: 1)),
        ("a1f500", .key(offset: 1)),
    ])
    func `says what is wrong and where`(hex: String, failure: CBOR.Failure) throws {
        let bytes = try #require(Hex.bytes(hex))
        #expect(throws: failure) { try CBOR.value(bytes) }
    }

    @Test func `reads 8 levels, 256 items and 64 KiB, and not one more`() throws {
        func nested(_ depth: Int) -> [UInt8] { Array(repeating: 0x81, count: depth) + [0] }
        #expect(throws: Never.self) { try CBOR.value(nested(8)) }
        #expect(throws: CBOR.Failure.tooDeep(offset: 9)) { try CBOR.value(nested(9)) }
        func array(_ count: Int) -> [UInt8] {
            CBORWriter.head(4, UInt64(count)) + [UInt8](repeating: 0, count: count)
        }
        #expect(throws: Never.self) { try CBOR.value(array(256)) }
        #expect(throws: CBOR.Failure.tooMany(offset: 0)) { try CBOR.value(array(257)) }
        func string(_ count: Int) -> [UInt8] {
            CBORWriter.head(2, UInt64(count)) + [UInt8](repeating: 0, count: count)
        }
        #expect(throws: Never.self) { try CBOR.value(string(65_533)) }
        #expect(throws: CBOR.Failure.tooLong(bytes: 65_537)) { try CBOR.value(string(65_534)) }
    }

    private func made(_ random: inout SplitMix64, depth: Int) -> CBOR {
        switch Int.random(in: 0..<(depth < 4 ? 8 : 6), using: &random) {
        case 0: .unsigned(random.next() >> UInt64.random(in: 0..<64, using: &random))
        case 1: .negative(random.next() >> UInt64.random(in: 0..<64, using: &random))
        case 2: .bytes((0..<Int.random(in: 0..<40, using: &random)).map { UInt8($0) })
        case 3: .text(["", "a", "\u{FC}ber", "fmt"][Int.random(in: 0..<4, using: &random)])
        case 4: .bool(Bool.random(using: &random))
        case 5: .null
        case 6:
            .array(
                (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                    made(&random, depth: depth + 1)
                })
        default:
            .map(
                (0..<Int.random(in: 0..<4, using: &random)).reduce(into: [:]) { map, key in
                    map[key % 2 == 0 ? .unsigned(UInt64(key)) : .text("k\(key)")] = made(
                        &random, depth: depth + 1)
                })
        }
    }

    @Test func `reads back what was written`() throws {
        var random = SplitMix64(seed: 61)
        for _ in 0..<3_000 {
            let value = made(&random, depth: 0)
            #expect(try CBOR.value(CBORWriter.bytes(value)) == value)
        }
    }

    @Test func `survives any damage, and reads nothing in two spellings`() throws {
        var random = SplitMix64(seed: 62)
        var read = 0
        for _ in 0..<30_000 {
            var bytes = CBORWriter.bytes(made(&random, depth: 0))
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            guard let value = try? CBOR.value(bytes) else { continue }
            read += 1
            // Only the order of keys may differ.
            #expect(CBORWriter.bytes(value).sorted() == bytes.sorted())
        }
        #expect(read > 1_000)
    }
}
