import TestKit
import Testing

@testable import Engine

@Suite struct `Text decoders on any input` {
    /// Where a block may be cut: behind a line, and for formats whose records span lines, behind
    /// a record.
    private static func cuts(_ format: RecordFormat, _ bytes: [UInt8]) -> [Int] {
        bytes.indices.compactMap { index -> Int? in
            guard bytes[index] == 10, index + 1 < bytes.count else { return nil }
            switch format {
            case .journal: return bytes[..<index].last == 10 ? index + 1 : nil
            case .auditd, .csv: return nil
            default: return index + 1
            }
        }
    }

    @Test(arguments: TextGolden.all)
    func `any cut between records gives the same events`(golden: TextGolden) throws {
        let bytes = try golden.input()
        var buffer = EventBuffer(names: FieldNames())
        let whole = TextDecoding.events(
            TextDecoding.block(golden.format, bytes), &buffer)
        let preamble = TextDecoding.preamble(golden.format, bytes)
        // A header that changes within a source is its reader's affair.
        let changesHeader = golden.name == "dns" || golden.name == "w3c"
        for cut in Self.cuts(golden.format, bytes) {
            if golden.format == .journal, Self.isInBinary(bytes, cut) { continue }
            if changesHeader, bytes[..<cut].count > bytes.count / 2 { continue }
            let lines = bytes[..<cut].count { $0 == 10 }
            let head = TextDecoding.events(
                TextDecoding.block(golden.format, Array(bytes[..<cut]), preamble: preamble),
                &buffer)
            let tail = TextDecoding.events(
                TextDecoding.block(
                    golden.format, Array(bytes[cut...]), offset: cut, firstLine: lines + 1,
                    preamble: preamble),
                &buffer)
            #expect(head + tail == whole, "cut at \(cut)")
        }
    }

    /// The fixture's binary values hold blank lines.
    private static func isInBinary(_ bytes: [UInt8], _ cut: Int) -> Bool {
        bytes[cut...].starts(with: Array("third line".utf8))
    }

    @Test(arguments: TextGolden.all)
    func `no damage to a good input stops a decoder`(golden: TextGolden) throws {
        let bytes = try golden.input()
        var random = SplitMix64(seed: 11)
        var buffer = EventBuffer(names: FieldNames())
        let marks = Array("\n\"'\\=|[]{}<>:;, \t\u{1d}\u{0}#-9AFx".utf8) + [0xff]
        for _ in 0..<300 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let place = Int.random(in: 0..<damaged.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: damaged[place] = marks.randomElement(using: &random) ?? 0
                case 1: damaged[place] = UInt8.random(in: 0...255, using: &random)
                case 2: damaged.insert(marks.randomElement(using: &random) ?? 0, at: place)
                default:
                    let end = min(damaged.count, place + Int.random(in: 1...40, using: &random))
                    if end - place < damaged.count { damaged.removeSubrange(place..<end) }
                }
            }
            for format in [golden.format, TextGolden.formats.randomElement(using: &random)] {
                guard let format else { continue }
                let events = TextDecoding.events(
                    TextDecoding.block(format, damaged), &buffer)
                #expect(events.last != "!! stands still\n")
            }
        }
    }

    @Test(arguments: TextGolden.formats)
    func `random bytes are events or failures, never a crash`(format: RecordFormat) {
        var random = SplitMix64(seed: 5)
        var buffer = EventBuffer(names: FieldNames())
        for _ in 0..<300 {
            let count = Int.random(in: 0...400, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let events = TextDecoding.events(TextDecoding.block(format, bytes), &buffer)
            #expect(events.count <= count + 1)
        }
    }

    @Test(arguments: [RecordFormat.syslog, .auditd, .zeekTSV, .accessLog, .cef, .leef, .keyValue])
    func `a line above the limit is refused and the next is read`(format: RecordFormat) {
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: TextLines.lineBytesMax + 1)
        let events = TextDecoding.events(format, long + [10] + Array("x\n".utf8))
        #expect(events.first == "!! 0 line longer than 1 MiB\n")
        #expect(events.count == 2)
    }
}
