internal import Act
internal import ArgumentParser
internal import Crypto
internal import Glibc

/// An order as root gives it by hand, or as the server signed it.
struct OrderOptions: ParsableArguments {
    @Argument(help: "The action as JSON, or with --signature the order as the server signed it.")
    var json: String

    @Option(help: "Id of the order; made up where it is left out.")
    var id: String?

    @Option(help: "Seconds after which the action is taken back by itself.")
    var lease: Int64?

    @Option(help: "The server's signature over the order, hexadecimal.")
    var signature: String?

    @Option(help: "The server's key, hexadecimal; with --signature.")
    var serverKey: String?

    @Option(help: "Name of this host; the system's where it is left out.")
    var host: String?

    private var hostName: String {
        if let host { return host }
        var name = [CChar](repeating: 0, count: 256)
        // The last byte stays zero whatever the system writes.
        guard unsafe gethostname(&name, 255) == 0 else { return "localhost" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func order(_ options: ActOptions, at now: Int64) throws -> ActionOrder {
        if let signature {
            return try ActionOrder.verify(
                Array(json.utf8), signature: Hex.bytes(signature) ?? [],
                serverKey: serverKey.flatMap(Hex.bytes) ?? [], host: hostName, now: now)
        }
        let key = try LocalKey(folder: options.journal)
        var random = SystemRandomNumberGenerator()
        let id =
            self.id ?? "local-"
            + String(UInt64.random(in: 0...UInt64.max, using: &random), radix: 36)
        let body = JSONValue.members([
            "order": .string(id), "tenant": .string("local"), "host": .string(hostName),
            "action": try JSONReader.value(of: Array(json.utf8)), "issued": .integer(now),
            "expires": .integer(now + 300), "idempotency": .string(id),
            "audit_receipt": .string("local: user \(getuid())"),
            "lease_seconds": lease.map { .integer($0) },
        ]).bytes
        return try ActionOrder.verify(
            body, signature: Array(try key.key.signature(for: body)), serverKey: key.publicBytes,
            host: hostName, now: now)
    }
}

struct ActPreview: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Says what an action would touch; changes nothing.")

    @OptionGroup var options: ActOptions
    @OptionGroup var given: OrderOptions

    func run() throws {
        try report {
            let now = ActOptions.now
            let plan = try options.desk().preview(try given.order(options, at: now), at: now)
            say(
                .members([
                    "reach": .array(plan.reach.map { .string($0) }),
                    "notes": .array(plan.notes.map { .string($0) }),
                    "reversible": .bool(plan.isReversible),
                ]))
        }
    }
}

struct ActApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Does an action, and says its receipt.",
        discussion: "Exit code 0: it is done. 1: refused or undone. 2: stuck.")

    @OptionGroup var options: ActOptions
    @OptionGroup var given: OrderOptions

    func run() throws {
        let receipt = try report {
            let now = ActOptions.now
            return try options.desk().execute(try given.order(options, at: now), at: now)
        }
        say(receipt.line)
        throw receipt.exit(wanting: .done)
    }
}
