import Engine
import Receive
import Store
import Tenancy
import Wire

/// An agent as the API and the pages tell of it: who it is, and how it does.
struct AgentView {
    enum Presence: String, CaseIterable {
        case never, connected, away, stopped, uninstalled, silent, revoked
    }

    let record: AgentRecord
    let enrolled: Timestamp
    let presence: Presence
    let lastSeen: Timestamp?
    let progress: AgentProgress
    let ordersWaiting: Int
    private let live: AgentHub.Live?

    /// - Parameter hub: nil where this server takes no agents.
    init(_ one: Registered<AgentRecord>, _ hub: AgentHub?) async {
        record = one.value
        enrolled = one.created
        let key = AgentHub.Key(record.tenant, record.source)
        progress = await hub?.progress(of: key) ?? AgentProgress(agent: record.source)
        live = await hub?.live(key)
        ordersWaiting = await hub?.waitingOrders(of: key) ?? 0
        presence =
            record.revoked != nil
            ? .revoked : live != nil ? .connected : Self.presence(progress.presence)
        // A connected agent was seen when it last told how it does.
        lastSeen = live.map { $0.heard ?? $0.connected } ?? progress.lastSeen
    }

    /// One whose connection the server does not have is away, whatever was written down last.
    private static func presence(_ presence: AgentPresence) -> Presence {
        presence == .connected ? .away : Presence(rawValue: presence.rawValue) ?? .away
    }

    var address: String? { live?.address }
    var tier: String { live?.health?.tier ?? progress.tier }
    var spoolRecords: UInt64? { live?.health?.spoolRecords }
    var lagMilliseconds: UInt64? { live?.health?.lagMilliseconds }
    var drops: UInt64? { live?.health?.drops }
    var alerts: UInt64? { live?.health?.alerts }
    var complaints: [String] { live?.health?.complaints ?? [] }

    var json: JSON {
        let health = live?.health
        func count(_ value: UInt64?) -> JSON {
            value.map { .integer(Int64(clamping: $0)) } ?? .null
        }
        return [
            "id": .text(record.id), "tenant": .text(record.tenant.text),
            "name": .text(record.name), "host": .text(record.host), "enrolled": .time(enrolled),
            "revoked": .time(record.revoked), "reason": .text(orNull: record.reason),
            "presence": .text(presence.rawValue), "last_seen": .time(lastSeen),
            "address": .text(orNull: address), "tier": .text(tier),
            "program": .text(progress.program), "policy_version": count(progress.policyVersion),
            "records": count(progress.records), "through": count(progress.through),
            "gaps": .integer(Int64(progress.gaps.count) + Int64(clamping: progress.olderGaps)),
            "missing": count(progress.missing), "spool_records": count(spoolRecords),
            "spool_bytes": count(health?.spoolBytes),
            "spool_bytes_max": count(health?.spoolBytesMax),
            "lag_milliseconds": count(lagMilliseconds), "drops": count(drops),
            "cuts": count(health?.cuts), "alerts": count(alerts), "complaints": .texts(complaints),
            "orders_waiting": .integer(Int64(ordersWaiting)),
        ]
    }
}
