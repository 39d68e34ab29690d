package import Engine
package import Tenancy

/// One thing that happened, and can no longer be unsaid.
package struct LedgerEntry: Hashable, Sendable {
    package static let saltBytes = 16

    package let tenant: TenantID
    /// 1 for a tenant's first entry, then without gaps.
    package let position: UInt64
    /// By the clock of who wrote it; may go back when the clock was set.
    package let time: Timestamp
    package let actor: PrincipalID
    package let kind: EntryKind
    /// What it is about, e.g. the incident's id; at most 256 bytes.
    package let subject: String
    /// SHA-256 over salt and body.
    package let bodyDigest: LedgerDigest
    package let previous: LedgerDigest
    /// SHA-256 over all of the above.
    package let hash: LedgerDigest
    /// Nil once the tenant's bodies were erased; the chain holds without it.
    package let body: EntryBody?

    init(
        tenant: TenantID, position: UInt64, time: Timestamp, actor: PrincipalID, kind: EntryKind,
        subject: String, bodyDigest: LedgerDigest, previous: LedgerDigest, hash: LedgerDigest,
        body: EntryBody?
    ) {
        self.tenant = tenant
        self.position = position
        self.time = time
        self.actor = actor
        self.kind = kind
        self.subject = subject
        self.bodyDigest = bodyDigest
        self.previous = previous
        self.hash = hash
        self.body = body
    }

    /// The next entry of a chain, with its hash.
    static func next(
        after previous: LedgerDigest, position: UInt64, tenant: TenantID, time: Timestamp,
        actor: PrincipalID, kind: EntryKind, subject: String, body: EntryBody
    ) -> LedgerEntry {
        let draft = LedgerEntry(
            tenant: tenant, position: position, time: time, actor: actor, kind: kind,
            subject: subject, bodyDigest: body.digest, previous: previous, hash: .zero, body: body)
        return LedgerEntry(
            tenant: tenant, position: position, time: time, actor: actor, kind: kind,
            subject: subject, bodyDigest: body.digest, previous: previous,
            hash: draft.computedHash, body: body)
    }

    /// What ``hash`` must be.
    package var computedHash: LedgerDigest { LedgerDigest(of: EntryLayout.entry(self)) }
}

/// The words of an entry: canonical JSON, and the salt of its digest.
package struct EntryBody: Hashable, Sendable {
    package let text: String
    /// ``LedgerEntry/saltBytes`` random bytes.
    package let salt: [UInt8]

    package var digest: LedgerDigest { LedgerDigest(of: EntryLayout.body(text, salt: salt)) }
}

/// What may happen. The raw value is hashed: it never changes its meaning.
package enum EntryKind: String, Hashable, Sendable, CaseIterable {
    case alertKept = "alert-kept"
    case incidentTold = "incident-told"
    case incidentReopened = "incident-reopened"
    case incidentSeen = "incident-seen"
    case incidentAssigned = "incident-assigned"
    case incidentDecided = "incident-decided"
    case incidentClosed = "incident-closed"
    case incidentTimed = "incident-timed"
    case incidentsMerged = "incidents-merged"
    case incidentSplit = "incident-split"
    case joinUndone = "join-undone"
    case commentWritten = "comment-written"
    case taskAdded = "task-added"
    case taskSet = "task-set"
    case evidenceAdded = "evidence-added"
    case tagAdded = "tag-added"
    case tagRemoved = "tag-removed"
    case valueKept = "value-kept"
    case valueRemoved = "value-removed"
    case secretKept = "secret-kept"
    case secretRemoved = "secret-removed"
    case tenantErased = "tenant-erased"
    /// An act outside of the ledger, told to it before it is done: a search, an export, an order to an agent.
    case actTold = "act-told"
}

/// The proof that something is in the record. Only the ledger makes one: no effect without a record.
package struct AuditReceipt: Hashable, Sendable {
    package let tenant: TenantID
    package let position: UInt64
    package let hash: LedgerDigest
    package let time: Timestamp
    package let actor: PrincipalID
    package let kind: EntryKind
    package let subject: String

    init(_ entry: LedgerEntry) {
        tenant = entry.tenant
        position = entry.position
        hash = entry.hash
        time = entry.time
        actor = entry.actor
        kind = entry.kind
        subject = entry.subject
    }
}
