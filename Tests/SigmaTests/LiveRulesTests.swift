import Foundation
import Sigma
import TestKit
import Testing

/// The public rule set, where it is at hand: `KAGARI_DATA` names the folder with the unpacked data.
enum LiveRules {
    static let folder: URL? = {
        var candidates: [URL] = []
        if let data = ProcessInfo.processInfo.environment["KAGARI_DATA"] {
            candidates.append(URL(fileURLWithPath: data))
        }
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        candidates.append(checkout.appendingPathComponent("../shared/data"))
        return candidates.map { $0.appendingPathComponent("sigma-rules") }.first {
            FileManager.default.fileExists(atPath: $0.path)
        }
    }()

    static var regressionFolder: URL? {
        let found = folder?.deletingLastPathComponent().appendingPathComponent("sigma-regression")
        return found.flatMap { FileManager.default.fileExists(atPath: $0.path) ? $0 : nil }
    }

    static func load(_ folders: (String) -> Bool) throws -> RuleCollection {
        var loader = RuleLoader()
        let root = try #require(folder)
        for name in try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
        where folders(name) {
            let base = root.appendingPathComponent(name)
            guard let files = FileManager.default.enumerator(atPath: base.path) else { continue }
            let paths = files.compactMap { $0 as? String }.filter { $0.hasSuffix(".yml") }.sorted()
            for path in paths {
                let bytes = try Data(contentsOf: base.appendingPathComponent(path))
                loader.add(path: "\(name)/\(path)", bytes: Array(bytes))
            }
        }
        return loader.finish()
    }
}

@Suite(.enabled(if: LiveRules.folder != nil, "needs KAGARI_DATA with sigma-rules"))
struct `The public rule set` {
    @Test func `every live rule loads but those that need a site's values`() throws {
        let collection = try LiveRules.load { $0.hasPrefix("rules") }
        let refused = Set(
            collection.problems.filter { $0.severity == .refused }.map(\.location.path))
        #expect(collection.rules.count + refused.count == collection.documentCount)
        #expect(collection.rules.count > 3000)
        #expect(collection.problems.allSatisfy { $0.reason == .placeholder })
        #expect(collection.problems.allSatisfy { $0.location.line > 0 && $0.ruleID != nil })
    }

    @Test func `every retired rule is told with its reason, none is lost`() throws {
        let collection = try LiveRules.load { $0 == "deprecated" || $0 == "unsupported" }
        #expect(collection.rules.isEmpty)
        let reasons: Set<RuleProblem.Reason> = [.deprecated, .unsupported, .aggregationPipe]
        #expect(collection.problems.allSatisfy { reasons.contains($0.reason) })
        #expect(collection.problems.contains { $0.reason == .aggregationPipe })
        #expect(collection.problems.allSatisfy { $0.location.line > 0 })
    }

    @Test(.enabled(if: LiveRules.regressionFolder != nil, "needs sigma-regression beside it"))
    func `every regression case meets its rule`() throws {
        let collection = try LiveRules.load { $0.hasPrefix("rules") }
        var byID: [String: Rule] = [:]
        for rule in collection.rules { byID[rule.metadata.id] = rule }
        let cases = try LiveRules.regressionCases()
        #expect(cases.count > 30)
        for (id, events) in cases {
            let rule = try #require(byID[id])
            let hits = events.count { PlainEvaluator().matches(rule, $0) }
            #expect(hits > 0, "\(rule.metadata.title) \(id)")
        }
    }
}

extension LiveRules {
    /// Rule id → the events its author recorded, flat: the leaves of EventData and System.
    static func regressionCases() throws -> [(id: String, events: [PlainEvent])] {
        let root = try #require(regressionFolder)
        let files = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String }
        return try (files ?? []).filter { $0.hasSuffix(".json") }.sorted().map { path in
            let url = root.appendingPathComponent(path)
            // Records stand one behind the other, each closed by a brace of its own line.
            let records = try String(contentsOf: url, encoding: .utf8)
                .split(separator: "\n}").map { String($0) + "\n}" }
                .filter { $0.contains("{") }
                .map { try JSONSerialization.jsonObject(with: Data($0.utf8)) }
            let id = url.deletingPathExtension().lastPathComponent
            return (id, records.map { PlainEvent(fields: leaves(of: $0, name: "")) })
        }
    }

    private static func leaves(of value: Any, name: String) -> [PlainEvent.Field] {
        switch value {
        case let map as [String: Any]:
            map.sorted { $0.key < $1.key }.flatMap { key, value in
                leaves(of: value, name: key.replacing(" ", with: ""))
            }
        case let list as [Any]: list.flatMap { leaves(of: $0, name: name) }
        case is NSNull: [PlainEvent.Field(name: name, value: nil)]
        case let number as NSNumber where isBoolean(number):
            [PlainEvent.Field(name: name, value: Array("\(number.boolValue)".utf8))]
        default: [PlainEvent.Field(name: name, value: Array("\(value)".utf8))]
        }
    }

    private static func isBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c"
    }
}
