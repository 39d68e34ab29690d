/// Where listeners hand in what they received. It answers only when the records are durable.
package protocol IntakeDesk: Sendable {
    /// What the secret of a request stands for; nil where nobody knows it. Takes the same time whatever is wrong with it.
    func binding(forToken token: String) -> SourceBinding?

    /// What senders of this listener (syslog, lumberjack) without a secret are bound to; nil where there is none.
    func binding(forListener listener: String, peer: String) -> SourceBinding?

    /// What a client certificate that the listener has verified stands for; nil where nobody knows it.
    ///
    /// - Parameter fingerprint: SHA-256 of the certificate's DER bytes, 64 lower-case hex digits. It comes by a way
    ///   of its own, so that nobody can pass a fingerprint, which is public, for a token.
    func binding(forCertificate fingerprint: String) -> SourceBinding?

    /// Keeps the records. When this returns they survive a crash of the machine.
    ///
    /// - Returns: for each record, whether it was new.
    /// - Throws: ``IntakeRefusal``; then none of the records is kept.
    func take(_ delivery: Delivery) async throws(IntakeRefusal) -> [IntakeOutcome]
}

extension IntakeDesk {
    package func binding(forCertificate fingerprint: String) -> SourceBinding? { nil }
}

package enum IntakeOutcome: Hashable, Sendable {
    case stored
    /// A record with this key was kept before.
    case duplicate
}

/// Why records were not taken; the sender keeps them and tries again.
package enum IntakeRefusal: Error, Hashable, Sendable {
    /// Too much is waiting to be written.
    case busy(retryAfterSeconds: Int)
    /// The tenant has used up what it may send for now.
    case overQuota(retryAfterSeconds: Int)
    /// The tenant was suspended or has left.
    case closed
    /// The disk refused: full, read-only, broken.
    case storage
}
