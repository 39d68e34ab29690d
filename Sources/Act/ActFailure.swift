/// An action, or a part of one, was refused or failed.
package struct ActFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The order does not hold: wrong key, host, time, form or an action that is not allowed.
        case refused
        /// What the action is about is not what it was when it was looked at.
        case changed
        case missing
        /// This kind of thing cannot be acted upon, or not undone.
        case unsupported
        case limit
        /// A journal or a kept image is not what was written.
        case damaged
        /// The system said no.
        case system
    }

    package let code: Code
    /// What happened and what to do about it. Holds no secret and no file's content.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
