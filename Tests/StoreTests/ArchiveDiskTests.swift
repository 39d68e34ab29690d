import Engine
import Foundation
import Glibc
import Tenancy
import TestKit
import Testing

@testable import Store

/// A small file system in memory; nil where this user may not mount one.
private final class SmallDisk {
    let path: String

    init?(bytes: Int) {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("kagari-disk-\(UUID().uuidString)").path
        guard mkdir(path, 0o700) == 0 else { return nil }
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            rmdir(path)
            print("not tested: this user may not mount a file system of \(bytes) bytes")
            return nil
        }
    }

    func makeReadOnly() -> Bool {
        mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0
    }

    deinit {
        umount(path)
        rmdir(path)
    }
}

@Suite struct `An archive on a disk that refuses` {
    @Test(arguments: [nil, TenantKey.ofTests.id])
    func `keeps nothing of a call when the disk is full, and goes on when there is room`(
        keyID: KeyID?
    ) throws {
        guard let disk = SmallDisk(bytes: 1 << 20) else { return }
        let key = keyID.map { _ in TenantKey.ofTests }
        let folder = disk.path + "/archive"
        let writer = try ArchiveWriter(
            folder: folder, tenant: acme, key: key, limits: ArchiveLimits(), now: start,
            chance: SplitMix64(seed: 7))
        let filler = disk.path + "/filler"
        #expect(
            FileManager.default.createFile(atPath: filler, contents: Data(count: 400 << 10)))
        var stored: [PendingRecord] = []
        var refused = 0
        var seed: UInt64 = 0
        while refused < 3, seed < 1000 {
            let records = variedRecords(40, seed: seed)
            seed += 1
            let code = failure { _ = try writer.append(records, at: start) }
            if code == nil { stored += records } else { refused += 1 }
            #expect(code == nil || code == .diskFull)
        }
        #expect(refused == 3)
        #expect(writer.durableEnd.sequence == UInt64(stored.count))
        let full = try ArchiveVerifier.verify(folder: folder, tenant: acme, key: key)
        #expect(full.problems == [])
        try FileManager.default.removeItem(atPath: filler)
        let more = variedRecords(40, seed: 2000)
        _ = try writer.append(more, at: start)
        stored += more
        let reader = try ArchiveReader(folder: folder, tenant: acme, key: key)
        #expect(try reader.next().records == expected(stored))
        let report = try ArchiveVerifier.verify(folder: folder, tenant: acme, key: key)
        #expect(report.problems == [])
    }

    @Test func `says that it is read-only, and can still be read and verified`() throws {
        guard let disk = SmallDisk(bytes: 1 << 20) else { return }
        let folder = disk.path + "/archive"
        func open() throws -> ArchiveWriter {
            try ArchiveWriter(
                folder: folder, tenant: acme, key: nil, limits: ArchiveLimits(), now: start,
                chance: SplitMix64(seed: 7))
        }
        var writer: ArchiveWriter? = try open()
        _ = try writer?.append([plainRecord("kept")], at: start)
        writer = nil
        try #require(disk.makeReadOnly())
        #expect(failure { _ = try open() } == .readOnly)
        let reader = try ArchiveReader(folder: folder, tenant: acme, key: nil)
        #expect(try reader.next().records.count == 1)
        #expect(try ArchiveVerifier.verify(folder: folder, tenant: acme, key: nil).isSound)
    }
}

private let childFolder = ProcessInfo.processInfo.environment["KAGARI_ARCHIVE_CHILD"]

@Suite struct `An archive whose process is killed` {
    /// Runs in a process of its own, which the test below starts and kills.
    @Test(.enabled(if: childFolder != nil))
    func `appends until it is killed`() throws {
        let folder = try #require(childFolder)
        let writer = try ArchiveWriter(
            folder: folder + "/archive", tenant: acme, key: .ofTests,
            limits: ArchiveLimits(segmentBytesMax: 50_000), now: start,
            chance: SystemRandomNumberGenerator())
        let told = try #require(fopen(folder + "/acknowledged", "w"))
        var seed = writer.durableEnd.sequence
        let most = seed + 2_000
        while true {
            // Where a busy machine kills it late, the archive does not grow until then.
            guard seed < most else {
                sleep(1)
                continue
            }
            _ = try writer.append(variedRecords(8, seed: seed), at: start)
            seed += 1
            fputs("\(writer.durableEnd.sequence)\n", told)
            fflush(told)
        }
    }

