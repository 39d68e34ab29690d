import Engine
import TestKit
import Testing

@testable import Store

@Suite struct `SQL for chDB` {
    @Test func `quotes any text so that nothing ends the literal`() {
        var random = SplitMix64(seed: 31)
        for _ in 0..<20_000 {
            let scalars = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2FF, using: &random)) ?? "'"
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            let literal = Array(ChdbSQL.quoted(String(text)).utf8)
            #expect(literal.first == 0x27 && literal.last == 0x27)
            // Read as ClickHouse reads it: `\xHH` is a byte, all else stands for itself.
            var bytes: [UInt8] = []
            var rest = literal.dropFirst().dropLast()[...]
            while let byte = rest.popFirst() {
                #expect(byte != 0x27)
                guard byte == 0x5C else {
                    bytes.append(byte)
                    continue
                }
                #expect(rest.popFirst() == UInt8(ascii: "x"))
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                rest = rest.dropFirst(2)
                bytes.append(UInt8(digits, radix: 16) ?? 0)
            }
            #expect(bytes == Array(String(text).utf8))
        }
    }

    @Test func `begins every condition with the tenant's`() throws {
        var dice = EventDice(random: SplitMix64(seed: 32))
        let acme = try tenant("acme")
        for _ in 0..<500 {
            let sql = ChdbSQL.condition(dice.query(), [acme])
            #expect(sql.hasPrefix("tenant IN ('acme')"))
            // Outside of literals parentheses are even and never close the condition.
            var depth = 0
            var isText = false
            for byte in sql.utf8 {
                if byte == 0x27 { isText.toggle() }
                if isText { continue }
                depth += byte == 0x28 ? 1 : byte == 0x29 ? -1 : 0
                #expect(depth >= 0)
            }
            #expect(depth == 0 && !isText)
        }
    }

    @Test func `has a library in memory hold exactly the names it was made for`() throws {
        let names = (0..<300).map { "Py_Name\($0)" }
        let library = ELFStub.library(names: names, machine: 62)
        #expect(library.count < 64 << 10)
        #expect(Array(library.prefix(4)) == [0x7F, 0x45, 0x4C, 0x46])
        for name in names {
            #expect(String(decoding: library, as: UTF8.self).contains(name + "\0"))
        }
        #expect(ELFNames { _, _ in [] } == nil)
        let broken: [UInt8] = library
        var random = SplitMix64(seed: 33)
        for _ in 0..<300 {
            var bytes = broken
            for _ in 0..<8 {
                bytes[Int.random(in: 0..<600, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            _ = ELFNames { offset, count in
                guard offset < UInt64(bytes.count) else { return [] }
                return Array(bytes[Int(offset)...].prefix(count))
            }
        }
    }
}
