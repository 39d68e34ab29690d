internal import Act
internal import ArgumentParser
internal import Crypto
internal import Glibc

/// Where a command's desk works. Every effect stays below `--root`, and in the network of `--namespace`.
struct ActOptions: ParsableArguments {
    @Option(help: "Folder of the journal, for root alone.")
    var journal = "/var/lib/kagari-agent/act"

    @Option(help: "Folder below which files are acted upon.")
    var root = "/"

    @Option(help: "Network namespace (ip netns) to act in; this one where it is left out.")
    var namespace: String?

    @Option(
        help: ArgumentHelp(
            "Address the host always reaches, with protocol and port where only one may be: 192.0.2.1,tcp,8443.",
            valueName: "address"))
    var server: [String] = []

    func desk() throws -> ActionDesk {
        let endpoint = Endpoint(
            root: RootFolder(root),
            network: NetworkReach(
                prefix: namespace.map { ["ip", "netns", "exec", $0] } ?? []),
            server: try server.map(Self.reach))
        return try ActionDesk(
            folder: journal, endpoint: endpoint, hostKey: try LocalKey(folder: journal).bytes)
    }

    private static func reach(_ text: String) throws -> Reach {
        let parts = text.split(separator: ",").map(String.init)
        var members: [JSONValue.Member] = []
        if parts.count > 0 { members.append(.init("address", .string(parts[0]))) }
        if parts.count > 1 { members.append(.init("protocol", .string(parts[1]))) }
        if parts.count > 2 { members.append(.init("port", .integer(Int64(parts[2]) ?? 0))) }
        return try Reach(json: .object(members))
    }

    static var now: Int64 { Int64(time(nil)) }
}

/// The key of this host: signs its receipts, and the orders root gives by hand.
struct LocalKey {
    let key: Curve25519.Signing.PrivateKey
    var bytes: [UInt8] { Array(key.rawRepresentation) }
    var publicBytes: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// Made where there is none.
    init(folder: String) throws {
        let bytes = try HostKeyFile.bytes(in: folder) {
            Array(Curve25519.Signing.PrivateKey().rawRepresentation)
        }
        key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
    }
}

/// One line on standard output.
func say(_ value: JSONValue) {
    let line = value.bytes + [0x0A]
    _ = unsafe line.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
}

/// Says a failure on standard error, and ends the command.
func report<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let failure as ActFailure {
        let line = Array("kagari-agent: \(failure.message)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
        throw ExitCode(failure.code == .refused || failure.code == .changed ? 1 : 2)
    }
}

extension ActionReceipt {
    /// The signed text with its signature.
    var line: JSONValue {
        .members([
            "receipt": (try? JSONReader.value(of: body)) ?? .null,
            "signature": .string(Hex.text(signature)),
        ])
    }

    /// 0 where the command did what was asked.
    func exit(wanting outcome: Outcome) -> ExitCode {
        self.outcome == outcome ? .success : ExitCode(self.outcome == .stuck ? 2 : 1)
    }
}
