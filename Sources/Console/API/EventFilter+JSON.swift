import Store

extension EventFilter {
    static let depthMax = 8
    static let branchesMax = 64
    static let textBytesMax = 4096

    /// One member says the kind: `text`, `exists`, `all`, `any`, `not`, or `field` with `is` and `value`.
    init(json: CanonicalJSON, at pointer: String = "", depth: Int = 0) throws(Problem) {
        guard depth < Self.depthMax else {
            throw Shape.wrong(pointer, "A filter is at most \(Self.depthMax) deep.")
        }
        guard case .object(let members) = json else {
            throw Shape.wrong(pointer, "A filter is an object.")
        }
        let names = members.keys.sorted()
        switch names {
        case []: self = .everything
        case ["text"]: self = .text(try Self.text(members["text"], "\(pointer)/text"))
        case ["exists"]: self = .exists(try Self.text(members["exists"], "\(pointer)/exists"))
        case ["field", "is", "value"]:
            let word = try Self.text(members["is"], "\(pointer)/is")
            guard let comparison = Comparison(rawValue: word) else {
                throw Shape.wrong(
                    "\(pointer)/is",
                    "It is one of "
                        + Comparison.allCases.map(\.rawValue).joined(separator: ", ") + ".")
            }
            self = .field(
                try Self.text(members["field"], "\(pointer)/field"), comparison,
                try Self.text(members["value"], "\(pointer)/value"))
        case ["all"]:
            self = .all(try Self.branches(members["all"], "\(pointer)/all", depth))
        case ["any"]:
            self = .any(try Self.branches(members["any"], "\(pointer)/any", depth))
        case ["not"]:
            self = .not(
                try EventFilter(
                    json: members["not"] ?? .null, at: "\(pointer)/not", depth: depth + 1))
        default:
            throw Shape.wrong(
                pointer, "A filter has one of text, exists, all, any, not, or field + is + value.")
        }
    }

    private static func text(
        _ value: CanonicalJSON?, _ pointer: String
    ) throws(Problem) -> String {
        guard let text = value?.text, (1...textBytesMax).contains(text.utf8.count) else {
            throw Shape.wrong(pointer, "It is text of 1 to \(textBytesMax) bytes.")
        }
        return text
    }

    private static func branches(
        _ value: CanonicalJSON?, _ pointer: String, _ depth: Int
    ) throws(Problem) -> [EventFilter] {
        guard let list = value?.list, (1...branchesMax).contains(list.count) else {
            throw Shape.wrong(pointer, "It is a list of 1 to \(branchesMax) filters.")
        }
        var filters: [EventFilter] = []
        for (index, json) in list.enumerated() {
            filters.append(
                try EventFilter(json: json, at: "\(pointer)/\(index)", depth: depth + 1))
        }
        return filters
    }

    static var schema: JSON {
        let reference: JSON = ["$ref": "#/components/schemas/EventFilter"]
        let text = Shape.text(bytesMax: textBytesMax).schema
        func only(_ members: [(String, JSON)]) -> JSON {
            [
                "type": "object", "additionalProperties": .flag(false),
                "required": .texts(members.map(\.0)),
                "properties": .object(members.map { JSON.Member($0.0, $0.1) }),
            ]
        }
        let list: JSON = [
            "type": "array", "minItems": .integer(1), "maxItems": .integer(Int64(branchesMax)),
            "items": reference,
        ]
        return [
            "anyOf": .list([
                ["type": "object", "maxProperties": .integer(0)],
                only([("text", text)]), only([("exists", text)]),
                only([
                    ("field", text),
                    (
                        "is",
                        ["type": "string", "enum": .texts(Comparison.allCases.map(\.rawValue))]
                    ), ("value", text),
                ]),
                only([("all", list)]), only([("any", list)]), only([("not", reference)]),
            ])
        ]
    }
}
