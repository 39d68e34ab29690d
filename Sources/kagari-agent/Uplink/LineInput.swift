import Agent
import ArgumentParser
import Engine
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Records cut at their limit.
final class CutCounter: Sendable {
    private let counted = Mutex<UInt64>(0)

    var count: UInt64 { counted.withLock { $0 } }
    func add() { counted.withLock { $0 += 1 } }
}

/// Lines of standard input, of a FIFO, or of a file that grows. Reading goes on only when what was read is durable, so a full disk slows its writer
/// down instead of losing lines.
///
/// How far a file was read is kept in the state folder, behind its records: a crash between both reads some lines twice, and none never.
final class LineInput: Sendable {
    private static let chunkBytes = 256 << 10
    private static let pauseMilliseconds: Int32 = 200
    private static let mark = "input"

    private enum Kind { case stream, file }

    private let path: String
    private let folder: StateFolder
    private let cuts: CutCounter
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let ended = Mutex(false)

    init(_ path: String, folder: StateFolder, cuts: CutCounter) throws {
        self.path = path
        self.folder = folder
        self.cuts = cuts
        let isReadable = unsafe access(path, R_OK) == 0
        guard path == "-" || isReadable else {
            throw ValidationError("\(path) cannot be read; choose another --input.")
        }
    }

    /// True once standard input has ended.
    var hasEnded: Bool { ended.withLock { $0 } }

    func run(into spool: SpoolLane) async {
        pool.start()
        while !Task.isCancelled {
            await read(into: spool)
            if path == "-" { break }
        }
        ended.withLock { $0 = true }
        try? await pool.shutdownGracefully()
    }

    /// Reads until the end of a stream, or until a file gives its place to another.
    private func read(into spool: SpoolLane) async {
        // A FIFO that is opened for writing too has no end when a writer leaves.
        let file =
            path == "-"
            ? dup(STDIN_FILENO) : unsafe open(path, (isFIFO ? O_RDWR : O_RDONLY) | O_CLOEXEC)
        guard file >= 0 else {
            try? await Task.sleep(for: .seconds(1))
            return
        }
        defer { close(file) }
        guard let facts = FileFacts(descriptor: file) else { return }
        let isFile = facts.kind == .file && path != "-"
        let name = facts.name
        var offset = isFile ? start(of: name, size: facts.size) : 0
        if isFile { lseek(file, offset, SEEK_SET) }
        var rest: [UInt8] = []
        while !Task.isCancelled {
            let (bytes, isAtEnd) = await chunk(of: file, isFile: isFile)
            rest += bytes
            if isAtEnd, !isFile {
                await keep(&rest, isLast: true, in: spool)
                return
            }
            guard !bytes.isEmpty else {
                guard isFile, isReplaced(name, offset + rest.count) else { continue }
                await keep(&rest, isLast: true, in: spool)
                return
            }
            let taken = await keep(&rest, isLast: false, in: spool)
            guard isFile else { continue }
            offset += taken
            try? folder.write(Array("\(name) \(offset)".utf8), as: Self.mark)
        }
    }

    private var isFIFO: Bool { FileFacts(path: path)?.kind == .fifo }

    private func start(of name: String, size: Int) -> Int {
        let kept = (try? folder.read(Self.mark, bytesMax: 256)) ?? nil
        let text = String(decoding: kept ?? [], as: UTF8.self)
        guard text.hasPrefix(name + " "), let offset = Int(text.dropFirst(name.utf8.count + 1)),
            offset <= size
        else { return 0 }
        return offset
    }

    private func isReplaced(_ name: String, _ offset: Int) -> Bool {
        guard let facts = FileFacts(path: path) else { return false }
        return facts.name != name || facts.size < offset
    }

    /// Some bytes; none after a while without any.
    private func chunk(of file: Int32, isFile: Bool) async -> (bytes: [UInt8], isAtEnd: Bool) {
        let found = try? await pool.runIfActive { () -> (bytes: [UInt8], isAtEnd: Bool) in
            if !isFile {
                var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
                guard unsafe poll(&waiting, 1, Self.pauseMilliseconds) > 0 else {
                    return ([], false)
                }
            }
            var bytes = [UInt8](repeating: 0, count: Self.chunkBytes)
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(file, $0.baseAddress, $0.count)
            }
            guard count > 0 else { return ([], count == 0 || errno != EINTR) }
            return (Array(bytes.prefix(count)), false)
        }
        let (bytes, isAtEnd) = found ?? ([], true)
        if bytes.isEmpty, isFile {
            try? await Task.sleep(for: .milliseconds(Int(Self.pauseMilliseconds)))
        }
        return (bytes, isAtEnd)
    }

    /// Keeps the whole lines there are.
    ///
    /// - Returns: how many bytes they took.
    @discardableResult
    private func keep(_ rest: inout [UInt8], isLast: Bool, in spool: SpoolLane) async -> Int {
        var records: [SpoolRecord] = []
        var start = 0
        let now = Host.now
        while start < rest.count {
            let found = rest[start...].firstIndex(of: 0x0A)
            let isTooLong = (found ?? rest.count) - start > SpoolLimits.recordBytesMax
            guard let end = found ?? (isLast || isTooLong ? rest.count : nil) else { break }
            let line = rest[start..<end].prefix(SpoolLimits.recordBytesMax)
            if isTooLong { cuts.add() }
            if !line.isEmpty { records.append(SpoolRecord(content: Array(line), time: now)) }
            start = min(end + 1, rest.count)
        }
        await Self.append(records, to: spool)
        rest.removeFirst(start)
        return start
    }

    /// Tries again until the disk takes them.
    static func append(_ records: [SpoolRecord], to spool: SpoolLane) async {
        while !records.isEmpty {
            do throws(AgentFailure) { return try await spool.append(records) } catch {
                Host.say("\(error); trying again")
                guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
            }
        }
    }
}
