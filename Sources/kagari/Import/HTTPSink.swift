import AsyncHTTPClient
import Collect
import Engine
import Foundation
import Listen
import NIOCore
import NIOHTTP1
import NIOSSL

/// The intake of a running service.
struct HTTPSink: ImportSink {
    /// Whom a token belongs to.
    struct Owner: Decodable {
        var tenant: String
        var source: String
    }

    private struct Answer: Decodable {
        var stored: Int
        var duplicate: Int
    }

    private struct Problem: Decodable { var title: String }

    /// How long a service that cannot be reached is waited for.
    static let triesMax = 60
    static let answerBytesMax = 1 << 20

    let address: String
    private let token: String
    private let client: HTTPClient

    init(_ address: String, token: String, ca: String?) throws {
        var base = address
        while base.hasSuffix("/") { base.removeLast() }
        guard let url = URL(string: base), let host = url.host,
            url.scheme == "https" || url.scheme == "http"
        else { throw UserError("--to: expected http://HOST:PORT or https://…, found `\(address)`") }
        guard url.scheme == "https" || ["127.0.0.1", "localhost", "::1"].contains(host) else {
            throw UserError(
                "--to: the token would be sent in the clear; use https beyond this machine")
        }
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), token.utf8.count <= 512 else {
            throw UserError("the token is none: expected at most 512 printable bytes")
        }
        self.address = base
        self.token = token
        var configuration = HTTPClient.Configuration(
            timeout: .init(connect: .seconds(10), read: .seconds(120)))
        configuration.redirectConfiguration = .disallow
        if let ca {
            var tls = TLSConfiguration.makeClientConfiguration()
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(ca))
            } catch {
                throw UserError("--ca: \(ca) holds no certificate in PEM: \(error)")
            }
            configuration.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async throws { try await client.shutdown() }

    func owner() async throws -> Owner { try await post([], as: Owner.self) }

    func send(
        _ records: [BlockRecords.Record], from path: String
    ) async throws -> (stored: Int, duplicate: Int) {
        var labels = Labels()
        labels.add("path", path)
        let place = labels.bytes ?? []
        var body: [UInt8] = []
        body.reserveCapacity(records.reduce(0) { $0 + $1.bytes.count + place.count + 80 })
        for record in records {
            let counts = "\(record.bytes.count) \(place.count)"
            body += "\(record.format.rawValue) \(record.id) \(counts)\n".utf8
            body += record.bytes
            body += place
            body.append(0x0a)
        }
        let answer = try await post(body, as: Answer.self)
        return (answer.stored, answer.duplicate)
    }

    private func post<Value: Decodable>(_ body: [UInt8], as kind: Value.Type) async throws -> Value
    {
        var tries = 0
        while true {
            tries += 1
            let status: UInt
            let bytes: ByteBuffer
            var wait = 1
            do {
                var request = HTTPClientRequest(url: address + "/ingest/records")
                request.method = .POST
                request.headers.add(name: "Authorization", value: "Bearer \(token)")
                request.headers.add(name: "Content-Type", value: "application/octet-stream")
                request.body = .bytes(body)
                let response = try await client.execute(request, timeout: .seconds(300))
                status = response.status.code
                wait = response.headers.first(name: "retry-after").flatMap { Int($0) } ?? 1
                bytes = try await response.body.collect(upTo: Self.answerBytesMax)
            } catch {
                guard tries < Self.triesMax else {
                    throw UserError(
                        "the service at \(address) cannot be reached (\(error)); what was "
                            + "acknowledged is kept, run this again to go on")
                }
                try await Task.sleep(for: ImportPace.unreachable)
                continue
            }
            switch status {
            case 200:
                guard
                    let value = try? JSONDecoder().decode(kind, from: Data(bytes.readableBytesView))
                else {
                    throw UserError("\(address) answers as no service of this kind")
                }
                return value
            case 429, 503: try await Task.sleep(for: ImportPace.asked(wait))
            case 400, 413:
                let problem = try? JSONDecoder().decode(
                    Problem.self, from: Data(bytes.readableBytesView))
                throw ImportRefusal(reason: problem?.title ?? "refused with \(status)")
            case 401:
                throw UserError("the service does not know this token; see that it is a source's")
            case 403: throw UserError("the tenant is closed; nothing is taken for it")
            default: throw UserError("the service answered \(status); nothing more is sent")
            }
        }
    }
}
