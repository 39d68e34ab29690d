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
    package let correlations: [Correlation]
    /// How many problems with each reason kept documents from being loaded.
    package let refusedByReason: [String: Int]
    let shelf: RuleShelf
    /// In the order in which they count.
    let mappings: [Mapping]
    let extras: Bool
    let regexes: RegexCatalogue
    let names: FieldNames
    let sources: [SourcePlan]
    let paths: PathRules
    let model: GramModel
    /// Programs of the snapshot this set was made from.
    let stored: StoredPrograms?
    private let core: SnapshotCore?
    private let programs = Mutex(Programs())

    private struct Programs {
        var byClass: [ClassKey: ClassProgram] = [:]
        var newCount = 0
    }

    /// - Parameters:
    ///   - mappings: windows first, then by source name, whatever the order given.
    ///   - extras: whether mapping entries marked `extra` count.
    package init(
        _ collection: RuleCollection, mappings: [Mapping], extras: Bool = true,
        model: GramModel? = nil
    ) {
        let rules = collection.rules
        shelf = RuleShelf(rules)
        regexes = RegexCatalogue(rules)
        correlations = collection.correlations
        metadata = rules.map(\.metadata) + correlations.map(\.metadata)
        var refused: [String: Int] = [:]
        for problem in collection.problems where problem.severity == .refused {
            refused[problem.reason.rawValue, default: 0] += 1
        }
        refusedByReason = refused
        let ordered = mappings.sorted {
            ($0.source == "windows" ? "" : $0.source) < ($1.source == "windows" ? "" : $1.source)
        }
        self.mappings = ordered
        self.extras = extras
        var names = FieldNames()
        for rule in rules { Self.learnNames(rule.condition, &names) }
        for correlation in correlations {
            for field in correlation.groupBy + correlation.fields { _ = names.intern(field) }
            for fields in correlation.aliases.values {
                for field in fields.values { _ = names.intern(field) }
            }
        }
        var sources = Self.sources(ordered, extras: extras, names: &names)
        for rule in rules {
            for index in sources.indices {
                sources[index].learnValues(from: rule.condition, names: names)
            }
        }
        names.share()
        self.names = names
        self.sources = sources
        paths = PathRules(ordered)
        self.model = model ?? .prior
        stored = nil
        core = nil
    }

    /// What a snapshot holds, its names under their old ids.
    init(
        _ core: SnapshotCore, names: FieldNames, sources: [SourcePlan], stored: StoredPrograms
    ) {
        shelf = RuleShelf(core.rules)
        regexes = RegexCatalogue(patterns: core.patterns)
        correlations = core.correlations
        metadata = core.rules.metadata + core.correlations.map(\.metadata)
        refusedByReason = core.refusedByReason
        mappings = core.mappings
        extras = core.extras
        var names = names
        names.share()
        self.names = names
        self.sources = sources
        paths = PathRules(core.mappings)
        model = .prior
        self.stored = stored
        self.core = core
    }

    static func sources(
        _ mappings: [Mapping], extras: Bool, names: inout FieldNames
    ) -> [SourcePlan] {
        var sources: [SourcePlan] = []
        for mapping in mappings {
            guard let kind = SourceKind(rawValue: mapping.source) else { continue }
            sources.append(SourcePlan(mapping, kind: kind, names: &names, extras: extras))
        }
        return sources
    }

    /// All rules, conditions and all; a set made from a snapshot reads them now.
    package var rules: [Rule] { shelf.all }
    package func rule(_ index: Int) -> Rule { shelf[index] }
    package var ruleCount: Int { shelf.count }

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
            if let known = programs.byClass[key] { return known }
            if let program = stored?.program(key) {
                programs.byClass[key] = program
                return program
            }
            let compiler = ClassCompiler(
                rules: rules, source: sources[key.source], names: names, regexes: regexes,
                model: model)
            let program = compiler.compile(key)
            programs.byClass[key] = program
            programs.newCount += 1
            return program
        }
    }

    /// Programs made so far, whether compiled or taken from a snapshot.
    var compiledPrograms: [ClassKey: ClassProgram] { programs.withLock { $0.byClass } }

    /// How many classes were compiled because no snapshot had them.
    package var newlyCompiledClasses: Int { programs.withLock { $0.newCount } }

    /// Everything but the programs in packed form; nil when it does not fit.
    var packedCore: [UInt8]? { core?.bytes ?? SnapshotCore.encode(self) }

    func sourceIndex(of kind: SourceKind) -> Int? { sources.firstIndex { $0.kind == kind } }

    /// Bytes of all tables compiled so far.
    package var compiledBytes: Int {
        programs.withLock { $0.byClass.values.reduce(0) { $0 + $1.image.byteCount } }
    }
    package var compiledClasses: Int { programs.withLock { $0.byClass.count } }

    /// Rules that some event met so far could have made fire.
    package var rulesReached: Set<Int> {
        programs.withLock { programs in
            var reached: Set<Int> = []
            for program in programs.byClass.values {
                for local in 0..<program.image.ruleCount {
                    reached.insert(Int(program.ruleIndex(local)))
                }
            }
            return reached
        }
    }

    /// True when some log source of the mappings could feed the rule.
    package func canBeFed(_ logsource: Logsource) -> Bool {
        sources.contains { $0.entries.contains { logsource.accepts($0.logsource) } }
    }
}
