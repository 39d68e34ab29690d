import Foundation
import Testing

@testable import Sense

@Suite struct `Lines of events` {
    /// One record of each kind, as an attack might leave them.
    static var records: [RecordBytes] {
        var shell = RecordBytes.execution("/usr/bin/dash", ["sh", "-c", "id; uname -a"])
        shell.parts[3] = Array("LD_PRELOAD=/tmp/x.so\0NODE_AUTH=secret\0SSH_TTY=/dev/pts/0\0".utf8)
        shell.parts[6] = Array(
            ("docker-" + String(repeating: "0a", count: 32) + ".scope\0").utf8)
        var tool = RecordBytes.execution("/usr/bin/id", ["id"])
        tool.pid = 101
        tool.start = 4_500_000_000
        tool.parent = 100
        tool.parentStart = 4_000_000_000
        tool.euid = 1_000
        var child = RecordBytes(.fork)
        child.values = [101, 4_500_000_000]
        var exit = RecordBytes(.exit)
        exit.values = [7 << 8]
        var killed = RecordBytes(.exit)
        killed.values = [9]
        return [shell, child, tool] + files + network + calls + [exit, killed]
    }

    static var files: [RecordBytes] {
        var open = RecordBytes(.open)
        open.flags = KernelRecord.Flags.created.rawValue
        open.values = [12, 1, 0, 0o100644]
        open.parts = [RecordBytes.walked("/etc/cron.d/x")]
        var chmod = RecordBytes(.file)
        chmod.values = [91, 12, 1, 0o4755]
        chmod.parts = [RecordBytes.walked("/tmp/x")]
        var unlink = RecordBytes(.path)
        unlink.values = [263, 0]
        unlink.parts = [Array("auth.log\0".utf8), RecordBytes.walked("/var/log")]
        var rename = RecordBytes(.paths)
        rename.values = [82]
        rename.parts = [
            Array("a\0".utf8), RecordBytes.walked("/tmp"), Array("/etc/ld.so.preload\0".utf8), [],
        ]
        var link = RecordBytes(.paths)
        link.values = [88]
        link.parts = [Array("/etc/shadow\0".utf8), [], Array("l\0".utf8), RecordBytes.walked("/")]
        return [open, chmod, unlink, rename, link]
    }

    static var network: [RecordBytes] {
        var answer = RecordBytes.flow(
            .dns, source: [10, 0, 0, 53], 53, target: [10, 0, 0, 1], 5_353, transport: 17)
        answer.parts = [DNSPackets.answered([DNSPackets.record(1, [192, 0, 2, 9])])]
        var connect = RecordBytes.flow(
            .connect, source: [10, 0, 0, 1], 40_000, target: [192, 0, 2, 9], 443)
        connect.values = [-115]
        var refused = RecordBytes.flow(
            .connect, source: [10, 0, 0, 1], 40_001, target: [192, 0, 2, 8], 22)
        refused.values = [-111]
        let accept = RecordBytes.flow(
            .accept, source: [10, 0, 0, 1], 22, target: [198, 51, 100, 7], 51_000)
        let listen = RecordBytes.flow(
            .listen, source: [0, 0, 0, 0], 4_444, target: [0, 0, 0, 0], 0)
        var hello = RecordBytes.flow(
            .tls, source: [10, 0, 0, 1], 40_000, target: [192, 0, 2, 9], 443)
        hello.parts = [HelloBytes.browser]
        return [DNSPackets.query, answer, connect, refused, accept, listen, hello]
    }

    static var calls: [RecordBytes] {
        func call(_ values: [Int64], _ text: String = "") -> RecordBytes {
            var record = RecordBytes(.call)
            record.values = values
            if !text.isEmpty { record.parts = [Array(text.utf8) + [0]] }
            return record
        }
        var mount = RecordBytes(.mount)
        mount.values = [165, 1]
        mount.parts = ["tmpfs", "/mnt", "tmpfs"].map { Array($0.utf8) + [0] }
        return [
            call([101, 16, 101]), call([311, 101]), call([319, 0, 1], "payload"),
            call([10, 4_096, 8_192, 7]), call([321, 5]), call([313, 3], "ko\0tmp"),
            call([117, 1_000, 0, -1]), call([272, 0x2000_0000]), call([425, 8]), mount,
        ]
    }

    @Test func `are what was reviewed`() throws {
        var lines = EventLines.apart(forks: true)
        let text = lines.lines(Self.records).joined(separator: "\n") + "\n"
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/lines.jsonl")
        if ProcessInfo.processInfo.environment["KAGARI_GOLDEN"] == "write" {
            try text.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected, "run with KAGARI_GOLDEN=write and review the difference")
    }

    @Test func `are numbered without a gap`() throws {
        var lines = EventLines.apart()
        for (index, line) in lines.lines(Self.records).enumerated() {
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(value?["sequence"] as? Int == index + 1)
        }
    }

    @Test func `tell no variable that may be a secret`() {
        var lines = EventLines.apart()
        let text = lines.lines(Self.records).joined()
        #expect(text.contains("LD_PRELOAD"))
        #expect(!text.contains("NODE_AUTH"))
    }

    @Test func `leave forks out unless they are asked for`() {
        var lines = EventLines.apart()
        #expect(!lines.lines(Self.records).joined().contains("process_fork"))
    }

    @Test func `say what was lost by kind`() throws {
        var lines = EventLines.apart()
        var lost = [UInt64](repeating: 0, count: 48)
        lost[1] = 3
        lost[10] = 4
        lines.lost(lost, missed: 2, seconds: 1, time: 9_000_000_000)
        let text = String(decoding: lines.writer.bytes, as: UTF8.self)
        #expect(
            text.contains(
                #""lost":7,"missed":2,"seconds":1,"lost_by_kind":{"exec":"3","open":"4"}"#))
    }

    @Test(arguments: [
        (0 as Int64, "1970-01-01T00:00:00."), (951_782_400, "2000-02-29T00:00:00."),
        (1_735_689_599, "2024-12-31T23:59:59."), (4_107_542_400, "2100-03-01T00:00:00."),
    ])
    func `have times as RFC 3339 writes them`(second: Int64, wanted: String) {
        #expect(String(decoding: LineClock.text(second), as: UTF8.self) == wanted)
    }
}
