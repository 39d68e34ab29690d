import Engine
import Foundation
import TestKit
import Tenancy

@testable import Store

/// A folder that is gone when the test is over.
final class ScratchFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("kagari-archive-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var archive: String { path + "/archive" }

    func names(_ suffix: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: archive)) ?? [])
            .filter { $0.hasSuffix(suffix) }.sorted()
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: archive + "/" + name)))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: archive + "/" + name))
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: archive + "/" + name)
    }

    /// The archive as a crash of the process would leave it now.
    func copy() throws -> ScratchFolder {
        let copy = try ScratchFolder()
        try FileManager.default.createDirectory(
            atPath: copy.archive, withIntermediateDirectories: true)
        for name in names() { try copy.write(try bytes(name), to: name) }
        return copy
    }
}

let acme = TenantID("acme")!
let sourceA = LogSourceID("hec-a")!
let sourceB = LogSourceID("hec-b")!
let start = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

extension Timestamp {
    func after(seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: nanoseconds + seconds * 1_000_000_000)
    }
}

extension TenantKey {
    static let ofTests = TenantKey((0..<32).map { UInt8($0) })!
    static let other = TenantKey((0..<32).map { UInt8(200 - $0) })!
}

/// Opens as a test does: chance by seed, so that two archives are the same bytes.
func openArchive(
    _ folder: ScratchFolder, key: TenantKey? = nil, limits: ArchiveLimits = ArchiveLimits(),
    now: Timestamp = start, seed: UInt64 = 7
) throws -> ArchiveWriter {
    try ArchiveWriter(
        folder: folder.archive, tenant: acme, key: key, limits: limits, now: now,
        chance: SplitMix64(seed: seed))
}

func verify(
    _ folder: ScratchFolder, key: TenantKey? = nil, heads: [ChainHead] = []
) throws -> ArchiveReport {
    try ArchiveVerifier.verify(folder: folder.archive, tenant: acme, key: key, heads: heads)
}

/// Everything there is, in batches of a size.
func readAll(
    _ folder: ScratchFolder, key: TenantKey? = nil, from sequence: UInt64 = 1, batch: Int = 64
) throws -> ArchiveBatch {
    let reader = try ArchiveReader(
        folder: folder.archive, tenant: acme, key: key, from: sequence)
    var all = ArchiveBatch()
    while true {
        let next = try reader.next(recordsMax: batch)
        if next.isEmpty { return all }
        all.records += next.records
        all.gaps += next.gaps
    }
}

func plainRecord(
    _ text: String, at received: Timestamp = start, key: RecordKey? = nil
) -> PendingRecord {
    PendingRecord(
        received: received, source: sourceA, content: .record(.json), key: key,
        bytes: Array(text.utf8))
}

func recordKey(_ number: UInt64) -> RecordKey {
    var random = SplitMix64(seed: number)
    return RecordKey(high: random.next(), low: random.next())
}

/// Records of every shape that the archive keeps.
func variedRecords(_ count: Int, seed: UInt64) -> [PendingRecord] {
    var random = SplitMix64(seed: seed)
    let formats = RecordFormat.allCases
    return (0..<count).map { index in
        let length = Int.random(in: 0...300, using: &random)
        let offset = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
        let received = Timestamp(nanoseconds: start.nanoseconds + offset)
        let time = Timestamp(nanoseconds: Int64.random(in: .min ... .max, using: &random))
        let isControl = Int.random(in: 0..<10, using: &random) == 0
        return PendingRecord(
            received: received, source: Bool.random(using: &random) ? sourceA : sourceB,
            content: isControl
                ? .control("control-\(index % 3)")
                : .record(formats[Int.random(in: 0..<formats.count, using: &random)]),
            key: Bool.random(using: &random) ? recordKey(seed << 32 | UInt64(index)) : nil,
            envelope: ArchivedRecord.Envelope(
                time: Bool.random(using: &random) ? time : nil,
                host: Bool.random(using: &random) ? "höst-\(index % 7)" : nil,
                labels: variedLabels(Int.random(in: 0..<6, using: &random), index)),
            bytes: (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
}

/// Of senders that say nothing, the same of all records, or something else of each.
private func variedLabels(_ choice: Int, _ index: Int) -> [UInt8] {
    switch choice {
    case 0, 1: Array("{\"index\":\"main\"}".utf8)
    case 2: Array("{\"index\":\"web\",\"number\":\(index)}".utf8)
    default: []
    }
}

/// Log records of some 600 bytes, as a HEC sender sends them.
func webRecords(_ count: Int, seed: UInt64, from first: Int = 0) -> [PendingRecord] {
    var random = SplitMix64(seed: seed)
    let paths = ["/api/v1/orders", "/login", "/static/app.js", "/api/v1/users/profile", "/health"]
    let agents = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605",
        "okhttp/4.12.0", "python-requests/2.32.3",
    ]
    return (0..<count).map { index in
        let number = first + index
        let received = Timestamp(nanoseconds: start.nanoseconds + Int64(number) * 200_000)
        let time = received.nanoseconds - Int64.random(in: 0..<2_000_000_000, using: &random)
        let request = random.next()
        let bytes = Int.random(in: 200..<90_000, using: &random)
        let text = """
            {"timestamp":"\(Timestamp(nanoseconds: time / 1_000_000 * 1_000_000).text)",\
            "level":"info","logger":"edge.access","host":"web-\(Int.random(in: 1...24, using: &random))",\
            "request_id":"\(String(request, radix: 16))","client":{"ip":"203.0.113.\
            \(Int.random(in: 1...254, using: &random))","port":\(Int.random(in: 1024..<65_535, using: &random))},\
            "user":"user\(Int.random(in: 1...4000, using: &random))@example.com",\
            "http":{"method":"\(Bool.random(using: &random) ? "GET" : "POST")",\
            "path":"\(paths[Int.random(in: 0..<paths.count, using: &random)])",\
            "status":\([200, 200, 200, 302, 404, 500][Int.random(in: 0..<6, using: &random)]),\
            "bytes":\(bytes),"duration_ms":\(Int.random(in: 1..<3000, using: &random)),\
            "user_agent":"\(agents[Int.random(in: 0..<agents.count, using: &random)])"},\
            "tls":{"version":"1.3","cipher":"TLS_AES_256_GCM_SHA384"},\
            "region":"eu-central-1","service":"storefront","deployment":"storefront-7f9c6d5b8-x2x4z"}
            """
        return PendingRecord(
            received: received, source: sourceA, content: .record(.json),
            envelope: ArchivedRecord.Envelope(
                time: Timestamp(nanoseconds: time), host: "web-\(number % 24)"),
            bytes: Array(text.utf8))
    }
}

/// What should come back for what was handed in.
func expected(_ records: [PendingRecord], from sequence: UInt64 = 1) -> [ArchivedRecord] {
    records.enumerated().map { index, record in
        ArchivedRecord(
            sequence: sequence + UInt64(index), received: record.received, source: record.source,
            content: record.content, key: record.key, envelope: record.envelope,
            bytes: record.bytes)
    }
}

/// The code of the failure; nil where nothing failed.
func failure(_ body: () throws -> Void) -> StoreFailure.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? StoreFailure)?.code
    }
}
