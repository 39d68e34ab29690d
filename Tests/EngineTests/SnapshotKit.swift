import Sigma
import TestKit

@testable import Engine

/// Sets of generated rules, and what becomes of them on their way through a snapshot.
enum SnapshotKit {
    static let key = SnapshotKey(high: 1, low: 2)

    static func collection(_ generator: inout RuleGenerator, count: Int = 40) -> RuleCollection {
        var collection = RuleCollection()
        for number in 0..<count { collection.rules.append(generator.rule(number: number)) }
        return collection
    }

    static func set(_ collection: RuleCollection, classFields: [String]) throws -> RuleSet {
        RuleSet(collection, mappings: [try `Fast and plain evaluation`.mapping(classFields)])
    }

    static func bytes(of set: RuleSet, key: SnapshotKey = key) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try set.writeSnapshot(key: key) { bytes += $0 }
        return bytes
    }

    /// A set that has compiled the classes of some events, its snapshot, and those events.
    static func sample(
        seed: UInt64, classFields: [String], rules: Int = 40, events: Int = 30
    ) throws -> (bytes: [UInt8], events: [PlainEvent]) {
        var generator = RuleGenerator(seed: seed)
        let set = try set(collection(&generator, count: rules), classFields: classFields)
        let events = (0..<events).map { _ in generator.event() }
        _ = fired(set, events)
        return (try bytes(of: set), events)
    }

    static func fired(_ set: RuleSet, _ events: [PlainEvent]) -> [[Int]] {
        var engine = SingleEventEngine(set)
        return events.map { engine.fired($0) }
    }

    /// The snapshot with another core or other programs, its checksums right again.
    static func resealed(
        _ bytes: [UInt8], core change: ([UInt8]) -> [UInt8] = { $0 },
        program changeProgram: ([UInt8]) -> [UInt8] = { $0 }
    ) throws -> [UInt8] {
        let source = SnapshotSource(bytes)
        let trailer = try SnapshotTrailer(source)
        let old = try StoredPrograms(
            directory: try source.read(trailer.directory), source: source,
            limits: .init(ruleCount: .max, nameCount: .max, regexCount: .max))
        var result = Array(bytes[..<8])
        func append(_ part: [UInt8]) -> SnapshotSection {
            let start = result.count
            result += part
            return SnapshotSection(
                range: start..<result.count, checksum: SnapshotSection.checksum(part))
        }
        var places: [(key: ClassKey, section: SnapshotSection)] = []
        for key in old.keys {
            if let packed = old.packed(key) { places.append((key, append(changeProgram(packed)))) }
        }
        let core = append(change(try source.read(trailer.core)))
        let directory = append(StoredPrograms.directory(places))
        return result + SnapshotTrailer(key: trailer.key, core: core, directory: directory).bytes
    }
}
