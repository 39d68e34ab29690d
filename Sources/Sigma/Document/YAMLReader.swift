import CYaml

/// Why a document could not be read, and where.
struct YAMLFailure: Error, Hashable, Sendable {
    var reason: RuleProblem.Reason
    var message: String
    var mark: YAMLMark
}

/// Reads the events of one YAML document into nodes.
///
/// - Input: one document, UTF-8. Anchors, aliases, merge keys (`<<`) and core tags are understood.
/// - Output: the root node, nil for a document without content.
/// - Throws: ``YAMLFailure`` with line and column, also for a key that stands twice in a map, a key
///   that is no scalar, and anything beyond ``SigmaLimits``.
/// - Safety: the parser holds raw pointers to its input and to itself; it lives in memory of its
///   own, which stays in place until `read` returns, and the input is only lent for that long.
///   Each event is deleted in the scope that received it, after its text was copied.
struct YAMLReader {
    private struct Frame {
        var isMapping: Bool
        var mark: YAMLMark
        var anchor: String?
        var items: [YAMLNode] = []
        var pairs: [YAMLPair] = []
        var keys: Set<String> = []
        var pendingKey: (text: String, mark: YAMLMark, isQuoted: Bool)?
        var merged: [YAMLPair] = []
    }

    private var frames: [Frame] = []
    private var anchors: [String: YAMLNode] = [:]
    private var nodeCount = 0
    private var root: YAMLNode?
    private let firstLine: Int

