import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Calls others over HTTP: one request, one bounded answer, nothing followed.
///
/// TLS is verified in full. A redirect is an answer like any other. Each call has a client of its own, so that nothing is shared between
/// tenants and what was judged of an address holds for the connection that is made.
struct OutsideCaller: Sendable {
    /// Where a call may go.
    enum Reach: Sendable {
        case anywhere
        /// Only addresses of the public internet: for targets that customers name. A name is looked up once, judged, and that address is
        /// used.
        case publicOnly
    }

    enum Failure: Error, Hashable, Sendable {
        case address
        /// The name stands for an address that is not of the public internet.
        case notPublic
        /// No connection, no TLS that holds, or no answer in time.
        case unreachable
        case tooLong
    }

    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    static let connectMax = TimeAmount.seconds(5)
    static let callMax = TimeAmount.seconds(15)

    let reach: Reach

    /// - Parameters:
    ///   - headers: names and values without control characters.
    ///   - bytesMax: of the answer's body.
    func call(
        _ method: HTTPRequest.Method, _ address: String, headers: [(String, String)] = [],
        body: [UInt8] = [], bytesMax: Int
    ) async throws(Failure) -> Answer {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connectMax, read: Self.callMax))
        if case .publicOnly = reach {
            let (host, port) = try PublicAddress.target(of: address)
            configuration.dnsOverride[host] = try await PublicAddress.resolve(host, port: port)
        }
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: configuration)
        var request = HTTPClientRequest(url: address)
        request.method = .init(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !body.isEmpty { request.body = .bytes(body) }
        let outcome: Result<Answer, Failure>
        do {
            let response = try await client.execute(request, timeout: Self.callMax)
            let buffer = try await response.body.collect(upTo: bytesMax)
            outcome = .success(
                Answer(
                    status: Int(response.status.code), body: Array(buffer.readableBytesView)))
        } catch is NIOTooManyBytesError {
            outcome = .failure(.tooLong)
        } catch {
            outcome = .failure(.unreachable)
        }
        do { try await client.shutdown() } catch { throw .unreachable }
        return try outcome.get()
    }
}
