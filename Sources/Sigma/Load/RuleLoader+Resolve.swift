extension RuleLoader {
    /// Joins everything that was read. Rules keep the order in which they were added;
    /// correlations stand behind those they refer to.
    package consuming func finish() -> RuleCollection {
        var resolver = Resolver(problems: problems)
        resolver.take(rules.map(\.rule))
        resolver.take(correlations)
        resolver.apply(filters)
        resolver.resolveCorrelations()
        return resolver.collection(documentCount: documentCount, filterCount: filters.count)
    }
}

/// The third stage of ``RuleLoader``.
private struct Resolver {
    private enum Target { case rule(Int), correlation(Int) }

    private var rules: [Rule] = []
    private var drafts: [CorrelationDraft] = []
    private var problems: [RuleProblem]
    private var byID: [String: Target] = [:]
    /// Names count within their file first, then anywhere.
    private var byName: [String: Target] = [:]
    private var byFileAndName: [String: [String: Target]] = [:]
    private var resolved: [Correlation] = []
    /// Rule → what the filters add to its condition, and how many tests it has with them.
    private var filtered: [Int: (conditions: [Expression], predicateCount: Int)] = [:]

    init(problems: [RuleProblem]) { self.problems = problems }

    func collection(documentCount: Int, filterCount: Int) -> RuleCollection {
        var collection = RuleCollection()
        collection.rules = rules
        collection.correlations = resolved
        collection.problems = problems
        collection.documentCount = documentCount
        collection.filterCount = filterCount
        return collection
    }

    mutating func take(_ candidates: [Rule]) {
        rules.reserveCapacity(candidates.count)
        byID.reserveCapacity(candidates.count)
        for rule in candidates where register(rule.metadata, .rule(rules.count)) {
            rules.append(rule)
        }
    }

    mutating func take(_ candidates: [CorrelationDraft]) {
        for draft in candidates
        where register(draft.correlation.metadata, .correlation(drafts.count)) {
            drafts.append(draft)
        }
    }

    /// False where the id is taken already.
    private mutating func register(_ metadata: RuleMetadata, _ target: Target) -> Bool {
        if let other = byID[metadata.id] {
            let place = self.metadata(of: other).source
            refuse(
                .duplicateId, metadata,
                at: metadata.source,
                "the id \(metadata.id) is taken by \(place); give one of them a new id")
            return false
        }
        byID[metadata.id] = target
        if let name = metadata.name {
            let file = metadata.source.path
            if byFileAndName[file]?[name] != nil {
                problems.append(
                    RuleProblem(
                        reason: .duplicateId, severity: .warning, location: metadata.source,
                        ruleID: metadata.id,
                        message: RuleProblem.printable(
                            "the name `\(name)` is taken in this file; the first rule keeps it")))
            } else {
                byFileAndName[file, default: [:]][name] = target
                if byName[name] == nil { byName[name] = target }
            }
        }
        return true
    }

    private func metadata(of target: Target) -> RuleMetadata {
        switch target {
        case .rule(let index): rules[index].metadata
        case .correlation(let index): drafts[index].correlation.metadata
        }
    }

    private func find(_ reference: String, from path: String) -> Target? {
        byFileAndName[path]?[reference] ?? byID[reference.lowercased()] ?? byName[reference]
    }

    private mutating func refuse(
        _ reason: RuleProblem.Reason, _ metadata: RuleMetadata, at location: SourceLocation,
        _ message: String
    ) {
        problems.append(
            RuleProblem(
                reason: reason, location: location, ruleID: metadata.id,
                message: RuleProblem.printable(message)))
    }

    // MARK: filters

    mutating func apply(_ filters: [FilterDraft]) {
        for filter in filters {
            guard let references = filter.references else {
                for index in rules.indices where rules[index].logsource.isWithin(filter.logsource) {
                    join(filter, to: index)
                }
                continue
            }
            var joined: Set<Int> = []
            for reference in references {
                let location = reference.mark.location(in: filter.path)
                switch find(reference.text, from: filter.path) {
                case .rule(let index):
                    if !rules[index].logsource.isWithin(filter.logsource) {
                        warn(
                            filter, location,
                            "`\(reference.text)` reads other logs than this filter, "
                                + "so it stays as it is; make `logsource` agree")
                    } else if joined.insert(index).inserted {
                        join(filter, to: index)
                    }
                case .correlation:
                    warn(
                        filter, location,
                        "`\(reference.text)` is a correlation; filter the rules it counts")
                case nil:
                    warn(
                        filter, location,
                        "no rule with the id or name `\(reference.text)` was loaded")
                }
            }
        }
        joinFilters()
    }

    private mutating func warn(_ filter: FilterDraft, _ location: SourceLocation, _ message: String)
    {
        problems.append(
            RuleProblem(
                reason: .filter, severity: .warning, location: location,
                ruleID: filter.metadata.id, message: RuleProblem.printable(message)))
    }

