import Agent
import ArgumentParser
import Engine
import Glibc

/// What this machine says of itself.
enum Host {
    static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static var name: String {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return "unnamed" }
        // The system ends the name with a zero within its place.
        return unsafe withUnsafeBytes(of: &names.nodename) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// A UUID that names the start of the machine; empty where the kernel does not say.
    static var boot: String {
        let file = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(file, $0.baseAddress, $0.count)
        }
        return String(decoding: bytes.prefix(max(0, count)).filter { $0 > 0x20 }, as: UTF8.self)
    }

    static func say(_ text: String) {
        let bytes = Array("kagari-agent: \(text)\n".utf8)
        // A log that cannot be written must not end the agent.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    static func tell(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    /// Ends the command with a sentence.
    static func fail(_ failure: AgentFailure) -> ExitCode {
        say(failure.description)
        return ExitCode(failure.code == .refused ? 3 : 1)
    }
}

/// Where the agent keeps what it must not lose.
struct StateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the agent keeps its state.", valueName: "folder"))
    var state = StateFolder.standard

    func folder() throws -> StateFolder {
        do throws(AgentFailure) { return try StateFolder(state) } catch { throw Host.fail(error) }
    }
}
