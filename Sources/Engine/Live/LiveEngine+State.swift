internal import Sigma

/// How an engine is written away and made again.
///
/// The state names rules by their id and revision, so it is read with the rules that were in force when it was written.
extension LiveEngine {
    package func write(to state: inout StateWriter) {
        state.add(Self.stateVersion)
        state.add(list: rules.metadata) { state, rule in
            state.add(rule.id)
            state.add(rule.revision)
        }
        state.add(list: shelf.all) { $1.write(to: &$0) }
        state.add(isUnsettled)
        state.add(list: suppressions) { $1.write(to: &$0) }
        state.add(list: alerts) { state, alert in
            state.add(alert.id)
            state.add(alert.received)
        }
        book.write(to: &state)
        storyline.write(to: &state)
        state.add(correlations) { $1.write(to: &$0) }
    }

    /// - Throws: where the state is damaged, of another version, or of other rules than these.
    package init(
        from state: inout StateReader, rules: RuleSet, options: LiveOptions
    ) throws(StateReader.Failure) {
        self.init(rules: rules, options: options)
        guard try state.number() == Self.stateVersion else {
            throw state.failure("the state was written by another version")
        }
        let inForce = try state.list { state throws(StateReader.Failure) in
            (try state.text(), try state.number())
        }
        guard inForce.elementsEqual(rules.metadata.map { ($0.id, $0.revision) }, by: ==) else {
            throw state.failure("the state is of other rules")
        }
        let known = try state.list { state throws(StateReader.Failure) in
            try RuleMetadata(from: &state)
        }
        try takeUp(known, &state)
        guard state.isAtEnd else { throw state.failure("something follows the state") }
    }
}

extension RuleMetadata {
    /// Only what the storyline and its stories ask of a rule that is no longer in force.
    func write(to state: inout StateWriter) {
        state.add(id)
        state.add(revision)
        state.add(title)
        state.add(level.rawValue)
        state.add(list: tags) { $0.add($1) }
    }

    init(from state: inout StateReader) throws(StateReader.Failure) {
        let (id, revision) = (try state.text(), try state.number())
        let title = try state.text()
        guard let level = Level(rawValue: try state.int()) else {
            throw state.failure("a rule has no known level")
        }
        self.init(
            id: id, title: title, level: level, tags: try state.texts(),
            source: SourceLocation(path: ""), revision: revision)
    }
}
