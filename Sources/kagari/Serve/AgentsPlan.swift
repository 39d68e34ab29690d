import Engine
import Foundation
import Link
import Listen
import Logging
import NIOPosix
import Receive
import ServiceLifecycle
import Store
import Tenancy
import Watch

/// Where agents come in, and who certifies them.
struct AgentsPlan {
    let address: ListenAddress
    let data: DataFolder

    func start(_ opened: OpenedWatch, _ logger: Logger) async throws -> AgentHub {
        let watch = opened.watch
        let data = data
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let authority = try AgentAuthority.open(data.agentKeys, now: Date.now) {
            var random = SystemRandomNumberGenerator()
            return (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        let hub = AgentHub(
            AgentHubSetting(
                address: address, authority: authority, ledger: opened.ledger,
                scopes: opened.scopes,
                take: { delivery in
                    do throws(IntakeRefusal) {
                        return .success(try await watch.take(delivery))
                    } catch {
                        return .failure(error)
                    }
                },
                notice: { notice, tenant in
                    await watch.tenant(tenant)?.commit.write(
                        .agent(notice), source: WatchNames.watch)
                }, folder: { data.agents($0) }, group: group,
                diskLoops: opened.setting.writeLoops, clock: { Machine.now },
                random: { UInt64.random(in: .min ... .max) }, log: logger))
        try await hub.open()
        do {
            let port = try await hub.start()
            Machine.tell("kagari: agents listens on \(address.host):\(port)\n")
        } catch { throw UserError(error.description) }
        return hub
    }
}

/// Looks after agents until the service stops, then tells them.
struct AgentListeners: Service {
    let hub: AgentHub

    func run() async throws {
        await cancelWhenGracefulShutdown { await hub.run() }
        await hub.stop()
    }
}
