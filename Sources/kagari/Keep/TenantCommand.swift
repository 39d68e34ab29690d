import ArgumentParser
import Engine
import Foundation
import Store
import Tenancy
import Watch

/// `kagari tenant`: when a customer leaves.
struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant", abstract: "Exports and deletes a tenant that leaves.",
        subcommands: [TenantExportCommand.self, TenantDelete.self, TenantCheckCertificate.self])
}

/// A data folder and its ledger for one command, with no service in it.
struct HeldData {
    let data: DataFolder
    let ledger: Ledger
    private let lock: DataLock

    static func with(
        _ data: DataFolder, _ body: (HeldData) async throws -> Void
    ) async throws {
        let lock = try DataLock(data)
        let held = HeldData(
            data: data,
            ledger: try await Ledger.open(
                in: data.ledger, keys: LedgerKeys.read(data.ledgerKeys), now: Machine.now,
                random: SystemRandomNumberGenerator()), lock: lock)
        do {
            try await body(held)
            try await held.ledger.close(now: Machine.now)
        } catch {
            try? await held.ledger.close(now: Machine.now)
            throw error
        }
        lock.release()
    }

    func scope(
        _ permission: Permission, in tenant: TenantID = Ledger.provider
    ) throws(StoreFailure) -> TenantScope {
        do { return try FirstStart.scope(permission, in: tenant) } catch {
            throw StoreFailure(.refused, "The operator of this machine may not \(permission).")
        }
    }

    func record(of tenant: TenantID) async throws -> TenantRecord {
        let found = try await ledger.value(
            TenantRecord.self, tenant.text, of: Ledger.provider,
            in: scope(Permission(.read, .tenants)))
        guard let found else { throw UserError("there is no tenant \(tenant) in \(data.path)") }
        return found.value
    }
}

struct TenantExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes everything of a tenant in open forms.",
        discussion: """
            Records as received, cases, alerts and the chain of every act as JSON lines, with a signed list of all files. Needs the data \
            folder for itself: stop the service first. That it was exported is written into the tenant's chain.

            Exit code 2: some of the archive could not be read; the gaps are told and the rest is there.
            """)

    @Argument(help: "Whose.") var tenant: String
    @Argument(help: ArgumentHelp("A folder that is new or empty.", valueName: "folder"))
    var target: String
    @OptionGroup var options: DataOptions

    func run() async throws {
        try await Keep.run {
            let tenant = try DataFolder.tenant(tenant)
            var lost = 0
            try await HeldData.with(try options.folder()) { held in
                _ = try await held.record(of: tenant)
                let archive = try held.data.archiveFolder(of: tenant)
                guard archive.isKeyed else {
                    throw UserError("tenant \(tenant) has no key any more; nothing can be read")
                }
                _ = try await held.ledger.tell(
                    "tenant-exported", about: tenant.text, .object([:]), of: tenant,
                    now: Machine.now, in: held.scope(Permission(.export, .events), in: tenant))
                _ = try await held.ledger.signHeads(now: Machine.now)
                var export = TenantExport(
                    of: archive, ledger: held.ledger, copy: try held.data.ledgerCopy()
                ) { (permission) throws(StoreFailure) in
                    try held.scope(permission, in: tenant)
                }
                let progress = WorkProgress("exporting \(tenant)")
                let told = try await export.run(to: target, now: Machine.now) { what, count in
                    progress.show("\(count) \(what)")
                }
                progress.clear()
                lost = tell(told)
            }
            guard lost == 0 else { throw ExitCode(2) }
        }
    }

    private func tell(_ told: TenantExport.Told) -> Int {
        let lost = told.gaps.filter { $0.cause != .removed }
        for gap in lost {
            Machine.tell(
                "kagari: records \(gap.first) to \(gap.last) are not there: \(gap.cause)\n")
        }
        options.answer(
            .object([
                "tenant": .text(tenant), "records": .integer(Int64(told.records)),
                "incidents": .integer(Int64(told.incidents)),
                "alerts": .integer(Int64(told.alerts)), "bytes": .integer(told.byteCount),
                "gaps": .integer(Int64(lost.count)),
            ]),
            "\(tenant): \(told.records) records, \(told.incidents) incidents, \(told.alerts) alerts, "
                + "\(bytesText(UInt64(told.byteCount))) in \(target)\n")
        return lost.count
    }
}

