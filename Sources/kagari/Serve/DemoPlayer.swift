import Collect
import Engine
import Foundation
import Listen
import ServiceLifecycle
import Tenancy
import Watch

/// Plays the made intrusion into the tenant `demo`, within a minute, as a sender would.
struct DemoPlayer: Service {
    static let parts = 120
    static let pause = Duration.milliseconds(500)

    let watch: Watch
    let content: Content

    func run() async throws {
        guard let tenant = TenantID("demo"), let source = LogSourceID("scenario") else { return }
        let records = Self.records(content.folder + "/../examples/scenario")
        guard !records.isEmpty else {
            Machine.tell("kagari: the folder examples/scenario is missing; nothing is played\n")
            return
        }
        Machine.tell("kagari: playing \(records.count) records into the tenant `demo` …\n")
        let share = (records.count + Self.parts - 1) / Self.parts
        var rest = records[...]
        while !rest.isEmpty, !Task.isShuttingDownGracefully {
            let delivery = Delivery(
                binding: SourceBinding(tenant: tenant, source: source),
                records: Array(rest.prefix(share)))
            do {
                _ = try await watch.take(delivery)
                rest = rest.dropFirst(share)
            } catch IntakeRefusal.closed { return } catch {}
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// In the order of files; records of lines are lines, those of an array one by one.
    static func records(_ folder: String) -> [Delivery.Record] {
        var reader = InputReader(paths: [folder])
        var records: [Delivery.Record] = []
        while let block = reader.nextBlock() {
            guard block.format == .json || block.format == .syslog else {
                records.append(.init(bytes: block.bytes, format: block.format))
                continue
            }
            for line in block.bytes.split(separator: 0x0A) {
                records.append(.init(bytes: Array(line), format: block.format))
            }
        }
        return records
    }
}
