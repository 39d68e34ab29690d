import ArgumentParser
import Glibc
import Synchronization

/// Standard output and standard error, written whole.
enum StandardOutput {
    static func write(_ bytes: [UInt8]) { _ = FileBytes.write(bytes, to: STDOUT_FILENO) }
    static func say(_ text: String) { _ = FileBytes.write(Array(text.utf8), to: STDERR_FILENO) }
}

enum FileBytes {
    /// False where not all could be written.
    static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            // `done` stays inside of the array.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(file, $0.baseAddress! + done, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}

/// Where lines go. Once it cannot be written to it stays closed, and the command ends.
final class LineSink {
    private let file: Int32
    private(set) var isClosed = false

    init(_ path: String) throws {
        if path == "-" {
            file = STDOUT_FILENO
            return
        }
        file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw ValidationError("\(path) cannot be written; choose another --output.")
        }
    }

    func write(_ bytes: [UInt8]) {
        if !FileBytes.write(bytes, to: file) { isClosed = true }
    }
}

/// SIGINT and SIGTERM, asked for: whichever thread hears one only leaves a mark, so no handler works in the middle of anything.
///
/// Holding them back would not do: a mask is one thread's, and a command may run on another than the first.
struct StopSignals {
    private static let isHeard = Atomic<Bool>(false)

    init() {
        Self.isHeard.store(false, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            _ = signal(number) { _ in StopSignals.isHeard.store(true, ordering: .relaxed) }
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }

    func wantsStop() -> Bool { Self.isHeard.load(ordering: .relaxed) }
}
