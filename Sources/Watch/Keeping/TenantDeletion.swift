package import Engine
package import Store
package import Tenancy

/// Deletes a tenant that is leaving, so that nobody can read its records any more, and says so in a form that can be checked.
///
/// What will be done is in the provider's chain before it is done. Stopped at any point, it is run again and goes on from there.
package struct TenantDeletion {
    static let act = "tenant-key-destroyed"
    /// Entries of the provider's chain that are looked through for an earlier run.
    static let pagesMax = 100_000

    private let tenant: TenantID
    private let data: DataFolder
    private let ledger: Ledger
    private let authorize: Authorize

    /// Makes the scope in `kagari-provider` for one of: `delete tenants`, `read tenants`, `read ledger`.
    package typealias Authorize = (Permission) throws(StoreFailure) -> TenantScope

    package init(
        of tenant: TenantID, in data: DataFolder, ledger: Ledger,
        authorize: @escaping Authorize
    ) {
        self.tenant = tenant
        self.data = data
        self.ledger = ledger
        self.authorize = authorize
    }

    /// - Parameters:
    ///   - events: every store that may have events of the tenant.
    /// - Throws: ``StoreFailure``: `invalid` unless the tenant is leaving, `missing` where there is none.
    package func run(
        events: [any EventStore], now: Timestamp
    ) async throws(StoreFailure) -> DeletionCertificate {
        let keys = try KeyFolder(data.keys)
        let scope = try authorize(Permission(.delete, .tenants))
        var certificate = try await earlier()
        if certificate == nil {
            certificate = try await tell(keys, now, scope)
        }
        guard let certificate else {
            throw StoreFailure(.missing, "There is nothing to delete of the tenant \(tenant).")
        }
        for store in events { try await store.erase(tenant) }
        if StateFiles.exists(data.key(tenant)) {
            let key = try keys.load(for: tenant)
            guard key.digest.description == certificate.keyDigest else {
                throw StoreFailure(
                    .conflict, "The tenant's key is another one than the ledger says; look at it.")
            }
            _ = try keys.destroy(for: tenant, heads: [], now: now)
        }
        try StateFiles.removeTree(data.tenant(tenant))
        do throws(StoreFailure) {
            _ = try await ledger.erase(tenant, now: now, in: scope)
        } catch {
            // Erased already, by the run that was stopped behind it.
            guard error.code == .missing else { throw error }
        }
        return certificate
    }

    /// Writes into the provider's chain what is about to be destroyed.
    private func tell(
        _ keys: KeyFolder, _ now: Timestamp, _ scope: TenantScope
    ) async throws(StoreFailure) -> DeletionCertificate {
        try await ledger.requireLeaving(
            tenant, in: authorize(Permission(.read, .tenants)))
        let key = try keys.load(for: tenant)
        var head = ChainHead(tenant: tenant, sequence: 0, hash: .start)
        if StateFiles.exists(data.archive(tenant)) {
            // The chain is read without the key: damage of records is no reason to keep them.
            head =
                try ArchiveVerifier.verify(
                    folder: data.archive(tenant), tenant: tenant, key: nil
                ).head
        }
        let details = DeletionCertificate.details(key, head)
        let receipt = try await ledger.tell(
            Self.act, about: tenant.text, details, of: Ledger.provider, now: now, in: scope)
        return DeletionCertificate(
            tenant: tenant, details: details, position: receipt.position, hash: receipt.hash,
            time: receipt.time)
    }

    /// What an earlier run wrote there.
    private func earlier() async throws(StoreFailure) -> DeletionCertificate? {
        let reading = try authorize(Permission(.read, .ledger))
        var after: Int64 = 0
        for _ in 0..<Self.pagesMax {
            let page = try await ledger.entries(
                after: after, limit: LedgerLimits.pageMax, in: reading)
            for numbered in page {
                if let found = DeletionCertificate(numbered.entry, of: tenant) { return found }
            }
            guard let last = page.last else { return nil }
            after = last.ordinal
        }
        return nil
    }
}

