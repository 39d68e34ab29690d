@testable import Sigma

/// YAML as JSON text, for events that tests write down in YAML.
enum ContentYAML {
    static func read(_ bytes: [UInt8]) throws -> YAMLNode? {
        try YAMLReader.read(bytes.span, firstLine: 1)
    }

    static func json(_ node: YAMLNode) -> String {
        switch node.content {
        case .sequence(let items): return "[" + items.map(json).joined(separator: ",") + "]"
        case .mapping(let pairs): return json(pairs.map { ($0.key, json($0.value)) })
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return "null"
            case .boolean: return scalar.text.lowercased()
            case .number: return scalar.text
            case .text: return json(scalar.text)
            }
        }
    }

    /// - Parameter members: names, and values that are JSON already.
    static func json(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { json($0.name) + ":" + $0.value }.joined(separator: ",") + "}"
    }

    static func json(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
