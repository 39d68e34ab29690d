import Foundation

/// A password as somebody typed it, in one spelling. Shows itself nowhere.
package struct Password: Sendable {
    package enum Failure: String, Error, Hashable, Sendable, CaseIterable {
        case tooShort = "too-short", tooLong = "too-long"
        /// One piece again and again, or a walk along the alphabet or the keyboard.
        case pattern
        /// Words that everybody tries first, with what people put around them.
        case obvious
        /// It is made of the account's own name.
        case ownName = "own-name"
    }

    package static let bytesMin = 12
    package static let bytesMax = 1_024

    let bytes: [UInt8]

    /// What came with a sign-in, whatever it is worth; nil where it is longer than any password can be.
    package init?(candidate text: String) {
        guard text.utf8.count <= Self.bytesMax * 3 else { return nil }
        // Keyboards compose letters differently (NIST SP 800-63B §5.1.1.2 asks for one normal form).
        let bytes = Array(text.precomposedStringWithCanonicalMapping.utf8)
        guard bytes.count <= Self.bytesMax else { return nil }
        self.bytes = bytes
    }

    /// A password to be set. Length is asked for, kinds of letters are not (NIST SP 800-63B §5.1.1.2).
    ///
    /// - Parameter names: the account's name, address and the like, whose parts it must not be made of.
    package init(choosing text: String, names: [String] = []) throws(Failure) {
        guard let password = Password(candidate: text) else { throw .tooLong }
        guard password.bytes.count >= Self.bytesMin else { throw .tooShort }
        if let failure = ObviousPassword.judge(text, names: names) { throw failure }
        self = password
    }
}

extension Password: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "password" }
    package var debugDescription: String { "password" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
