package import Sigma
internal import Synchronization

/// The rules in force, with the mappings that feed them: immutable, shared by all workers; a
/// reload makes a new one and swaps it whole.
///
/// Programs of event classes are compiled when the first event of the class arrives. Any content
/// gives the same programs in the same order, so which worker compiles is of no consequence.
package final class RuleSet: Sendable {
    /// Rules first, then correlations; `Alert.rule` is an index into this.
    package let metadata: [RuleMetadata]
    package let rules: [Rule]
    package let correlations: [Correlation]
    let regexes: RegexCatalogue
    let names: FieldNames
    let sources: [SourcePlan]
    /// How decoders name what they read, before the kind of log is known.
    let paths: PathRules
    /// By source; nil where the decoders' names are the kind's own.
    let namings: [PathNaming?]
    let model: GramModel
    private let programs = Mutex<[ClassKey: ClassProgram]>([:])

    /// - Parameters:
    ///   - mappings: windows first, then by source name, whatever the order given.
    ///   - extras: whether mapping entries marked `extra` count.
    package init(
        _ collection: RuleCollection, mappings: [Mapping], extras: Bool = true,
        model: GramModel? = nil
    ) {
        rules = collection.rules
        regexes = RegexCatalogue(rules)
        correlations = collection.correlations
        metadata = rules.map(\.metadata) + correlations.map(\.metadata)
        let ordered = mappings.sorted {
            ($0.source == "windows" ? "" : $0.source) < ($1.source == "windows" ? "" : $1.source)
        }
        var names = FieldNames()
        for rule in rules { Self.learnNames(rule.condition, &names) }
        for correlation in correlations {
            for field in correlation.groupBy + correlation.fields { _ = names.intern(field) }
            for fields in correlation.aliases.values {
                for field in fields.values { _ = names.intern(field) }
            }
        }
        let paths = PathRules(ordered.filter { $0.source == SourceKind.windows.rawValue })
        var sources: [SourcePlan] = []
        var namings: [PathNaming?] = []
        for mapping in ordered {
            guard let kind = SourceKind(rawValue: mapping.source) else { continue }
            sources.append(
                SourcePlan(mapping, kind: kind, names: &names, decoded: paths, extras: extras))
            namings.append(kind == .windows ? nil : PathNaming(mapping, decoded: paths))
        }
        for rule in rules {
            for index in sources.indices {
                sources[index].learnValues(from: rule.condition, names: names)
            }
        }
        names.share()
        self.names = names
        self.sources = sources
        self.paths = paths
        self.namings = namings
        self.model = model ?? .prior
    }

    private static func learnNames(_ expression: Expression, _ names: inout FieldNames) {
        switch expression {
        case .all(let parts), .any(let parts):
            for part in parts { learnNames(part, &names) }
        case .not(let part): learnNames(part, &names)
        case .test(let predicate):
            if let field = predicate.field { _ = names.intern(field) }
            if case .fieldReference(let reference) = predicate.test {
                _ = names.intern(reference.field)
            }
        }
    }

    func program(for key: ClassKey) -> ClassProgram {
        programs.withLock { programs in
            if let known = programs[key] { return known }
            let compiler = ClassCompiler(
                rules: rules, source: sources[key.source], names: names, regexes: regexes,
                model: model)
            let program = compiler.compile(key)
            programs[key] = program
            return program
        }
    }

    func sourceIndex(of kind: SourceKind) -> Int? { sources.firstIndex { $0.kind == kind } }

    /// Bytes of all tables compiled so far.
    package var compiledBytes: Int {
        programs.withLock { $0.values.reduce(0) { $0 + $1.image.byteCount } }
    }
    package var compiledClasses: Int { programs.withLock { $0.count } }

    /// Rules that some event met so far could have made fire.
    package var rulesReached: Set<Int> {
        programs.withLock { programs in
            var reached: Set<Int> = []
            for program in programs.values {
                for local in 0..<program.image.ruleCount { reached.insert(Int(program.ruleIndex(local))) }
            }
            return reached
        }
    }

    /// True when some log source of the mappings could feed the rule.
    package func canBeFed(_ logsource: Logsource) -> Bool {
        sources.contains { $0.entries.contains { logsource.accepts($0.logsource) } }
    }
}
