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
    private let byFormat: [RecordFormat: Int]
    /// Lists of fields, one behind the other: asking them costs no reference counting.
    private let lists: [FieldList]
    private let listedFields: [FieldID]
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
        var lists: [FieldList] = []
        var fields: [FieldID] = []
        for (index, source) in rules.sources.enumerated() {
            for list in source.recognise {
                lists.append(FieldList(source: index, start: fields.count, count: list.count))
                fields += list
            }
        }
        self.lists = lists
        listedFields = fields
        generic = rules.sourceIndex(of: .generic)
        sysmonLinux = rules.sourceIndex(of: .sysmonLinux)
        linux = byFormat[.syslog] ?? -1
        zeek = byFormat[.zeekTSV] ?? -1
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
            for field in list.start..<list.start + list.count
            where event.first(listedFields[field]) == nil {
                fits = false
                break
            }
            if fits { return list.source }
        }
        return nil
    }

    private struct FieldList {
        var source: Int
        var start: Int
        var count: Int
    }
}
