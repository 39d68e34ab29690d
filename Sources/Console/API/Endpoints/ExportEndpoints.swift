import Engine
import HTTPTypes
import Report
import Store
import Tenancy

/// One incident to take along. Each is told to the ledger first.
enum ExportEndpoints {
    static let all: [Endpoint] = [
        export("stix", "As a STIX 2.1 bundle", .stix),
        export(
            "ocsf", "As OCSF 1.8.0: its records, detection findings, and the incident finding",
            .lines),
        export("html", "As one page that needs nothing else", .page),
    ]
    static let permission = Permission(.export, .incidents)

    private static func export(_ format: String, _ summary: String, _ media: Media) -> Endpoint {
        Endpoint(
            method: .get, path: "/api/v1/incidents/{tenant}/{incident}/export/\(format)",
            summary: summary, right: .tenant(permission), media: media,
            answer: .text(bytesMax: 256 << 20)
        ) { call in
            let key = try call.incident()
            let (view, run) = try await read(key, call)
            _ = try await call.ledger.tell(
                "incident-exported", about: key.incident.text, .object(["format": .text(format)]),
                of: key.tenant, now: call.now, in: call.scope())
            return Answer(
                bytes: try bytes(view, run, media, call), media: media,
                name: "kagari-\(key.incident.text.prefix(8)).\(media.ending)")
        }
    }

    private static func read(
        _ key: IncidentKey, _ call: Call
    ) async throws -> (IncidentView, RunResult) {
        let reading = try call.scope(IncidentEndpoints.read, in: key.tenant)
        let alerting = try call.scope(Permission(.read, .alerts), in: key.tenant)
        let view = try await call.ledger.incident(key, in: reading)
        var alerts: [(summary: AlertSummary, body: String)] = []
        var query = AlertQuery(incident: key.incident, limit: LedgerLimits.pageMax)
        while alerts.count < IncidentRun.alertsMax {
            let page = try await call.ledger.alerts(matching: query, in: alerting)
            for alert in page.alerts.prefix(IncidentRun.alertsMax - alerts.count) {
                alerts.append(try await call.ledger.alert(alert.id, of: key.tenant, in: alerting))
            }
            guard let next = page.next else { break }
            query.after = next
        }
        return (view, IncidentRun.make(view, alerts: alerts.reversed()))
    }

    private static func bytes(
        _ view: IncidentView, _ run: RunResult, _ media: Media, _ call: Call
    ) throws -> [UInt8] {
        let techniques = call.parts.desk.techniques
        if media == .stix {
            var bundle = STIXBundle(run, view.summary, techniques: techniques)
            return Array((bundle?.text() ?? "{}").utf8)
        }
        var bytes: [UInt8] = []
        try Reporter(
            options: ReportOptions(
                format: media == .page ? .html : .ocsf, techniques: techniques,
                madeAt: call.now.text)
        ).write(run) { bytes += $0 }
        return bytes
    }
}
