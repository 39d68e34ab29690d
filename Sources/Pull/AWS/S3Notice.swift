internal import FoundationEssentials

/// What a message of a queue says about objects of a bucket.
///
/// - Input: S3's own notification, one that SNS wrapped, or an event of EventBridge, as JSON.
/// - Source: Amazon S3 User Guide, "Event message structure"; EventBridge, "Object Created".
package struct S3Notice: Hashable, Sendable {
    package struct Object: Hashable, Sendable {
        package var bucket: String
        /// Decoded.
        package var key: String
        package var region: String?
    }

    /// Objects that were made; others' notices (removed, restored …) name none.
    package var objects: [Object] = []
    /// `s3:TestEvent`, which S3 sends when notices are switched on.
    package var isTest = false

    package enum Failure: Error, Hashable, Sendable {
        case notANotice
        /// A bucket, a key or a region that cannot be one.
        case malformedName
    }

    package static let objectsMax = 1_000

    package init(_ body: String) throws(Failure) {
        let message = try Self.decoded(body)
        if message.Event == "s3:TestEvent" {
            isTest = true
            return
        }
        if message.Kind == "Notification", let inner = message.Message {
            // Only once: what a wrapped message wraps is nobody's notice.
            let unwrapped = try Self.decoded(inner)
            if unwrapped.Event == "s3:TestEvent" {
                isTest = true
                return
            }
            objects = try Self.objects(unwrapped)
            return
        }
        objects = try Self.objects(message)
    }

    private static func decoded(_ text: String) throws(Failure) -> Message {
        do {
            return try JSONDecoder().decode(Message.self, from: Data(text.utf8))
        } catch {
            throw .notANotice
        }
    }

    private static func objects(_ message: Message) throws(Failure) -> [Object] {
        if let detail = message.detail, message.detailType == "Object Created" {
            return [
                try object(detail.bucket.name, detail.object.key, message.region, isEncoded: false)
            ]
        }
        guard let records = message.Records, records.count <= objectsMax else {
            throw .notANotice
        }
        var objects: [Object] = []
        for record in records where record.eventName.hasPrefix("ObjectCreated:") {
            objects.append(
                try object(
                    record.s3.bucket.name, record.s3.object.key, record.awsRegion,
                    isEncoded: true))
        }
        return objects
    }

    private static func object(
        _ bucket: String, _ key: String, _ region: String?, isEncoded: Bool
    ) throws(Failure) -> Object {
        let key = isEncoded ? decodedKey(key) : key
        let isBucket =
            (3...63).contains(bucket.utf8.count)
            && bucket.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
                    || $0 == 0x2e || $0 == 0x5f || (0x41...0x5a).contains($0)
            }
        let isRegion = region.map { AWSRegion.isName($0) } ?? true
        guard let key, isBucket, isRegion, (1...1024).contains(key.utf8.count) else {
            throw .malformedName
        }
        return Object(bucket: bucket, key: key, region: region)
    }

    /// S3 writes keys as forms do: `+` is a blank. Nil where it is not UTF-8.
    static func decodedKey(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte == 0x2b ? 0x20 : byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private struct Message: Decodable {
        var Event: String?
        var Kind: String?
        var Message: String?
        var Records: [Record]?
        var detailType: String?
        var detail: Detail?
        var region: String?

        enum CodingKeys: String, CodingKey {
            case Event, Message, Records, detail, region
            case Kind = "Type"
            case detailType = "detail-type"
        }
    }
    private struct Record: Decodable {
        var eventName: String
        var awsRegion: String?
        var s3: Detail
    }
    private struct Detail: Decodable {
        struct Bucket: Decodable { var name: String }
        struct Object: Decodable { var key: String }
        var bucket: Bucket
        var object: Object
    }
}

package enum AWSRegion {
    package static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
            }
    }
}
