import Crypto
package import Engine
import Tenancy

/// What a backup holds, signed by the server.
package struct BackupManifest: Hashable, Sendable {
    package static let bytesMax = 16 << 20

    package struct Chain: Hashable, Sendable {
        package let tenant: String
        package let position: UInt64
        package let hash: LedgerDigest
    }

    package let time: Timestamp
    /// Version of the tables.
    package let version: Int
    /// SHA-256 of the copy, and its length.
    package let digest: LedgerDigest
    package let bytes: Int64
    /// The last entry of each chain, by tenant.
    package let chains: [Chain]

    var json: CanonicalJSON {
        .object([
            "kagari_backup": .integer(1), "time": .integer(time.nanoseconds),
            "version": .integer(Int64(version)), "digest": .text(digest.description),
            "bytes": .integer(bytes),
            "chains": .list(
                chains.map {
                    .object([
                        "tenant": .text($0.tenant), "position": .integer(Int64($0.position)),
                        "hash": .text($0.hash.description),
                    ])
                }),
        ])
    }

    /// Nil where it is no manifest.
    init?(json: CanonicalJSON) {
        guard json["kagari_backup"]?.integer == 1, let time = json["time"]?.integer,
            let version = json["version"]?.integer, let bytes = json["bytes"]?.integer,
            let digest = json["digest"]?.text.flatMap(LedgerDigest.init(hex:)),
            let list = json["chains"]?.list
        else { return nil }
        let chains = list.compactMap { item -> Chain? in
            guard let tenant = item["tenant"]?.text, let position = item["position"]?.integer,
                let hash = item["hash"]?.text.flatMap(LedgerDigest.init(hex:)), position > 0
            else { return nil }
            return Chain(tenant: tenant, position: UInt64(position), hash: hash)
        }
        guard chains.count == list.count else { return nil }
        self.init(
            time: Timestamp(nanoseconds: time), version: Int(version), digest: digest,
            bytes: bytes, chains: chains)
    }

    init(time: Timestamp, version: Int, digest: LedgerDigest, bytes: Int64, chains: [Chain]) {
        self.time = time
        self.version = version
        self.digest = digest
        self.bytes = bytes
        self.chains = chains
    }
}

/// SHA-256 of a file, read in pieces.
enum FileDigest {
    static func of(_ path: String) throws(StoreFailure) -> (digest: LedgerDigest, bytes: Int64) {
        var hash = SHA256()
        var count: Int64 = 0
        try LedgerFiles.read(path) { (bytes) throws(StoreFailure) in
            hash.update(data: bytes)
            count += Int64(bytes.count)
        }
        return (LedgerDigest(Array(hash.finalize())) ?? .zero, count)
    }
}
