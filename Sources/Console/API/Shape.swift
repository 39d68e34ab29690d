import Engine
import Store
import Tenancy

/// What a JSON value may be. It judges what comes in, and it is the schema that the document shows: they cannot differ.
package indirect enum Shape: Sendable {
    /// 0...`bytesMax` bytes of UTF-8.
    case text(bytesMax: Int)
    /// As of an ``Identifier``.
    case identifier
    case integer(ClosedRange<Int64>)
    case flag
    /// RFC 3339 in UTC.
    case time
    case choice([String])
    case list(Shape, countMax: Int)
    case object([Field])
    /// The value, or `null`.
    case optional(Shape)
    /// A condition on events, which may hold others.
    case filter
    /// JSON that the engine made.
    case anything

    package struct Field: Sendable {
        let name: String
        let shape: Shape
        let isRequired: Bool

        static func must(_ name: String, _ shape: Shape) -> Field {
            Field(name: name, shape: shape, isRequired: true)
        }

        static func may(_ name: String, _ shape: Shape) -> Field {
            Field(name: name, shape: shape, isRequired: false)
        }
    }

    /// - Throws: ``Problem`` of kind `invalid` with the pointer of the first value that is wrong.
    func check(_ value: CanonicalJSON, at pointer: String = "") throws(Problem) {
        switch (self, value) {
        case (.text(let bytesMax), .text(let text)):
            guard text.utf8.count <= bytesMax else {
                throw Self.wrong(pointer, "It has more than \(bytesMax) bytes.")
            }
        case (.identifier, .text(let text)):
            guard Identifier<Shape>(text) != nil else {
                throw Self.wrong(
                    pointer, "A name has 1 to 64 of ‘a-z’, ‘0-9’, ‘-’ and ‘_’, no sign first.")
            }
        case (.integer(let range), .integer(let number)):
            guard range.contains(number) else {
                throw Self.wrong(
                    pointer, "It is from \(range.lowerBound) to \(range.upperBound).")
            }
        case (.flag, .flag), (.anything, _), (.optional, .null): return
        case (.time, .text(let text)):
            guard Timestamp(rfc3339: text) != nil else {
                throw Self.wrong(pointer, "A time is RFC 3339 in UTC: 2026-11-28T05:00:00Z.")
            }
        case (.choice(let words), .text(let text)):
            guard words.contains(text) else {
                throw Self.wrong(pointer, "It is one of \(words.joined(separator: ", ")).")
            }
        case (.list(let shape, let countMax), .list(let values)):
            guard values.count <= countMax else {
                throw Self.wrong(pointer, "It has more than \(countMax) values.")
            }
            for (index, value) in values.enumerated() {
                try shape.check(value, at: "\(pointer)/\(index)")
            }
        case (.object(let fields), .object(let members)):
            try Self.check(members, fields, at: pointer)
        case (.optional(let shape), _): try shape.check(value, at: pointer)
        case (.filter, _): _ = try EventFilter(json: value, at: pointer)
        default: throw Self.wrong(pointer, "It is not \(name).")
        }
    }

    private static func check(
        _ members: [String: CanonicalJSON], _ fields: [Field], at pointer: String
    ) throws(Problem) {
        let known = Set(fields.map(\.name))
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw wrong(pointer + "/" + escaped(unknown), "No such member is known here.")
        }
        for field in fields {
            guard let value = members[field.name] else {
                guard !field.isRequired else {
                    throw wrong("\(pointer)/\(field.name)", "It is missing.")
                }
                continue
            }
            try field.shape.check(value, at: "\(pointer)/\(field.name)")
        }
    }

    /// RFC 6901 §3; longer than 64 letters is cut, as it is the caller's text.
    private static func escaped(_ name: String) -> String {
        String(
            name.prefix(64).flatMap { letter -> String in
                letter == "~" ? "~0" : letter == "/" ? "~1" : String(letter)
            })
    }

    static func wrong(_ pointer: String, _ detail: String) -> Problem {
        Problem(.invalid, detail, pointer: pointer)
    }

    private var name: String {
        switch self {
        case .text, .identifier, .choice, .time: "text"
        case .integer: "a whole number"
        case .flag: "true or false"
        case .list: "a list"
        case .object, .filter: "an object"
        case .optional(let shape): shape.name
        case .anything: "JSON"
        }
    }
}

extension Shape {
    /// JSON Schema 2020-12, as OpenAPI 3.1 takes it.
    var schema: JSON {
        switch self {
        case .text(let bytesMax):
            ["type": "string", "maxLength": .integer(Int64(bytesMax))]
        case .identifier: ["type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"]
        case .integer(let range):
            [
                "type": "integer", "minimum": .integer(range.lowerBound),
                "maximum": .integer(range.upperBound),
            ]
        case .flag: ["type": "boolean"]
        case .time: ["type": "string", "format": "date-time"]
        case .choice(let words): ["type": "string", "enum": .texts(words)]
        case .list(let shape, let countMax):
            ["type": "array", "maxItems": .integer(Int64(countMax)), "items": shape.schema]
        case .object(let fields):
            [
                "type": "object", "additionalProperties": .flag(false),
                "required": .texts(fields.filter(\.isRequired).map(\.name)),
                "properties": .object(fields.map { JSON.Member($0.name, $0.shape.schema) }),
            ]
        case .optional(let shape): ["anyOf": .list([shape.schema, ["type": "null"]])]
        case .filter: ["$ref": "#/components/schemas/EventFilter"]
        case .anything: .flag(true)
        }
    }
}
