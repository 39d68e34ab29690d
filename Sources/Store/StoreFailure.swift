/// The disk or an engine refused.
package struct StoreFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        case diskFull = "disk-full"
        case readOnly = "read-only"
        /// What was read is not what was written.
        case damaged
        /// Another process has the files.
        case locked
        case missing
        case tooLarge = "too-large"
        /// A query took longer or more than it may.
        case limit
        case refused
    }

    package let code: Code
    /// What happened and what to do about it. Holds no customer's data.
    package let message: String
    /// What the system or the engine said.
    package let cause: String

    package init(_ code: Code, _ message: String, cause: String = "") {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String {
        cause.isEmpty ? message : "\(message) (\(cause))"
    }
}