/// Says that a tenant's key is no more, what it had sealed, and where the ledger says so.
package struct DeletionCertificate: Hashable, Sendable {
    package static let kind = "kagari-deletion-certificate-1"
    static let bytesMax = 64 << 10

    package let tenant: TenantID
    package let details: CanonicalJSON
    /// Of the entry in the provider's chain.
    package let position: UInt64
    package let hash: LedgerDigest
    package let time: Timestamp

    init(
        tenant: TenantID, details: CanonicalJSON, position: UInt64, hash: LedgerDigest,
        time: Timestamp
    ) {
        self.tenant = tenant
        self.details = details
        self.position = position
        self.hash = hash
        self.time = time
    }

    /// Nil for an entry that tells of nothing such.
    init?(_ entry: LedgerEntry, of tenant: TenantID) {
        guard entry.kind == .actTold, entry.subject == tenant.text,
            let text = entry.body?.text, let body = try? CanonicalJSON(reading: text),
            body["act"]?.text == TenantDeletion.act, let details = body["details"],
            details["key_digest"]?.text != nil
        else { return nil }
        self.init(
            tenant: tenant, details: details, position: entry.position, hash: entry.hash,
            time: entry.time)
    }

    static func details(_ key: TenantKey, _ head: ChainHead) -> CanonicalJSON {
        .object([
            "key_id": .text(key.id.description), "key_digest": .text(key.digest.description),
            "archive_last": .integer(Int64(clamping: head.sequence)),
            "archive_chain": .text(head.hash.description),
        ])
    }

    /// SHA-256 over a label and the key; see ``TenantKey/digest``.
    package var keyDigest: String { details["key_digest"]?.text ?? "" }

    var json: CanonicalJSON {
        .object([
            "kagari_certificate": .integer(1), "tenant": .text(tenant.text),
            "time": .text(time.text), "destroyed": details,
            "ledger_position": .integer(Int64(clamping: position)),
            "ledger_hash": .text(hash.description),
            "not_reached": .text(
                "copies of the key and of records that were made before: backups, exports, disks"),
        ])
    }

    /// The file: one line of canonical JSON with the certificate, its signature and the key that proves it.
    package func file(signedBy keys: LedgerKeys) throws(StoreFailure) -> String {
        let signature = try keys.signature(of: json.string, as: Self.kind)
        return CanonicalJSON.object([
            "certificate": json, "signature": .text(signature),
            "public_key": .text(keys.proof.description),
        ]).string + "\n"
    }

    /// Reads a file of it.
    ///
    /// - Parameter publicKey: nil takes the one in the file, which proves no more than that the file is of one piece.
    /// - Throws: ``StoreFailure``: `invalid` where it is no certificate, `damaged` where the signature does not hold.
    package init(
        reading text: String, publicKey: LedgerPublicKey?
    ) throws(StoreFailure) {
        guard let file = try? CanonicalJSON(reading: text, bytesMax: Self.bytesMax),
            let json = file["certificate"], json["kagari_certificate"]?.integer == 1,
            let signature = file["signature"]?.text,
            let key = publicKey ?? file["public_key"]?.text.flatMap(LedgerPublicKey.init),
            let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let details = json["destroyed"],
            let position = json["ledger_position"]?.integer.flatMap(UInt64.init(exactly:)),
            let hash = json["ledger_hash"]?.text.flatMap(LedgerDigest.init(hex:)),
            let time = json["time"]?.text.flatMap({ TimestampText.parse($0) })
        else { throw StoreFailure(.invalid, "That is no certificate of a deletion.") }
        guard key.proves(json.string, is: Self.kind, by: signature) else {
            throw StoreFailure(
                .damaged, "The certificate is not signed by the server's key: it was changed.")
        }
        self.init(
            tenant: tenant, details: details, position: position, hash: hash, time: time)
    }

    /// What in a data folder speaks against the certificate; empty where nothing does.
    ///
    /// - Parameter scope: allows `read ledger` in `kagari-provider`.
    package func objections(
        in data: DataFolder, _ copy: LedgerCopy, scope: TenantScope
    ) throws(StoreFailure) -> [String] {
        var found: [String] = []
        let report = try copy.verify(Ledger.provider, in: scope)
        if !report.holds { found.append("the provider's chain does not hold: \(report)") }
        let entry = try copy.entry(position, of: Ledger.provider, in: scope)
        if entry?.hash != hash { found.append("the ledger has another entry at \(position)") }
        if StateFiles.exists(data.key(tenant)) { found.append("the tenant has a key") }
        if StateFiles.exists(data.tenant(tenant)) {
            found.append("there is a folder of the tenant")
        }
        let state = try copy.tenants().first { $0.tenantID == tenant }?.state
        if state != .deleted { found.append("the ledger does not say that the tenant is deleted") }
        return found
    }

    /// Whether this is the key that was destroyed.
    package func names(_ key: TenantKey) -> Bool { key.digest.description == keyDigest }
}

extension Ledger {
    fileprivate func requireLeaving(
        _ tenant: TenantID, in reading: TenantScope
    ) async throws(StoreFailure) {
        let found = try await value(
            TenantRecord.self, tenant.text, of: Self.provider, in: reading)
        guard let record = found?.value else {
            throw StoreFailure(.missing, "There is no tenant \(tenant).")
        }
        guard record.state == .leaving else {
            throw StoreFailure(
                .invalid,
                "The tenant \(tenant) is \(record.state.rawValue); only one that is leaving is "
                    + "deleted. Export it first, then set its state.")
        }
    }
}
