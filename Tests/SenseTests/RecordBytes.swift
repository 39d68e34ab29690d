@testable import Sense

/// A record of the ring as the kernel programs write it, made by hand.
struct RecordBytes {
    var kind: KernelRecord.Kind
    var flags: UInt16 = 0
    var time: UInt64 = 5_000_000_000
    var pid: UInt32 = 100
    var start: UInt64 = 4_000_000_000
    var parent: UInt32 = 1
    var parentStart: UInt64 = 10_000_000
    var uid: UInt32 = 0
    var euid: UInt32 = 0
    var values: [Int64] = []
    var name = "tool"
    var detail: [UInt8] = []
    var parts: [[UInt8]] = []

    init(_ kind: KernelRecord.Kind) { self.kind = kind }

    var bytes: [UInt8] {
        var head = [UInt8](repeating: 0, count: 128)
        head.put(kind.rawValue, at: 0)
        head.put(flags, at: 2)
        head.put(time, at: 8)
        head.put(pid, at: 16)
        head.put(pid, at: 20)
        head.put(start, at: 24)
        head.put(parentStart, at: 32)
        head.put(parent, at: 40)
        head.put(uid, at: 44)
        head.put(euid, at: 48)
        for (index, value) in values.enumerated() { head.put(value, at: 56 + 8 * index) }
        for (index, byte) in name.utf8.prefix(15).enumerated() { head[96 + index] = byte }
        for (index, part) in parts.enumerated() {
            head.put(UInt16(part.count), at: 112 + 2 * index)
        }
        let all = head + detail + parts.flatMap(\.self)
        var whole = all
        whole.put(UInt32(all.count), at: 4)
        return whole
    }

    /// An `EXEC` with these arguments; paths from the top.
    static func execution(_ path: String, _ arguments: [String]) -> RecordBytes {
        var record = RecordBytes(.exec)
        record.values = [4_096, 7, 8, 0x1ff]
        record.detail = [UInt8](repeating: 0, count: 48)
        record.detail.put(UInt64(77), at: 0)
        record.detail.put(UInt32(0o100755), at: 12)
        record.detail.put(UInt32(1), at: 16)
        record.detail.put(UInt32(100), at: 24)
        record.detail.put(UInt32.max, at: 28)
        record.parts = [
            arguments.flatMap { Array($0.utf8) + [0] }, walked(path), walked("/root"), [],
            Array(path.utf8) + [0], Array("pts0".utf8) + [0], [], Array(path.utf8) + [0],
        ]
        return record
    }

    static func flow(
        _ kind: KernelRecord.Kind, source: [UInt8], _ sourcePort: UInt16, target: [UInt8],
        _ targetPort: UInt16, transport: UInt8 = 6
    ) -> RecordBytes {
        var record = RecordBytes(kind)
        record.detail = [UInt8](repeating: 0, count: 40)
        record.detail.replaceSubrange(0..<source.count, with: source)
        record.detail.replaceSubrange(16..<16 + target.count, with: target)
        record.detail.put(sourcePort, at: 32)
        record.detail.put(targetPort, at: 34)
        record.detail.put(UInt16(source.count == 4 ? 2 : 10), at: 36)
        record.detail[38] = transport
        return record
    }

    /// As the kernel walks it: names from the leaf up.
    static func walked(_ path: String) -> [UInt8] {
        path.split(separator: "/").reversed().flatMap { Array($0.utf8) + [0] }
    }
}

extension [UInt8] {
    mutating func put(_ number: some FixedWidthInteger, at place: Int) {
        for index in 0..<number.bitWidth / 8 {
            self[place + index] = UInt8(truncatingIfNeeded: number >> (8 * index))
        }
    }
}

extension EventLines {
    /// Lines about a host that is not this one: nothing is read from this machine.
    static func apart(forks: Bool = false) -> EventLines {
        EventLines(
            host: Array("web01".utf8), bootID: Array("00112233aabbccdd".utf8),
            clock: LineClock(offset: 1_764_342_000_000_000_000), accounts: Accounts(path: "/none"),
            tellsForks: forks, readsFiles: false)
    }

    mutating func lines(_ records: [RecordBytes]) -> [String] {
        reset()
        for record in records { take(record.bytes.span) }
        return String(decoding: writer.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
