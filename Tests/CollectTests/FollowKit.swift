import Engine
import Foundation
import TestKit
import Testing

@testable import Collect

/// Follows files as the program does, and can be killed at any moment.
final class FollowingReader {
    let patterns: [String]
    var limits: FollowLimits
    var follower: Follower
    /// What is on disk.
    var saved: [UInt8]?
    /// What was kept, by name; a record with a known name is kept once.
    var kept: [String: String] = [:]
    var order: [String] = []
    var doubles = 0
    var news: [Follower.News] = []
    var now = Timestamp(nanoseconds: 4_000_000_000_000_000_000)

    init(_ patterns: [String], _ change: (inout FollowLimits) -> Void = { _ in }) {
        self.patterns = patterns
        limits = FollowLimits()
        change(&limits)
        follower = Follower(patterns, epoch: 7, limits: limits)
    }

    func save() {
        saved = follower.state
        follower.isSaved()
    }

    /// - Parameter killAfter: how many steps are made before everything that is not on disk is lost; nil for none.
    /// - Returns: false where it was killed.
    @discardableResult
    func turn(killAfter: Int? = nil) throws -> Bool {
        var steps = killAfter ?? .max
        func step() -> Bool {
            steps -= 1
            return steps >= 0
        }
        follower.look(now: now)
        while let batch = follower.next(now: now) {
            if follower.mustSave {
                guard step() else { return try restart() }
                save()
            }
            guard step() else { return try restart() }
            for record in batch.records { keep(record) }
            guard step() else { return try restart() }
            follower.isDurable(batch)
            if steps % 3 != 0 { save() }
        }
        news += follower.takeNews()
        save()
        return true
    }

    func restart() throws -> Bool {
        follower =
            try saved.map { try Follower(patterns, state: $0, limits: limits) }
            ?? Follower(patterns, epoch: 7, limits: limits)
        return false
    }

    private func keep(_ record: Follower.Record) {
        let name = "\(record.generation)@\(record.offset)"
        let text = String(decoding: record.bytes, as: UTF8.self)
        if let known = kept[name] {
            doubles += 1
            #expect(known == text, "one name, two records")
            return
        }
        kept[name] = text
        order.append(text)
    }

    func pass(seconds: Int64) {
        now = Timestamp(nanoseconds: now.nanoseconds + seconds * 1_000_000_000)
    }
}

/// A log in a folder of its own, and what rotations do to it.
struct RotatedLog {
    let folder = FileManager.default.temporaryDirectory.path + "/follow-\(UUID().uuidString)"
    var path: String { folder + "/app.log" }

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    func append(_ text: String, to name: String = "app.log") throws {
        let path = folder + "/" + name
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    func move(_ name: String, to other: String) throws {
        try? FileManager.default.removeItem(atPath: folder + "/" + other)
        try FileManager.default.moveItem(atPath: folder + "/" + name, toPath: folder + "/" + other)
    }

    func copy(_ name: String, to other: String) throws {
        try? FileManager.default.removeItem(atPath: folder + "/" + other)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
        try bytes.write(to: URL(fileURLWithPath: folder + "/" + other))
    }

    func truncate(_ name: String = "app.log") throws {
        let handle = try #require(FileHandle(forWritingAtPath: folder + "/" + name))
        try handle.truncate(atOffset: 0)
        try handle.close()
    }

    /// As logrotate does with `copytruncate`, `compress` and `delaycompress`: what was the last copy is compressed and removed, numbers go up by one, and the
    /// log is copied and emptied. File systems give the number of what was removed to what is made next.
    ///
    /// - Parameter between: called wherever somebody else may look, also while a file is half written.
    func rotate(_ between: () throws -> Void = {}) throws {
        let files = FileManager.default
        if files.fileExists(atPath: path + ".1") {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + ".1")))
            try write(Compress.gzip(bytes), to: path + ".1.gz", between)
            try files.removeItem(atPath: path + ".1")
            try between()
        }
        for number in stride(from: 80, through: 1, by: -1)
        where files.fileExists(atPath: "\(path).\(number).gz") {
            try files.moveItem(atPath: "\(path).\(number).gz", toPath: "\(path).\(number + 1).gz")
            if number < 3 { try between() }
        }
        try write([UInt8](Data(contentsOf: URL(fileURLWithPath: path))), to: path + ".1", between)
        try truncate()
        try between()
    }

    private func write(_ bytes: [UInt8], to path: String, _ between: () throws -> Void) throws {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try between()
        try handle.write(contentsOf: Data(bytes[..<(bytes.count / 2)]))
        try between()
        try handle.write(contentsOf: Data(bytes[(bytes.count / 2)...]))
        try handle.close()
        try between()
    }

    func delete(_ name: String) throws {
        try FileManager.default.removeItem(atPath: folder + "/" + name)
    }
}
