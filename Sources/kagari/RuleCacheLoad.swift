import Collect
import Engine
import Foundation
import Sigma

/// The rules a run works with, and how to remember what it compiled.
struct RulesInForce {
    let rules: RuleSet
    /// Where they came from, for `--stats`: "rule files", or the cache.
    private(set) var isFromCache = false
    /// What went wrong with the cache.
    private(set) var cacheProblem: String?
    private var cache: RuleCache?
    private var content: SnapshotKey?
    private var quick: SnapshotKey?

    /// - Parameter cache: nil to read all files, and remember nothing.
    static func load(
        _ options: RuleOptions, _ folder: Content, cache: RuleCache?
    ) throws -> RulesInForce {
        guard let cache else {
            let files = try options.files(folder)
            return RulesInForce(
                rules: RuleSet(
                    try options.collection(files), mappings: try folder.mappings(),
                    extras: !options.noExtraMappings))
        }
        let about = options.cacheOptions(folder)
        let quick = RuleCacheKey.quick(about, now: Machine.now)
        var problem: String?
        func open(_ entry: RuleCache.Entry) -> RuleSet? {
            do { return try cache.open(entry) } catch {
                problem = "the cached rules \(cache.folder)/\(entry.name) were not used: \(error)"
                return nil
            }
        }
        if let quick, let entry = cache.find(quick: quick), let rules = open(entry) {
            return RulesInForce(
                rules: rules, isFromCache: true, cacheProblem: problem, cache: cache,
                content: entry.content, quick: quick)
        }
        let files = try options.files(folder)
        let mappings = try folder.mappingFiles()
        // What could not be read may be readable next time.
        let content =
            files.contains { !$0.problems.isEmpty }
            ? nil : RuleCacheKey.content(about, rules: files.map(\.files), mappings: mappings)
        if let content, let entry = cache.find(content: content), let rules = open(entry) {
            if let quick { cache.rename(entry, quick: quick) }
            return RulesInForce(
                rules: rules, isFromCache: true, cacheProblem: problem, cache: cache,
                content: content, quick: quick)
        }
        let rules = RuleSet(
            try options.collection(files), mappings: try Content.mappings(mappings),
            extras: !options.noExtraMappings)
        return RulesInForce(
            rules: rules, cacheProblem: problem, cache: cache, content: content, quick: quick)
    }

    /// Writes the cache when this run compiled something that was not in it.
    /// - Returns: what went wrong, here or before.
    func remember() -> String? {
        guard let cache, let content, rules.newlyCompiledClasses > 0 else { return cacheProblem }
        do {
            try cache.store(rules, content: content, quick: quick)
            return cacheProblem
        } catch {
            return "the compiled rules were not kept in \(cache.folder): \(error)"
        }
    }
}

extension RuleOptions {
    /// The folders named, Kagari's own first.
    private func folders(_ content: Content) -> [String] {
        (noBuiltin ? [] : [content.rules]) + rules
    }

    func cacheOptions(_ content: Content) -> RuleCacheKey.Options {
        RuleCacheKey.Options(
            rulePaths: folders(content), mappingFolder: content.mappingFolder,
            placeholders: placeholders, usesExtras: !noExtraMappings)
    }

    /// All rule files, for each folder named.
    func files(_ content: Content) throws -> [RuleFolder.Listing] {
        try folders(content).map { folder in
            let listing = RuleFolder.files(at: folder)
            if listing.files.isEmpty, listing.problems.isEmpty {
                throw UserError("no rules (.yml) in \(folder); name the folder that holds them")
            }
            return listing
        }
    }

    /// Reads all rules named; what is wrong with single rules is in the collection.
    func load(_ content: Content) throws -> RuleCollection { try collection(files(content)) }
}
