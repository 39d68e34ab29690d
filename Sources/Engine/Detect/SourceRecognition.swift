/// Which kind of log a decoded record is.
struct SourceRecognition: Sendable {
    private let byFormat: [RecordFormat: Int]
    private let lists: [(source: Int, fields: [FieldID])]
    private let generic: Int?

    init(_ rules: RuleSet) {
        let kinds: [(RecordFormat, SourceKind)] = [
            (.evtx, .windows), (.syslog, .linux), (.journal, .linux), (.auditd, .auditd),
            (.zeekTSV, .zeek), (.accessLog, .webserver), (.cef, .cef), (.leef, .leef),
        ]
        var byFormat: [RecordFormat: Int] = [:]
        for (format, kind) in kinds { byFormat[format] = rules.sourceIndex(of: kind) }
        self.byFormat = byFormat
        lists = rules.sources.enumerated().flatMap { index, source in
            source.recognise.map { (index, $0) }
        }
        generic = rules.sourceIndex(of: .generic)
    }

    /// Nil when no mapping knows the record; then no rule can be asked about it. The first list
    /// that fits decides, so the answer depends on the record alone.
    func source(of event: borrowing EventBuffer, format: RecordFormat) -> Int? {
        switch format {
        case .json, .jsonArray, .csv, .keyValue: break
        default: return byFormat[format] ?? generic
        }
        for (source, fields) in lists {
            var fits = true
            for field in fields where event.first(field) == nil {
                fits = false
                break
            }
            if fits { return source }
        }
        return generic
    }
}
