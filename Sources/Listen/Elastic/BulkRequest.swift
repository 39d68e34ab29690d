internal import Engine
internal import Tenancy

/// Reads the body of `_bulk`: an action on one line, its document on the next.
///
/// - Blank lines are passed over, the last line need not end. `index` and `create` are taken; `update` and `delete`
///   are refused item by item, since a log does not change.
/// - Failures: a line that should be an action and is none refuses the whole request with nothing taken, since what
///   is an action and what a document cannot be told from there on; a bad document refuses its item.
/// - Source: Elasticsearch, "Bulk API".
struct BulkRequest: Sendable {
    enum Operation: String, Sendable { case index, create, update, delete }

    struct Item: Sendable {
        var operation: Operation
        /// Nil where the sender gave none.
        var id: String?
        var index: String
        /// Position among the records; nil where the item is refused.
        var record: Int?
        /// Why it is refused: type and reason as Elasticsearch's.
        var error: (type: String, reason: String)?
    }

    struct Failure: Error, Hashable {
        var line: Int
        var reason: String
    }

    private(set) var items: [Item] = []
    private(set) var records: [Delivery.Record] = []
    private let limits: IntakeLimits

    /// Of an index's name and of an `_id`, as Elasticsearch limits them.
    static let indexBytesMax = 255
    static let idBytesMax = 512

    /// - Parameter index: from the path; an action may name its own.
    init(
        _ body: [UInt8], index: String?, binding: SourceBinding, limits: IntakeLimits
    ) throws(Failure) {
        self.limits = limits
        var action: Item?
        var number = 0
        for line in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if line.allSatisfy({ $0 <= 0x20 }) { continue }
            if let item = action {
                add(item, Array(line), binding)
                action = nil
                continue
            }
            guard items.count < limits.recordsMax else {
                throw Failure(line: number, reason: "more than \(limits.recordsMax) items")
            }
            let item = try Self.action(Array(line), number, index)
            if item.operation == .delete {
                refuse(item, "illegal_argument_exception", "records of a log are not deleted")
            } else {
                action = item
            }
        }
        if let item = action {
            refuse(item, "illegal_argument_exception", "the document is missing")
        }
    }

    private static func action(
        _ line: [UInt8], _ number: Int, _ index: String?
    ) throws(Failure) -> Item {
        var json = JSONText(line)
        var members: [JSONText.Member] = []
        var inner: [JSONText.Member] = []
        do throws(JSONText.Failure) {
            json.skipSpace()
            try json.members { members.append($0) }
            json.skipSpace()
            guard json.atEnd, members.count == 1, members[0].value.kind == .object else {
                throw JSONText.Failure(offset: json.at, reason: "expected one action")
            }
            var nested = JSONText(line, members[0].value.range)
            try nested.members { inner.append($0) }
        } catch {
            throw Failure(
                line: number,
                reason: "Malformed action/metadata line [\(number)]: \(error.reason)")
        }
        let name = String(decoding: json.unescaped(members[0].key), as: UTF8.self)
        guard let operation = Operation(rawValue: name) else {
            throw Failure(
                line: number,
                reason: "Malformed action/metadata line [\(number)], expected field [create], "
                    + "[delete], [index] or [update]")
        }
        var item = Item(operation: operation, id: nil, index: index ?? "")
        for member in inner {
            guard let text = json.scalar(member.value) else { continue }
            if json.isText(member.key, "_index") {
                item.index = String(decoding: text, as: UTF8.self)
            } else if json.isText(member.key, "_id") {
                item.id = String(decoding: text, as: UTF8.self)
            }
        }
        return item
    }

    private mutating func refuse(_ item: Item, _ type: String, _ reason: String) {
        var item = item
        item.error = (type, reason)
        items.append(item)
    }

    /// Also for single documents, whose action is in the path.
    private mutating func add(_ item: Item, _ line: [UInt8], _ binding: SourceBinding) {
        if item.operation == .update {
            return refuse(item, "illegal_argument_exception", "records of a log are not changed")
        }
        guard !item.index.isEmpty, item.index.utf8.count <= Self.indexBytesMax else {
            return refuse(
                item, "action_request_validation_exception", "the index is missing or too long")
        }
        guard (item.id?.utf8.count ?? 0) <= Self.idBytesMax else {
            return refuse(
                item, "illegal_argument_exception", "the _id is longer than 512 bytes")
        }
        guard line.count <= limits.recordBytesMax else {
            return refuse(
                item, "document_parsing_exception",
                "the document is larger than \(limits.recordBytesMax) bytes")
        }
        do throws(JSONText.Failure) {
            var json = JSONText(line)
            json.skipSpace()
            try json.members { _ in }
            json.skipSpace()
            guard json.atEnd else {
                throw JSONText.Failure(offset: json.at, reason: "text behind the document")
            }
        } catch {
            return refuse(
                item, "document_parsing_exception",
                "[1:\(error.offset + 1)] failed to parse: \(error.reason)")
        }
        var item = item
        item.record = records.count
        items.append(item)
        var labels = Labels()
        labels.add("index", item.index)
        let end = line.last == UInt8(ascii: "\r") ? line.count - 1 : line.count
        records.append(
            Delivery.Record(
                bytes: Array(line[..<end]), format: .json,
                key: item.id.map {
                    RecordKey.of(
                        binding, Array("elastic".utf8), Array(item.index.utf8), Array($0.utf8))
                },
                labels: labels.bytes ?? []))
    }

    /// A single document.
    init(
        document: [UInt8], _ item: Item, binding: SourceBinding, limits: IntakeLimits
    ) {
        self.limits = limits
        add(item, document, binding)
    }
}
