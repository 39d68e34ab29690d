import CoreFoundation
import Engine
import Foundation
import Glibc

/// A cache file opened for reading. It is read, not mapped: bytes that change meanwhile are met by
/// their checksum, and a file that shrinks is no fault.
final class CacheFile: Sendable {
    let byteCount: Int
    private let descriptor: Int32

    /// Refuses what another user could have written.
    init(_ path: String) throws {
        descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw UserError("cannot be opened") }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_uid == geteuid(), status.st_mode & 0o022 == 0,
            status.st_size <= RuleSet.snapshotBytesMax
        else {
            Glibc.close(descriptor)
            throw UserError("is not a file that only its owner may write")
        }
        byteCount = Int(status.st_size)
        // The time says when it was last of use; the oldest go first.
        futimens(descriptor, nil)
    }

    deinit { Glibc.close(descriptor) }

    func read(_ range: Range<Int>) -> [UInt8]? {
        // Safety: `pread` is asked for no more than the buffer has room for.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            while filled < range.count {
                let got = unsafe pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), range.count - filled,
                    off_t(range.lowerBound + filled))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                filled += got
            }
        }
        return bytes.count == range.count ? bytes : nil
    }
}

/// A cache file being written beside its place, moved there when it is whole.
final class NewCacheFile {
    private static let prefix = ".new-"
    private let path: String
    private let descriptor: Int32
    private var isFinished = false

    init(in folder: String) throws {
        path = folder + "/\(Self.prefix)\(getpid())"
        unsafe unlink(path)
        descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw UserError("cannot write into \(folder)") }
    }

    deinit {
        Glibc.close(descriptor)
        if !isFinished { unsafe unlink(path) }
    }

    func write(_ bytes: [UInt8]) throws {
        var at = 0
        while at < bytes.count {
            let put = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(
                    descriptor, bytes.baseAddress?.advanced(by: at), bytes.count - at)
            }
            if put < 0, errno == EINTR { continue }
            guard put > 0 else { throw UserError("writing \(path) failed") }
            at += put
        }
    }

    func finish(as place: String) throws {
        guard unsafe rename(path, place) == 0 else { throw UserError("cannot write \(place)") }
        isFinished = true
    }

    /// What a program that was ended in the middle of writing has left.
    static func removeLeftovers(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(prefix) {
            guard let process = Int32(name.dropFirst(prefix.count)), kill(process, 0) != 0,
                errno == ESRCH
            else { continue }
            unsafe unlink(folder + "/" + name)
        }
    }
}
