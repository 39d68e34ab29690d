import Engine
import Sigma

/// `--format json`: the whole run as one document. docs/output.md describes it.
struct RunDocument {
    private let findings: Findings
    private let statistics: RunStatistics?
    private var result: RunResult { findings.result }

    init(_ findings: Findings, _ statistics: RunStatistics?) {
        self.findings = findings
        self.statistics = statistics
    }

    func write(to output: inout Output) throws {
        var json = JSONWriter()
        json.beginObject()
        json.member("product", "Kagari")
        json.member("version", findings.options.productVersion)
        json.member("made_at", findings.options.madeAt)
        json.member("command", findings.options.commandLine)
        json.object("summary", summary)
        if let statistics { json.object("statistics", statistics.write) }
        try array("sources", result.sources, &json, &output, source)
        let fired = Set(findings.alerts.map { result.alerts[$0].rule }).sorted()
        try array("rules", fired, &json, &output, rule)
        try array("incidents", findings.incidents, &json, &output) { index, json in
            json.object { incident(result.incidents[index], to: &$0) }
        }
        try array("alerts", Array(findings.alerts.enumerated()), &json, &output) { item, json in
            let withEvidence = item.offset < findings.options.limits.alertsWithEvidence
            json.object { alert(item.element, withEvidence: withEvidence, to: &$0) }
        }
        try array("unparsed", result.unparsed, &json, &output, unparsed)
        json.endObject()
        json.lineBreak()
        try output.write(json.take())
    }

    /// One element a line, so that a large document can be read with line tools too.
    private func array<Element>(
        _ name: String, _ elements: [Element], _ json: inout JSONWriter, _ output: inout Output,
        _ write: (Element, inout JSONWriter) -> Void
    ) throws {
        json.lineBreak()
        json.beginArray(name)
        for element in elements {
            json.lineBreak()
            write(element, &json)
            try output.write(json.take())
        }
        json.endArray()
    }

    private func summary(_ json: inout JSONWriter) {
        json.member("records", result.records)
        json.member("bytes", result.bytes)
        json.member("sources", result.sources.count)
        json.member("sources_unreadable", result.sources.count { $0.problem != nil })
        json.member("rules_in_force", result.rules.count)
        json.member("incidents", findings.incidents.count)
        json.member("alerts", findings.alerts.count)
        json.object("alerts_by_level") { counts in
            for (level, count) in findings.countsByLevel(
                findings.alerts.map { result.alerts[$0].level })
            {
                counts.member(level.name, count)
            }
        }
        json.object("unparsed_by_reason") { counts in
            for (reason, count) in result.unparsedByReason.byCount { counts.member(reason, count) }
        }
    }

    private func source(_ source: RunResult.Source, to json: inout JSONWriter) {
        json.object {
            $0.member("path", source.path)
            $0.member("format", source.format?.rawValue)
            $0.member("records", source.records)
            $0.member("unparsed", source.unparsed)
            $0.member("problem", source.problem)
        }
    }

    private func rule(_ index: Int, to json: inout JSONWriter) {
        guard let rule = findings.rule(index) else { return }
        json.object {
            $0.member("id", rule.id)
            $0.member("title", rule.title)
            $0.member("level", rule.level.name)
            $0.member("status", rule.status)
            $0.member("author", rule.author)
            $0.member("license", rule.license)
            $0.member("description", rule.description)
            $0.member("tags", rule.tags)
            $0.member("references", rule.references)
            $0.member("false_positives", rule.falsePositives)
            $0.member("path", rule.source.path)
        }
    }

    private func unparsed(_ record: RunResult.Unparsed, to json: inout JSONWriter) {
        json.object {
            let known = result.sources.indices.contains(record.source)
            $0.member("path", known ? result.sources[record.source].path : nil)
            $0.member("offset", record.offset)
            $0.member("reason", record.reason)
            $0.member("bytes", String(decoding: record.bytes, as: UTF8.self))
        }
    }
}

// MARK: incidents and alerts

