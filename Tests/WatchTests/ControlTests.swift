import Engine
import TestKit
import Testing

@testable import Watch

@Suite struct `Control records` {
    static let all: [Control] = [
        .tick, .content(String(repeating: "0a", count: 16)), .suppressions([]),
        .suppressions([
            Suppression(
                id: "s1", ruleID: "r", conditions: [.init(field: "host", pattern: "ws-*")],
                expires: Timestamp(nanoseconds: 5)),
            Suppression(id: "s2", ruleID: nil, conditions: [], expires: Timestamp(nanoseconds: -5)),
        ]),
    ]

    @Test(arguments: all)
    func `are read as they were written`(control: Control) {
        #expect(Control(control.kind, control.bytes) == control)
    }

    @Test func `of no known kind or form are refused`() {
        #expect(Control("tock", []) == nil)
        #expect(Control("content", Array("../../etc/passwd".utf8)) == nil)
        #expect(Control("suppressions", [0x80]) == nil)
    }

    @Test func `survive any damage`() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<2000 {
            let control = Self.all[Int(random.next() % 4)]
            var bytes = control.bytes
            if !bytes.isEmpty {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            _ = Control(control.kind, bytes)
        }
    }
}
