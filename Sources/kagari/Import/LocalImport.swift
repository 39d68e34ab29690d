import Collect
import Engine
import Foundation
import Listen
import Logging
import ServiceLifecycle
import Store
import Tenancy
import Watch

/// An import into a data folder that no service runs on: the watch itself runs for as long as it takes.
struct LocalImport {
    let data: DataFolder
    let tenant: TenantID
    let source: LogSourceID

    func run(_ bring: (any ImportSink) async throws -> Void) async throws {
        let content = try Content.find()
        guard FileManager.default.fileExists(atPath: data.ledger) else {
            throw UserError(
                "\(data.path) is no data folder; start `kagari serve --data \(data.path)` once, or "
                    + "give the token of a running service")
        }
        do {
            let settings = try Configuration(
                names: KeepingOptions.names, flags: [:],
                environment: ProcessInfo.processInfo.environment, path: nil)
            let opened = try await OpenedWatch.open(
                data, .init(rules: [content.rules], mappings: content.mappingFolder),
                KeepingPlan(settings), content, Logger(label: "kagari"))
            try await opened.watch.open()
            guard let watch = opened.watch.tenant(tenant) else {
                throw UserError("there is no tenant `\(tenant)` in \(data.path)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                let stop = AsyncStream<Void>.makeStream()
                let running = opened.watch
                group.addTask { await running.run { for await _ in stop.stream { break } } }
                let binding = SourceBinding(tenant: tenant, source: source)
                let result: Result<Void, any Error>
                do {
                    try await bring(WatchSink(watch: opened.watch, binding: binding))
                    result = .success(())
                } catch { result = .failure(error) }
                // Everything is looked at before it ends, so that what is found is told.
                while await watch.detection.toldThrough < watch.archive.lastSequence {
                    try await Task.sleep(for: ImportPace.look)
                }
                stop.continuation.finish()
                try await group.waitForAll()
                try result.get()
            }
            try await opened.close()
        } catch let failure as StoreFailure {
            throw UserError(
                failure.description + " If a service runs on this folder, give its token.")
        }
    }
}

/// The watch in this process.
private struct WatchSink: ImportSink {
    let watch: Watch
    let binding: SourceBinding

    func send(
        _ records: [BlockRecords.Record], from path: String
    ) async throws -> (stored: Int, duplicate: Int) {
        var labels = Labels()
        labels.add("path", path)
        let place = labels.bytes ?? []
        let delivery = Delivery(
            binding: binding,
            records: records.map { record in
                Delivery.Record(
                    bytes: record.bytes, format: record.format,
                    key: .of(binding, Array("records".utf8), Array(record.id.utf8)),
                    labels: place)
            })
        while true {
            do throws(IntakeRefusal) {
                let outcomes = try await watch.take(delivery)
                let stored = outcomes.count { $0 == .stored }
                return (stored, outcomes.count - stored)
            } catch {
                switch error {
                case .busy(let seconds), .overQuota(let seconds):
                    try await Task.sleep(for: ImportPace.asked(seconds))
                case .closed: throw UserError("the tenant is closed; nothing is taken for it")
                case .storage:
                    throw UserError(
                        "the disk refused; what was acknowledged is kept, make room and run this "
                            + "again")
                }
            }
        }
    }
}
