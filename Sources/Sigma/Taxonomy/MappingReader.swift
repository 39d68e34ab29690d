internal import Yams

/// Reads mapping files.
///
/// - Throws: ``MappingProblem`` with the place of the first mistake; a wrong mapping would file
///   events under the wrong log source in silence, so there is no going on past it.
package enum MappingReader {
    private static let keys: Set = [
        "source", "class_by", "recognise", "paths", "time", "record", "host", "user", "logsources",
    ]

    package static func read(path: String, text: String) throws(MappingProblem) -> Mapping {
        let node: Node
        do {
            guard let root = try Yams.compose(yaml: text) else {
                throw MappingProblem(location: .init(path: path), message: "the file is empty")
            }
            node = root
        } catch let problem as MappingProblem {
            throw problem
        } catch {
            throw MappingProblem(location: .init(path: path), message: "no valid YAML: \(error)")
        }
        return try Reading(path: path).mapping(node)
    }

    private struct Reading {
        var path: String

        func mapping(_ node: Node) throws(MappingProblem) -> Mapping {
            guard let root = node.mapping else {
                throw wrong(node, "a mapping file is a YAML mapping")
            }
            for (key, _) in root where !keys.contains(key.string ?? "") {
                throw wrong(key, "unknown key; known are \(keys.sorted().joined(separator: ", "))")
            }
            guard let source = root["source"]?.string else {
                throw wrong(node, "`source` names the kind of log")
            }
            let classFields = try strings(root["class_by"])
            guard classFields.count <= 2 else {
                throw wrong(node, "`class_by` takes at most two fields")
            }
            return Mapping(
                source: source, classFields: classFields,
                recognise: try lists(root["recognise"]), paths: try paths(root["paths"]),
                timeFields: try strings(root["time"]), recordField: root["record"]?.string,
                hostFields: try strings(root["host"]), userFields: try strings(root["user"]),
                entries: try entries(root["logsources"], classFields: classFields))
        }

        private func paths(_ node: Node?) throws(MappingProblem) -> [Mapping.Path] {
            guard let node else { return [] }
            guard let mapping = node.mapping else { throw wrong(node, "`paths` is a mapping") }
            var paths: [Mapping.Path] = []
            for (key, value) in mapping {
                guard let path = text(key), let field = text(value) else {
                    throw wrong(key, "a path and its field are text")
                }
                let parts = path.split(separator: ".", omittingEmptySubsequences: false)
                paths.append(.init(parts: parts.map(String.init), field: field))
            }
            return paths
        }

        private func entries(
            _ node: Node?, classFields: [String]
        ) throws(MappingProblem) -> [Mapping.Entry] {
            guard let node else { return [] }
            guard let sequence = node.sequence else { throw wrong(node, "`logsources` is a list") }
            var entries: [Mapping.Entry] = []
            for item in sequence { entries.append(try entry(item, classFields: classFields)) }
            return entries
        }

        private func entry(
            _ node: Node, classFields: [String]
        ) throws(MappingProblem) -> Mapping.Entry {
            guard let item = node.mapping else { throw wrong(node, "an entry is a mapping") }
            let known: Set = [
                "product", "category", "service", "when", "activity", "fields", "extra",
            ]
            for (key, _) in item where !known.contains(key.string ?? "") {
                throw wrong(
                    key, "unknown key; known are \(known.sorted().joined(separator: ", "))")
            }
            var when: [String: [String]] = [:]
            if let conditions = item["when"]?.mapping {
                for (key, value) in conditions {
                    guard let field = text(key), classFields.contains(field) else {
                        throw wrong(key, "`when` may only use the fields of `class_by`")
                    }
                    when[field] = try strings(value)
                }
            }
            var fields: [String: String] = [:]
            if let renames = item["fields"]?.mapping {
                for (key, value) in renames {
                    guard let asked = text(key), let held = text(value) else {
                        throw wrong(key, "`fields` maps a rule's field to the event's field")
                    }
                    fields[asked] = held
                }
            }
            return Mapping.Entry(
                logsource: Logsource(
                    product: item["product"].flatMap(text),
                    category: item["category"].flatMap(text),
                    service: item["service"].flatMap(text)),
                when: when, activity: item["activity"].flatMap(text), fields: fields,
                isExtra: item["extra"]?.scalar?.string == "true")
        }

        private func lists(_ node: Node?) throws(MappingProblem) -> [[String]] {
            guard let node else { return [] }
            guard let sequence = node.sequence else {
                throw wrong(node, "expected a list of lists")
            }
            var lists: [[String]] = []
            for item in sequence { lists.append(try strings(item)) }
            return lists
        }

        private func strings(_ node: Node?) throws(MappingProblem) -> [String] {
            guard let node else { return [] }
            if let single = text(node) { return [single] }
            guard let sequence = node.sequence else {
                throw wrong(node, "expected text or a list of texts")
            }
            var strings: [String] = []
            for item in sequence {
                guard let string = text(item) else { throw wrong(item, "expected text") }
                strings.append(string)
            }
            return strings
        }

        private func text(_ node: Node) -> String? { node.scalar?.string }

        private func wrong(_ node: Node, _ message: String) -> MappingProblem {
            MappingProblem(
                location: SourceLocation(
                    path: path, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0),
                message: message)
        }
    }
}
