import Engine
import GRDB
import Tenancy

/// One write in progress: appends entries, and lets each change the tables that it says.
struct LedgerTransaction {
    static let subjectBytesMax = 256

    let db: Database
    let ledger: Ledger
    let actor: PrincipalID
    let time: Timestamp
    private var heads: [TenantID: (position: UInt64, hash: LedgerDigest)] = [:]

    init(db: Database, ledger: Ledger, actor: PrincipalID, time: Timestamp) {
        self.db = db
        self.ledger = ledger
        self.actor = actor
        self.time = time
    }

    /// The only way into the tables.
    @discardableResult
    mutating func append(
        _ kind: EntryKind, _ subject: String, _ body: CanonicalJSON, in tenant: TenantID,
        as another: PrincipalID? = nil
    ) throws -> AuditReceipt {
        let text = body.string
        guard text.utf8.count <= LedgerLimits.bodyBytesMax else {
            throw StoreFailure(
                .tooLarge, "An entry holds at most \(LedgerLimits.bodyBytesMax) bytes.")
        }
        guard (1...Self.subjectBytesMax).contains(subject.utf8.count) else {
            throw StoreFailure(
                .invalid, "An entry's subject has 1 to \(Self.subjectBytesMax) bytes.")
        }
        if heads[tenant] == nil { try requireTenant(tenant) }
        let head = try heads[tenant] ?? ChainRows.head(of: tenant, db)
        let entry = LedgerEntry.next(
            after: head?.hash ?? .zero, position: (head?.position ?? 0) + 1, tenant: tenant,
            time: time, actor: another ?? actor, kind: kind, subject: subject,
            body: EntryBody(text: text, salt: ledger.salt()))
        let ordinal = try ChainRows.insert(entry, db)
        heads[tenant] = (entry.position, entry.hash)
        try Projection.apply(entry, body, ordinal: ordinal, db)
        return AuditReceipt(entry)
    }

    private func requireTenant(_ tenant: TenantID) throws {
        guard tenant != Ledger.provider else { return }
        let isThere = try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM registry
                  WHERE kind = 'tenant' AND tenant = ?1 AND id = ?2)
                  AND NOT EXISTS (SELECT 1 FROM erased WHERE tenant = ?2)
                """, arguments: [Ledger.provider.text, tenant.text])
        guard isThere == true else {
            throw StoreFailure(.missing, "There is no such tenant; create it first.")
        }
    }

    /// Signs the head of each chain written to here whose last signature is older than the interval.
    func signDueHeads() throws {
        for tenant in heads.keys.sorted() {
            let last = try ChainRows.lastHeadTime(of: tenant, db)
            let interval = ledger.headInterval.components
            let nanoseconds =
                interval.seconds * 1_000_000_000 + interval.attoseconds / 1_000_000_000
            // A clock that was set back must not stop the signing.
            if let last, (0..<nanoseconds).contains(time.nanoseconds - last.nanoseconds) {
                continue
            }
            try sign(tenant)
        }
    }

    func sign(_ tenant: TenantID) throws {
        guard let head = try heads[tenant] ?? ChainRows.head(of: tenant, db),
            try !ChainRows.hasHead(of: tenant, at: head.position, db)
        else { return }
        let signed = try ledger.keys.sign(
            tenant: tenant, position: head.position, hash: head.hash, time: time)
        try ChainRows.insert(signed, db)
    }
}
