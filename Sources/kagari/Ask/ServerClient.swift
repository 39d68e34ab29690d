import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Calls the API of a running server. Everything a command knows and does comes through here.
final class ServerClient {
    static let answerBytesMax = 64 << 20
    static let timeout = TimeAmount.seconds(60)

    enum Method: String { case get = "GET", post = "POST", patch = "PATCH", delete = "DELETE" }

    enum Credential {
        case key(String)
        /// The cookie that `kagari sign-in` was given.
        case session(String)
        case none
    }

    struct Reply {
        var value: Answer
        var bytes: [UInt8]
        var etag: String?
    }

    let address: String
    private let client: HTTPClient
    private var credential: Credential
    private var formToken: String?

    init(_ address: String, as credential: Credential, authorities: String?) throws {
        self.address = address
        self.credential = credential
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: Self.timeout))
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authorities)
            configuration.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async throws { try await client.shutdown() }

    func get(_ path: String, _ query: [(String, String?)] = []) async throws -> Reply {
        try await call(.get, path, query: query)
    }

    /// - Parameter revision: the ETag that was seen, where the act needs one.
    func post(
        _ path: String, _ body: Answer = .object([:]), query: [(String, String?)] = [],
        revision: String? = nil
    ) async throws -> Reply {
        try await call(.post, path, query: query, body: body, revision: revision)
    }

    func call(
        _ method: Method, _ path: String, query: [(String, String?)] = [],
        body: Answer? = nil, revision: String? = nil
    ) async throws -> Reply {
        var url = URLComponents()
        url.path = path
        let items = query.compactMap { name, value in
            value.map { URLQueryItem(name: name, value: $0) }
        }
        if !items.isEmpty { url.queryItems = items }
        // A plus sign is a space to some readers of queries, and times have none.
        let text = (url.string ?? path).replacingOccurrences(of: "+", with: "%2B")
        var request = HTTPClientRequest(url: address + text)
        request.method = HTTPMethod(rawValue: method.rawValue)
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: "kagari")
        if let revision { request.headers.add(name: "If-Match", value: revision) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body.text))
        }
        try await identify(&request)
        return try await send(request)
    }

    private func identify(_ request: inout HTTPClientRequest) async throws {
        switch credential {
        case .none: request.headers.add(name: "Origin", value: address)
        case .key(let key): request.headers.add(name: "Authorization", value: "Bearer \(key)")
        case .session(let cookie):
            request.headers.add(name: "Cookie", value: cookie)
            guard request.method != .GET else { return }
            if formToken == nil {
                formToken = ""
                formToken = try await get("/api/v1/me").value["csrf"]?.string
            }
            request.headers.add(name: "Origin", value: address)
            request.headers.add(name: "X-CSRF-Token", value: formToken ?? "")
        }
    }

    private func send(_ request: HTTPClientRequest) async throws -> Reply {
        let response: HTTPClientResponse
        var body: ByteBuffer
        do {
            response = try await client.execute(request, timeout: Self.timeout)
            body = try await response.body.collect(upTo: Self.answerBytesMax)
        } catch {
            throw UserError(
                "cannot reach \(address): \(error). See that `kagari serve` runs there, or name the "
                    + "place with --server")
        }
        renew(response.headers)
        let bytes = body.readBytes(length: body.readableBytes) ?? []
        let value = (try? JSONDecoder().decode(Answer.self, from: Data(bytes))) ?? .null
        guard (200..<300).contains(response.status.code) else {
            throw Refusal(status: Int(response.status.code), problem: value)
        }
        return Reply(value: value, bytes: bytes, etag: response.headers.first(name: "ETag"))
    }

    /// Sessions change their secret now and then; the next command needs the new one.
    private func renew(_ headers: HTTPHeaders) {
        for header in headers["Set-Cookie"] {
            let cookie = String(header.prefix { $0 != ";" })
            guard cookie.contains("kagari=") else { continue }
            credential = .session(cookie)
            SessionFile.keep(cookie, for: address)
        }
    }
}

/// Why the server did not do it, with what can be done about it.
struct Refusal: Error, CustomStringConvertible {
    var status: Int
    var problem: Answer

    var description: String {
        let detail =
            problem["detail"]?.string ?? problem["title"]?.string
            ?? "the server answered \(status)"
        let sentence = detail.hasSuffix(".") ? String(detail.dropLast()) : detail
        let place = problem["pointer"]?.string.map { " (\($0))" } ?? ""
        let cure =
            switch status {
            case 401: "; sign in with `kagari sign-in`, or name a key with --key-file"
            case 403: "; ask an administrator for the right, or use another key"
            case 412: "; somebody changed it meanwhile: look at it again, then repeat"
            case 429, 503: "; try again in a moment"
            default: ""
            }
        return sentence + place + cure
    }
}
