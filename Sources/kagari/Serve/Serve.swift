import ArgumentParser
import Console
import Engine
import Foundation
import Listen
import Logging
import NIOPosix
import ServiceLifecycle
import Store
import Tenancy
import Watch

/// The service: takes in logs over the network, keeps them, finds attacks as they come.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watches: takes in logs, keeps them, and finds attacks as they come.",
        discussion: """
            Settings come from flags, then from variables (KAGARI_INTAKE), then from the file named \
            with --config, then from defaults. An address is HOST:PORT, PORT alone (of 127.0.0.1) \
            or `off`. Beyond this machine the service listens with TLS only.

            On the first start a tenant `main` with a source `first` is made, and the source's \
            token is printed once. It ends cleanly on Ctrl-C: what was received is written first.
            """)

    @Option(help: ArgumentHelp("Where everything is kept.", valueName: "folder"))
    var data: String?
    @Option(help: ArgumentHelp("Settings as `name: value`, in YAML.", valueName: "file"))
    var config: String?
    @Option(help: "Splunk HEC, Elasticsearch _bulk, OTLP/HTTP, webhook, journal upload. [8088]")
    var intake: String?
    @Option(help: "The API and the page of incidents. [7070]") var console: String?
    @Option(help: "Agents on hosts, over TLS of an authority of their own. [off]")
    var agents: String?
    @Option(help: "Syslog over UDP. [off]") var syslogUdp: String?
    @Option(help: "Syslog over TCP, with TLS where a certificate is given. [off]")
    var syslogTcp: String?
    @Option(help: "Beats and Logstash (Lumberjack v2). [off]") var lumberjack: String?
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Follow files as they grow; may be given several times.",
            valueName: "tenant/source=path"))
    var follow: [String] = []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Fetch objects of S3 that a queue of SQS announces; may be given several times.",
            valueName: "tenant/source=url"))
    var pull: [String] = []
    @Option(help: ArgumentHelp("AWS keys, as AWS's tools keep them.", valueName: "file"))
    var pullCredentials: String?
    @Option(help: ArgumentHelp("Where a queue's URL does not tell it.", valueName: "region"))
    var pullRegion: String?
    @Option(help: ArgumentHelp("Instead of AWS's own, for queue and bucket.", valueName: "url"))
    var pullEndpoint: String?
    @Option(help: ArgumentHelp("Certificates to trust there, PEM.", valueName: "file"))
    var pullCa: String?
    @Option(help: ArgumentHelp("The tenant of senders without a token.", valueName: "tenant"))
    var openTenant: String?
    @Option(help: ArgumentHelp("Certificate chain, PEM.", valueName: "file"))
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("Private key, PEM.", valueName: "file")) var tlsKey: String?
    @Flag(help: "Be certified by an authority of its own, in DATA/tls.") var tlsOwn = false
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A name or address of it, for --tls-own; several times. [localhost, 127.0.0.1, ::1]",
            valueName: "host"))
    var tlsName: [String] = []
    @Option(
        help: ArgumentHelp(
            "Who signs senders' certificates, PEM. [the own authority]", valueName: "file"))
    var tlsClientRoots: String?
    @Option(help: "Senders' certificates: `optional` or `required`. [optional]")
    var tlsClients: String?
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Further Sigma rules; may be given several times.", valueName: "path"))
    var rules: [String] = []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Where browsers find the console, as https://soc.example.com; the first counts.",
            valueName: "origin"))
    var consoleOrigin: [String] = []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "An identity provider that people sign in with, in YAML; see docs/access.md.",
            valueName: "file"))
    var oidc: [String] = []
    @Option(
        help: "Where webhooks may go: `public`, or `any`, which is also this network. [public]")
    var webhookTargets: String?
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "When a verdict is due after the first alert, as high=4h; several times. "
                + "[critical=1h, high=4h, medium=24h, low=3d, informational=7d]",
            valueName: "level=time"))
    var serviceLevel: [String] = []
    @OptionGroup(title: "What is kept") var keeping: KeepingOptions
    @Flag(help: "Leave out the rules that come with Kagari.") var noBuiltin = false
    @Flag(help: "Play the made intrusion into a tenant `demo`, within a minute.") var demo = false

    static let settingNames =
        [
            "data", "intake", "console", "syslog-udp", "syslog-tcp", "lumberjack", "open-tenant",
            "tls-certificate", "tls-key", "tls-own", "tls-name", "tls-client-roots", "tls-clients",
            "rules", "console-origin", "console-rate",
            "oidc", "follow", "pull", "pull-credentials", "pull-region", "pull-endpoint", "pull-ca",
            "webhook-targets", "service-level", "agents",
        ] + KeepingOptions.names

    func run() async throws {
        var flags: [String: [String]] = [
            "rules": rules, "console-origin": consoleOrigin, "oidc": oidc, "follow": follow,
            "pull": pull, "tls-name": tlsName, "service-level": serviceLevel,
        ]
        if tlsOwn { flags["tls-own"] = ["on"] }
        let given = [
            "data": data, "intake": intake, "console": console, "agents": agents,
            "syslog-udp": syslogUdp,
            "syslog-tcp": syslogTcp,
            "lumberjack": lumberjack, "open-tenant": openTenant,
            "tls-certificate": tlsCertificate, "tls-key": tlsKey,
            "tls-client-roots": tlsClientRoots, "tls-clients": tlsClients,
            "pull-credentials": pullCredentials, "pull-region": pullRegion,
            "pull-endpoint": pullEndpoint, "pull-ca": pullCa,
            "webhook-targets": webhookTargets,
        ]
        for case (let name, let text?) in given { flags[name] = [text] }
        flags.merge(keeping.flags) { $1 }
        let configuration = try Configuration(
            names: Self.settingNames, flags: flags,
            environment: ProcessInfo.processInfo.environment, path: config)
        let plan = try ServePlan(configuration, noBuiltin: noBuiltin, demo: demo)
        do {
            try await ServiceHost(plan).run()
        } catch let failure as StoreFailure {
            throw UserError(failure.description)
        } catch let failure as ListenFailure {
            throw UserError(failure.description)
        }
    }
}

