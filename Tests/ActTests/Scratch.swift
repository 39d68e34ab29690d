import Crypto
import Glibc
import Testing

@testable import Act

/// A scratch root with a journal beside it, removed at the end.
final class Scratch {
    let folder: String
    var root: String { folder + "/root" }
    var journal: String { folder + "/journal" }
    static let serverKey = Curve25519.Signing.PrivateKey()
    static let hostKey = Curve25519.Signing.PrivateKey()
    static var hostBytes: [UInt8] { Array(hostKey.rawRepresentation) }

    init() throws {
        var name = Array("/tmp/kagari-act-XXXXXX".utf8CString)
        let made = name.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        folder = String(cString: try #require(made))
        mkdir(folder + "/root", 0o755)
    }

    deinit {
        guard let tool = try? Tool.run(["rm", "-rf", folder]) else { return }
        _ = tool.code
    }

    func desk(allowed: Set<Action.Kind> = Set(Action.Kind.allCases)) throws -> ActionDesk {
        try ActionDesk(
            folder: journal, endpoint: Endpoint(root: RootFolder(root), allowed: allowed),
            hostKey: Array(Self.hostKey.rawRepresentation))
    }

    /// Writes a file below the root, with its folders.
    func write(_ path: String, _ text: String, mode: UInt32 = 0o644) throws {
        try write(path, Array(text.utf8), mode: mode)
    }

    func write(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws {
        let whole = root + path
        try JournalFolder.make(String(whole[..<(try #require(whole.lastIndex(of: "/")))]))
        let file = try #require(Descriptor(open(whole, O_WRONLY | O_CREAT | O_TRUNC, mode)))
        try file.write(bytes[...])
        fchmod(file.number, mode)
    }

    func read(_ path: String) -> [UInt8]? {
        try? JournalFolder.read(root + path, bytesMax: 1 << 26)
    }

    func text(_ path: String) -> String? { read(path).map { String(decoding: $0, as: UTF8.self) } }

    /// All that an undo must bring back.
    func state(_ path: String) throws -> FileState? {
        let path = try HostPath(path)
        let folder = try RootFolder(root).folder(of: path)
        return try FileLook.look(at: path.name, in: folder, as: path)?.state
    }

    /// An order signed by the server.
    static func order(
        _ action: String, id: String = "order-1", host: String = "host-1", issued: Int64 = 1_000,
        expires: Int64 = 2_000, key: String? = nil, lease: Int64? = nil, now: Int64 = 1_000
    ) throws -> ActionOrder {
        let (body, signature) = try signed(
            action, id: id, host: host, issued: issued, expires: expires, key: key, lease: lease)
        return try ActionOrder.verify(
            body, signature: signature, serverKey: Array(serverKey.publicKey.rawRepresentation),
            host: "host-1", now: now)
    }

    static func signed(
        _ action: String, id: String = "order-1", host: String = "host-1", issued: Int64 = 1_000,
        expires: Int64 = 2_000, key: String? = nil, lease: Int64? = nil
    ) throws -> (body: [UInt8], signature: [UInt8]) {
        let leased = lease.map { #","lease_seconds":\#($0)"# } ?? ""
        let text = """
            {"order":"\(id)","tenant":"t","host":"\(host)","action":\(action),"issued":\(issued),\
            "expires":\(expires),"idempotency":"\(key ?? id)","audit_receipt":"a-1"\(leased)}
            """
        let body = Array(text.utf8)
        return (body, Array(try serverKey.signature(for: body)))
    }

    static func quarantine(_ paths: String...) -> String {
        #"{"kind":"quarantine_file","paths":["# + paths.map { "\"\($0)\"" }.joined(separator: ",")
            + "]}"
    }
}
