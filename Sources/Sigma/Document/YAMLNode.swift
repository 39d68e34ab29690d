/// One value of a YAML document and where it began.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLPair])
    }

    var content: Content
    var mark: YAMLMark
    /// The weight of this node and all below it, as ``SigmaLimits/nodesPerDocumentMax`` counts.
    var nodeCount: Int

    var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { return scalar }
        return nil
    }

    var pairs: [YAMLPair]? {
        if case .mapping(let pairs) = content { return pairs }
        return nil
    }

    var isNull: Bool {
        if case .null? = scalar?.value { return true }
        return false
    }

    /// The value under `key` where this is a map.
    subscript(_ key: String) -> YAMLNode? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    /// A list's items; a single value counts as a list of one, null as an empty list.
    var items: [YAMLNode] {
        if case .sequence(let items) = content { return items }
        return isNull ? [] : [self]
    }

    /// What it is, in words a rule author uses.
    var typeName: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a map"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: "null"
            case .boolean: "a boolean"
            case .number: "a number"
            case .text: "text"
            }
        }
    }
}

struct YAMLPair: Sendable {
    var key: String
    var keyMark: YAMLMark
    /// The key stood in quotes, so its text starts one column further right.
    var keyIsQuoted: Bool
    var value: YAMLNode
}

/// A place in a file; both count from 1.
struct YAMLMark: Hashable, Sendable {
    var line: Int
    var column: Int

    func location(in path: String) -> SourceLocation {
        SourceLocation(path: path, line: line, column: column)
    }

    func shifted(by columns: Int) -> YAMLMark { YAMLMark(line: line, column: column + columns) }
}

struct YAMLScalar: Sendable {
    enum Style: Sendable { case plain, quoted, block }

    var text: String
    var style: Style
    /// False where a tag (`!!str`) makes plain text a string.
    var resolves: Bool
    /// The text stands in the file as it is here, on one line, so an offset in it is a column.
    var isVerbatim: Bool

    /// True or false, also in the words that YAML 1.1 knows. For keys that take nothing else.
    var boolean: Bool? {
        guard resolves, style == .plain else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: return nil
        }
    }

    /// What the text means by the core schema. Quoted and block text is always text.
    var value: ScalarValue { resolves && style == .plain ? ScalarValue(plain: text) : .text }
}
