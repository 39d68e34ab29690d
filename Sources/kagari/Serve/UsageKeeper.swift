import Engine
import Logging
import ServiceLifecycle
import Store
import Tenancy
import Watch

/// Writes down once a minute, and at the end, what each tenant handed in on each day, on top of what was there at the start. A crash loses
/// the count of a minute, and no record.
struct UsageKeeper: Service {
    static let everySeconds = 60

    let watch: Watch
    let ledger: Ledger
    let scopes: ServiceScopes
    let logger: Logger

    func run() async throws {
        var before: [String: Int64] = [:]
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await cancelWhenGracefulShutdown {
                try? await Task.sleep(for: .seconds(Self.everySeconds))
            }
            await keep(&before)
        }
    }

    /// - Parameter before: what the ledger had when the service first looked, by tenant, day and kind.
    private func keep(_ before: inout [String: Int64]) async {
        for tenant in watch.tenants {
            do {
                let reading = try scopes.scope(Permission(.read, .tenants), in: tenant.tenant)
                let writing = try scopes.scope(Permission(.update, .tenants), in: tenant.tenant)
                for day in tenant.usage.days {
                    let date = String(
                        Timestamp(nanoseconds: day.number * 86_400_000_000_000).text.prefix(10))
                    for (kind, count) in [
                        (Mark.Kind.usageRecords, day.records), (.usageBytes, day.bytes),
                    ] {
                        let name = "\(tenant.tenant) \(date) \(kind.rawValue)"
                        if before[name] == nil {
                            before[name] =
                                try await ledger.mark(kind, date, of: tenant.tenant, in: reading)
                                ?? 0
                        }
                        let sum = (before[name] ?? 0) + count
                        try await ledger.note(
                            [Mark(kind, date, of: tenant.tenant, sum)], in: writing)
                    }
                }
            } catch {
                logger.error("Usage of \(tenant.tenant) is not kept: \(error)")
            }
        }
    }
}
