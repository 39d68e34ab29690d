internal import Glibc

/// Why some input could not be read, or not to its end, and what to do about it.
package struct ReadFailure: Error, Equatable, Sendable {
    package enum Code: String, Sendable {
        case notFound = "not-found"
        case permission
        case directory
        case device
        case truncated
        case damaged
        /// A stated limit was met; see ``ReadLimits``.
        case limit
        case unsupported
        case unrecognised
        case io
    }

    package var code: Code
    /// What happened and what to do, one line, without the path.
    package var message: String
    /// What the system said, where that adds something.
    package var cause: String?

    package init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { cause.map { "\(message) (\($0))" } ?? message }

    /// - Parameter number: `errno` of a failed call on a file.
    static func system(_ number: Int32, doing action: String) -> ReadFailure {
        switch number {
        case ENOENT, ENOTDIR:
            ReadFailure(.notFound, "no such file or folder; check the path")
        case EACCES, EPERM:
            ReadFailure(
                .permission,
                "permission denied; run as a user who may read it, or copy it somewhere readable")
        case EISDIR:
            ReadFailure(
                .directory, "is a folder, not a file; name the folder to read what is in it")
        case ELOOP:
            ReadFailure(.notFound, "symbolic links lead in a circle; name the file itself")
        case EMFILE, ENFILE:
            ReadFailure(.io, "too many open files; raise the limit (ulimit -n) and run again")
        case EIO:
            ReadFailure(.io, "the disk reports a read error; copy the file from a good medium")
        default:
            ReadFailure(.io, "could not \(action) it", cause: "errno \(number)")
        }
    }

    static func truncated(_ what: String, at offset: UInt64) -> ReadFailure {
        ReadFailure(
            .truncated,
            "\(what) is cut short at byte \(offset); what came before was read, fetch the file again"
        )
    }

    static func damaged(_ what: String, at offset: UInt64) -> ReadFailure {
        ReadFailure(.damaged, "\(what) at byte \(offset); what came before was read")
    }
}