struct TenantDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Destroys a tenant's key and all that is kept of it.",
        discussion: """
            Not to be undone. The provider's chain is told first; then the tenant's events, key and folder go, and its words in the ledger \
            (the chain of hashes stays and still verifies). A signed certificate is written. Copies that were made before (backups, \
            exports) are not reached. Needs the data folder for itself: stop the service first.
            """)

    @Argument(help: "Whose.") var tenant: String
    @Option(
        help: ArgumentHelp("The tenant's name once more, as a confirmation.", valueName: "tenant"))
    var confirm: String
    @Option(
        help: ArgumentHelp("Where the certificate goes. [TENANT.certificate]", valueName: "file"))
    var certificate: String?
    @OptionGroup var options: StoreOptions

    func validate() throws {
        guard confirm == tenant else {
            throw ValidationError("--confirm must be the tenant's name, \(tenant)")
        }
    }

    func run() async throws {
        try await Keep.run {
            let tenant = try DataFolder.tenant(tenant)
            let path = certificate ?? "\(tenant).certificate"
            guard !FileManager.default.fileExists(atPath: path) else {
                throw UserError("\(path) is there already; name another file with --certificate")
            }
            let (data, choice) = try options.plan(try Content.find())
            try await HeldData.with(data) { held in
                var record = try await held.record(of: tenant)
                if record.state != .leaving, record.state != .deleted {
                    record.state = .leaving
                    try await held.ledger.update(
                        record, now: Machine.now, in: held.scope(Permission(.update, .tenants)))
                }
                let deletion = TenantDeletion(of: tenant, in: data, ledger: held.ledger) {
                    (permission) throws(StoreFailure) in try held.scope(permission)
                }
                let stores = try await choice.openAll()
                let made = try await deletion.run(events: stores, now: Machine.now)
                for store in stores { try await store.close() }
                let text = try made.file(signedBy: held.ledger.keys)
                let file = try OutputFile(path)
                try file.write(Array(text.utf8))
                try file.close()
                options.data.answer(
                    .object([
                        "tenant": .text(tenant.text), "certificate": .text(path),
                        "key_digest": .text(made.keyDigest),
                        "ledger_position": .integer(Int64(made.position)),
                    ]), "\(tenant) is deleted; the certificate is \(path)\n")
            }
        }
    }
}

struct TenantCheckCertificate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-certificate", abstract: "Checks the certificate of a deletion.",
        discussion: """
            The signature alone needs nothing else; with --data also that the ledger, the keys and the folders say the same. Whoever still \
            has the key proves with --key that it was this one.

            Exit code 0: it holds. 2: it does not, and why.
            """)

    @Argument(help: ArgumentHelp("The certificate.", valueName: "file")) var file: String
    @Option(help: ArgumentHelp("The server's public key, 64 hex digits.", valueName: "hex"))
    var publicKey: String?
    @Option(help: ArgumentHelp("The data folder it is about.", valueName: "folder"))
    var data: String?
    @Option(help: ArgumentHelp("A copy of the key that was destroyed.", valueName: "file"))
    var key: String?

    func run() async throws {
        try await Keep.run {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw UserError("cannot read \(file)")
            }
            var proof = try publicKey.map(LedgerVerify.key)
            let folder = data.map { DataFolder(path: $0) }
            if proof == nil, let folder { proof = try LedgerKeys.read(folder.ledgerKeys).proof }
            let certificate = try DeletionCertificate(reading: text, publicKey: proof)
            var objections: [String] = []
            if let folder {
                objections = try certificate.objections(
                    in: folder, folder.ledgerCopy(proof),
                    scope: FirstStart.scope(Permission(.read, .ledger)))
            }
            if let key, try !certificate.names(KeyFolder.read(key)) {
                objections.append("the key in \(key) is another one")
            }
            for objection in objections { Machine.say("does not hold: \(objection)\n") }
            guard objections.isEmpty else { throw ExitCode(2) }
            Machine.say(
                "holds: \(certificate.tenant) was deleted at \(certificate.time.text), key digest "
                    + "\(certificate.keyDigest)\n")
            if proof == nil {
                Machine.tell(
                    "kagari: checked against the key that the certificate itself names; "
                        + "--public-key or --data proves whose it is\n")
            }
        }
    }
}