extension RunDocument {
    private func incident(_ incident: Incident, to json: inout JSONWriter) {
        json.member("incident_id", incident.id)
        json.member("title", incident.title)
        json.member("level", incident.level.name)
        json.member("risk", incident.risk)
        json.member("confidence", incident.confidence)
        json.member("first_seen", incident.firstSeen?.text)
        json.member("last_seen", incident.lastSeen?.text)
        json.member("hosts", findings.hosts(of: incident))
        json.member("users", findings.users(of: incident))
        json.member("tactics", incident.tactics)
        json.member("techniques", incident.techniques)
        json.member("story", incident.story)
        json.member("root", incident.root?.text)
        json.array("entities") { list in
            for entity in incident.entities { list.object { write(entity, to: &$0) } }
        }
        json.array("edges") { list in
            for edge in incident.edges {
                list.object {
                    $0.member("from", edge.from.text)
                    $0.member("to", edge.to.text)
                    $0.member("reason", edge.reason.rawValue)
                    $0.member("time", edge.time?.text)
                }
            }
        }
        json.member("alert_ids", findings.alerts(of: incident).map { result.alerts[$0].id })
    }

    private func write(_ entity: Entity, to json: inout JSONWriter) {
        json.member("id", entity.id.text)
        json.member("kind", entity.kind.rawValue)
        json.member("label", entity.label)
        json.member("host", entity.host)
        json.member("first_seen", entity.firstSeen?.text)
        json.member("last_seen", entity.lastSeen?.text)
        json.array("facts") { list in
            for fact in entity.facts {
                list.object {
                    $0.member("name", fact.name)
                    $0.member("value", fact.value)
                }
            }
        }
        json.member("alert_ids", entity.alerts.compactMap { findings.alert($0)?.id })
    }

    private func alert(_ index: Int, withEvidence: Bool, to json: inout JSONWriter) {
        guard let alert = findings.alert(index) else { return }
        json.identity(of: alert, index, in: findings)
        json.member("host", alert.host)
        json.member("user", alert.user)
        json.source(of: alert.event.reference, in: findings)
        json.array("matched") { list in
            for match in alert.matched {
                list.object {
                    $0.member("selection", match.selection)
                    $0.member("field", match.field)
                    $0.member("value", match.value)
                    $0.member("asked", match.asked)
                }
            }
        }
        json.array("other_records") { list in
            for other in alert.others {
                list.object {
                    $0.member("path", findings.path(other))
                    $0.member("record", other.record)
                }
            }
        }
        guard withEvidence else { return json.null("evidence") }
        json.object("evidence") { evidence(alert.event, to: &$0) }
    }

    private func evidence(_ event: RetainedEvent, to json: inout JSONWriter) {
        let limits = findings.options.limits
        json.member("kind", event.source.rawValue)
        json.member("activity", event.activity.rawValue)
        json.member("fields_left_out", max(0, event.fields.count - limits.fieldsPerAlert))
        json.array("fields") { list in
            for field in event.fields.prefix(limits.fieldsPerAlert) {
                list.object {
                    $0.member("name", field.name)
                    guard field.kind != .null else { return $0.null("value") }
                    let value = Excerpt(event.text(of: field), bytesMax: limits.valueBytes)
                    $0.member("value", value.text)
                    if value.cutBytes > 0 { $0.member("cut_bytes", value.cutBytes) }
                }
            }
        }
    }
}

extension RunStatistics {
    func write(to json: inout JSONWriter) {
        json.member("records", records)
        json.member("bytes", bytes)
        json.member("elapsed_ms", Int(elapsed.inSeconds * 1000))
        json.measured("processor_ms", processorTime.map { $0.inSeconds * 1000 })
        json.measured("records_per_second", recordsPerSecond)
        json.measured("bytes_per_second", bytesPerSecond)
        json.member("threads", threads)
        json.member("rules_loaded", rulesLoaded)
        json.member("rules_without_source", rulesWithoutSource)
        json.object("rules_skipped_by_reason") { counts in
            for (reason, count) in rulesSkippedByReason.byCount { counts.member(reason, count) }
        }
        json.measured("peak_memory_bytes", peakMemoryBytes.map { Double($0) })
    }
}

extension JSONWriter {
    /// A whole number; `null` when it was not measured, since zero never means unknown.
    fileprivate mutating func measured(_ key: String, _ figure: Double?) {
        guard let figure, let whole = Int64(exactly: figure.rounded()) else { return null(key) }
        member(key, whole)
    }
}

extension [String: UInt64] {
    /// Most first, then by name.
    var byCount: [(key: String, value: UInt64)] {
        sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
    }
}
