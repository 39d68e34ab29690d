import ArgumentParser
import Engine
import Foundation
import Listen
import NIOSSL
import Sigma
import Store
import Tenancy
import Watch

/// `kagari doctor`: what is wrong with an installation.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Says what is wrong with an installation, and the cure.",
        discussion: """
            Checks settings, ports, certificates, the clock, the disk, keys, ledger, archives, the event store, rules, and whether sources \
            are still heard. Changes nothing, and may run beside the service.

            Exit code 0: all is well. 1: something needs a look. 2: something is broken.
            """)

    @Option(help: ArgumentHelp("Settings as the service reads them, in YAML.", valueName: "file"))
    var config: String?
    @Option(help: ArgumentHelp("Where the service keeps everything. [var]", valueName: "folder"))
    var data: String?
    @Flag(help: "Answers in JSON, one check a line.") var json = false

    func run() async throws {
        var doctor = Doctor(config: config, data: data)
        await doctor.examine()
        let found = doctor.found
        for finding in found.findings {
            if json {
                Machine.say(finding.json.string + "\n")
            } else {
                let state = finding.state.rawValue.padding(
                    toLength: 5, withPad: " ", startingAt: 0)
                Machine.say("\(state) \(finding.check): \(finding.text)\n")
                if let cure = finding.cure, cure != finding.text {
                    Machine.say("      cure: \(cure)\n")
                }
            }
        }
        switch found.state {
        case .ok: break
        case .warn: throw ExitCode(1)
        case .fail: throw ExitCode(2)
        }
    }
}

/// Asks the machine, and lets the examination judge.
struct Doctor {
    static let certificateDays: Int64 = 14

    let config: String?
    let data: String?
    private(set) var found = Examination()

    init(config: String?, data: String?) {
        self.config = config
        self.data = data
    }

    mutating func examine() async {
        let settings: Configuration
        let plan: ServePlan
        do {
            settings = try Configuration.of(
                data.map { ["data": [$0]] } ?? [:], config: config)
            plan = try ServePlan(settings, noBuiltin: false, demo: false)
            found.ok("config", config.map { "\($0) is in order" } ?? "no file; defaults")
        } catch {
            found.fail(
                "config", "\(error)", cure: "mend the setting; `kagari serve --help` has all")
            return
        }
        let isRunning = DataLock.isHeld(plan.data)
        ports(plan, isRunning: isRunning)
        certificate(plan.tls)
        disk(plan.data.path)
        rules(plan)
        await kept(plan, isRunning: isRunning)
    }

