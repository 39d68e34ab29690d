import TestKit
import Testing

@testable import Act

@Suite struct `Edits of shared texts` {
    /// Any text: few different lines, so that they repeat; empty ones, carriage returns, bytes that are no UTF-8, with or without a last line feed.
    private func text(_ random: inout SplitMix64) -> [UInt8] {
        let lines: [[UInt8]] = [
            [], Array("a".utf8), Array("b\r".utf8), [0xFF, 0x00], Array("evil".utf8),
            Array("evil 2".utf8), Array("c d".utf8),
        ]
        let count = Int.random(in: 0...12, using: &random)
        var text: [UInt8] = []
        for _ in 0..<count {
            text += lines[Int.random(in: lines.indices, using: &random)]
            text.append(0x0A)
        }
        if Bool.random(using: &random), !text.isEmpty { text.removeLast() }
        return text
    }

    private func decide(_ line: [UInt8]) -> [UInt8]? {
        if line.elementsEqual("evil".utf8) { return nil }
        if line.elementsEqual("c d".utf8) { return Array("c !d".utf8) }
        return line
    }

    @Test func `take lines out and put them back to the byte`() throws {
        var random = SplitMix64(seed: 1)
        for _ in 0..<4_000 {
            let before = text(&random)
            guard let (edit, after) = try LineEdit.of(before, decide) else { continue }
            let lines = LineEdit.lines(of: after).map(LineEdit.bare)
            #expect(!lines.contains(Array("evil".utf8)))
            #expect(edit.undone(in: after) == before)
            #expect(try LineEdit(json: JSONReader.value(of: edit.json.bytes)) == edit)
        }
    }

    @Test func `put back every line and lose none of others' after others wrote too`() throws {
        var random = SplitMix64(seed: 2)
        for _ in 0..<4_000 {
            let before = text(&random)
            let remove: ([UInt8]) -> [UInt8]? = { $0.elementsEqual("evil".utf8) ? nil : $0 }
            guard let (edit, after) = try LineEdit.of(before, remove) else { continue }
            var lines = LineEdit.lines(of: after).map(LineEdit.bare)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let new = Array("other \(UInt8.random(in: 0...9, using: &random))".utf8)
                lines.insert(new, at: Int.random(in: 0...lines.count, using: &random))
            }
            if Bool.random(using: &random), !lines.isEmpty { lines.removeFirst() }
            let changed = Array(lines.joined(separator: [0x0A]))
            let undone = try #require(edit.undone(in: changed))
            var rest = LineEdit.lines(of: undone).map(LineEdit.bare)
            for part in edit.parts {
                let at = try #require(rest.firstIndex(of: LineEdit.bare(part.old)))
                rest.remove(at: at)
            }
            let others = LineEdit.lines(of: changed).map(LineEdit.bare)
            #expect(rest == others)
        }
    }

    @Test func `put a line back behind the one it followed`() throws {
        let before = Array("one\nevil\ntwo\n".utf8)
        let (edit, _) = try #require(try LineEdit.of(before, decide))
        let changed = Array("zero\none\nnew\ntwo\n".utf8)
        #expect(edit.undone(in: changed) == Array("zero\none\nevil\nnew\ntwo\n".utf8))
    }

    @Test func `leave a replaced line to a person when somebody changed it`() throws {
        let before = Array("x\nc d\n".utf8)
        let (edit, after) = try #require(try LineEdit.of(before, decide))
        #expect(after == Array("x\nc !d\n".utf8))
        #expect(edit.undone(in: Array("x\nc other\n".utf8)) == nil)
        #expect(edit.undone(in: Array("c !d\ny\n".utf8)) == Array("c d\ny\n".utf8))
        #expect(edit.undone(in: Array("c d\ny\n".utf8)) == Array("c d\ny\n".utf8))
    }

    @Test func `end at 1,000 lines`() throws {
        let most = LineEdit.linesMax
        func evil(_ count: Int) -> [UInt8] { (0..<count).flatMap { _ in Array("evil\n".utf8) } }
        #expect(try LineEdit.of(evil(most), decide)?.edit.parts.count == most)
        #expect(throws: ActFailure.self) { try LineEdit.of(evil(most + 1), decide) }
    }
}
