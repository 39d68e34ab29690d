package import Engine

/// A passkey of one account, as it is kept. Nothing in it is secret.
package struct PasskeyCredential: Hashable, Sendable, Codable {
    /// WebAuthn level 2 §4, "credential ID": at most 1,023 bytes.
    package static let idBytesMax = 1_023
    package static let perAccountMax = 20

    package let id: [UInt8]
    /// The key in COSE form, as the authenticator gave it.
    package let keyBytes: [UInt8]
    /// Which model of authenticator, by its own unproved word; zeroes for most.
    package let model: [UInt8]
    package let createdAt: Timestamp
    /// Whether it may be, and is, copied to the person's other devices.
    package let isBackupEligible: Bool
    package internal(set) var isBackedUp: Bool
    /// The greatest that was seen; 0 from authenticators that do not count.
    package internal(set) var counter: UInt32

    package init(
        id: [UInt8], keyBytes: [UInt8], model: [UInt8], createdAt: Timestamp,
        isBackupEligible: Bool, isBackedUp: Bool, counter: UInt32
    ) {
        self.id = id
        self.keyBytes = keyBytes
        self.model = model
        self.createdAt = createdAt
        self.isBackupEligible = isBackupEligible
        self.isBackedUp = isBackedUp
        self.counter = counter
    }

    package var idText: String { Base64URL.text(id) }
}
