import Console
import Engine
import Foundation
import Sigma
import Store
import Tenancy
import Watch

extension ConsoleDesk {
    func rules(in scope: TenantScope) async throws(StoreFailure) -> [RuleInForce] {
        var found: [RuleInForce] = []
        for (tenant, loaded) in watch.loaded.sorted(by: { $0.key < $1.key })
        where scope.covers(tenant) {
            let kinds = Self.kinds(of: loaded.rules)
            for index in loaded.rules.metadata.indices {
                found.append(Self.inForce(index, of: loaded.rules, tenant, kinds))
            }
        }
        return found
    }

    func rule(
        _ id: String, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> RuleReading? {
        try require(Permission(.read, .rules), tenant, scope)
        guard let rules = watch.loaded[tenant]?.rules,
            let index = rules.metadata.firstIndex(where: { $0.id == id })
        else { return nil }
        return Self.reading(index, of: rules, tenant)
    }

    func ruleFaults(in scope: TenantScope) async throws(StoreFailure) -> [RuleFault] {
        watch.loaded.sorted { $0.key < $1.key }.flatMap { tenant, loaded -> [RuleFault] in
            guard scope.covers(tenant) else { return [] }
            return loaded.problems.prefix(RuleFault.perTenantMax).map { problem in
                RuleFault(
                    tenant: tenant, place: Self.below(problem.location),
                    reason: problem.reason.rawValue, isRefused: problem.severity == .refused,
                    message: problem.message)
            }
        }
    }

    /// Kinds of logs that feed each rule, by its index; those of a correlation are its rules' together.
    private static func kinds(of rules: RuleSet) -> [[String]] {
        var known: [Logsource: [String]] = [:]
        var all: [[String]] = []
        var byName: [String: [String]] = [:]
        for index in 0..<rules.ruleCount {
            let logsource = rules.rule(index).logsource
            let kinds = known[logsource] ?? rules.kinds(feeding: logsource).map(\.rawValue)
            known[logsource] = kinds
            all.append(kinds)
            byName[rules.metadata[index].id] = kinds
        }
        for correlation in rules.correlations {
            let kinds = Set(correlation.rules.flatMap { byName[$0] ?? [] }).sorted()
            byName[correlation.metadata.id] = kinds
            all.append(kinds)
        }
        return all
    }

    private static func inForce(
        _ index: Int, of rules: RuleSet, _ tenant: TenantID, _ kinds: [[String]]
    ) -> RuleInForce {
        let metadata = rules.metadata[index]
        let isCorrelation = index >= rules.ruleCount
        let logsource =
            isCorrelation
            ? rules.correlations[index - rules.ruleCount].kind.rawValue
            : rules.rule(index).logsource.text
        return RuleInForce(
            id: metadata.id, title: metadata.title, level: metadata.level.name,
            techniques: metadata.tags.filter { $0.hasPrefix("attack.t") }, tenant: tenant,
            logsource: logsource, kinds: kinds[index], isCorrelation: isCorrelation)
    }

    private static func reading(
        _ index: Int, of rules: RuleSet, _ tenant: TenantID
    ) -> RuleReading {
        let metadata = rules.metadata[index]
        var reading = RuleReading(inForce(index, of: rules, tenant, kinds(of: rules)))
        reading.status = metadata.status
        reading.author = metadata.author
        reading.license = metadata.license
        reading.description = metadata.description
        reading.tags = metadata.tags
        reading.references = metadata.references
        reading.falsePositives = metadata.falsePositives
        reading.file = below(metadata.source)
        reading.text = text(of: metadata.source.path)
        if index >= rules.ruleCount {
            tell(rules.correlations[index - rules.ruleCount], rules, to: &reading)
        } else {
            let rule = rules.rule(index)
            var outline = RuleOutline()
            outline.add(rule.condition)
            reading.outline = outline.lines
            reading.fields = outline.fields.sorted()
            reading.feeds = rules.feeds(of: rule.logsource).map(\.text)
        }
        return reading
    }

    private static func tell(
        _ correlation: Correlation, _ rules: RuleSet, to reading: inout RuleReading
    ) {
        let titles = Dictionary(
            rules.metadata.map { ($0.id, $0.title) }, uniquingKeysWith: { first, _ in first })
        reading.outline = [
            .init(
                depth: 0,
                text: "\(correlation.kind.rawValue) within \(correlation.timespanSeconds) s")
        ]
        if !correlation.groupBy.isEmpty {
            reading.outline.append(
                .init(depth: 0, text: "for each \(correlation.groupBy.joined(separator: " + "))"))
        }
        reading.outline += correlation.rules.map { id in
            .init(depth: 1, text: titles[id].map { "\($0) (\(id))" } ?? id)
        }
        reading.fields = (correlation.groupBy + correlation.fields).sorted()
        reading.feeds = reading.rule.kinds
    }

    /// What a reader of the console may know of a path: what stands below the folder of rules.
    private static func below(_ location: SourceLocation) -> String {
        var shown = location
        for mark in ["/Content/rules/", "/rules/"] {
            guard let range = shown.path.range(of: mark, options: .backwards) else { continue }
            shown.path = String(shown.path[range.upperBound...])
            return shown.description
        }
        shown.path = (shown.path as NSString).lastPathComponent
        return shown.description
    }

    private static func text(of path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let bytes = try? handle.read(upToCount: RuleReading.textBytesMax + 1),
            bytes.count <= RuleReading.textBytesMax
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension RuleFeed {
    /// `windows: EventID=1|4688 (extra mapping)`
    var text: String {
        let conditions = when.sorted { $0.key < $1.key }.map {
            "\($0.key)=\($0.value.joined(separator: "|"))"
        }
        return kind.rawValue + (conditions.isEmpty ? "" : ": " + conditions.joined(separator: ", "))
            + (isExtra ? " (extra mapping)" : "")
    }
}

/// A condition as indented lines, and the fields it names.
struct RuleOutline {
    private(set) var lines: [RuleReading.Line] = []
    private(set) var fields: Set<String> = []

    mutating func add(_ expression: Sigma.Expression, depth: Int = 0) {
        switch expression {
        case .all(let parts): add("all of", parts, depth)
        case .any(let parts): add("any of", parts, depth)
        case .not(let part): add("not", [part], depth)
        case .test(let predicate):
            if let field = predicate.field { fields.insert(field) }
            if case .fieldReference(let reference) = predicate.test {
                fields.insert(reference.field)
            }
            add((predicate.field ?? "any value") + predicate.test.asked, depth)
        }
    }

    private mutating func add(_ words: String, _ parts: [Sigma.Expression], _ depth: Int) {
        add(words, depth)
        for part in parts { add(part, depth: depth + 1) }
    }

    private mutating func add(_ text: String, _ depth: Int) {
        guard lines.count < RuleReading.linesMax else { return }
        lines.append(.init(depth: depth, text: text))
    }
}
