/// Which kind of log a decoded record is.
struct SourceRecognition: Sendable {
    /// How the kind of a record is told.
    enum Way: Equatable, Sendable {
        /// By the fields that it has.
        case fields
        /// By the fields that it has; where only `generic` would do, it is this source.
        case fieldsOr(Int?)
        /// It is told already; nil where no mapping is for it.
        case known(Int?)
    }

    /// Sources whose records may need more fields before rules can be asked; -1 when not mapped.
    let linux, zeek: Int
    /// The source whose records are complete as decoded; -1 when not mapped.
    let windows: Int
    private let byFormat: [RecordFormat: Int]
    /// Lists of fields, one behind the other: asking them costs no reference counting.
    private let lists: [(source: Int, fields: Range<Int>)]
    /// For each field that a list asks for, where its names stand in ``fieldNames``.
    private let fields: [Range<Int>]
    private let fieldNames: [FieldID]
    private let generic: Int?
    private let sysmonLinux: Int?

    init(_ rules: RuleSet) {
        let kinds: [(RecordFormat, SourceKind)] = [
            (.evtx, .windows), (.syslog, .linux), (.journal, .linux), (.auditd, .auditd),
            (.zeekTSV, .zeek), (.accessLog, .webserver), (.cef, .cef), (.leef, .leef),
        ]
        var byFormat: [RecordFormat: Int] = [:]
        for (format, kind) in kinds { byFormat[format] = rules.sourceIndex(of: kind) }
        self.byFormat = byFormat
        var lists: [(source: Int, fields: Range<Int>)] = []
        var fields: [Range<Int>] = []
        var fieldNames: [FieldID] = []
        for (index, list) in Self.ordered(rules) {
            let start = fields.count
            for names in list {
                fields.append(fieldNames.count..<fieldNames.count + names.count)
                fieldNames += names
            }
            lists.append((index, start..<fields.count))
        }
        self.lists = lists
        self.fields = fields
        self.fieldNames = fieldNames
        generic = rules.sourceIndex(of: .generic)
        sysmonLinux = rules.sourceIndex(of: .sysmonLinux)
        linux = byFormat[.syslog] ?? -1
        zeek = byFormat[.zeekTSV] ?? -1
        windows = byFormat[.evtx] ?? -1
    }

    /// Windows first, which most events are; then the lists that ask for more, which know the record
    /// better; then in the order of sources.
    private static func ordered(_ rules: RuleSet) -> [(source: Int, list: [[FieldID]])] {
        let all = rules.sources.enumerated().flatMap { index, source in
            source.recognise.map { (source: index, list: $0) }
        }
        let windows = rules.sourceIndex(of: .windows)
        let others = all.filter { $0.source != windows }.enumerated().sorted {
            ($1.element.list.count, $0.offset) < ($0.element.list.count, $1.offset)
        }
        return all.filter { $0.source == windows } + others.map(\.element)
    }

    /// How the records of a block are told, unless one says more of itself.
    func way(of format: RecordFormat) -> Way {
        switch format {
        case .json, .jsonArray, .csv, .keyValue: .fields
        default: .known(byFormat[format] ?? generic)
        }
    }

    /// How a syslog record is told by what its message carries.
    func way(of payload: SyslogDecoder.Payload) -> Way {
        switch payload {
        case .text: way(of: RecordFormat.syslog)
        case .cef: way(of: RecordFormat.cef)
        case .leef: way(of: RecordFormat.leef)
        case .keyValue: .fields
        case .json: .fieldsOr(byFormat[.syslog] ?? generic)
        case .sysmon: .known(sysmonLinux ?? byFormat[.syslog] ?? generic)
        }
    }

    /// Nil when no mapping knows the record; then no rule can be asked about it. The first list
    /// that fits decides, so the answer depends on the record alone.
    @inline(__always)
    func source(of event: borrowing EventBuffer, _ way: Way) -> Int? {
        switch way {
        case .known(let source): source
        case .fields: byFields(event) ?? generic
        case .fieldsOr(let source): byFields(event) ?? source
        }
    }

    private func byFields(_ event: borrowing EventBuffer) -> Int? {
        for index in lists.indices {
            let list = lists[index]
            var fits = true
            for field in list.fields where !has(fields[field], event) {
                fits = false
                break
            }
            if fits { return list.source }
        }
        return nil
    }

    @inline(__always)
    private func has(_ names: Range<Int>, _ event: borrowing EventBuffer) -> Bool {
        for index in names where event.first(fieldNames[index]) != nil { return true }
        return false
    }
}
