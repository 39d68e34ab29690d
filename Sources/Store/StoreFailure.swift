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
        /// Who asks may not.
        case refused
        /// What is asked contradicts itself or what it is about, e.g. a case closed without a verdict.
        case invalid
        /// Somebody else was first: the revision asked for is not the one there is, or the name is taken.
        case conflict
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
