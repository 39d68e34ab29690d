internal import AsyncHTTPClient
package import Engine
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
package import NIOSSL

/// Why a call to AWS came to nothing. It holds no secret and nothing of what was received.
package struct AWSFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// Not there.
        case missing
        /// Larger than the limit.
        case tooLarge
        /// The credentials are wrong, or may not do this.
        case denied
        /// Worth trying again.
        case transient
        /// The request itself is wrong.
        case refused
    }

    package var kind: Kind
    package var reason: String

    package var description: String { reason }
}

/// Calls SQS and S3.
package struct AWSClient: Sendable {
    package struct Endpoint: Sendable {
        /// Without a slash at its end; nil for AWS's own.
        package var base: String?
        package var region: String
        /// To verify the endpoint by; nil for those of the system.
        package var trust: NIOSSLTrustRoots?

        package init(base: String? = nil, region: String, trust: NIOSSLTrustRoots? = nil) {
            self.base = base
            self.region = region
            self.trust = trust
        }
    }

    /// Answers of SQS: ten messages of 256 KiB, escaped.
    static let answerBytesMax = 8 << 20
    static let waitSeconds = 20

    private let client: HTTPClient
    private let endpoint: Endpoint
    private let credentials: @Sendable () -> AWSCredentials?
    private let clock: @Sendable () -> Timestamp

    /// - Parameter credentials: asked for each request, since keys that are lent change.
    package init(
        _ endpoint: Endpoint, credentials: @escaping @Sendable () -> AWSCredentials?,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.endpoint = endpoint
        self.credentials = credentials
        self.clock = clock
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(60)))
        if let trust = endpoint.trust {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = trust
            configuration.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func close() async { try? await client.shutdown() }

    // MARK: SQS

    package struct Message: Hashable, Sendable {
        package var id: String
        package var receipt: String
        package var body: String
        package var receiveCount: Int
    }

    package func receive(
        from queue: String, visibilitySeconds: Int
    ) async throws(AWSFailure) -> [Message] {
        struct Ask: Encodable {
            var QueueUrl: String
            var MaxNumberOfMessages = 10
            var WaitTimeSeconds = AWSClient.waitSeconds
            var VisibilityTimeout: Int
            var AttributeNames = ["ApproximateReceiveCount"]
        }
        struct Answer: Decodable {
            struct Message: Decodable {
                var MessageId: String
                var ReceiptHandle: String
                var Body: String
                var Attributes: [String: String]?
            }
            var Messages: [Message]?
        }
        let bytes = try await queueCall(
            "ReceiveMessage", queue, Ask(QueueUrl: queue, VisibilityTimeout: visibilitySeconds))
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes)) else {
            throw AWSFailure(kind: .transient, reason: "the queue's answer is no list of messages")
        }
        return (answer.Messages ?? []).map {
            Message(
                id: $0.MessageId, receipt: $0.ReceiptHandle, body: $0.Body,
                receiveCount: $0.Attributes?["ApproximateReceiveCount"].flatMap { Int($0) } ?? 1)
        }
    }

    package func delete(_ message: Message, from queue: String) async throws(AWSFailure) {
        struct Ask: Encodable {
            var QueueUrl: String
            var ReceiptHandle: String
        }
        _ = try await queueCall(
            "DeleteMessage", queue, Ask(QueueUrl: queue, ReceiptHandle: message.receipt))
    }

    package func hide(
        _ message: Message, of queue: String, seconds: Int
    ) async throws(AWSFailure) {
        struct Ask: Encodable {
            var QueueUrl: String
            var ReceiptHandle: String
            var VisibilityTimeout: Int
        }
        _ = try await queueCall(
            "ChangeMessageVisibility", queue,
            Ask(QueueUrl: queue, ReceiptHandle: message.receipt, VisibilityTimeout: seconds))
    }

    private func queueCall(
        _ action: String, _ queue: String, _ ask: some Encodable
    ) async throws(AWSFailure) -> [UInt8] {
        guard let place = Place(endpoint.base ?? queue) else {
            throw AWSFailure(kind: .refused, reason: "the queue's URL is none")
        }
        let body: [UInt8]
        do { body = Array(try JSONEncoder().encode(ask)) } catch {
            throw AWSFailure(kind: .refused, reason: "the request cannot be written")
        }
        let answer = try await call(
            "sqs", endpoint.region, place,
            SignatureV4.Request(
                method: "POST", path: "/",
                headers: [
                    "host": place.host, "content-type": "application/x-amz-json-1.0",
                    "x-amz-target": "AmazonSQS.\(action)",
                ], body: body),
            bytesMax: Self.answerBytesMax)
        return answer.body
    }

    // MARK: S3

    package struct Content: Sendable {
        package var bytes: [UInt8]
        /// Another one where the object was written anew.
        package var tag: String
    }

    package func object(
        _ object: S3Notice.Object, bytesMax: Int
    ) async throws(AWSFailure) -> Content {
        let region = object.region ?? endpoint.region
        let base = endpoint.base ?? "https://s3.\(region).amazonaws.com"
        guard let place = Place(base) else {
            throw AWSFailure(kind: .refused, reason: "the endpoint is none")
        }
        let path =
            "/" + SignatureV4.encoded(object.bucket) + "/"
            + SignatureV4.encoded(object.key, keepingSlashes: true)
        let answer = try await call(
            "s3", region, place,
            SignatureV4.Request(method: "GET", path: path, headers: ["host": place.host]),
            bytesMax: bytesMax)
        return Content(bytes: answer.body, tag: answer.tag)
    }

    // MARK: HTTP

    /// The scheme and host of a URL.
    private struct Place {
        var base: String
        var host: String

        init?(_ url: String) {
            let parts = url.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count >= 3, parts[0] == "https:" || parts[0] == "http:", parts[1].isEmpty,
                !parts[2].isEmpty, !parts[2].contains("@")
            else { return nil }
            host = String(parts[2])
            base = "\(parts[0])//\(host)"
        }
    }

    private func call(
        _ service: String, _ region: String, _ place: Place, _ signed: SignatureV4.Request,
        bytesMax: Int
    ) async throws(AWSFailure) -> (body: [UInt8], tag: String) {
        guard let credentials = credentials() else {
            throw AWSFailure(
                kind: .denied,
                reason: "there are no AWS credentials; set AWS_ACCESS_KEY_ID and "
                    + "AWS_SECRET_ACCESS_KEY, or name a file")
        }
        var request = HTTPClientRequest(url: place.base + signed.path)
        request.method = HTTPMethod(rawValue: signed.method)
        let added = SignatureV4(region: region, service: service)
            .headers(for: signed, by: credentials, at: clock())
        for (name, value) in signed.headers.merging(added, uniquingKeysWith: { $1 })
        where name != "host" {
            request.headers.add(name: name, value: value)
        }
        if !signed.body.isEmpty { request.body = .bytes(ByteBuffer(bytes: signed.body)) }
        do {
            let response = try await client.execute(request, timeout: .seconds(300))
            let body = try await response.body.collect(upTo: bytesMax)
            let status = response.status.code
            guard (200..<300).contains(status) else {
                throw AWSFailure(
                    kind: Self.kind(of: status), reason: "\(service) answered \(status)")
            }
            return (Array(body.readableBytesView), response.headers.first(name: "etag") ?? "")
        } catch let failure as AWSFailure {
            throw failure
        } catch is NIOTooManyBytesError {
            throw AWSFailure(
                kind: .tooLarge, reason: "\(service) answers with more than \(bytesMax) bytes")
        } catch {
            throw AWSFailure(kind: .transient, reason: "\(service) cannot be reached: \(error)")
        }
    }

    private static func kind(of status: UInt) -> AWSFailure.Kind {
        switch status {
        case 404, 410: .missing
        case 401, 403: .denied
        case 408, 429, 500...: .transient
        default: .refused
        }
    }
}