    /// - Parameter firstLine: the file's line on which `bytes` starts, from 1.
    static func read(_ bytes: Span<UInt8>, firstLine: Int) throws(YAMLFailure) -> YAMLNode? {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(YAMLFailure) in
            try unsafe read(buffer, firstLine: firstLine)
        }
    }

    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, firstLine: Int
    ) throws(YAMLFailure) -> YAMLNode? {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { unsafe parser.deallocate() }
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            throw YAMLFailure(
                reason: .limit, message: "no memory is left to read this document",
                mark: YAMLMark(line: firstLine, column: 1))
        }
        defer { unsafe yaml_parser_delete(parser) }
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
        var reader = YAMLReader(firstLine: firstLine)
        while try unsafe reader.step(parser) {}
        return reader.root
    }

    private init(firstLine: Int) { self.firstLine = firstLine }

    /// Takes one event; false at the end of the stream.
    private mutating func step(
        _ parser: UnsafeMutablePointer<yaml_parser_t>
    ) throws(YAMLFailure) -> Bool {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else {
            throw unsafe syntaxFailure(parser)
        }
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe mark(event.start_mark)
        switch unsafe event.type {
        case YAML_STREAM_END_EVENT: return false
        case YAML_DOCUMENT_START_EVENT:
            guard root == nil else {
                throw YAMLFailure(
                    reason: .yaml, message: "a second document starts here without `---`",
                    mark: mark)
            }
        case YAML_ALIAS_EVENT: try unsafe alias(event, mark)
        case YAML_SCALAR_EVENT: try unsafe scalar(event, mark)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            try unsafe checkTag(start.tag, mark)
            try unsafe push(Frame(isMapping: false, mark: mark, anchor: Self.text(start.anchor)))
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            try unsafe checkTag(start.tag, mark)
            try unsafe push(Frame(isMapping: true, mark: mark, anchor: Self.text(start.anchor)))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: try pop()
        default: break
        }
        return true
    }

    private mutating func scalar(_ event: yaml_event_t, _ mark: YAMLMark) throws(YAMLFailure) {
        let scalar = unsafe event.data.scalar
        let text =
            if let value = unsafe scalar.value {
                unsafe String(
                    decoding: UnsafeBufferPointer(start: value, count: scalar.length), as: UTF8.self
                )
            } else {
                ""
            }
        let style: YAMLScalar.Style =
            switch unsafe scalar.style {
            case YAML_PLAIN_SCALAR_STYLE: .plain
            case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
            default: .quoted
            }
        var resolves = true
        if let tag = unsafe Self.text(scalar.tag) {
            try unsafe checkTag(scalar.tag, mark)
            resolves = tag != "!" && tag != "tag:yaml.org,2002:str"
        }
        // Where the source is exactly as long as the text (and its quotes), nothing was escaped
        // or folded, so offsets in the text are columns.
        let width = unsafe event.end_mark.index &- event.start_mark.index
        let isOneLine = unsafe event.end_mark.line == event.start_mark.line
        let isAnchored = unsafe scalar.anchor != nil
        let isVerbatim =
            isOneLine && !isAnchored && style != .block
            && Self.hasLength(text, width &- (style == .quoted ? 2 : 0))
        let node = YAMLNode(
            content: .scalar(
                YAMLScalar(text: text, style: style, resolves: resolves, isVerbatim: isVerbatim)),
            mark: mark, nodeCount: 1 + text.utf8.count / 64)
        if let anchor = unsafe Self.text(scalar.anchor) { anchors[anchor] = node }
        try place(node)
    }

    private mutating func alias(_ event: yaml_event_t, _ mark: YAMLMark) throws(YAMLFailure) {
        let name = unsafe Self.text(event.data.alias.anchor) ?? ""
        guard var node = anchors[name] else {
            throw YAMLFailure(
                reason: .yaml, message: "the alias `*\(name)` has no anchor before it", mark: mark)
        }
        node.mark = mark
        try place(node)
    }

    private mutating func push(_ frame: Frame) throws(YAMLFailure) {
        if let top = frames.last, top.isMapping, top.pendingKey == nil {
            throw YAMLFailure(
                reason: .yaml, message: "a key must be plain text, not a list or a map",
                mark: frame.mark)
        }
        guard frames.count < SigmaLimits.nestingMax else {
            throw YAMLFailure(
                reason: .limit,
                message: "lists and maps are nested deeper than \(SigmaLimits.nestingMax)",
                mark: frame.mark)
        }
        frames.append(frame)
    }

    private mutating func pop() throws(YAMLFailure) {
        guard let frame = frames.popLast() else { return }
        var count = 1
        let content: YAMLNode.Content
        if frame.isMapping {
            var pairs = frame.pairs
            if !frame.merged.isEmpty {
                var known = Set(pairs.map(\.key))
                for pair in frame.merged where known.insert(pair.key).inserted {
                    pairs.append(pair)
                }
            }
            for pair in pairs { count += 1 + pair.key.utf8.count / 64 + pair.value.nodeCount }
            content = .mapping(pairs)
        } else {
            for item in frame.items { count += item.nodeCount }
            content = .sequence(frame.items)
        }
        let node = YAMLNode(content: content, mark: frame.mark, nodeCount: count)
        if let anchor = frame.anchor { anchors[anchor] = node }
        // Its parts were counted when they were placed.
        nodeCount -= count - 1
        try place(node)
    }

    /// Puts a finished node where it belongs: in the open list or map, or as the root.
    private mutating func place(_ node: YAMLNode) throws(YAMLFailure) {
        nodeCount += node.nodeCount
        guard nodeCount <= SigmaLimits.nodesPerDocumentMax else {
            throw YAMLFailure(
                reason: .limit,
                message: "the document has more than \(SigmaLimits.nodesPerDocumentMax) values, "
                    + "aliases counted as often as they are used",
                mark: node.mark)
        }
        guard let top = frames.indices.last else {
            root = node
            return
        }
        guard frames[top].isMapping else {
            frames[top].items.append(node)
            return
        }
        guard let key = frames[top].pendingKey else {
            guard let scalar = node.scalar else {
                throw YAMLFailure(
                    reason: .yaml, message: "a key must be plain text, not a list or a map",
                    mark: node.mark)
            }
            frames[top].pendingKey = (scalar.text, node.mark, scalar.style == .quoted)
            return
        }
        frames[top].pendingKey = nil
        if key.text == "<<", !key.isQuoted { return try merge(node, into: top) }
        guard frames[top].keys.insert(key.text).inserted else {
            throw YAMLFailure(
                reason: .yaml,
                message: "the key `\(key.text)` stands twice in this map; keep one of them",
                mark: key.mark)
        }
        frames[top].pairs.append(
            YAMLPair(
                key: key.text, keyMark: key.mark, keyIsQuoted: key.isQuoted, value: node))
    }

    private mutating func merge(_ node: YAMLNode, into top: Int) throws(YAMLFailure) {
        for source in node.items {
            guard let pairs = source.pairs else {
                throw YAMLFailure(
                    reason: .yaml, message: "`<<` takes a map or a list of maps", mark: node.mark)
            }
            frames[top].merged.append(contentsOf: pairs)
        }
    }

    private func checkTag(
        _ tag: UnsafeMutablePointer<yaml_char_t>?, _ mark: YAMLMark
    ) throws(YAMLFailure) {
        guard let name = unsafe Self.text(tag), name != "!" else { return }
        let known = ["str", "int", "float", "bool", "null", "map", "seq"]
        guard known.contains(where: { name == "tag:yaml.org,2002:" + $0 }) else {
            throw YAMLFailure(
                reason: .yaml, message: "the tag `\(name)` means nothing in a rule; leave it out",
                mark: mark)
        }
    }

    private func syntaxFailure(_ parser: UnsafeMutablePointer<yaml_parser_t>) -> YAMLFailure {
        let state = unsafe parser.pointee
        let problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "not readable"
        let context = unsafe state.context.map { unsafe String(cString: $0) + ", " } ?? ""
        if unsafe state.error == YAML_READER_ERROR {
            // The reader knows a byte offset only, counted in what it was given.
            let offset = unsafe state.problem_offset
            return YAMLFailure(
                reason: .yaml, message: "\(problem) at byte \(offset) of the document",
                mark: unsafe mark(state.mark))
        }
        if unsafe state.error == YAML_MEMORY_ERROR || problem.hasPrefix("Maximum nesting") {
            return YAMLFailure(
                reason: .limit, message: "the document is nested too deeply to read",
                mark: unsafe mark(state.mark))
        }
        return YAMLFailure(
            reason: .yaml, message: context + problem, mark: unsafe mark(state.problem_mark))
    }

    private func mark(_ mark: yaml_mark_t) -> YAMLMark {
        YAMLMark(line: firstLine + Int(mark.line), column: Int(mark.column) + 1)
    }

    /// Counts scalars only where the text is longer in bytes, which few are.
    private static func hasLength(_ text: String, _ scalars: Int) -> Bool {
        let bytes = text.utf8.count
        return bytes == scalars || (bytes > scalars && text.unicodeScalars.count == scalars)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0) }
    }
}
