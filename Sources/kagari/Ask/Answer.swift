import Foundation

/// A JSON value of the API.
enum Answer: Codable, Equatable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case list([Answer])
    case object([String: Answer])

    init(from decoder: any Decoder) throws {
        let one = try decoder.singleValueContainer()
        if one.decodeNil() {
            self = .null
        } else if let flag = try? one.decode(Bool.self) {
            self = .flag(flag)
        } else if let integer = try? one.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? one.decode(Double.self) {
            self = .number(number)
        } else if let text = try? one.decode(String.self) {
            self = .string(text)
        } else if let list = try? one.decode([Answer].self) {
            self = .list(list)
        } else {
            self = .object(try one.decode([String: Answer].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var one = encoder.singleValueContainer()
        switch self {
        case .null: try one.encodeNil()
        case .flag(let flag): try one.encode(flag)
        case .integer(let integer): try one.encode(integer)
        case .number(let number): try one.encode(number)
        case .string(let text): try one.encode(text)
        case .list(let list): try one.encode(list)
        case .object(let members): try one.encode(members)
        }
    }

    subscript(name: String) -> Answer? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var integer: Int64? {
        guard case .integer(let integer) = self else { return nil }
        return integer
    }

    var list: [Answer] {
        guard case .list(let list) = self else { return [] }
        return list
    }

    /// JSON, members by name.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }

    /// As a cell of a table shows it; nothing is `-`.
    var cell: String {
        switch self {
        case .null: "-"
        case .flag(let flag): flag ? "yes" : "no"
        case .integer(let integer): String(integer)
        case .number(let number): String(number)
        case .string(let text): text.isEmpty ? "-" : text
        case .list(let list): list.isEmpty ? "-" : list.map(\.cell).joined(separator: ", ")
        case .object: text
        }
    }
}

extension Answer: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral {
    init(dictionaryLiteral elements: (String, Answer?)...) {
        self = .object(
            Dictionary(
                elements.compactMap { name, value in value.map { (name, $0) } },
                uniquingKeysWith: { $1 }))
    }

    init(stringLiteral value: String) { self = .string(value) }
}
