internal import Engine
package import Store
package import Tenancy

/// Where a tenant's archive ended at one moment, told in the tenant's own chain of the ledger.
///
/// The archive's chain of hashes shows a byte that was changed, not an archive that somebody with its key wrote anew from the
/// first frame on. The ledger's heads are signed: an archive that does not pass through what stands there is not the one that was received.
package enum ArchiveAnchor {
    static let act = "archive-anchored"

    static func details(_ head: ChainHead) -> CanonicalJSON {
        .object([
            "archive_last": .integer(Int64(clamping: head.sequence)),
            "archive_chain": .text(head.hash.description),
        ])
    }

    /// Nil for an entry that tells of nothing such.
    package static func head(toldIn entry: LedgerEntry) -> ChainHead? {
        guard entry.kind == .actTold, entry.subject == entry.tenant.text,
            let text = entry.body?.text, let body = try? CanonicalJSON(reading: text),
            body["act"]?.text == act, let details = body["details"],
            let last = details["archive_last"]?.integer.flatMap(UInt64.init(exactly:)),
            let hash = details["archive_chain"]?.text.flatMap(ChainHash.init(hexadecimal:))
        else { return nil }
        return ChainHead(tenant: entry.tenant, sequence: last, hash: hash)
    }

    /// Writes where the archive ends now, unless it ends where it was told last.
    ///
    /// - Parameter last: of the sequence told before; 0 where none was.
    /// - Returns: the sequence that stands there now.
    static func tell(
        _ head: ChainHead, after last: UInt64, to ledger: Ledger, now: Timestamp,
        in scope: TenantScope
    ) async throws(StoreFailure) -> UInt64 {
        guard head.sequence > last else { return last }
        _ = try await ledger.tell(
            act, about: head.tenant.text, details(head), of: head.tenant, now: now, in: scope)
        return head.sequence
    }
}

extension LedgerCopy {
    /// Where one tenant's archive must pass through, oldest first; what ``ArchiveVerifier`` takes as heads.
    ///
    /// - Parameter scope: allows `read ledger` in `tenant`.
    package func archiveHeads(
        of tenant: TenantID, in scope: TenantScope
    ) throws(StoreFailure) -> [ChainHead] {
        try told(of: tenant, in: scope).compactMap(ArchiveAnchor.head(toldIn:))
    }
}