    private mutating func join(_ filter: FilterDraft, to index: Int) {
        if filtered[index] == nil {
            filtered[index] = ([], rules[index].condition.predicateCount)
        }
        let count = (filtered[index]?.predicateCount ?? 0) + filter.predicateCount
        guard count <= SigmaLimits.predicatesPerRuleMax else {
            warn(
                filter, filter.metadata.source,
                "the filters of `\(rules[index].metadata.id)` ask for more than "
                    + "\(SigmaLimits.predicatesPerRuleMax) values; this one was left out")
            return
        }
        // In place: a rule may have thousands of filters.
        filtered[index]?.predicateCount = count
        filtered[index]?.conditions.append(filter.condition)
        var hash = ContentHash(basis: rules[index].metadata.revision)
        hash.add(filter.metadata.revision)
        rules[index].metadata.revision = hash.value
    }

    /// All filters stand side by side: nested they would make evaluators recurse per filter.
    private mutating func joinFilters() {
        for (index, entry) in filtered {
            rules[index].condition = .all([rules[index].condition] + entry.conditions)
        }
        filtered.removeAll()
    }

    // MARK: correlations

    /// Takes each correlation once all it refers to was taken, in the order they were added. What
    /// is left at the end waits for itself.
    mutating func resolveCorrelations() {
        var order = CorrelationOrder(
            targets: drafts.map { draft in
                draft.references.map { reference in
                    switch find(reference.text, from: draft.path) {
                    case .rule: .rule
                    case .correlation(let index): .correlation(index)
                    case nil: .missing
                    }
                }
            })
        var silenced: [Target] = []
        while let (index, outcome) = order.next() {
            switch outcome {
            case .ready(let level) where level <= SigmaLimits.correlationChainMax:
                resolved.append(complete(index))
                if !drafts[index].generates {
                    silenced += drafts[index].references.compactMap {
                        find($0.text, from: drafts[index].path)
                    }
                }
            case .ready:
                refuseChain(index)
                order.refuse(index)
            case .missing(let reference):
                refuseMissing(index, reference)
                order.refuse(index)
            }
        }
        for index in order.waiting { refuseCycle(index) }
        silence(silenced)
    }

    private mutating func complete(_ index: Int) -> Correlation {
        let draft = drafts[index]
        var correlation = draft.correlation
        func id(_ reference: String) -> String {
            find(reference, from: draft.path).map { metadata(of: $0).id } ?? reference
        }
        var seen: Set<String> = []
        for reference in draft.references {
            let target = id(reference.text)
            // An ordered correlation may ask for the same rule twice in a row.
            if correlation.kind == .temporalOrdered || seen.insert(target).inserted {
                correlation.rules.append(target)
            }
        }
        let members = Set(correlation.rules)
        for alias in draft.aliasReferences {
            let target = id(alias.reference)
            if members.contains(target) {
                correlation.aliases[alias.alias, default: [:]][target] = alias.field
            } else {
                problems.append(
                    RuleProblem(
                        reason: .correlation, severity: .warning,
                        location: alias.mark.location(in: draft.path),
                        ruleID: correlation.metadata.id,
                        message: RuleProblem.printable(
                            "the alias `\(alias.alias)` names `\(alias.reference)`, "
                                + "which is not in `rules`")))
            }
        }
        correlation.ruleCondition = draft.condition.map { Self.ruleCondition($0, id) }
        return correlation
    }

    private static func ruleCondition(
        _ tree: ConditionTree, _ id: (String) -> String
    ) -> RuleCondition {
        switch tree {
        case .name(let name, _), .quantified(_, let name, _): .rule(id(name))
        case .not(let inner): .not(ruleCondition(inner, id))
        case .all(let parts): .all(parts.map { ruleCondition($0, id) })
        case .any(let parts): .any(parts.map { ruleCondition($0, id) })
        }
    }

    /// What a correlation without `generate` refers to makes no alerts of its own.
    private mutating func silence(_ targets: [Target]) {
        var ids: Set<String> = []
        for target in targets {
            switch target {
            case .rule(let index): rules[index].emitsAlerts = false
            case .correlation(let index): ids.insert(drafts[index].correlation.metadata.id)
            }
        }
        for index in resolved.indices where ids.contains(resolved[index].metadata.id) {
            resolved[index].emitsAlerts = false
        }
    }

    private mutating func refuseMissing(_ index: Int, _ position: Int) {
        let draft = drafts[index]
        let reference = draft.references[position]
        refuse(
            .unknownRule, draft.correlation.metadata, at: reference.mark.location(in: draft.path),
            "no rule with the id or name `\(reference.text)` was loaded; "
                + "add it, or mend it where it was refused")
    }

    private mutating func refuseCycle(_ index: Int) {
        let metadata = drafts[index].correlation.metadata
        refuse(
            .correlation, metadata, at: metadata.source,
            "the correlation waits for itself through the rules it refers to")
    }

    private mutating func refuseChain(_ index: Int) {
        let metadata = drafts[index].correlation.metadata
        refuse(
            .limit, metadata, at: metadata.source,
            "correlations of correlations go at most \(SigmaLimits.correlationChainMax) deep")
    }
}

extension Logsource {
    /// True where every part that `other` names is the same here.
    fileprivate func isWithin(_ other: Logsource) -> Bool { other.accepts(self) }
}