/// What `serve` is to do, checked.
struct ServePlan {
    let data: DataFolder
    let folders: ContentShelf.Folders
    let content: Content
    let http: [HTTPSettings]
    let streams: [StreamSettings]
    let follow: [FollowPlan]
    let pull: PullSettings
    let openTenant: TenantID
    let console: ConsolePlan?
    let tls: TLSPlan?
    let demo: Bool
    let keeping: KeepingPlan
    /// Nil takes none.
    let agents: ListenAddress?

    init(_ settings: Configuration, noBuiltin: Bool, demo: Bool) throws {
        let content = try Content.find()
        self.content = content
        self.demo = demo
        keeping = try KeepingPlan(settings)
        data = DataFolder(path: settings.text("data") ?? "var")
        agents = try settings.address("agents", default: nil).map {
            ListenAddress(host: $0.host, port: $0.port)
        }
        folders = ContentShelf.Folders(
            rules: (noBuiltin ? [] : [content.rules]) + settings.texts("rules"),
            mappings: content.mappingFolder)
        let plan = try TLSPlan(settings, data)
        self.tls = plan
        let tls = plan?.identity
        var console = try ConsolePlan(settings, tls: tls)
        http =
            try settings.address("intake", default: "127.0.0.1:8088").map {
                [
                    HTTPSettings(
                        name: "intake", address: .init(host: $0.host, port: $0.port), tls: tls)
                ]
            } ?? []
        if let first = http.first {
            let scheme = tls == nil ? "http" : "https"
            console?.settings.intake = "\(scheme)://localhost:\(first.address.port)"
        }
        self.console = console
        var streams: [StreamSettings] = []
        for (name, wire) in [
            ("syslog-udp", StreamSettings.Wire.syslogUDP), ("syslog-tcp", .syslogTCP),
            ("lumberjack", .lumberjack),
        ] {
            guard let address = try settings.address(name, default: nil) else { continue }
            streams.append(
                StreamSettings(
                    name: name, wire: wire,
                    address: .init(host: address.host, port: address.port),
                    tls: wire == .syslogUDP ? nil : tls))
        }
        self.streams = streams
        follow = try Self.follow(settings)
        pull = try PullSettings(settings)
        let tenant = settings.text("open-tenant") ?? "main"
        guard let openTenant = TenantID(tenant) else {
            throw UserError(
                "open-tenant: `\(tenant)` is no name of a tenant; use letters a-z, digits, - and _")
        }
        self.openTenant = openTenant
    }

    /// As a sender on this machine writes it.
    var intakeAddress: String? {
        http.first.map {
            "\(tls == nil ? "http" : "https")://\($0.address.host):\($0.address.port)"
        }
    }

    private static func follow(_ settings: Configuration) throws -> [FollowPlan] {
        FollowPlan.joined(
            try settings.texts("follow").map { text in
                guard let plan = FollowPlan(text) else {
                    throw UserError("follow: expected TENANT/SOURCE=PATH, found `\(text)`")
                }
                return plan
            })
    }
}
