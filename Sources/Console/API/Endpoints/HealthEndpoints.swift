import Engine
import HTTPTypes
import Store
import Tenancy

/// How the service does, for people: what `/readyz` and `/metrics` know, in words.
enum HealthEndpoints {
    static let all: [Endpoint] = [health]
    static let read = Permission(.read, .health)

    private static let text = Shape.text(bytesMax: 4096)
    private static let count = Shape.integer(0...Int64.max)
    private static let lane = Shape.object([
        .must("tenant", .identifier), .must("records", count), .must("archive_bytes", count),
        .must("segments", count), .must("waiting_bytes", count), .must("detection_lag", count),
        .must("search_lag", count), .must("sources", count), .must("silent_sources", count),
        .must("rules", count), .must("rule_faults", count), .must("content", text),
        .must("removed_records", count), .must("damaged_segments", count),
        .must("failures", .list(text, countMax: 16)),
    ])
    private static let machine = Shape.object([
        .must("store", text), .must("started", .optional(.time)),
        .must("disk_free_bytes", .optional(count)), .must("disk_total_bytes", .optional(count)),
        .must("memory_bytes", .optional(count)), .must("sessions", count),
        .must("complaints", .list(text, countMax: 100_000)),
        .must(
            "listeners",
            .list(
                .object([
                    .must("name", text), .must("stored", count), .must("refused", count),
                    .must("connections", count),
                ]), countMax: 64)),
    ])

    private static let health = Endpoint(
        method: .get, path: "/api/v1/health",
        summary:
            "How each tenant's log is worked on; and the machine, for whoever may in the provider",
        right: .tenants(read), query: [Endpoint.tenant],
        answer: .object([
            .must("tenants", .list(lane, countMax: Policy.tenantsMax)),
            .must("machine", .optional(machine)),
        ])
    ) { call in
        let lanes = try await call.parts.desk.lanes(in: call.scope())
        let isProvider = Policy().allows(call.principal, read, in: Ledger.provider)
        return Answer([
            "tenants": .list(lanes.map(\.json)),
            "machine": isProvider ? await machine(call.parts) : .null,
        ])
    }

    private static func machine(_ parts: ConsoleParts) async -> JSON {
        let machine = await parts.desk.machine()
        func number(_ value: UInt64?) -> JSON { value.map { .count($0) } ?? .null }
        return [
            "store": .text(parts.events.name), "started": .time(machine.started),
            "disk_free_bytes": number(machine.freeBytes),
            "disk_total_bytes": number(machine.totalBytes),
            "memory_bytes": number(machine.memoryBytes),
            "sessions": .integer(Int64(await parts.accounts.sessionCount)),
            "complaints": .texts(await parts.desk.complaints()),
            "listeners": .list(
                machine.listeners.map { listener in
                    [
                        "name": .text(listener.name), "stored": .count(listener.stored),
                        "refused": .count(listener.refused),
                        "connections": .integer(Int64(listener.connections)),
                    ]
                }),
        ]
    }
}

extension LaneHealth {
    fileprivate var json: JSON {
        [
            "tenant": .text(tenant.text), "records": .count(records),
            "archive_bytes": .count(archiveBytes), "segments": .integer(Int64(segments)),
            "waiting_bytes": .count(waitingBytes), "detection_lag": .count(detectionLag),
            "search_lag": .count(searchLag), "sources": .integer(Int64(sources)),
            "silent_sources": .integer(Int64(silentSources)), "rules": .integer(Int64(rules)),
            "rule_faults": .integer(Int64(ruleFaults)), "content": .text(content),
            "removed_records": .count(removedRecords),
            "damaged_segments": .integer(Int64(damagedSegments)), "failures": .texts(failures),
        ]
    }
}
