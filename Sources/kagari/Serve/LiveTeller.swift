import Console
import Engine
import Foundation
import ServiceLifecycle
import Store
import Tenancy
import Watch

/// Tells incidents on standard output as they come and grow, a line each.
struct LiveTeller: Service {
    let feed: Feed
    let ledger: Ledger
    let scopes: ServiceScopes
    /// Rung for every change, so that the console's feeds look at once.
    let bell: LiveBell?

    /// In a storm it falls behind, is let go, and comes back: the bell must never fall silent.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last: UInt64?
            while !Task.isCancelled, let changes = feed.follow(after: last) {
                for await event in changes {
                    bell?.ring()
                    guard case .change(let change) = event else {
                        Machine.say("more came than could be told here; the console has all\n")
                        continue
                    }
                    last = change.id
                    guard case .incident(let incident) = change.subject else { continue }
                    await tell(IncidentKey(incident, of: change.tenant))
                }
            }
        }
    }

    private func tell(_ key: IncidentKey) async {
        guard
            let scope = try? scopes.scope(Permission(.read, .incidents), in: key.tenant),
            let view = try? await ledger.incident(key, in: scope)
        else { return }
        let summary = view.summary
        let level = summary.level.name.uppercased()
        let time = String((summary.lastSeen ?? summary.changed).text.prefix(19))
        Machine.say(
            "\(time)  \(level.padding(toLength: 13, withPad: " ", startingAt: 0))"
                + "risk \(summary.risk)  \(key.tenant)  \(summary.title)  "
                + "(\(summary.alertCount) alerts, \(key.incident))\n")
    }
}
