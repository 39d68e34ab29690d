import Engine
import HTTPTypes
import Store
import Tenancy

/// Alerts, events and raw records.
enum SearchEndpoints {
    static let all: [Endpoint] = [
        alerts, alert, search, histogram, top, facets, record,
    ]
    private static let readEvents = Permission(.read, .events)
    private static let readAlerts = Permission(.read, .alerts)

    private static let alerts = Endpoint(
        method: .get, path: "/api/v1/alerts", summary: "Alerts, those made last first",
        right: .tenants(readAlerts),
        query: Endpoint.page + [
            Endpoint.tenant,
            .init(name: "rule", shape: .text(bytesMax: 256), note: "Only of this rule."),
            .init(
                name: "level", shape: .choice(CaseLevel.allCases.map(\.name)),
                note: "Of this level or above."),
            .init(name: "since", shape: .time, note: "Made then or later."),
            .init(name: "until", shape: .time, note: "Made before."),
        ], answer: .page("alerts", AlertShapes.summary)
    ) { call in
        let page = try await call.ledger.alerts(
            matching: AlertQuery(
                rule: call.query["rule"],
                levelMin: call.query["level"].flatMap { CaseLevel(name: $0) } ?? .informational,
                since: call.query["since"].flatMap { Timestamp(rfc3339: $0) },
                until: call.query["until"].flatMap { Timestamp(rfc3339: $0) }, limit: call.limit,
                after: call.query["cursor"].map { try AlertCursor(text: $0) }), in: call.scope())
        return .page("alerts", page.alerts.map(\.json), next: page.next.map(\.text))
    }

    private static let alert = Endpoint(
        method: .get, path: "/api/v1/alerts/{tenant}/{alert}",
        summary: "One alert with its evidence", right: .tenant(readAlerts),
        answer: AlertShapes.whole
    ) { call in
        let (summary, body) = try await call.ledger.alert(
            call.name("alert"), of: call.name("tenant"), in: call.scope())
        return Answer(summary.json(body: body))
    }

    private static let question: [Shape.Field] = [
        .may("since", .time), .may("until", .time), .may("filter", .filter),
    ]

    private static func query(_ call: Call) throws(Problem) -> EventQuery {
        var filter = EventFilter.everything
        if let json = call.body["filter"] {
            filter = try EventFilter(json: json, at: "/filter")
        }
        var after: EventCursor?
        if let text = call.body["cursor"]?.text { after = try EventCursor(text: text) }
        return EventQuery(
            since: call.time("since"), until: call.time("until"), filter: filter,
            newestFirst: call.body["oldest_first"]?.flag != true,
            limit: Int(call.body["limit"]?.integer ?? 100), after: after)
    }

    private static let search = Endpoint(
        method: .post, path: "/api/v1/events/search", summary: "Events that a filter matches",
        right: .tenants(readEvents), query: [Endpoint.tenant],
        body: .object(
            question + [
                .may("limit", .integer(1...1000)), .may("cursor", .text(bytesMax: 512)),
                .may("oldest_first", .flag),
            ]),
        answer: .object([
            .must("events", .list(event, countMax: 1000)),
            .must("next_cursor", .optional(.text(bytesMax: 512))),
        ])
    ) { call in
        let page = try await call.parts.events.events(matching: query(call), in: call.scope())
        return .page("events", page.events.map(\.json), next: page.next.map(\.text))
    }

    private static let text = Shape.text(bytesMax: 1 << 20)
    private static let count = Shape.integer(0...Int64.max)
    private static let event = Shape.object([
        .must("tenant", .identifier), .must("sequence", count), .must("time", .time),
        .must("received", .time), .must("source", .identifier), .must("kind", text),
        .must("host", .optional(text)), .must("user", .optional(text)),
        .must(
            "fields",
            .list(.object([.must("name", text), .must("value", text)]), countMax: 4096)),
    ])

    private static let histogram = Endpoint(
        method: .post, path: "/api/v1/events/histogram",
        summary: "How many events there are in each piece of time", right: .tenants(readEvents),
        query: [Endpoint.tenant],
        body: .object(question + [.must("width_seconds", .integer(1...31_536_000))]),
        answer: .object([
            .must(
                "buckets",
                .list(
                    .object([.must("start", .time), .must("count", count)]), countMax: 2000))
        ])
    ) { call in
        let buckets = try await call.parts.events.histogram(
            of: query(call), width: .seconds(call.body["width_seconds"]?.integer ?? 60),
            in: call.scope())
        return Answer([
            "buckets": .list(
                buckets.map { ["start": .time($0.start), "count": .count($0.count)] })
        ])
    }

