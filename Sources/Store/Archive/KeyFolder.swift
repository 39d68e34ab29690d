package import Engine
package import Tenancy

/// The keys of all tenants: a folder for their owner alone, with one file of 32 bytes for each tenant.
package struct KeyFolder: Sendable {
    private let path: String

    /// Makes the folder where it is not there.
    ///
    /// - Throws: `refused` where others than its owner may enter it.
    package init(_ path: String) throws(StoreFailure) {
        self.path = path
        try DiskFolder.make(path, mode: 0o700)
        let status = try DiskFile(path, .read).status()
        guard status.mode & 0o077 == 0 else {
            throw StoreFailure(
                .refused, "Others may enter the folder of keys \(path); run: chmod 700 \(path)")
        }
    }

    private func file(of tenant: TenantID) -> String { "\(path)/\(tenant).key" }

    /// Keeps a key for a tenant that has none. It is durable when this returns.
    ///
    /// - Throws: `refused` where the tenant has a key: another one would make its archive unreadable.
    @discardableResult
    package func make(
        for tenant: TenantID, key: TenantKey = TenantKey()
    ) throws(StoreFailure) -> TenantKey {
        let path = file(of: tenant)
        guard !DiskFolder.exists(path) else {
            throw StoreFailure(.refused, "Tenant \(tenant) has a key in \(path) already.")
        }
        let unfinished = path + ".unfinished"
        try DiskFolder.remove(unfinished)
        let file = try DiskFile(unfinished, .createNew, isPrivate: true)
        var failure: StoreFailure?
        key.withBytes { bytes in
            do throws(StoreFailure) { try file.write(bytes, at: 0) } catch { failure = error }
        }
        if let failure {
            try? DiskFolder.remove(unfinished)
            throw failure
        }
        try file.sync()
        try DiskFolder.rename(unfinished, to: path)
        try DiskFolder.sync(self.path)
        return key
    }

    /// - Throws: `missing` where the tenant has no key, or it was destroyed; else as ``read(_:)``.
    package func load(for tenant: TenantID) throws(StoreFailure) -> TenantKey {
        let path = file(of: tenant)
        guard DiskFolder.exists(path) else {
            throw StoreFailure(.missing, "Tenant \(tenant) has no key in \(self.path).")
        }
        return try Self.read(path)
    }

    /// - Throws: `refused` where others than the owner may read the file, where it belongs to another user, or holds
    ///   no key.
    package static func read(_ path: String) throws(StoreFailure) -> TenantKey {
        let file = try DiskFile(path, .read)
        let status = try file.status()
        guard status.mode & 0o077 == 0 else {
            throw StoreFailure(.refused, "Others may read the key \(path); run: chmod 600 \(path)")
        }
        guard status.owner == DiskFile.user || status.owner == 0 else {
            throw StoreFailure(.refused, "The key \(path) belongs to another user; chown it.")
        }
        guard status.size == UInt64(TenantKey.byteCount) else {
            throw StoreFailure(
                .refused, "\(path) is no key: a key has \(TenantKey.byteCount) bytes.")
        }
        var bytes = try file.read(at: 0, count: TenantKey.byteCount)
        defer { bytes.overwrite() }
        guard let key = TenantKey(bytes) else {
            throw StoreFailure(.refused, "\(path) is no key: it was cut while it was read.")
        }
        return key
    }

    /// Overwrites the key, removes it, and makes that durable. From then on nothing that it sealed can be read.
    ///
    /// Copies elsewhere (backups, a disk that writes to another place than it overwrites) are not reached by this.
    ///
    /// - Parameter heads: where the archives that it sealed end, so that the certificate names them.
    package func destroy(
        for tenant: TenantID, heads: [ChainHead], now: Timestamp
    ) throws(StoreFailure) -> DestructionCertificate {
        let key = try load(for: tenant)
        let path = file(of: tenant)
        let file = try DiskFile(path, .write)
        for value in [UInt8(0xFF), 0] {
            try file.write([UInt8](repeating: value, count: TenantKey.byteCount), at: 0)
            try file.sync()
        }
        try DiskFolder.remove(path)
        try DiskFolder.sync(self.path)
        return DestructionCertificate(
            tenant: tenant, keyID: key.id, keyDigest: key.digest, heads: heads, time: now)
    }
}

/// Says that a tenant's key is no more, and what it had sealed. Whoever still has the key can prove that it was this one.
package struct DestructionCertificate: Hashable, Sendable {
    package let tenant: TenantID
    package let keyID: KeyID
    /// ``TenantKey/digest``.
    package let keyDigest: ChainHash
    package let heads: [ChainHead]
    package let time: Timestamp

    /// For people and for a signature: the same bytes for the same certificate.
    package var text: String {
        var lines = [
            "The key of tenant \(tenant) was destroyed.", "time        \(time.text)",
            "key         \(keyID)", "key digest  \(keyDigest)",
        ]
        lines += heads.map { "archive     \($0.tenant) up to \($0.sequence), chain \($0.hash)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
