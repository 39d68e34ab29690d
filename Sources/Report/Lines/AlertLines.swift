import Engine
import Sigma

/// `--format jsonl`: one alert a line, the contract for machines. docs/output.md describes it.
struct AlertLines {
    private let findings: Findings

    init(_ findings: Findings) { self.findings = findings }

    func write(to output: inout Output) throws {
        var json = JSONWriter()
        for index in findings.alerts {
            guard let alert = findings.alert(index) else { continue }
            json.reset()
            write(alert, index, to: &json)
            json.lineBreak()
            try output.write(json.bytes)
        }
    }

    private func write(_ alert: Alert, _ index: Int, to json: inout JSONWriter) {
        json.object { line in
            line.identity(of: alert, index, in: findings)
            line.member("host", alert.host)
            line.member("user", alert.user)
            line.source(of: alert.event.reference, in: findings)
            line.array("matched") { list in
                for match in alert.matched {
                    list.object {
                        $0.member("field", match.field)
                        $0.member("value", match.value)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    /// The members that every form of an alert begins with.
    mutating func identity(of alert: Alert, _ index: Int, in findings: Findings) {
        member("alert_id", alert.id)
        member(
            "incident_id",
            findings.incident(ofAlert: index).map { findings.result.incidents[$0].id })
        member("time", alert.time?.text)
        member("level", alert.level.name)
        let rule = findings.rule(alert.rule)
        object("rule") {
            $0.member("id", rule?.id)
            $0.member("title", rule?.title)
            $0.member("author", rule?.author)
            $0.member("tags", rule?.tags ?? [])
        }
    }

    mutating func source(of reference: RecordReference, in findings: Findings) {
        object("source") {
            $0.member("path", findings.path(reference))
            $0.member("record", reference.record)
        }
    }
}
