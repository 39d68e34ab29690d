import TestKit
import Testing

@testable import Sense

@Suite struct `The proc connector` {
    private func message(_ what: UInt32, _ words: [UInt32]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 52 + 4 * words.count)
        bytes.put(UInt32(1), at: 16)
        bytes.put(UInt32(1), at: 20)
        bytes.put(what, at: 36)
        for (index, word) in words.enumerated() { bytes.put(word, at: 52 + 4 * index) }
        return bytes
    }

    @Test func `tells processes and leaves threads out`() {
        func event(_ what: UInt32, _ words: [UInt32]) -> ProcessConnector.Event? {
            ProcessConnector.event(message(what, words).span)
        }
        #expect(event(2, [7, 7]) == .exec(pid: 7))
        #expect(event(1, [5, 5, 9, 9]) == .fork(parent: 5, child: 9))
        #expect(event(1, [5, 5, 10, 9]) == nil)
        #expect(event(0x8000_0000, [9, 9, 0x700, 17]) == .exit(pid: 9, status: 0x700))
        #expect(event(0x8000_0000, [10, 9, 0, 17]) == nil)
        #expect(event(4, [9, 9, 0, 0]) == nil)
    }

    @Test func `is read at any length`() {
        let whole = message(1, [5, 5, 9, 9])
        for count in 0..<whole.count {
            #expect(ProcessConnector.event(Array(whole.prefix(count)).span) == nil)
        }
    }

    @Test func `says of a process that is gone that it was not read`() throws {
        var lines = EventLines.apart()
        // No process has this number: the kernel counts to 4,194,304.
        lines.seen(.exec(pid: 9_999_999), time: 1)
        let text = String(decoding: lines.writer.bytes, as: UTF8.self)
        #expect(text.contains(#""process":{"pid":9999999},"unread":true}"#))
    }

    @Test func `says that it lost events, though not how many`() {
        var lines = EventLines.apart()
        lines.overflowed(3, seconds: 1, time: 1)
        let text = String(decoding: lines.writer.bytes, as: UTF8.self)
        #expect(text.contains(#""sensor":{"lost":3,"at_least":true,"seconds":1}"#))
    }
}
