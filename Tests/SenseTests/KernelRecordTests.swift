import CLinux
import TestKit
import Testing

@testable import Sense

@Suite struct `A record of the kernel` {
    @Test func `has its fields where the shared header puts them`() {
        #expect(MemoryLayout<kagari_head>.size == KernelRecord.headCount)
        #expect(MemoryLayout<kagari_exec>.size == KernelRecord.executionCount)
        #expect(MemoryLayout<kagari_flow>.size == KernelRecord.flowCount)
        #expect(MemoryLayout<kagari_head>.offset(of: \.time) == 8)
        #expect(MemoryLayout<kagari_head>.offset(of: \.start) == 24)
        #expect(MemoryLayout<kagari_head>.offset(of: \.ppid) == 40)
        #expect(MemoryLayout<kagari_head>.offset(of: \.value) == 56)
        #expect(MemoryLayout<kagari_head>.offset(of: \.cgroup) == 88)
        #expect(MemoryLayout<kagari_head>.offset(of: \.comm) == 96)
        #expect(MemoryLayout<kagari_head>.offset(of: \.length) == 112)
        #expect(MemoryLayout<kagari_flow>.offset(of: \.source_port) == 32)
        #expect(MemoryLayout<kagari_exec>.offset(of: \.session) == 24)
    }

    @Test func `knows the same kinds as the header`() {
        #expect(KernelRecord.Kind.exec.rawValue == UInt16(KAGARI_EXEC.rawValue))
        #expect(KernelRecord.Kind.file.rawValue == UInt16(KAGARI_FILE.rawValue))
        #expect(KernelRecord.Kind.listen.rawValue == UInt16(KAGARI_LISTEN.rawValue))
        #expect(KernelRecord.Kind.tls.rawValue == UInt16(KAGARI_TLS.rawValue))
        #expect(KernelRecord.Kind.mount.rawValue == UInt16(KAGARI_MOUNT.rawValue))
        for kind in KernelRecord.Kind.allCases {
            #expect(kind.rawValue < KAGARI_KINDS.rawValue)
        }
    }

    @Test func `below 128 bytes is refused`() {
        let bytes = RecordBytes(.exit).bytes
        #expect(throws: Never.self) { _ = try KernelRecord(bytes.span) }
        #expect(throws: KernelRecord.Failure.short(count: 127)) {
            _ = try KernelRecord(Array(bytes.dropLast()).span)
        }
    }

    @Test func `of a kind nobody knows is refused`() {
        var bytes = RecordBytes(.exit).bytes
        bytes[0] = 99
        #expect(throws: KernelRecord.Failure.unknownKind(99)) { _ = try KernelRecord(bytes.span) }
    }

    @Test func `whose parts do not fit is refused`() {
        var record = RecordBytes(.path)
        record.parts = [Array("/etc".utf8)]
        #expect(throws: KernelRecord.Failure.partsBeyondEnd(needed: 132, count: 131)) {
            _ = try KernelRecord(Array(record.bytes.dropLast()).span)
        }
    }

    @Test func `damaged in any way is a line, nothing, or counted`() {
        var random = SplitMix64(seed: 20_261_128)
        let good = [
            RecordBytes.execution("/usr/bin/id", ["id", "-u"]),
            RecordBytes.flow(.connect, source: [10, 0, 0, 1], 4_000, target: [10, 0, 0, 2], 443),
            DNSPackets.query, RecordBytes(.call), RecordBytes(.fork), RecordBytes(.open),
        ].map(\.bytes)
        for round in 0..<1_500 {
            var bytes = good[round % good.count]
            for _ in 0...Int(random.next() % 6) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            if random.next() % 3 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            var lines = EventLines.apart(forks: true)
            lines.take(bytes.span)
            let text = String(decoding: lines.writer.bytes, as: UTF8.self)
            let isLine =
                text.isEmpty || text.hasPrefix("{\"kagari_event\"") && text.hasSuffix("}\n")
            #expect(isLine, "\(text)")
            #expect(lines.malformed + lines.unreadPackets + lines.sequence <= 1)
        }
    }
}
