internal import Sigma

/// Decodes blocks and matches rules: everything about an event that needs no other event.
///
/// One for each thread; what it answers for a block depends on the block and the rules alone, so
/// blocks may be given to any worker in any order.
package struct Worker: ~Copyable {
    /// Kept bad records a block; further ones are counted only.
    package static let unparsedKeptMax = 64
    /// The reason under which ``decode(_:_:)`` and ``process(_:)`` count such records.
    package static let carvedWithoutTemplate = "carved EVTX record without its template"

    private let rules: RuleSet
    private let sources: SourceRecognition
    /// How the kind of the record at hand is told.
    private var way = SourceRecognition.Way.fields
    private var completion: EventCompletion
    private var event: EventBuffer
    private var matcher: Matcher
    private var directory: ClassDirectory
    private var explanation: Explanation
    private var decoders: DecoderShelf
    private let correlated: Set<Int>

    private let options: WorkerOptions

    package init(rules: RuleSet, options: WorkerOptions = WorkerOptions()) {
        self.rules = rules
        self.options = options
        decoders = DecoderShelf(referenceTime: options.referenceTime, carves: options.carves)
        sources = SourceRecognition(rules)
        matcher = Matcher(rules.regexes)
        explanation = Explanation(rules.regexes)
        var event = EventBuffer(names: rules.names, paths: rules.paths)
        event.paths.asked = rules.askedFields
        completion = EventCompletion(&event.names, rules)
        self.event = event
        directory = ClassDirectory(rules)
        var correlated: Set<Int> = []
        let ids = Set(rules.correlations.flatMap(\.rules))
        for (index, rule) in rules.metadata.prefix(rules.ruleCount).enumerated()
        where ids.contains(rule.id) {
            correlated.insert(index)
        }
        self.correlated = correlated
    }

    package mutating func process(_ block: Block) -> BlockOutcome {
        process(block) { _, _, _ in }
    }

    /// As ``process(_:)``, and shows every record to `visit` while it is at hand.
    @inline(__always)
    private mutating func process(
        _ block: Block, visit: (inout Worker, Int?, Activity) -> Void
    ) -> BlockOutcome {
        var outcome = BlockOutcome(source: block.source, sequence: block.sequence)
        outcome.bytes = block.recordsEnd ?? block.bytes.count
        eachRecord(of: block) { worker, failure in
            if let failure {
                worker.count(failure, block, &outcome)
            } else {
                outcome.records += 1
                outcome.truncatedFields += UInt64(worker.event.truncatedFields)
                let (source, activity) = worker.match(block, &outcome)
                visit(&worker, source, activity)
            }
        }
        if decoders.unresolved > 0 {
            outcome.unparsedByReason[Self.carvedWithoutTemplate] = UInt64(decoders.unresolved)
        }
        return outcome
    }

    /// Decodes each record of a block into ``event``, or says why it could not be read.
    @inline(__always)
    mutating func eachRecord(
        of block: Block, _ visit: (inout Worker, DecodeFailure?) -> Void
    ) {
        let bytes = block.bytes.span
        let records = bytes.extracting(..<(block.recordsEnd ?? bytes.count))
        decoders.begin(block)
        let isText = block.format.isText
        way = sources.way(of: block.format)
        while true {
            do throws(DecodeFailure) {
                guard try decoders.next(in: records, into: &event) else { break }
                if isText { complete(block, records) }
                if let end = block.recordsEnd { completion.appendLabels(bytes, from: end, &event) }
                visit(&self, nil)
            } catch {
                visit(&self, error)
            }
        }
    }

    /// Adds to a line of text what it says beyond its own format.
    private mutating func complete(_ block: Block, _ bytes: Span<UInt8>) {
        event.appendRawLine()
        guard block.format == .syslog else { return }
        let payload = decoders.payload
        way = sources.way(of: payload)
        guard case .json(let range) = payload else { return }
        guard completion.appendObject(bytes, range, &event) else {
            way = sources.way(of: SyslogDecoder.Payload.text)
            return
        }
        // The record within the line knows its own time best.
        guard let source = recognise() else { return }
        way = .known(source)
        guard source != sources.linux else { return }
        let received = event.time
        event.time = nil
        resolveTime(rules.sources[source])
        event.time = event.time ?? received
    }

    /// The kind of the event at hand, which then has all the fields that rules may ask of it.
    @inline(__always)
    private mutating func recognise() -> Int? {
        guard let source = sources.source(of: event, way) else { return nil }
        if source != sources.windows { complete(source) }
        return source
    }

    private mutating func complete(_ source: Int) {
        switch way {
        case .known: break
        case .fields, .fieldsOr:
            completion.rename(&event, source: source)
            if source == sources.linux { completion.linux.annotate(&event) }
        }
        if source == sources.zeek { completion.zeek.annotate(&event) }
    }

    /// Matches the event at hand; answers how many rules fired.
    @inline(__always)
    mutating func matchCount(_ format: RecordFormat) -> Int {
        guard let source = recognise() else { return 0 }
        let program = unsafe directory.program(for: event, source: source)
        unsafe matcher.match(event, program.pointee)
        return matcher.fired.count
    }

    /// Decodes a block and shows each record, or why it could not be read, to `visit`.
    ///
    /// - Returns: how many carved records were seen whole, but without their template.
    package mutating func decode(
        _ block: Block, _ visit: (borrowing EventBuffer, SourceKind, DecodeFailure?) -> Void
    ) -> Int {
        eachRecord(of: block) { worker, failure in
            guard failure == nil, let source = worker.recognise() else {
                return visit(worker.event, .unknown, failure)
            }
            let plan = worker.rules.sources[source]
            worker.resolveTime(plan)
            visit(worker.event, plan.kind, nil)
        }
        return decoders.unresolved
    }

    private func count(_ failure: DecodeFailure, _ block: Block, _ outcome: inout BlockOutcome) {
        outcome.unparsedByReason[failure.reason, default: 0] += 1
        guard outcome.unparsed.count < Self.unparsedKeptMax else { return }
        let count = block.recordsEnd ?? block.bytes.count
        let start = max(0, min(failure.offset, count))
        let end = min(start + 256, count)
        outcome.unparsed.append(
            RunResult.Unparsed(
                source: block.source, offset: block.offset + UInt64(start),
                reason: failure.reason, bytes: Array(block.bytes[start..<end])))
    }

    private mutating func match(
        _ block: Block, _ outcome: inout BlockOutcome
    ) -> (source: Int?, activity: Activity) {
        guard let source = recognise() else { return (nil, .other) }
        let program = unsafe directory.program(for: event, source: source)
        unsafe matcher.match(event, program.pointee)
        let activity = unsafe program.pointee.activity
        if matcher.fired.isEmpty && !activity.isLineage { return (source, activity) }
        unsafe finish(program.pointee.program, source: source, activity, block, &outcome)
        return (source, activity)
    }

    /// As ``process(_:)``, and shows every record that could be read to `visit` while it is at hand,
    /// with what it is and who and where it tells of.
    package mutating func process(
        _ block: Block, _ visit: (borrowing EventBuffer, Reading) -> Void
    ) -> BlockOutcome {
        process(block) { worker, source, activity in
            guard let source else { return visit(worker.event, Reading()) }
            let plan = worker.rules.sources[source]
            worker.resolveTime(plan)
            visit(
                worker.event,
                Reading(
                    kind: plan.kind, activity: activity, host: worker.text(plan.hostFields),
                    user: worker.text(plan.userFields)))
        }
    }

    /// What is known of a record beside its fields.
    package struct Reading: Sendable {
        package var kind = SourceKind.unknown
        package var activity = Activity.other
        package var host: String?
        package var user: String?
    }

    /// Makes the alerts and observations of an event that matters.
    private mutating func finish(
        _ program: ClassProgram, source: Int, _ activity: Activity, _ block: Block,
        _ outcome: inout BlockOutcome
    ) {
        let plan = rules.sources[source]
        resolveTime(plan)
        guard options.accepts(event.time) else { return }
        let order = Self.order(of: outcome.records - 1, in: block)
        let reference = RecordReference(
            source: block.source, record: event.recordNumber, offset: event.recordOffset,
            order: order)
        var retained = event.retained(source: reference)
        retained.source = plan.kind
        retained.activity = activity
        if activity.isLineage { outcome.observations.append(retained) }
        guard !matcher.fired.isEmpty else { return }
        let host = text(plan.hostFields)
        let user = text(plan.userFields)
        // A record that bears a number of its own is itself on whichever line it lies, so that a
        // log cut in two makes the same alerts.
        var known = retained
        known.reference.record = plan.recordField.flatMap { number($0) } ?? event.recordNumber
        let identity = known.identity
        for local in matcher.fired {
            let place = explanation.place(local, of: program, rules)
            let rule = explanation.rule(at: place)
            if correlated.contains(rule.index) {
                outcome.occurrences.append(
                    RuleOccurrence(rule: rule.index, event: retained, host: host, user: user))
            }
            guard rule.emitsAlerts else { continue }
            _ = explanation.explain(
                at: place, event: event, folded: &matcher.folded, pool: &matcher.regexes)
            var hash = rule.identity
            hash.add(identity.high)
            hash.add(identity.low)
            if !options.salt.isEmpty { hash.add(options.salt) }
            outcome.alerts.append(
                Alert(
                    id: hash.text(), rule: rule.index, level: rule.level, time: event.time,
                    host: host, user: user, matched: explanation.matches, event: retained))
        }
    }

    private static func order(of index: UInt64, in block: Block) -> UInt64 {
        block.sequence << Block.indexBits | min(index, 1 << Block.indexBits - 1)
    }

    private mutating func resolveTime(_ plan: SourcePlan) {
        guard event.time == nil else { return }
        for name in plan.timeFields {
            guard let index = event.first(name) else { continue }
            if let time = unsafe TimestampText.parse(event.bytes(of: event.field(at: index))) {
                event.time = time
                return
            }
        }
    }

    private func number(_ name: FieldID) -> UInt64? {
        guard let index = event.first(name) else { return nil }
        return unsafe UInt64(
            String(decoding: event.bytes(of: event.field(at: index)), as: UTF8.self))
    }

    private func text(_ names: [FieldID]) -> String? {
        for name in names {
            guard let index = event.first(name) else { continue }
            let field = event.field(at: index)
            if field.kind != .null, field.count > 0 {
                return unsafe String(decoding: event.bytes(of: field), as: UTF8.self)
            }
        }
        return nil
    }
}

