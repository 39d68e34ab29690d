internal import Glibc

/// Why the agent could not do what it was asked, with the cure.
package struct AgentFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case diskFull, readOnly, missing, damaged, locked, refused, unreachable, tooLarge
    }

    package let code: Code
    package let message: String
    /// What the system said; nil where nothing did.
    package let cause: String?

    package init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { cause.map { "\(message) (\($0))" } ?? message }

    static func system(_ error: Int32, _ what: String, _ path: String) -> AgentFailure {
        let cause = unsafe strerror(error).map { unsafe String(cString: $0) } ?? "error \(error)"
        let (code, cure): (Code, String) =
            switch error {
            case ENOSPC, EDQUOT: (.diskFull, "free space there")
            case EROFS, EACCES, EPERM: (.readOnly, "let this account write there")
            case ENOENT, ENOTDIR: (.missing, "check the path")
            case EIO: (.damaged, "look at the kernel's log and replace the disk")
            default: (.refused, "mend the cause and try again")
            }
        return AgentFailure(code, "cannot \(what) \(path); \(cure)", cause: cause)
    }
}
