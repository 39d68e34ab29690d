internal import Crypto
internal import FoundationEssentials
internal import Link
internal import SwiftProtobuf
package import Wire

/// The policy in force on this host: signed by the server, newer than any before, and the one that is on the disk.
package struct PolicyBook: Sendable {
    package enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        case malformed, signature, tenant
        case older(UInt64)

        package var description: String {
            switch self {
            case .malformed: "a policy that cannot be read"
            case .signature: "a policy that the server did not sign"
            case .tenant: "a policy of another tenant"
            case .older(let version): "a policy (\(version)) that is older than the one in force"
            }
        }
    }

    static let file = "policy"
    package static let bytesMax = 1 << 20
    package static let rulesMax = 10_000
    package static let listMax = 1_000

    private let folder: StateFolder
    private let tenant: String
    private let signingKey: [UInt8]
    /// Nil before there was any.
    package private(set) var policy: WirePolicy?
    private var digest: [UInt8]?
    /// What was wrong with the one on the disk; nil where nothing was.
    package private(set) var complaint: String?

    package init(
        _ folder: StateFolder, tenant: String, signingKey: [UInt8]
    ) throws(AgentFailure) {
        self.folder = folder
        self.tenant = tenant
        self.signingKey = signingKey
        guard let bytes = try folder.read(Self.file, bytesMax: Self.bytesMax + 1_024) else {
            return
        }
        do throws(Refusal) {
            policy = try judge(bytes)
            digest = Array(SHA256.hash(data: bytes))
        } catch { complaint = "the policy on the disk was changed: \(error)" }
    }

    package var version: UInt64 { policy?.version ?? 0 }

    /// Takes a policy as the server sent it, and keeps it.
    ///
    /// - Parameter bytes: a `SignedPolicy`.
    /// - Returns: false where it is the one in force already.
    package mutating func take(_ bytes: [UInt8]) throws -> Bool {
        let taken = try judge(bytes)
        if taken.version == version, digest != nil, isIntact { return false }
        guard taken.version >= version else { throw Refusal.older(taken.version) }
        try folder.write(bytes, as: Self.file)
        policy = taken
        digest = Array(SHA256.hash(data: bytes))
        complaint = nil
        return true
    }

    /// Looks whether the policy on the disk is the one in force.
    package mutating func examine() {
        guard digest != nil, !isIntact else { return }
        complaint = "the policy on the disk was changed or removed"
    }

    private var isIntact: Bool {
        guard let digest else { return true }
        let bytes = (try? folder.read(Self.file, bytesMax: Self.bytesMax + 1_024)) ?? nil
        return bytes.map { Array(SHA256.hash(data: $0)) } == digest
    }

    private func judge(_ bytes: [UInt8]) throws(Refusal) -> WirePolicy {
        guard let signed = try? WireSignedPolicy(serializedBytes: bytes) else { throw .malformed }
        guard
            LinkSignature.isGood(
                policy: Array(signed.body), Array(signed.signature), by: signingKey)
        else { throw .signature }
        guard let policy = try? WirePolicy(serializedBytes: signed.body),
            policy.rules.count <= Self.rulesMax, policy.watched.count <= Self.listMax,
            policy.actions.count <= Self.listMax, policy.quietHours.count <= Self.listMax,
            policy.containment.count <= Self.listMax
        else { throw .malformed }
        guard policy.tenant == tenant else { throw .tenant }
        return policy
    }
}
