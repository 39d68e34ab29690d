package import Engine
package import Store
internal import Tenancy

/// Copies of a whole data folder, made while the service runs, that prove what they are; and the way back.
///
///     BACKUP/manifest.json, manifest.sig    every file with its digest, signed by the server
///     BACKUP/ledger/                        one moment of the ledger, with its own manifest
///     BACKUP/tenants/T/archive, rules       segments, sealed as they are; the tenant's own rules
///     BACKUP/content/                       content versions that the logs name
///     BACKUP/keys/                          only where it was asked for
///
/// The ledger is copied first: what it says, the archives hold. What came later is in the archives alone and is found again by the engine, which reads them anew
/// after a restore. Events for search and snapshots of the engine are left out: they are made again.
package struct DataBackup: Sendable {
    package static let kind = "kagari-data-backup-1"
    /// How often compaction and retention of one tenant are waited for, a second each.
    static let waitsMax = 120

    package struct Told: Sendable {
        package var files: Int
        package var byteCount: Int64
        /// Files that are no plain files.
        package var leftOut: [String]
        package var hasKeys: Bool
    }

    /// - Parameters:
    ///   - target: a folder that is new or empty.
    ///   - withKeys: copies all keys too; whoever has the backup can then read everything.
    ///   - told: is given what is being copied.
    package static func make(
        of data: DataFolder, to target: String, withKeys: Bool, now: Timestamp,
        pause: (Duration) async -> Void, told: (String) -> Void
    ) async throws(StoreFailure) -> Told {
        let keys = try LedgerKeys.read(data.ledgerKeys)
        var draft = try SealedFolderDraft(target)
        told("ledger")
        _ = try await LedgerBackup.make(
            of: data.ledger, to: target + "/ledger", keys: keys, now: now)
        for file in LedgerBackup.files { try draft.adopt("ledger/\(file)") }
        for tenant in data.archivedTenants {
            told("tenant \(tenant)")
            // Before the archive: what agents were told to forget is then never more than the archive has.
            if StateFiles.exists(data.agents(tenant)) {
                try draft.addAll(below: data.agents(tenant), as: "tenants/\(tenant)/agents")
            }
            var waits = 0
            try await draft.addArchive(
                data.archive(tenant), as: "tenants/\(tenant)/archive"
            ) {
                waits += 1
                await pause(.seconds(1))
                return waits < waitsMax
            }
            if StateFiles.exists(data.rules(tenant)) {
                try draft.addAll(below: data.rules(tenant), as: "tenants/\(tenant)/rules")
            }
        }
        told("content")
        if StateFiles.exists(data.content) { try draft.addAll(below: data.content, as: "content") }
        if withKeys {
            try draft.addAll(below: data.keys, as: "keys") {
                $0.hasSuffix(".key") || $0.hasSuffix(".der")
            }
            if StateFiles.exists(data.tls) {
                try draft.addAll(below: data.tls, as: "tls") { $0.hasSuffix(".pem") }
            }
        }
        var report = Told(
            files: draft.fileCount, byteCount: draft.byteCount, leftOut: draft.leftOut,
            hasKeys: withKeys)
        let sealed = try draft.seal(
            kind: kind, facts: .object(["keys": .flag(withKeys)]), keys: keys, now: now)
        report.files = sealed.files.count
        return report
    }

    /// What was found in a backup, or came of a restore.
    package struct Proof: Sendable {
        package var time: Timestamp
        package var files: Int
        package var byteCount: Int64
        package var archives: [ArchiveReport]
        package var ledger: BackupManifest
        package var isSound: Bool { archives.allSatisfy(\.isSound) }
    }

    /// Checks a backup whole: its list, every file, the ledger's chains, and every archive as far as there are keys.
    ///
    /// - Parameter keys: a folder of keys; nil takes the backup's own.
    package static func verify(
        _ backup: String, keys: String? = nil, told: (String) -> Void
    ) throws(StoreFailure) -> Proof {
        let folder = try open(backup, keys)
        for file in folder.files {
            told(file.path)
            try folder.check(file)
        }
        return try proof(
            of: DataFolder(path: backup), folder, keys: keys ?? backup + "/keys", told: told)
    }

    /// Makes a data folder of a backup: all of it, or nothing.
    ///
    /// - Parameters:
    ///   - data: a folder that is not there, or is empty.
    ///   - keys: a folder of keys; nil takes the backup's own.
    /// - Throws: ``StoreFailure``: `conflict` where there is something already, `damaged` where anything of the backup does not hold, `missing`
    ///   where there are no keys.
    package static func restore(
        _ backup: String, into data: DataFolder, keys: String? = nil, told: (String) -> Void
    ) throws(StoreFailure) -> Proof {
        guard StateFiles.names(in: data.path).isEmpty else {
            throw StoreFailure(
                .conflict, "\(data.path) is there and not empty; restore into a new folder.")
        }
        let folder = try open(backup, keys)
        let draft = DataFolder(path: data.path + ".restoring")
        guard StateFiles.names(in: draft.path).isEmpty else {
            throw StoreFailure(
                .conflict,
                "\(draft.path) is left from a restore that was stopped; remove it, then try again.")
        }
        try draft.make()
        for file in folder.files where !file.path.hasPrefix("ledger/") {
            told(file.path)
            try folder.copy(file, to: draft.path)
        }
        if let keys { try copyKeys(keys, to: draft) }
        told("ledger")
        _ = try LedgerBackup.restore(
            backup + "/ledger", into: draft.ledger, keys: LedgerKeys.read(draft.ledgerKeys))
        let proof = try proof(of: draft, folder, keys: draft.keys, told: told)
        guard proof.isSound else {
            throw StoreFailure(
                .damaged,
                "An archive in the backup is not sound; it is left in \(draft.path) to look at.")
        }
        try StateFiles.removeEmptyFolder(data.path)
        try StateFiles.rename(draft.path, to: data.path)
        return proof
    }

    private static func open(
        _ backup: String, _ keys: String?
    ) throws(StoreFailure) -> SealedFolder {
        let file = (keys ?? backup + "/keys") + "/ledger.key"
        guard StateFiles.exists(file) else {
            throw StoreFailure(
                .missing,
                "\(file) is not there: the backup has no keys in it; name the folder of keys.")
        }
        return try SealedFolder(
            reading: backup, kind: kind, publicKey: LedgerKeys.read(file).proof)
    }

    private static func copyKeys(_ keys: String, to data: DataFolder) throws(StoreFailure) {
        for name in StateFiles.names(in: keys) where name.hasSuffix(".key") {
            guard !StateFiles.exists("\(data.keys)/\(name)") else { continue }
            guard let bytes = StateFiles.read("\(keys)/\(name)", bytesMax: 4096) else {
                throw StoreFailure(.readOnly, "The key \(keys)/\(name) cannot be read.")
            }
            try StateFiles.write(bytes, as: name, in: data.keys, mode: 0o600)
        }
    }

    private static func proof(
        of data: DataFolder, _ folder: SealedFolder, keys: String, told: (String) -> Void
    ) throws(StoreFailure) -> Proof {
        let signer = try LedgerKeys.read(keys + "/ledger.key")
        let ledger = try LedgerBackup.verify(folder.path + "/ledger", keys: signer)
        var archives: [ArchiveReport] = []
        for tenant in data.archivedTenants {
            told("checking the archive of \(tenant)")
            let path = "\(keys)/\(tenant).key"
            let key = StateFiles.exists(path) ? try KeyFolder.read(path) : nil
            archives.append(
                try ArchiveVerifier.verify(
                    folder: data.archive(tenant), tenant: tenant, key: key))
        }
        return Proof(
            time: folder.time, files: folder.files.count, byteCount: folder.byteCount,
            archives: archives, ledger: ledger)
    }
}
