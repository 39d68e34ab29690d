import Collect
import Engine
import Foundation
import Testing

@testable import Sigma

/// The rules and mappings that come with the program, and the events that prove the rules.
struct ContentKit {
    /// One way to show a rule something: the events of one case, as JSON lines.
    struct Case {
        var kind: String
        var lines: String
    }

    struct Proof {
        var path: String
        var rule: String
        var positive: [Case]
        var negative: [Case]
    }

    static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/Content"

    let collection: RuleCollection
    let rules: RuleSet
    private let mappings: [String: Mapping]

    init() throws {
        var loader = RuleLoader(
            options: .init(validateRegex: { pattern in
                do throws(RegexFailure) {
                    _ = try LinearRegex(pattern)
                    return nil
                } catch {
                    return error.description
                }
            }))
        for file in RuleFolder.files(at: Self.folder + "/rules").files {
            loader.add(path: file.path, bytes: file.bytes)
        }
        collection = loader.finish()
        var mappings: [String: Mapping] = [:]
        for file in RuleFolder.files(at: Self.folder + "/mappings").files {
            var mapping = try MappingReader.read(
                path: file.path, text: String(decoding: file.bytes, as: UTF8.self))
            // Kinds that only text formats carry are told here by a member of their own.
            if mapping.recognise.isEmpty { mapping.recognise = [["made.\(mapping.source)"]] }
            if mapping.timeFields.isEmpty { mapping.timeFields = ["made.time"] }
            mappings[mapping.source] = mapping
        }
        self.mappings = mappings
        rules = RuleSet(collection, mappings: Array(mappings.values))
    }

    // MARK: events

    static func proofs() throws -> [Proof] {
        try RuleFolder.files(at: folder + "/rule-events").files.map { file in
            let node = try #require(try ContentYAML.read(file.bytes), "\(file.path) is empty")
            let kit = try shared.get()
            return Proof(
                path: file.path, rule: node["rule"]?.scalar?.text ?? "",
                positive: node["positive"]?.items.map(kit.made) ?? [],
                negative: node["negative"]?.items.map(kit.made) ?? [])
        }
    }

    static let shared = Result { try ContentKit() }

    /// `repeat`, `every`, `after` in seconds; `{n}` is the number of the repetition.
    private func made(_ node: YAMLNode) -> Case {
        let kind = node["source"]?.scalar?.text ?? ""
        var clock = 1_767_225_600.0
        var lines = ""
        for event in node["events"]?.items ?? [node] {
            clock += Self.number(event["after"]) ?? 0
            let times = Int(Self.number(event["repeat"]) ?? 1)
            for turn in 1...max(1, times) {
                if turn > 1 { clock += Self.number(event["every"]) ?? 1 }
                lines += line(kind, event["fields"]?.pairs ?? [], turn: turn, clock: clock) + "\n"
            }
            clock += 1
        }
        return Case(kind: kind, lines: lines)
    }

    private static func number(_ node: YAMLNode?) -> Double? {
        node?.scalar.flatMap { Double($0.text) }
    }

    private func line(_ kind: String, _ fields: [YAMLPair], turn: Int, clock: Double) -> String {
        var members = fields.map { pair in
            (
                name: pair.key,
                value: ContentYAML.json(pair.value).replacing("{n}", with: "\(turn)")
            )
        }
        guard let mapping = mappings[kind] else { return ContentYAML.json(members) }
        if let name = mapping.timeFields.first, !members.contains(where: { $0.name == name }) {
            let time = Timestamp(nanoseconds: Int64(clock * 1e9))
            members.append((name: name, value: ContentYAML.json(time.text)))
        }
        let missing = mapping.recognise.map { list in
            list.filter { name in !members.contains { $0.name == name } }
        }
        for name in missing.min(by: { $0.count < $1.count }) ?? [] {
            members.append((name: name, value: "\"x\""))
        }
        return ContentYAML.json(members)
    }

    // MARK: running

    /// Ids of the rules and correlations that fired, with or without an alert of their own.
    func fired(_ proof: Case) -> Set<String> {
        var worker = Worker(rules: rules)
        var engine = DetectionEngine(rules: rules)
        let outcome = worker.process(
            Block(
                source: 0, sequence: 0, bytes: Array(proof.lines.utf8), offset: 0, firstLine: 1,
                format: .json))
        var fired = Set(outcome.occurrences.map { rules.metadata[$0.rule].id })
        engine.absorb(outcome)
        for alert in engine.finish(sources: []).alerts {
            fired.insert(rules.metadata[alert.rule].id)
        }
        return fired
    }
}
