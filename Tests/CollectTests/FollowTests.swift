import Engine
import Foundation
import TestKit
import Testing

@testable import Collect

/// More of them: KAGARI_FOLLOW_SEEDS.
private let seeds =
    ProcessInfo.processInfo.environment["KAGARI_FOLLOW_SEEDS"].flatMap(UInt64.init) ?? 24

private func line(_ number: Int) -> String { "Oct 11 22:14:15 host app: event \(number)" }

@Suite struct `Following files` {
    @Test func `a file that appears later is read, and its last line waits for its end`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path])
        try reader.turn()
        #expect(reader.order.isEmpty)
        try log.append(line(1) + "\n" + line(2) + "\n" + "Oct 11 22:14:15 host app: ev")
        try reader.turn()
        #expect(reader.order == [line(1), line(2)])
        reader.pass(seconds: 60)
        try reader.turn()
        #expect(reader.order.count == 2)
        try log.append("ent 3\n")
        try reader.turn()
        #expect(reader.order == [line(1), line(2), line(3)])
    }

    @Test(arguments: ["app.log", "app.log*"])
    func `what a renamed file still held is read`(pattern: String) throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.folder + "/" + pattern])
        try log.append(line(1) + "\n")
        try reader.turn()
        try log.append(line(2) + "\n")
        try log.move("app.log", to: "app.log.1")
        try log.append(line(3) + "\n")
        try reader.turn()
        try log.append(line(4) + "\n", to: "app.log.1")
        try reader.turn()
        #expect(reader.order.sorted() == [1, 2, 3, 4].map(line))
    }

    @Test(arguments: ["app.log", "app.log*"])
    func `what was written before a file was copied away and emptied is read from the copy`(
        pattern: String
    ) throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.folder + "/" + pattern])
        try log.append(line(1) + "\n" + line(2) + "\n")
        try reader.turn()
        try log.append(line(3) + "\n")
        try log.copy("app.log", to: "app.log.1")
        try log.truncate()
        try log.append(line(4) + "\n")
        for _ in 0..<4 {
            try reader.turn()
            reader.pass(seconds: 3)
        }
        #expect(reader.order.sorted() == [1, 2, 3, 4].map(line))
        #expect(reader.follower.tally.restarts == 1)
    }

    @Test func `a file that is emptied and outgrows its old length is seen to be another`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path])
        try log.append(line(1) + "\n")
        try reader.turn()
        try log.truncate()
        try log.append((2...20).map { line($0) + "\n" }.joined())
        try reader.turn()
        #expect(reader.order == (1...20).map(line))
    }

    @Test(arguments: ["app.log", "app.log*"])
    func `what was compressed before it was read is read from there`(pattern: String) throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.folder + "/" + pattern])
        try log.append(line(1) + "\n")
        try reader.turn()
        try log.append(line(2) + "\n" + line(3))
        try log.move("app.log", to: "app.log.1")
        let plain = try Data(contentsOf: URL(fileURLWithPath: log.folder + "/app.log.1"))
        let packed = Compress.gzip(Array(plain))
        try Data(packed).write(to: URL(fileURLWithPath: log.folder + "/app.log.1.gz"))
        try log.delete("app.log.1")
        // The reader holds no file open, as after a restart.
        _ = try reader.restart()
        try log.append(line(4) + "\n")
        for _ in 0..<6 {
            try reader.turn()
            reader.pass(seconds: 3)
        }
        #expect(reader.order.sorted() == [1, 2, 3, 4].map(line))
        #expect(reader.doubles == 0)
    }

    @Test func `another file in its place is seen, also with its number and its size`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path])
        try log.append(line(1) + "\n")
        try reader.turn()
        try log.truncate()
        try log.append(line(2) + "\n")
        // A system's clock may not have moved between two writes.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 2e9)], ofItemAtPath: log.path)
        try reader.turn()
        #expect(reader.order == [line(1), line(2)])
    }

    @Test func `equal first lines do not make a new log a copy of the old one`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.folder + "/app.log*"])
        try log.append("started\n")
        try reader.turn()
        try log.move("app.log", to: "app.log.1")
        try log.append("started\n")
        for _ in 0..<4 {
            try reader.turn()
            reader.pass(seconds: 6)
        }
        #expect(reader.order == ["started", "started"])
    }

    @Test func `a deleted file that is open is read to its end, and one that is not is told`()
        throws
    {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path])
        try log.append(line(1) + "\n")
        try reader.turn()
        try log.append(line(2) + "\n" + line(3))
        try log.delete("app.log")
        for _ in 0..<6 {
            try reader.turn()
            reader.pass(seconds: 3)
        }
        #expect(reader.order == [1, 2, 3].map(line))
        #expect(reader.follower.tally.lostBytes == 0)

        try log.append(line(4) + "\n")
        try reader.turn()
        try log.append(line(5) + "\n")
        reader.follower.look(now: reader.now)
        reader.save()
        _ = try reader.restart()
        reader.follower.look(now: reader.now)
        try log.delete("app.log")
        for _ in 0..<6 {
            try reader.turn()
            reader.pass(seconds: 6)
        }
        #expect(reader.follower.tally.lostBytes == UInt64(line(5).utf8.count + 1))
        #expect(reader.news.contains { $0.text.contains("deleted before its last") })
    }

    @Test func `a line at the limit is whole, one beyond it is cut there and told`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path]) { $0.lineBytesMax = 200 }
        let whole = line(1) + String(repeating: "x", count: 199 - line(1).utf8.count)
        let long = line(2) + String(repeating: "y", count: 1000)
        try log.append(whole + "\n" + long + "\n" + line(3) + "\n")
        try reader.turn()
        #expect(reader.order == [whole, String(long.prefix(200)), line(3)])
        #expect(reader.follower.tally.cut == 1)
        #expect(reader.news.contains { $0.text.contains("longer than 200 bytes") })
    }

    @Test func `a folder of ten thousand files is read with few of them open`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        for number in 0..<10_000 { try log.append("file \(number)\n", to: "log-\(number).txt") }
        let reader = FollowingReader([log.folder])
        try reader.turn()
        #expect(Set(reader.order).count == 10_000)
        #expect(reader.follower.shelf.count <= reader.limits.openMax)
        _ = try reader.restart()
        for number in stride(from: 0, to: 10_000, by: 100) {
            try log.append("more \(number)\n", to: "log-\(number).txt")
        }
        try reader.turn()
        #expect(reader.order.count == 10_100)
        #expect(reader.doubles == 0)
    }

    @Test func `files beyond the limit are told, and those within it read`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        for number in 0..<4 { try log.append("file \(number)\n", to: "log-\(number).txt") }
        let reader = FollowingReader([log.folder]) { $0.filesMax = 3 }
        try reader.turn()
        #expect(reader.order.count == 3)
        #expect(reader.news.contains { $0.text.contains("more than 3 files") })
    }

    @Test func `what is no log, or holds many in one, is told once and not read`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        try log.append("[{\"a\":1},\n{\"a\":2}]\n", to: "array.json")
        try log.append("\u{0}\u{1}\u{2}\u{0}\u{0}\u{0}\u{3}\n", to: "binary")
        let reader = FollowingReader([log.folder])
        for _ in 0..<3 { try reader.turn() }
        #expect(reader.order.isEmpty)
        #expect(reader.news.count == 2)
        #expect(reader.news.contains { $0.text.contains("kagari import") })
    }

    @Test
    func `events of auditd are one record each, and the last one waits no longer than it must`()
        throws
    {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path])
        let call =
            "type=SYSCALL msg=audit(1364481363.243:1): arch=c000003e syscall=59 success=yes\n"
            + "type=EXECVE msg=audit(1364481363.243:1): argc=1 a0=\"id\"\n"
        let title = "type=PROCTITLE msg=audit(1364481363.243:1): proctitle=\"id\"\n"
        let user = "type=USER_LOGIN msg=audit(1364481364.000:2): pid=1 uid=0 res=success\n"
        try log.append("")
        try reader.turn()
        try log.append(call)
        try reader.turn()
        #expect(reader.order.isEmpty)
        try log.append(title + user)
        try reader.turn()
        #expect(reader.order == [call + title, user].map { String($0.dropLast()) })
        try log.append(call.replacingOccurrences(of: ":1)", with: ":3)"))
        try reader.turn()
        #expect(reader.order.count == 2)
        reader.pass(seconds: 3)
        try reader.turn()
        #expect(reader.order.count == 3)
    }

    @Test func `rows carry the lines that name their columns, also after a restart`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path])
        let header = "#separator \\x09\n#fields\tts\tuid\n#types\ttime\tstring\n"
        try log.append(header + "1.0\tA\n")
        try reader.turn()
        _ = try reader.restart()
        try log.append("2.0\tB\n#close\t2026\n")
        try reader.turn()
        #expect(reader.order == [header + "1.0\tA", header + "2.0\tB"])
    }

    @Test func `JSON over several lines is one record, and a broken line spoils itself alone`()
        throws
    {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path])
        try log.append(
            "{\"a\":\n {\"b\":1}}\n{\"c\":[1,\n{\"d\":2}]}\n{\"e\": \"bro\n{\"f\":\n{\"g\":3}\n{\"h\":4}\n"
        )
        try reader.turn()
        #expect(
            reader.order == [
                "{\"a\":\n {\"b\":1}}", "{\"c\":[1,\n{\"d\":2}]}", "{\"e\": \"bro",
                "{\"f\":\n{\"g\":3}", "{\"h\":4}",
            ])
    }

    @Test func `a damaged state is refused, whatever the damage`() throws {
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.path])
        try log.append(line(1) + "\n")
        try reader.turn()
        let good = try #require(reader.saved)
        #expect(throws: Never.self) { try Follower([log.path], state: good) }
        for at in good.indices {
            var bad = good
            bad[at] ^= 0x10
            #expect(throws: StateReader.Failure.self) { try Follower([log.path], state: bad) }
            #expect(throws: StateReader.Failure.self) {
                try Follower([log.path], state: Array(good[..<at]))
            }
        }
    }

    @Test(arguments: 0..<24)
    func `however writes are split and wherever it is killed, each record is kept once`(
        seed: UInt64
    ) throws {
        var random = SplitMix64(seed: seed)
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.folder + (seed % 2 == 0 ? "/app.log" : "/app.log*")]) {
            $0.batchRecordsMax = 5
            $0.lineBytesMax = 4096
        }
        var written: [String] = []
        var pending = ""
        var rotations = 0
        for _ in 0..<60 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let text = line(written.count)
                    written.append(text)
                    pending += text + "\n"
                }
                let count = Int.random(in: 1...pending.utf8.count, using: &random)
                let bytes = Array(pending.utf8)
                try log.append(String(decoding: bytes[..<count], as: UTF8.self))
                pending = String(decoding: bytes[count...], as: UTF8.self)
            case 6 where !pending.isEmpty || written.isEmpty: break
            case 6:
                rotations += 1
                try log.move("app.log", to: "app.log.\(rotations)")
            case 7 where !pending.isEmpty || written.isEmpty: break
            case 7 where FileManager.default.fileExists(atPath: log.path):
                rotations += 1
                try log.copy("app.log", to: "app.log.\(rotations)")
                if Bool.random(using: &random) { try reader.turn() }
                try log.truncate()
            default:
                reader.pass(seconds: Int64.random(in: 0...4, using: &random))
            }
            let kill = Bool.random(using: &random) ? Int.random(in: 0..<9, using: &random) : nil
            try reader.turn(killAfter: kill)
        }
        try log.append(pending)
        for _ in 0..<8 {
            try reader.turn()
            reader.pass(seconds: 3)
        }
        #expect(reader.order.sorted() == written.sorted())
    }

    @Test(arguments: 0..<seeds)
    func `over any number of rotations that reuse what they remove, each record is kept once`(
        seed: UInt64
    ) throws {
        var random = SplitMix64(seed: seed)
        let log = try RotatedLog()
        defer { log.remove() }
        let reader = FollowingReader([log.folder + "/app.log*"]) { $0.batchRecordsMax = 50 }
        // How long a file was left alone counts, so that it is the machine's own time from here on.
        reader.now = Timestamp(nanoseconds: Int64(Date.now.timeIntervalSince1970 * 1e9))
        var written: [String] = []
        for _ in 0..<30 {
            // A turn is a look at a running service; several rotations without one, a service that is down.
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                var text = ""
                for _ in 0..<Int.random(in: 1...60, using: &random) {
                    written.append(line(written.count))
                    text += line(written.count - 1) + "\n"
                }
                try log.append(text)
                if Int.random(in: 0..<3, using: &random) == 0 {
                    try log.rotate {
                        guard Int.random(in: 0..<6, using: &random) == 0 else { return }
                        try reader.turn(
                            killAfter: Bool.random(using: &random)
                                ? Int.random(in: 0..<9, using: &random) : nil)
                    }
                }
            }
            let kill = Bool.random(using: &random) ? Int.random(in: 0..<9, using: &random) : nil
            try reader.turn(killAfter: kill)
            if Bool.random(using: &random) { _ = try reader.restart() }
            reader.pass(seconds: Int64.random(in: 0...4, using: &random))
        }
        for _ in 0..<12 {
            try reader.turn()
            // Longer than what may still be in the making is waited for.
            reader.pass(seconds: 10)
        }
        #expect(reader.order.count == written.count)
        #expect(reader.order.sorted() == written.sorted())
    }
}
