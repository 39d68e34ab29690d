import Engine
import GRDB
package import Tenancy

extension Ledger {
    /// A tenant's chain as JSON lines: each entry in order, each signed head behind its entry. docs/ledger.md has the format.
    ///
    /// - Parameters:
    ///   - scope: allows `export ledger` in `tenant`.
    ///   - line: takes one line, without its end.
    package func export(
        _ tenant: TenantID, in scope: TenantScope,
        _ line: @escaping @Sendable (String) throws -> Void
    ) async throws(StoreFailure) {
        try scope.require(Permission(.export, .ledger), in: tenant)
        let key = keys.publicKeyBytes
        try await read { db in try LedgerLines.write(tenant, publicKey: key, db, line) }
    }

    /// Verifies a tenant's chain where it is.
    ///
    /// - Parameters:
    ///   - known: heads kept elsewhere; they find an end that was cut off.
    ///   - scope: allows `read ledger` in `tenant`.
    package func verify(
        _ tenant: TenantID, known: [SignedHead] = [], in scope: TenantScope
    ) async throws(StoreFailure) -> LedgerReport {
        try scope.require(Permission(.read, .ledger), in: tenant)
        let keys = keys
        return try await read { db in
            var verifier = LedgerVerifier(publicKey: keys.publicKey, known: known)
            try LedgerLines.write(tenant, publicKey: keys.publicKeyBytes, db) {
                verifier.read($0)
            }
            return verifier.finish()
        }
    }
}

/// The lines of an export.
enum LedgerLines {
    static func write(
        _ tenant: TenantID, publicKey: [UInt8], _ db: Database, _ line: (String) throws -> Void
    ) throws {
        let header = CanonicalJSON.object([
            "kagari_ledger": .integer(1), "tenant": .text(tenant.text),
            "public_key": .text(publicKey.hex),
        ])
        try line(header.string)
        let heads = try Row.fetchCursor(
            db, sql: "SELECT * FROM heads WHERE tenant = ? ORDER BY position",
            arguments: [tenant.text])
        var head = try heads.next().map(ChainRows.head)
        let rows = try Row.fetchCursor(
            db,
            sql: "\(ChainRows.selectEntries) WHERE entries.tenant = ? ORDER BY position",
            arguments: [tenant.text])
        while let row = try rows.next() {
            let entry = try ChainRows.entry(row)
            try line(self.line(of: entry))
            while let signed = head, signed.position <= entry.position {
                try line(self.line(of: signed))
                head = try heads.next().map(ChainRows.head)
            }
        }
        while let signed = head {
            try line(self.line(of: signed))
            head = try heads.next().map(ChainRows.head)
        }
    }

    static func line(of head: SignedHead) -> String {
        CanonicalJSON.object([
            "head": .object([
                "tenant": .text(head.tenant.text), "position": .integer(Int64(head.position)),
                "time": .integer(head.time.nanoseconds), "hash": .text(head.hash.description),
                "signature": .text(head.signature.hex),
            ])
        ]).string
    }

    static func line(of entry: LedgerEntry) -> String {
        CanonicalJSON.object([
            "entry": .object([
                "tenant": .text(entry.tenant.text), "position": .integer(Int64(entry.position)),
                "time": .integer(entry.time.nanoseconds), "actor": .text(entry.actor.text),
                "kind": .text(entry.kind.rawValue), "subject": .text(entry.subject),
                "body_digest": .text(entry.bodyDigest.description),
                "previous": .text(entry.previous.description),
                "hash": .text(entry.hash.description), "body": .text(entry.body?.text),
                "salt": .text(entry.body?.salt.hex),
            ])
        ]).string
    }

    /// Nil where it is not the line of an entry.
    static func entry(_ json: CanonicalJSON) -> LedgerEntry? {
        guard let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let position = json["position"]?.integer.flatMap(UInt64.init(exactly:)),
            let time = json["time"]?.integer,
            let actor = json["actor"]?.text.flatMap(PrincipalID.init),
            let kind = json["kind"]?.text.flatMap(EntryKind.init),
            let subject = json["subject"]?.text,
            let bodyDigest = json["body_digest"]?.text.flatMap(LedgerDigest.init(hex:)),
            let previous = json["previous"]?.text.flatMap(LedgerDigest.init(hex:)),
            let hash = json["hash"]?.text.flatMap(LedgerDigest.init(hex:))
        else { return nil }
        var body: EntryBody?
        if let text = json["body"]?.text {
            guard let salt = json["salt"]?.text.flatMap({ [UInt8](hex: $0) }),
                salt.count == LedgerEntry.saltBytes
            else { return nil }
            body = EntryBody(text: text, salt: salt)
        }
        return LedgerEntry(
            tenant: tenant, position: position, time: Timestamp(nanoseconds: time), actor: actor,
            kind: kind, subject: subject, bodyDigest: bodyDigest, previous: previous, hash: hash,
            body: body)
    }

    static func head(_ json: CanonicalJSON) -> SignedHead? {
        guard let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let position = json["position"]?.integer.flatMap(UInt64.init(exactly:)),
            let time = json["time"]?.integer,
            let hash = json["hash"]?.text.flatMap(LedgerDigest.init(hex:)),
            let signature = json["signature"]?.text.flatMap({ [UInt8](hex: $0) })
        else { return nil }
        return SignedHead(
            tenant: tenant, position: position, hash: hash, time: Timestamp(nanoseconds: time),
            signature: signature)
    }
}
