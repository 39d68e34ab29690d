import Engine
import HTTPTypes
import Store
import Tenancy

/// Hosts, users and addresses that alerts and incidents name.
enum EntityEndpoints {
    static let all: [Endpoint] = [entities, entity]
    static let read = Permission(.read, .incidents)

    private static let name = Shape.text(bytesMax: 1024)
    private static let count = Shape.integer(0...Int64.max)
    private static let kind = Shape.choice(EntityKind.allCases.map(\.rawValue))
    private static let fields: [Shape.Field] = [
        .must("tenant", .identifier), .must("kind", kind), .must("name", name),
        .must("first_seen", .optional(.time)), .must("last_seen", .optional(.time)),
        .must("alerts", count), .must("incidents", count), .must("live_incidents", count),
        .must("risk", .integer(0...100)),
        .must("level", .choice(CaseLevel.allCases.map(\.name))),
    ]

    private static let entities = Endpoint(
        method: .get, path: "/api/v1/entities",
        summary:
            "Hosts, users and addresses by risk, of the newest 100,000 alerts and 1,000 incidents",
        right: .tenants(read),
        query: [
            Endpoint.tenant,
            .init(name: "kind", shape: kind, note: "Only of this kind."),
            .init(name: "text", shape: name, note: "Part of the name."),
            .init(
                name: "limit", shape: .integer(1...Int64(EntityQuery.limitMax)),
                note: "How many at most; 50 where it is not said."),
        ],
        answer: .object([
            .must("entities", .list(.object(fields), countMax: EntityQuery.limitMax)),
            .must("count", count), .must("sampled", .flag),
        ])
    ) { call in
        let list = try await call.ledger.entities(
            matching: EntityQuery(
                kind: call.query["kind"].flatMap(EntityKind.init(rawValue:)),
                text: call.query["text"], limit: call.limit), in: call.scope())
        return Answer([
            "entities": .list(list.entities.map { .object($0.members) }),
            "count": .integer(Int64(list.count)), "sampled": .flag(list.isSample),
        ])
    }

    private static let entity = Endpoint(
        method: .get, path: "/api/v1/entities/{tenant}/{kind}",
        summary: "One of them: its incidents, and when the event store saw it first and last",
        right: .tenant(read),
        query: [.init(name: "name", shape: name, note: "Its whole name; must be said.")],
        answer: .object([
            .must("entity", .optional(.object(fields))),
            .must("incidents", .list(IncidentShapes.summary, countMax: EntityPicture.incidentsMax)),
            .must("events_first", .optional(.time)), .must("events_last", .optional(.time)),
        ])
    ) { call in
        guard let kind = call.names["kind"].flatMap(EntityKind.init(rawValue:)) else {
            throw Problem(.missing, "There is no such kind of entity.")
        }
        guard let name = call.query["name"], !name.isEmpty else {
            throw Problem(.malformed, "Say its name: `?name=`.")
        }
        let picture = try await EntityPicture.make(
            of: kind, name, in: call.name("tenant"), for: call.principal, call.parts)
        return Answer([
            "entity": picture.entity.map { .object($0.members) } ?? .null,
            "incidents": .list(picture.incidents.map(\.json)),
            "events_first": .time(picture.firstEvent), "events_last": .time(picture.lastEvent),
        ])
    }
}

extension SeenEntity {
    var members: [JSON.Member] {
        [
            .init("tenant", .text(tenant.text)), .init("kind", .text(kind.rawValue)),
            .init("name", .text(name)), .init("first_seen", .time(firstSeen)),
            .init("last_seen", .time(lastSeen)), .init("alerts", .integer(Int64(alertCount))),
            .init("incidents", .integer(Int64(incidents.count))),
            .init("live_incidents", .integer(Int64(liveIncidentCount))),
            .init("risk", .integer(Int64(risk))), .init("level", .text(level.name)),
        ]
    }
}

/// What is known of one host, user or address.
struct EntityPicture: Sendable {
    static let incidentsMax = 100
    /// Fields that hold addresses, as logs of many kinds name them.
    static let addressFields = [
        "SourceIp", "DestinationIp", "IpAddress", "SourceAddress", "DestAddress", "ClientAddress",
        "src_ip", "dest_ip", "dst_ip", "id.orig_h", "id.resp_h", "sourceIPAddress",
        "CallerIpAddress", "ClientIP", "ipAddress", "c-ip", "src", "dst", "addr",
    ]

    let kind: EntityKind
    let name: String
    /// Nil where neither alert nor incident names it.
    let entity: SeenEntity?
    /// By risk.
    let incidents: [IncidentSummary]
    let firstEvent: Timestamp?
    let lastEvent: Timestamp?

    static func filter(_ kind: EntityKind, _ name: String) -> EventFilter {
        switch kind {
        case .host:
            .any([
                .field("host", .equals, EntityKind.short(name, of: .host)),
                .field("host", .startsWith, EntityKind.short(name, of: .host) + "."),
                .field("host", .equals, name),
            ])
        case .user: .field("user", .equals, name)
        case .address: .any(addressFields.map { .field($0, .equals, name) })
        }
    }

    /// - Throws: ``Problem`` `forbidden` where the caller may not read incidents and events there.
    static func make(
        of kind: EntityKind, _ name: String, in tenant: TenantID, for principal: Principal,
        _ parts: ConsoleParts
    ) async throws -> EntityPicture {
        func scope(_ resource: Permission.Resource) throws -> TenantScope {
            let permission = Permission(.read, resource)
            do { return try Policy().authorize(principal, to: permission, in: [tenant]) } catch {
                throw Problem(.forbidden, "You may not \(permission) there.")
            }
        }
        let reading = try scope(.incidents)
        let list = try await parts.ledger.entities(
            matching: EntityQuery(kind: kind, name: name, limit: 1), in: reading)
        var incidents: [IncidentSummary] = []
        for id in (list.entities.first?.incidents ?? []).sorted(by: { $0.text < $1.text })
            .prefix(incidentsMax)
        {
            incidents.append(
                try await parts.ledger.incident(IncidentKey(id, of: tenant), in: reading).summary)
        }
        let events = try scope(.events)
        func edge(newestFirst: Bool) async throws -> Timestamp? {
            do throws(StoreFailure) {
                return try await parts.events.events(
                    matching: EventQuery(
                        filter: filter(kind, name), newestFirst: newestFirst, limit: 1), in: events
                ).events.first?.time
            } catch {
                // It is said as not known where looking takes too long.
                guard error.code == .limit else { throw error }
                return nil
            }
        }
        return EntityPicture(
            kind: kind, name: name, entity: list.entities.first,
            incidents: incidents.sorted {
                ($1.risk, $0.key.incident.text) < ($0.risk, $1.key.incident.text)
            },
            firstEvent: try await edge(newestFirst: false),
            lastEvent: try await edge(newestFirst: true))
    }
}
