import Engine
import GRDB
package import Tenancy

/// A ledger's file read without being its service: beside it, or where no service runs. It changes nothing.
package final class LedgerCopy: Sendable {
    private let queue: DatabaseQueue
    private let publicKey: LedgerPublicKey

    /// - Parameters:
    ///   - folder: where `ledger.sqlite` is.
    ///   - publicKey: of the server, which its heads must be signed by.
    /// - Throws: ``StoreFailure``: `missing` where there is no ledger, `damaged` where it is none.
    package init(
        in folder: String, publicKey: LedgerPublicKey
    ) throws(StoreFailure) {
        let path = Ledger.path(in: folder)
        guard LedgerFiles.exists(path) else {
            throw StoreFailure(.missing, "There is no ledger in \(folder).")
        }
        self.publicKey = publicKey
        do {
            queue = try DatabaseQueue(
                path: path, configuration: Ledger.configuration(readOnly: true))
        } catch { throw StoreFailure(ledger: error) }
    }

    /// Every tenant that has a chain, the provider included.
    package func chains() throws(StoreFailure) -> [TenantID] {
        try read { try ChainRows.tenants($0) }
    }

    /// The tenants that the ledger knows, deleted ones included, without the provider.
    package func tenants() throws(StoreFailure) -> [TenantRecord] {
        try read { db in
            let texts = try String.fetchAll(
                db, sql: "SELECT body FROM registry WHERE kind = 'tenant' ORDER BY id")
            return try texts.compactMap {
                TenantRecord(json: try CanonicalJSON(reading: $0))
            }.filter { $0.tenantID != Ledger.provider }
        }
    }

    /// One tenant's chain, as ``Ledger/verify(_:known:in:)``.
    ///
    /// - Parameters:
    ///   - known: heads kept elsewhere; they find an end that was cut off.
    ///   - scope: allows `read ledger` in `tenant`.
    package func verify(
        _ tenant: TenantID, known: [SignedHead] = [], in scope: TenantScope
    ) throws(StoreFailure) -> LedgerReport {
        try scope.require(Permission(.read, .ledger), in: tenant)
        let key = publicKey
        return try read { db in
            var verifier = LedgerVerifier(publicKey: key.value, known: known)
            try LedgerLines.write(tenant, publicKey: key.bytes, db) {
                verifier.read($0)
            }
            return verifier.finish()
        }
    }

    /// One tenant's chain, as ``Ledger/export(_:in:_:)``.
    ///
    /// - Parameter scope: allows `export ledger` in `tenant`.
    package func export(
        _ tenant: TenantID, in scope: TenantScope, _ line: (String) throws -> Void
    ) throws(StoreFailure) {
        try scope.require(Permission(.export, .ledger), in: tenant)
        let key = publicKey.bytes
        try read { db in try LedgerLines.write(tenant, publicKey: key, db, line) }
    }

    /// One entry of a chain; nil where there is none at that position.
    ///
    /// - Parameter scope: allows `read ledger` in `tenant`.
    package func entry(
        _ position: UInt64, of tenant: TenantID, in scope: TenantScope
    ) throws(StoreFailure) -> LedgerEntry? {
        try scope.require(Permission(.read, .ledger), in: tenant)
        return try read { db in
            try Row.fetchOne(
                db,
                sql: "\(ChainRows.selectEntries) WHERE entries.tenant = ? AND position = ?",
                arguments: [tenant.text, Int64(clamping: position)]
            ).map(ChainRows.entry)
        }
    }

    /// Acts outside of the ledger that were told in a tenant's chain, oldest first.
    ///
    /// - Parameter scope: allows `read ledger` in `tenant`.
    package func told(
        of tenant: TenantID, in scope: TenantScope
    ) throws(StoreFailure) -> [LedgerEntry] {
        try scope.require(Permission(.read, .ledger), in: tenant)
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(ChainRows.selectEntries) WHERE entries.tenant = ? AND kind = ?
                    ORDER BY position
                    """,
                arguments: [tenant.text, EntryKind.actTold.rawValue]
            ).map(ChainRows.entry)
        }
    }

    /// The tables that do not follow from the entries; empty where all do.
    ///
    /// - Parameter scope: allows `read ledger` in `kagari-provider`.
    package func projectionFaults(in scope: TenantScope) throws(StoreFailure) -> [String] {
        try scope.require(Permission(.read, .ledger), in: Ledger.provider)
        return try read { try Projection.faults($0) }
    }

    private func read<Value>(_ body: (Database) throws -> Value) throws(StoreFailure) -> Value {
        do { return try queue.read(body) } catch { throw StoreFailure(ledger: error) }
    }
}

extension LedgerReport {
    /// What one reading of an export came to.
    ///
    /// - Parameters:
    ///   - path: of a file of JSON lines, each at most ``LedgerLimits/exportLineBytesMax`` bytes.
    ///   - publicKey: nil takes the one that the export's first line names, which proves no more than that the export is of one piece.
    /// - Throws: ``StoreFailure``: `invalid` where the first line names no key and none is given.
    package static func ofExport(
        _ path: String, publicKey: LedgerPublicKey?
    ) throws(StoreFailure) -> LedgerReport {
        var verifier: LedgerVerifier?
        var rest: [UInt8] = []
        func take(_ line: [UInt8]) throws(StoreFailure) {
            let text = String(decoding: line, as: UTF8.self)
            if verifier == nil {
                let key = if let publicKey { publicKey } else { try Self.named(in: text) }
                verifier = LedgerVerifier(publicKey: key.value)
            }
            verifier?.read(text)
        }
        try LedgerFiles.read(path) { (bytes) throws(StoreFailure) in
            rest += bytes
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 0x0A) {
                try take(Array(rest[start..<end]))
                start = end + 1
            }
            rest.removeFirst(start)
            guard rest.count <= LedgerLimits.exportLineBytesMax else {
                throw StoreFailure(
                    .damaged, "A line of the export is longer than any that Kagari writes.")
            }
        }
        if !rest.isEmpty { try take(rest) }
        guard var verifier else {
            throw StoreFailure(.invalid, "\(path) is empty; an export has a line for each entry.")
        }
        return verifier.finish()
    }

    private static func named(
        in line: String
    ) throws(StoreFailure) -> LedgerPublicKey {
        let json = try? CanonicalJSON(reading: line)
        guard let key = json?["public_key"]?.text.flatMap(LedgerPublicKey.init(text:)) else {
            throw StoreFailure(
                .invalid,
                "The export's first line names no key; it is no export, or give --public-key.")
        }
        return key
    }
}
