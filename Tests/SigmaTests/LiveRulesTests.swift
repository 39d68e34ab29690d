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
}