    private mutating func disk(_ path: String) {
        let place = FileManager.default.fileExists(atPath: path) ? path : "."
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: place)
        let free = (facts?[.systemFreeSize] as? NSNumber)?.uint64Value
        let total = (facts?[.systemSize] as? NSNumber)?.uint64Value ?? 0
        found.disk(free: free, of: total, path: path)
    }

    private mutating func ports(_ plan: ServePlan, isRunning: Bool) {
        var wanted = plan.http.map { ($0.name, $0.address.host, $0.address.port, false) }
        wanted += plan.streams.map {
            ($0.name, $0.address.host, $0.address.port, $0.wire == .syslogUDP)
        }
        if let console = plan.console {
            wanted.append(("console", console.host, console.port, false))
        }
        for (name, host, port, isDatagram) in wanted {
            let text = "\(name) \(host):\(port)"
            switch PortProbe.state(host, port, isDatagram: isDatagram) {
            case .free where isRunning:
                found.warn(
                    "port", "\(text) is free though the service runs",
                    cure: "give doctor the --config that the service has")
            case .free: found.ok("port", "\(text) is free")
            case .taken where isRunning: found.ok("port", "\(text) is taken; the service runs")
            case .taken:
                found.fail(
                    "port", "\(text) is taken by another program",
                    cure: "stop that program (`ss -lptn` names it), or choose another port")
            case .refused(let why):
                found.fail("port", "\(text): \(why)", cure: "choose an address of this machine")
            }
        }
    }

    private mutating func certificate(_ plan: TLSPlan?) {
        guard let identity = plan?.identity else {
            return found.ok("certificate", "none; the service listens on this machine only")
        }
        let isMade = FileManager.default.fileExists(atPath: identity.certificatePath)
        if plan?.authority != nil, !isMade {
            return found.ok("certificate", "the service makes its own when it starts")
        }
        do {
            let term = try CertificateTerm(ofPEM: identity.certificatePath)
            let now = Machine.now
            let days = (term.until.nanoseconds - now.nanoseconds) / 86_400_000_000_000
            let text = "\(identity.certificatePath) is good until \(term.until.text)"
            if now < term.from || now >= term.until {
                found.fail("certificate", text, cure: "renew it, then restart the service")
            } else if days < Self.certificateDays {
                found.warn("certificate", text, cure: "renew it within \(days) days")
            } else {
                found.ok("certificate", text)
            }
            // Refused where the key is another certificate's.
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMFile(identity.certificatePath)
                        .map { .certificate($0) },
                    privateKey: .privateKey(
                        NIOSSLPrivateKey(file: identity.keyPath, format: .pem))))
        } catch {
            found.fail("certificate", "\(error)", cure: "give a chain and its key, both in PEM")
        }
    }

    private mutating func rules(_ plan: ServePlan) {
        let folder = NSTemporaryDirectory() + "kagari-doctor-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try StateFiles.makeFolder(folder, mode: 0o700)
            let loaded = try ContentShelf(
                path: folder, programVersion: ServiceHost.programVersion
            ).load(plan.folders)
            let text = "\(loaded.rules.ruleCount) rules, \(loaded.problems.count) problems"
            if loaded.rules.ruleCount == 0 {
                found.fail("rules", text, cure: "name a folder of Sigma rules with --rules")
            } else if let refused = loaded.problems.first(where: { $0.severity == .refused }) {
                found.warn(
                    "rules", text + ", e.g. \(refused)",
                    cure: "`kagari rules check` tells each with its place")
            } else {
                found.ok("rules", text)
            }
        } catch { found.fail("rules", "\(error)", cure: "check the folder `Content`") }
    }

    private mutating func kept(_ plan: ServePlan, isRunning: Bool) async {
        let data = plan.data
        let now = Machine.now
        guard FileManager.default.fileExists(atPath: data.ledger) else {
            found.clock(now: now, isSynchronised: Machine.isClockKept, newest: nil)
            return found.warn(
                "data", "there is no data folder \(data.path) yet",
                cure: "`kagari serve` makes it; or name it with --data")
        }
        found.ok("data", "\(data.path)\(isRunning ? "; the service runs" : "; no service runs")")
        var tenants: [TenantRecord] = []
        do {
            let copy = try data.ledgerCopy()
            found.ledger(copy) { (tenant) throws(StoreFailure) in
                do { return try FirstStart.scope(Permission(.read, .ledger), in: tenant) } catch {
                    throw StoreFailure(.refused, "The operator may not read the ledger.")
                }
            }
            tenants = try copy.tenants()
        } catch {
            found.fail("ledger", "\(error)", cure: "restore the last backup with `kagari restore`")
        }
        found.keys(of: tenants, in: data)
        let newest = found.archives(of: tenants, in: data)
        found.clock(now: now, isSynchronised: Machine.isClockKept, newest: newest)
        sources(of: tenants, data, now)
        await store(plan, tenants, isRunning: isRunning)
    }

    private mutating func sources(
        of tenants: [TenantRecord], _ data: DataFolder, _ now: Timestamp
    ) {
        for record in tenants where record.state == .active {
            let tenant = record.tenantID
            guard let archive = try? data.archiveFolder(of: tenant), archive.isKeyed,
                let listing = try? ArchiveListing(folder: archive.path, tenant: tenant)
            else { continue }
            found.sources(of: tenant, archive, last: listing.lastSequence, now: now)
        }
    }

    private mutating func store(
        _ plan: ServePlan, _ tenants: [TenantRecord], isRunning: Bool
    ) async {
        guard !isRunning else {
            return found.ok("store", "the service has it; /metrics says how far it is")
        }
        let choice = plan.keeping.eventStores(in: plan.data, content: plan.content)
        do {
            let opened = try await choice.open()
            if opened.isFallback {
                found.warn("store", opened.reason, cure: EventStoreChoice.cure)
            } else {
                found.ok("store", opened.reason)
            }
            for record in tenants where record.state == .active {
                let tenant = record.tenantID
                guard
                    let last = try? ArchiveListing(
                        folder: plan.data.archive(tenant), tenant: tenant
                    ).lastSequence
                else { continue }
                let written = try await opened.store.writtenUpTo(tenant)
                if written < last {
                    found.warn(
                        "store", "\(tenant): searchable up to \(written) of \(last)",
                        cure: "the next start fills it in; at once with `kagari store rebuild`")
                } else {
                    found.ok("store", "\(tenant): searchable up to \(written)")
                }
            }
            try await opened.store.close()
        } catch {
            found.fail(
                "store", "\(error)", cure: "remove its folder and run `kagari store rebuild`")
        }
    }
}
