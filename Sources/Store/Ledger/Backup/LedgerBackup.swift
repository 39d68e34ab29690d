package import Crypto
package import Engine
import GRDB
import Tenancy

/// Copies of the ledger that prove what they are.
///
/// A backup is a folder: `ledger.sqlite`, one consistent moment of it; `manifest.json`, what it holds; `manifest.sig`, 64 bytes of Ed25519
/// over the manifest. The keys are not in it: without the key file the secrets in it do not open.
package enum LedgerBackup {
    private static let copy = "ledger.sqlite"
    private static let manifest = "manifest.json"
    private static let signature = "manifest.sig"

    /// Names of what a backup holds.
    package static let files = [copy, manifest, signature]

    /// See ``verify(_:publicKey:)``.
    package static func verify(
        _ backup: String, keys: LedgerKeys
    ) throws(StoreFailure) -> BackupManifest { try verify(backup, publicKey: keys.publicKey) }

    /// See ``restore(_:into:publicKey:)``.
    package static func restore(
        _ backup: String, into folder: String, keys: LedgerKeys
    ) throws(StoreFailure) -> BackupManifest {
        try restore(backup, into: folder, publicKey: keys.publicKey)
    }

    /// Copies the ledger in `folder` to `target`, which must not be there yet; the service may go on meanwhile.
    package static func make(
        of folder: String, to target: String, keys: LedgerKeys, now: Timestamp
    ) async throws(StoreFailure) -> BackupManifest {
        guard LedgerFiles.exists(Ledger.path(in: folder)) else {
            throw StoreFailure(.missing, "There is no ledger in that folder.")
        }
        try LedgerFiles.makeFolder(target)
        let path = "\(target)/\(copy)"
        do {
            let source = try DatabaseQueue(
                path: Ledger.path(in: folder),
                configuration: Ledger.configuration(readOnly: true))
            defer { try? source.close() }
            try await source.writeWithoutTransaction { db in
                try db.execute(sql: "VACUUM INTO ?", arguments: [path])
            }
        } catch { throw StoreFailure(ledger: error) }
        try LedgerFiles.restrict(path)
        try LedgerFiles.sync(path)
        let found = try measure(of: target)
        let made = BackupManifest(
            time: now, version: found.version, digest: found.digest, bytes: found.bytes,
            chains: found.chains)
        let text = made.json.string
        try LedgerFiles.write(Array(text.utf8), toNew: "\(target)/\(manifest)")
        try LedgerFiles.write(
            try keys.sign(EntryLayout.backup(text)), toNew: "\(target)/\(signature)")
        try LedgerFiles.sync(target)
        return made
    }

    /// Checks a backup whole: signature, digest, file, and every chain against the manifest.
    ///
    /// - Throws: ``StoreFailure`` of code `damaged`, saying which of them does not hold.
    package static func verify(
        _ backup: String, publicKey: Curve25519.Signing.PublicKey
    ) throws(StoreFailure) -> BackupManifest {
        let text = String(
            decoding: try LedgerFiles.contents(
                of: "\(backup)/\(manifest)", bytesMax: BackupManifest.bytesMax), as: UTF8.self)
        let signed = try LedgerFiles.contents(of: "\(backup)/\(signature)", bytesMax: 64)
        guard publicKey.isValidSignature(signed, for: EntryLayout.backup(text)) else {
            throw damage("its manifest is not signed by this server's key")
        }
        guard
            let json = try? CanonicalJSON(reading: text, bytesMax: BackupManifest.bytesMax),
            let told = BackupManifest(json: json)
        else { throw damage("its manifest cannot be read") }
        let path = "\(backup)/\(copy)"
        let (digest, bytes) = try FileDigest.of(path)
        guard bytes == told.bytes, digest == told.digest else {
            throw damage("the copy is not the one that was signed")
        }
        let (version, chains) = try inspect(path)
        guard version == told.version, chains == told.chains else {
            throw damage("the copy's chains are not those that were signed")
        }
        guard version <= LedgerMigrations.version else {
            throw StoreFailure(.refused, "The backup is of a newer version; use that program.")
        }
        try verifyChains(path, publicKey)
        return told
    }

    /// Puts a backup that verifies into `folder`, which has no ledger yet.
    package static func restore(
        _ backup: String, into folder: String, publicKey: Curve25519.Signing.PublicKey
    ) throws(StoreFailure) -> BackupManifest {
        let target = Ledger.path(in: folder)
        for path in [target, target + "-wal", target + "-shm"] where LedgerFiles.exists(path) {
            throw StoreFailure(
                .conflict, "There is a ledger already; restore into an empty folder.")
        }
        let told = try verify(backup, publicKey: publicKey)
        let partial = target + ".restoring"
        try LedgerFiles.copy("\(backup)/\(copy)", toNew: partial)
        // What was verified and what was copied are two readings of the disk.
        guard try FileDigest.of(partial).digest == told.digest else {
            throw damage("it changed while it was read")
        }
        try LedgerFiles.rename(partial, to: target)
        try LedgerFiles.sync(folder)
        return told
    }

    /// What a manifest of the copy as it lies there would say.
    static func measure(
        of backup: String
    ) throws(StoreFailure) -> (
        version: Int, digest: LedgerDigest, bytes: Int64, chains: [BackupManifest.Chain]
    ) {
        let path = "\(backup)/\(copy)"
        let (version, chains) = try inspect(path)
        let (digest, bytes) = try FileDigest.of(path)
        return (version, digest, bytes, chains)
    }

    private static func damage(_ what: String) -> StoreFailure {
        StoreFailure(.damaged, "The backup does not verify: \(what). Take another one.")
    }

    private static func inspect(
        _ path: String
    ) throws(StoreFailure) -> (version: Int, chains: [BackupManifest.Chain]) {
        try open(path) { db in
            let sound = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
            guard sound == "ok" else { throw damage("its tables are damaged") }
            let chains = try ChainRows.tenants(db).compactMap { tenant in
                try ChainRows.head(of: tenant, db).map { head in
                    BackupManifest.Chain(
                        tenant: tenant.text, position: head.position, hash: head.hash)
                }
            }
            return (try LedgerMigrations.version(of: db), chains)
        }
    }

    private static func verifyChains(
        _ path: String, _ publicKey: Curve25519.Signing.PublicKey
    ) throws(StoreFailure) {
        let fault: LedgerReport? = try open(path) { db in
            for tenant in try ChainRows.tenants(db) {
                var verifier = LedgerVerifier(publicKey: publicKey)
                try LedgerLines.write(
                    tenant, publicKey: Array(publicKey.rawRepresentation), db
                ) { verifier.read($0) }
                let report = verifier.finish()
                if !report.holds { return report }
            }
            return nil
        }
        if let fault { throw damage("\(fault)") }
    }

    /// Reads a copy without making files beside it.
    private static func open<Value>(
        _ path: String, _ body: (Database) throws -> Value
    ) throws(StoreFailure) -> Value {
        do {
            let queue = try DatabaseQueue(
                path: path, configuration: Ledger.configuration(readOnly: true))
            defer { try? queue.close() }
            return try queue.read(body)
        } catch { throw StoreFailure(ledger: error) }
    }
}
