import Glibc
import Logging
import Tenancy

@testable import Listen

/// A plain TCP client on loopback, for what real clients do not do on purpose.
final class Wire {
    struct Broken: Error {}

    private let file: Int32

    init(port: Int) throws {
        file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { throw Broken() }
    }

    deinit { close(file) }

    func send(_ bytes: [UInt8]) {
        var at = 0
        while at < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    file, $0.baseAddress! + at, bytes.count - at, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            at += count
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }
    func finishSending() { shutdown(file, Int32(SHUT_WR)) }

    /// Up to `count` bytes, fewer where the other side closes.
    ///
    /// It asks again and again instead of blocking: a thread that waits here would be one that the desk lacks.
    func receive(_ count: Int) async -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        // A test that waits for what never comes ends here.
        var patience = 3_000
        while bytes.count < count {
            let got = recv(
                file, &buffer, min(buffer.count, count - bytes.count), Int32(MSG_DONTWAIT))
            if got < 0, errno == EAGAIN, patience > 0 {
                patience -= 1
                try? await Task.sleep(for: .milliseconds(10))
                continue
            }
            if got <= 0 { break }
            bytes += buffer[..<got]
        }
        return bytes
    }

    /// The first acknowledgement of Lumberjack that counts something. A server on a busy machine may
    /// say before it, more than once, that it lives: an acknowledgement of nothing.
    func acknowledgement() async -> [UInt8] {
        while true {
            let answer = await receive(6)
            if answer != Lumberjack.acknowledgement(0) { return answer }
        }
    }

    /// Everything until the other side closes.
    func receiveAll() async -> String { String(decoding: await receive(.max), as: UTF8.self) }

    /// One HTTP answer: its status and body.
    func answer() async -> (status: Int, head: String, body: String) {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let byte = await receive(1)
            if byte.isEmpty { return (0, String(decoding: head, as: UTF8.self), "") }
            head += byte
        }
        let text = String(decoding: head, as: UTF8.self)
        let status = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
        let length = text.firstMatch(of: /(?i)content-length: (\d+)/).flatMap { Int($0.output.1) }
        let body = await receive(length ?? 0)
        return (status, text, String(decoding: body, as: UTF8.self))
    }
}

enum Post {
    static func hec(
        _ body: [UInt8], _ headers: [String] = [], path: String = "/services/collector",
        length: Int? = nil
    ) -> [UInt8] {
        let lines =
            ["POST \(path) HTTP/1.1", "Host: x", "Authorization: Splunk secret"] + headers
            + ["Content-Length: \(length ?? body.count)", "", ""]
        return Array(lines.joined(separator: "\r\n").utf8) + body
    }

    static func hec(_ body: String, _ headers: [String] = []) -> [UInt8] {
        hec(Array(body.utf8), headers)
    }
}

/// Listeners with a ``KeptDesk`` on free ports of loopback.
struct Service {
    let server: IntakeServer
    let desk: KeptDesk
    /// By listener's name.
    let ports: [String: Int]

    static func with<Result>(
        desk: KeptDesk = KeptDesk(), limits: IntakeLimits = IntakeLimits(),
        tls: TLSIdentity? = nil, streams: [StreamSettings.Wire] = [],
        _ body: (Service) async throws -> Result
    ) async throws -> Result {
        let server = IntakeServer(
            http: [HTTPSettings(address: ListenAddress(port: 0), tls: tls)],
            streams: streams.map {
                StreamSettings(
                    name: $0.rawValue, wire: $0, address: ListenAddress(port: 0), tls: tls)
            },
            limits: limits, desk: desk, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let bound = try await server.start()
        let ports = Dictionary(uniqueKeysWithValues: bound.map { ($0.name, $0.address.port) })
        let service = Service(server: server, desk: desk, ports: ports)
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body(service)) } catch { outcome = .failure(error) }
        await server.stop(secondsMax: 5)
        return try outcome.get()
    }

    func wire(_ name: String = "http") throws -> Wire { try Wire(port: ports[name] ?? 0) }

    func tally(_ name: String = "http") async -> IntakeTally {
        await server.tallies[name] ?? IntakeTally()
    }
}