/// What a run asks of its workers.
package struct WorkerOptions: Sendable {
    /// Events before it make no findings; events without a time always do.
    package var since: Timestamp?
    /// Events at or after it make no findings.
    package var until: Timestamp?
    /// "Now" for times without a year, where a block does not say when its source was written.
    package var referenceTime: Timestamp?
    /// Look for EVTX records in damaged and unused bytes too.
    package var carves: Bool
    /// What ids of alerts are made from beside rule and record: the tenant, where there are several.
    package var salt: String

    package init(
        since: Timestamp? = nil, until: Timestamp? = nil, referenceTime: Timestamp? = nil,
        carves: Bool = false, salt: String = ""
    ) {
        self.salt = salt
        self.since = since
        self.until = until
        self.referenceTime = referenceTime
        self.carves = carves
    }

    func accepts(_ time: Timestamp?) -> Bool {
        guard let time else { return true }
        return since.map { time >= $0 } ?? true && until.map { time < $0 } ?? true
    }
}

extension Activity {
    /// The storyline learns lineage, sessions and remote actions from these even where no rule
    /// fired; other activities matter only when a rule did.
    package var isLineage: Bool {
        switch self {
        case .processStart, .logon, .explicitCredentials, .serviceInstall, .scheduledTask,
            .remoteThread, .cloudSignIn, .assumeRole:
            true
        default: false
        }
    }
}
