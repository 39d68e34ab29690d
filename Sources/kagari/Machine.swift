import Engine
import Foundation

/// What the program asks of the machine it runs on; everything below takes these as arguments.
enum Machine {
    static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Whether systemd-timesyncd keeps the clock right, where that is what this machine has; nil where nobody says.
    static var isClockKept: Bool? {
        guard FileManager.default.fileExists(atPath: "/run/systemd/timesync") else { return nil }
        return FileManager.default.fileExists(atPath: "/run/systemd/timesync/synchronized")
    }

    /// Processor time of all threads so far.
    static var processorTime: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    static var peakMemoryBytes: UInt64? { statusBytes("VmHWM:") }
    static var memoryBytes: UInt64? { statusBytes("VmRSS:") }

    private static func statusBytes(_ name: String) -> UInt64? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
            let kilobytes = UInt64(line.split(separator: " ").dropFirst().first ?? "")
        else { return nil }
        return kilobytes * 1024
    }

    static let descriptorsWanted: UInt64 = 65_536

    /// Lets the process have as many connections and files as the machine allows; says so where that is fewer than listeners take.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(7), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(descriptorsWanted))
        unsafe setrlimit(__rlimit_resource_t(7), &limit)
        if limit.rlim_cur < 13_000 {
            tell(
                "kagari: this process may have \(limit.rlim_cur) open files, so fewer connections than "
                    + "docs/intake.md promises; raise the hard limit (LimitNOFILE=65536)\n")
        }
    }

    static var terminalWidth: Int {
        var size = winsize()
        guard unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    /// Says what was asked for, on standard output.
    static func say(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    /// Says something beside the report, on standard error.
    static func tell(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Where a report goes: a file, or standard output.
struct OutputFile {
    private let handle: FileHandle
    private let path: String?

    init(_ path: String?) throws {
        self.path = path
        guard let path else {
            handle = .standardOutput
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else {
            throw UserError("cannot write \(path); check that its folder exists and may be written")
        }
        self.handle = handle
    }

    func write(_ bytes: [UInt8]) throws {
        do {
            try handle.write(contentsOf: Data(bytes))
        } catch {
            throw UserError("writing \(path ?? "the output") failed: \(error)")
        }
    }

    func close() throws { if path != nil { try handle.close() } }
}
