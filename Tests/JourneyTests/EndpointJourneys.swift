import Engine
import Foundation

extension Journey {
    /// What the sensor's own tests say it writes: one line of each kind.
    private static let endpointLines: [UInt8] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("SenseTests/Fixtures/lines.jsonl")
        return (try? Data(contentsOf: file)).map { Array($0) } ?? []
    }()

    private static func endpoint(
        _ name: String, _ logsource: String, _ selection: String, record: UInt64
    ) -> Journey {
        Journey(
            name, bytes: endpointLines, format: .json, logsource: logsource, selection: selection,
            host: "web01", time: "2025-11-28T15:00:05Z", record: record)
    }

    /// Kagari's own sensor.
    static let endpoint: [Journey] = [
        endpoint(
            "a program started on an endpoint", "product: linux, category: process_creation",
            "Image|endswith: /id, ParentImage|endswith: /dash, ParentCommandLine|contains: uname",
            record: 3),
        endpoint(
            "a library slipped into a program", "product: linux, category: process_creation",
            "LD_PRELOAD|startswith: /tmp/", record: 1),
        endpoint(
            "a file made on an endpoint", "product: linux, category: file_event",
            "TargetFilename|startswith: /etc/cron.d/, Image|endswith: /dash", record: 4),
        endpoint(
            "a log deleted on an endpoint", "product: linux, category: file_delete",
            "TargetFilename: /var/log/auth.log", record: 6),
        endpoint(
            "a connection to a name that was looked up",
            "product: linux, category: network_connection",
            "DestinationHostname: evil.org, DestinationPort: 443, Initiated: 'true'", record: 11),
        endpoint(
            "a name looked up on an endpoint", "category: dns",
            "query: evil.org, record_type: A, answer: 192.0.2.9", record: 10),
        endpoint(
            "a process seized on an endpoint", "product: linux, category: process_access",
            "SourceImage|endswith: /dash, TargetImage|endswith: /id, Request: PTRACE_ATTACH",
            record: 16),
        endpoint(
            "a kernel module loaded on an endpoint", "product: linux, category: driver_load",
            "ImageLoaded|startswith: /tmp/", record: 21),
    ]
}
