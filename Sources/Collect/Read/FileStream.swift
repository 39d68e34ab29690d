internal import Engine
internal import Glibc

// All system calls of this room stand in this file and in DirectoryListing.swift. Each pointer given
// to the system is the storage of an array, valid for the call, with the array's own length.

/// An open file, closed when the last user lets go.
final class OpenFile {
    let descriptor: Int32
    private let closes: Bool
    let status: FileStatus

    /// - Parameter followsLink: false for files met in a folder, where a link is not followed.
    init(path: [UInt8], followsLink: Bool) throws(ReadFailure) {
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (followsLink ? 0 : O_NOFOLLOW)
        let descriptor = unsafe withCString(path) { unsafe open($0, flags) }
        guard descriptor >= 0 else { throw .system(errno, doing: "open") }
        do throws(ReadFailure) {
            status = try FileStatus(descriptor: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        closes = true
    }

    /// A descriptor that belongs to someone else and stays open.
    init(descriptor: Int32) throws(ReadFailure) {
        status = try FileStatus(descriptor: descriptor)
        self.descriptor = descriptor
        closes = false
    }

    deinit { if closes { close(descriptor) } }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        precondition(start >= 0 && start < buffer.count, "nothing to read into")
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(
                    descriptor, $0.baseAddress.map { unsafe $0 + start }, $0.count - start)
            }
            if count >= 0 { return count }
            if errno != EINTR { throw .system(errno, doing: "read") }
        }
    }

    /// Reads at `offset`, wherever the file stands; fewer bytes than asked for only at its end.
    func read(at offset: UInt64, count: Int) throws(ReadFailure) -> [UInt8] {
        var buffer = [UInt8].zeros(count)
        let filled = try read(at: offset, into: &buffer, from: 0, count: count)
        buffer.removeLast(count - filled)
        return buffer
    }

    func read(
        at offset: UInt64, into buffer: inout [UInt8], from start: Int, count: Int
    ) throws(ReadFailure) -> Int {
        precondition(
            start >= 0 && count >= 0 && start + count <= buffer.count, "reads past the buffer")
        var filled = 0
        while filled < count {
            guard let position = Int(exactly: offset), position <= Int.max - filled else { break }
            let got = unsafe buffer.withUnsafeMutableBytes {
                unsafe pread(
                    descriptor, $0.baseAddress.map { unsafe $0 + start + filled }, count - filled,
                    position + filled)
            }
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                throw .system(errno, doing: "read")
            }
            filled += got
        }
        return filled
    }

    func adviseSequential() { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }
}

/// What the file system knows of a file.
struct FileStatus {
    enum Kind { case file, folder, link, other }
    var kind: Kind
    var size: UInt64
    var device: UInt64
    var inode: UInt64
    /// When the content was last changed; nil before 1970 and after 2262.
    var modified: Timestamp?

    init(descriptor: Int32) throws(ReadFailure) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(errno, doing: "look at") }
        self.init(status)
    }

    init(path: [UInt8], followsLink: Bool) throws(ReadFailure) {
        var status = stat()
        let result = unsafe withCString(path) {
            followsLink ? unsafe stat($0, &status) : unsafe lstat($0, &status)
        }
        guard result == 0 else { throw .system(errno, doing: "look at") }
        self.init(status)
    }

    private init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        case S_IFLNK: kind = .link
        default: kind = .other
        }
        size = UInt64(max(status.st_size, 0))
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        let (seconds, overflow) = Int64(status.st_mtim.tv_sec)
            .multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = seconds.addingReportingOverflow(Int64(status.st_mtim.tv_nsec))
        modified = overflow || carry || sum <= 0 ? nil : Timestamp(nanoseconds: sum)
    }
}

/// Calls `body` with the path as a C string; a zero byte within ends it, as it does for the system.
func withCString<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe (path + [0]).withUnsafeBytes {
        // Not empty, so there is a base address; it ends in zero.
        unsafe body($0.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self))
    }
}

/// A file, pipe or device from its start to its end, by `read` into the reader's own buffer. No map:
/// a file that shrinks while it is read ends early instead of raising a signal, and memory held does
/// not depend on its size.
final class FileStream: ByteStream {
    let file: OpenFile
    private let tally: Tally

    init(_ file: OpenFile, tally: Tally) {
        self.file = file
        self.tally = tally
        if file.status.kind == .file { file.adviseSequential() }
    }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        let count = try file.read(into: &buffer, from: start)
        tally.consumed += UInt64(count)
        return count
    }
}
