/// Reads Sigma files into rules that can run. It touches no disk: the caller brings paths and bytes.
///
/// 1. *Read*: ``add(path:bytes:)`` cuts a file into documents, reads each, applies modifiers.
/// 2. *Collect*: rules, correlations and filters of all files wait side by side.
/// 3. *Resolve*: ``finish()`` joins filters to rules, names to ids and correlations to what they
///    refer to.
///
/// Every problem is kept with its place, and nothing that is wrong in one document loses another.
/// The same files in the same order give the same collection. Two loaders may read two halves of
/// the files at the same time, to be joined by ``append(_:)``.
///
/// - Bounds: ``SigmaLimits``.
package struct RuleLoader: Sendable {
    package struct Options: Sendable {
        /// Values for `%name%` under the `expand` modifier; a rule that asks for others is refused.
        package var placeholders: [String: [String]]
        /// Loads rules that are marked, or lie in a folder named, deprecated or unsupported.
        package var includesRetired: Bool
        /// Also tells what a careful author would change (reason `style`).
        package var lints: Bool
        /// Says why a regular expression cannot be run; nil where it can. Without it all are taken.
        package var validateRegex: (@Sendable (RegexPattern) -> String?)?

        package init(
            placeholders: [String: [String]] = [:], includesRetired: Bool = false,
            lints: Bool = false, validateRegex: (@Sendable (RegexPattern) -> String?)? = nil
        ) {
            self.placeholders = placeholders
            self.includesRetired = includesRetired
            self.lints = lints
            self.validateRegex = validateRegex
        }
    }

    let options: Options
    var rules: [RuleDraft] = []
    var correlations: [CorrelationDraft] = []
    var filters: [FilterDraft] = []
    var problems: [RuleProblem] = []
    var documentCount = 0

    package init(options: Options = Options()) { self.options = options }

    package mutating func add(path: String, text: String) {
        add(path: path, bytes: text.utf8Span.span)
    }

    package mutating func add(path: String, bytes: [UInt8]) {
        add(path: path, bytes: bytes.span)
    }

    /// Takes over what another loader with the same options has read, as if its files came next.
    package mutating func append(_ other: RuleLoader) {
        rules += other.rules
        correlations += other.correlations
        filters += other.filters
        problems += other.problems
        documentCount += other.documentCount
    }

    /// Says that a file could not be brought at all, so that it stands in the table of problems.
    package mutating func addUnreadable(path: String, message: String) {
        problems.append(
            RuleProblem(
                reason: .unreadable, location: SourceLocation(path: path), message: message))
    }

    package mutating func add(path: String, bytes buffer: Span<UInt8>) {
        guard buffer.count <= SigmaLimits.fileBytesMax else {
            return addUnreadable(
                path: path, message: "a file has at most \(SigmaLimits.fileBytesMax >> 20) MiB")
        }
        if buffer.count >= 2, buffer[0] ^ buffer[1] == 1, min(buffer[0], buffer[1]) == 0xFE {
            return addUnreadable(path: path, message: "the file is UTF-16; save it as UTF-8")
        }
        let documents = YAMLDocuments(buffer)
        var actions = LegacyActions()
        var found: [RuleProblem] = []
        for part in documents.parts {
            documentCount += 1
            var list = ProblemList(path: path)
            guard part.range.count <= SigmaLimits.documentBytesMax,
                part.directiveCount <= SigmaLimits.directivesMax
            else {
                list.refuse(
                    .limit, at: YAMLMark(line: part.firstLine, column: 1),
                    "a document has at most \(SigmaLimits.documentBytesMax >> 20) MiB "
                        + "and \(SigmaLimits.directivesMax) directives")
                found += list.finished()
                continue
            }
            do throws(YAMLFailure) {
                let bytes = buffer.extracting(part.range)
                if let node = try YAMLReader.read(bytes, firstLine: part.firstLine) {
                    found += read(node, list, &actions)
                }
            } catch {
                list.refuse(error.reason, at: error.mark, error.message)
                found += list.finished()
            }
        }
        if let mark = documents.firstLeftOut {
            var list = ProblemList(path: path)
            list.refuse(
                .limit, at: mark,
                "a file has at most \(SigmaLimits.documentsPerFileMax) documents; "
                    + "this and what follows was left out")
            found += list.finished()
        }
        keep(found, of: path)
    }

    private mutating func keep(_ found: [RuleProblem], of path: String) {
        problems += found.prefix(SigmaLimits.problemsPerFileMax)
        let leftOut = found.count - SigmaLimits.problemsPerFileMax
        if leftOut > 0 {
            problems.append(
                RuleProblem(
                    reason: .limit, location: SourceLocation(path: path),
                    message: "\(leftOut) more problems in this file are not listed"))
        }
    }

    /// One document: a rule, a correlation, a filter, or a legacy action.
    private mutating func read(
        _ node: YAMLNode, _ list: ProblemList, _ actions: inout LegacyActions
    ) -> [RuleProblem] {
        var list = list
        if node.isNull {
            documentCount -= 1
            return []
        }
        guard node.pairs != nil else {
            list.refuse(.wrongType, at: node.mark, "a rule is a map, not \(node.typeName)")
            return list.finished()
        }
        guard let node = actions.apply(to: node, &list) else { return list.finished() }
        var metadataReader = MetadataReader(node: node, problems: list)
        let metadata = metadataReader.read()
        list = metadataReader.problems
        if node["correlation"] != nil {
            var reader = CorrelationReader(problems: list)
            let draft = reader.read(node, metadata)
            list = reader.problems
            if !setAside(node, metadata, &list), let draft { correlations.append(draft) }
        } else if node["filter"] != nil {
            var reader = FilterReader(options: options, problems: list)
            let draft = reader.read(node, metadata)
            list = reader.problems
            if !setAside(node, metadata, &list), let draft { filters.append(draft) }
        } else {
            readRule(node, metadata, &list)
        }
        if options.lints { RuleLinter.check(node, &list) }
        return list.finished()
    }

    private mutating func readRule(
        _ node: YAMLNode, _ metadata: RuleMetadata, _ list: inout ProblemList
    ) {
        let logsource = LogsourceReader.read(node, &list)
        guard let section = node["detection"] else {
            list.refuse(
                .missingField, at: node.mark,
                "`detection` is missing; a rule has `detection`, `correlation` or `filter`")
            _ = setAside(node, metadata, &list)
            return
        }
        var reader = DetectionReader(
            placeholders: Placeholders(values: options.placeholders),
            validateRegex: options.validateRegex, problems: list)
        let condition = reader.read(section, reserved: ["condition", "timeframe"])
        list = reader.problems
        if options.lints, condition != nil {
            for selection in reader.unusedSelections {
                list.warn(
                    .style, at: selection.mark, "the condition does not use `\(selection.name)`")
            }
        }
        guard !setAside(node, metadata, &list) else { return }
        guard let logsource, let condition, !list.isRefused else { return }
        rules.append(
            RuleDraft(
                rule: Rule(metadata: metadata, logsource: logsource, condition: condition)))
    }

    /// True for a rule that is retired, by its status or its folder. It has one problem then, and
    /// for an unsupported rule the pipe that makes it so is the better one.
    private func setAside(
        _ node: YAMLNode, _ metadata: RuleMetadata, _ list: inout ProblemList
    ) -> Bool {
        guard !options.includesRetired else { return false }
        let folders = list.path.split(separator: "/").dropLast().map { $0.lowercased() }
        let mark = node["status"]?.mark ?? node.mark
        if metadata.status == "deprecated" || folders.contains("deprecated") {
            list.replaceAll(
                with: .deprecated, at: mark,
                "the rule is deprecated; use the rule that its `related` entry names")
            return true
        }
        if metadata.status == "unsupported" || folders.contains("unsupported") {
            if let pipe = list.problems.first(where: { $0.reason == .aggregationPipe }) {
                list.replaceAll(
                    with: .aggregationPipe,
                    at: YAMLMark(line: pipe.location.line, column: pipe.location.column),
                    pipe.message)
            } else {
                list.replaceAll(
                    with: .unsupported, at: mark, "the rule is marked as one that cannot run")
            }
            return true
        }
        return false
    }
}

/// A rule before filters are joined to it.
struct RuleDraft: Sendable {
    var rule: Rule
}