    @Test(.enabled(if: childFolder == nil))
    func `has every record that was acknowledged`() async throws {
        let folder = try ScratchFolder()
        let acknowledged = folder.path + "/acknowledged"
        var random = SplitMix64(seed: 17)
        var last: UInt64 = 0
        for _ in 0..<4 {
            try? FileManager.default.removeItem(atPath: acknowledged)
            let child = Process()
            child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            child.arguments = [
                "--testing-library", "swift-testing", "--filter", "appends until it is killed",
            ]
            child.environment = ProcessInfo.processInfo.environment.merging(
                ["KAGARI_ARCHIVE_CHILD": folder.path]) { $1 }
            child.standardOutput = FileHandle.nullDevice
            child.standardError = FileHandle.nullDevice
            try child.run()
            let wanted = Int.random(in: 1...30, using: &random)
            while child.isRunning, told(acknowledged).count < wanted {
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(child.isRunning, "the child ended by itself")
            kill(child.processIdentifier, SIGKILL)
            child.waitUntilExit()
            let acknowledgedLast = try #require(told(acknowledged).last)
            #expect(acknowledgedLast > last)
            let writer = try openArchive(folder, key: .ofTests, seed: random.next())
            #expect(writer.recovery.damages == [])
            #expect(writer.durableEnd.sequence >= acknowledgedLast)
            last = writer.durableEnd.sequence
            let all = try readAll(folder, key: .ofTests)
            #expect(all.gaps == [] && all.records.map(\.sequence) == Array(1...last))
            #expect(try verify(folder, key: .ofTests).isSound)
        }
    }

    /// Whole lines only.
    private func told(_ path: String) -> [UInt64] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return lines.compactMap { UInt64($0) }
    }
}

@Suite struct `An outside reader` {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private func run(_ words: [String]) throws -> (code: Int32, output: String)? {
        for python in [Self.root + "/.venv/bin/python", "/usr/bin/python3"] {
            guard FileManager.default.isExecutableFile(atPath: python) else { continue }
            let probe = try run(python, ["-c", "import zstandard, cryptography"])
            if probe.code == 0 {
                return try run(python, [Self.root + "/Tests/Judges/archive_judge.py"] + words)
            }
        }
        print("not tested: there is no python with zstandard and cryptography")
        return nil
    }

    private func run(_ program: String, _ words: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    private func line(_ record: ArchivedRecord) -> [String?] {
        let content =
            switch record.content {
            case .record(let format): "record " + format.rawValue
            case .control(let kind): "control " + kind
            }
        let key = record.key.map { key in
            [key.high, key.low].map { number in
                let digits = String(number, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        }
        return [
            "\(record.sequence)", "\(record.received.nanoseconds)", record.source.text, content,
            key, record.envelope.time.map { "\($0.nanoseconds)" }, record.envelope.host,
            record.bytes.hexadecimal,
        ]
    }

    @Test(arguments: [false, true])
    func `written from the page reads the same records`(isSealed: Bool) throws {
        let folder = try ScratchFolder()
        let keyFolder = try KeyFolder(folder.path + "/keys")
        let key = isSealed ? try keyFolder.make(for: acme, key: .ofTests) : nil
        let writer = try openArchive(
            folder, key: key, limits: ArchiveLimits(segmentBytesMax: 6000))
        for seed in 1...12 as ClosedRange<UInt64> {
            _ = try writer.append(variedRecords(10, seed: seed), at: start)
        }
        let size = try verify(folder, key: key).byteCount
        #expect(try writer.retain(Retention(bytesMax: size - 1), now: start).count == 1)
        _ = try SegmentCompaction.compact(
            folder: folder.archive, tenant: acme, key: key, segmentsMax: 1, now: start,
            chance: SplitMix64(seed: 2))
        let keyWords = isSealed ? ["--key", folder.path + "/keys/acme.key"] : []
        guard let judged = try run([folder.archive] + keyWords) else { return }
        #expect(judged.code == 0)
        let names = [
            "sequence", "received", "source", "content", "key", "time", "host", "bytes",
        ]
        let lines = try judged.output.split(separator: "\n").map { text in
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
            let cells = try #require(object as? [String: Any])
            return names.map { cells[$0].flatMap { $0 is NSNull ? nil : "\($0)" } }
        }
        #expect(lines == (try readAll(folder, key: key)).records.map(line))
        let name = try #require(folder.names(".kseg").last)
        var bytes = try folder.bytes(name)
        bytes[bytes.count - 30] ^= 1
        try folder.write(bytes, to: name)
        #expect(try run([folder.archive] + keyWords)?.code == 1)
    }
}