    private static let top = Endpoint(
        method: .post, path: "/api/v1/events/top", summary: "The most frequent values of a field",
        right: .tenants(readEvents), query: [Endpoint.tenant],
        body: .object(
            question + [
                .must("field", .text(bytesMax: 256)), .may("limit", .integer(1...100)),
            ]),
        answer: .object([
            .must(
                "values",
                .list(.object([.must("value", text), .must("count", count)]), countMax: 100))
        ])
    ) { call in
        let values = try await call.parts.events.topValues(
            of: call.text("field"), matching: query(call),
            limit: Int(call.body["limit"]?.integer ?? 10), in: call.scope())
        return Answer([
            "values": .list(
                values.map { ["value": .text($0.value), "count": .count($0.count)] })
        ])
    }

    private static let facets = Endpoint(
        method: .post, path: "/api/v1/events/facets",
        summary: "Values of fields among the newest 5,000 events that a filter matches",
        right: .tenants(readEvents), query: [Endpoint.tenant],
        body: .object(
            question + [
                .may(
                    "fields", .list(.text(bytesMax: 256), countMax: EventFacets.fieldsMax)),
                .may("values", .integer(1...Int64(EventFacets.valuesMax))),
            ]),
        answer: .object([
            .must("events", count), .must("sampled", .flag),
            .must(
                "fields",
                .list(
                    .object([
                        .must("name", text), .must("events", count), .must("distinct", count),
                        .must(
                            "values",
                            .list(
                                .object([.must("value", text), .must("events", count)]),
                                countMax: EventFacets.valuesMax)),
                    ]), countMax: EventFacets.fieldsMax)),
        ])
    ) { call in
        let found = try await call.parts.events.facets(
            of: call.body["fields"]?.texts, matching: query(call),
            valuesMax: Int(call.body["values"]?.integer ?? 10), in: call.scope())
        return Answer([
            "events": .integer(Int64(found.events)), "sampled": .flag(found.isSample),
            "fields": .list(
                found.fields.map { field in
                    [
                        "name": .text(field.name), "events": .integer(Int64(field.events)),
                        "distinct": .integer(Int64(field.distinct)),
                        "values": .list(
                            field.values.map {
                                ["value": .text($0.value), "events": .integer(Int64($0.events))]
                            }),
                    ]
                }),
        ])
    }

    private static let record = Endpoint(
        method: .get, path: "/api/v1/records/{tenant}/{sequence}",
        summary: "A record as it was received", right: .tenant(readEvents),
        answer: .object([
            .must("tenant", .identifier), .must("sequence", count), .must("source", .identifier),
            .must("received", .time), .must("text", .optional(.text(bytesMax: 1 << 30))),
            .must("hex", .optional(.text(bytesMax: 1 << 30))),
            .must("labels", .optional(.text(bytesMax: ArchiveLimits.labelBytesMax))),
        ])
    ) { call in
        let tenant: TenantID = try call.name("tenant")
        let sequence = UInt64(try call.number("sequence"))
        guard
            let record = try await call.parts.desk.record(sequence, of: tenant, in: call.scope())
        else { throw Problem(.missing, "There is no record of that sequence.") }
        let text = String(validating: record.bytes, as: UTF8.self)
        return Answer([
            "tenant": .text(tenant.text), "sequence": .count(sequence),
            "source": .text(record.source.text), "received": .time(record.received),
            "text": .text(orNull: text),
            "hex": text == nil ? .text(Cursor.hex(record.bytes)) : .null,
            "labels": .text(
                orNull: record.labels.isEmpty ? nil : String(decoding: record.labels, as: UTF8.self)
            ),
        ])
    }
}

extension StoredEvent {
    var json: JSON {
        [
            "tenant": .text(tenant.text), "sequence": .count(sequence), "time": .time(time),
            "received": .time(received), "source": .text(source.text), "kind": .text(kind),
            "host": .text(orNull: host), "user": .text(orNull: user),
            "fields": .list(
                fields.map { ["name": .text($0.name), "value": .text($0.value)] }),
        ]
    }
}
