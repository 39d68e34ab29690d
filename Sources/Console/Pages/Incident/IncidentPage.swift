import Engine
import Hummingbird
import Store
import Tenancy

/// One incident: what is known, and what is done about it.
enum IncidentPage {
    static func answer(_ call: PageCall) async throws -> Response {
        try await show(Dossier(call), wrong: nil)
    }

    /// - Parameter wrong: why the act before was not done; nil where it was, or there was none.
    static func show(_ dossier: Dossier, wrong: Problem?) async throws -> Response {
        let call = dossier.call
        let content = try await content(of: dossier)
        var files: [StaticFile] = [.queueStyle, .incidentStyle, .incident]
        if dossier.part == .graph { files.append(.graph) }
        return call.page(
            .verbatim(dossier.summary.title), .queue, status: wrong?.kind.status ?? 200,
            with: files
        ) { main in
            main.element(
                "div",
                [
                    .class("incident"), .set("id", "incident"),
                    .set("data-incident", dossier.key.incident.text),
                    .set("data-tenant", dossier.key.tenant.text),
                    .set("data-revision", String(dossier.summary.revision)),
                    .set("data-csrf", call.csrf ?? ""),
                    .set(
                        "data-unseen",
                        dossier.isWorker && dossier.summary.state == .new ? "1" : ""),
                ]
            ) { page in
                IncidentHead.write(dossier, wrong, &page)
                if dossier.part == .overview { OverviewPart.answers(dossier, &page) }
                let style = dossier.part == .overview ? "halves" : "halves below"
                page.element("div", [.class(style)]) { halves in
                    halves.element(
                        "div", [.class("part"), .set("id", "part")]
                    ) { content(&$0) }
                    CaseColumn.write(dossier, &halves)
                }
            }
        }
    }

    private static func content(
        of dossier: Dossier
    ) async throws -> (inout Markup) -> Void {
        switch dossier.part {
        case .overview: return try await OverviewPart.content(dossier)
        case .graph: return { GraphPart.write(dossier, &$0) }
        case .processes: return { ProcessPart.write(dossier, &$0) }
        case .timeline: return try await TimelinePart.content(dossier)
        case .alerts: return { AlertsPart.write(dossier, &$0) }
        case .record: return try await RecordPart.content(dossier)
        }
    }
}
