import Console
import Engine
import Foundation
import Listen
import Store
import Tenancy
import Watch

extension ConsoleDesk {
    func lanes(in scope: TenantScope) async throws(StoreFailure) -> [LaneHealth] {
        var found: [LaneHealth] = []
        for tenant in watch.tenants where scope.covers(tenant.tenant) {
            found.append(await lane(of: tenant))
        }
        return found
    }

    private func lane(of tenant: TenantWatch) async -> LaneHealth {
        var lane = LaneHealth(tenant: tenant.tenant)
        let last = tenant.archive.lastSequence
        let loaded = watch.loaded[tenant.tenant]
        lane.records = last
        lane.waitingBytes = UInt64(tenant.commit.waitingBytes)
        lane.detectionLag = last - min(await tenant.detection.toldThrough, last)
        lane.searchLag = last - min(await tenant.detection.searchThrough, last)
        lane.silentSources = await tenant.detection.silentSources.count
        lane.sources = tenant.health.count
        lane.rules = loaded?.rules.metadata.count ?? 0
        lane.ruleFaults = loaded?.problems.count ?? 0
        lane.content = String(await tenant.detection.content.prefix(8))
        lane.removedRecords = tenant.house.recordsRemoved
        lane.damagedSegments = tenant.house.segmentsDamaged
        lane.failures = [
            await tenant.commit.failure, await tenant.detection.failure, tenant.house.failure,
        ].compactMap { $0?.message }
        if let listing = try? ArchiveListing(folder: tenant.archive.path, tenant: tenant.tenant) {
            lane.archiveBytes = listing.byteCount
            lane.segments = listing.segments.count
        }
        return lane
    }

    func machine() async -> MachineHealth {
        var machine = MachineHealth()
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: data.path)
        machine.freeBytes = (facts?[.systemFreeSize] as? NSNumber)?.uint64Value
        machine.totalBytes = (facts?[.systemSize] as? NSNumber)?.uint64Value
        machine.memoryBytes = Machine.memoryBytes
        machine.started = started
        machine.listeners = await server.tallies.sorted { $0.key < $1.key }.map { name, tally in
            MachineHealth.Listener(
                name: name, stored: UInt64(tally.stored),
                refused: UInt64(tally.refused.values.reduce(0, +)),
                connections: Int(tally.connectionsOpen))
        }
        return machine
    }
}
