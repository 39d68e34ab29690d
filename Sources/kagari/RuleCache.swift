import CoreFoundation
import Engine
import Foundation
import Glibc

/// The folder with compiled rule sets. Whatever goes wrong here costs time only: the rules are
/// then read from their files.
///
/// A file is named by the content it was made from and by what the file system said about it:
/// `<content>-<quick>.rules`, 32 hex digits each.
///
/// - Bounds: ``filesMax`` files, each at most ``RuleSet/snapshotBytesMax``.
struct RuleCache {
    static let filesMax = 4
    private static let suffix = ".rules"
    private static let unknown = String(repeating: "0", count: 32)

    let folder: String

    /// `KAGARI_CACHE`, else `kagari` in `XDG_CACHE_HOME` or `~/.cache`; nil when none can be named.
    static func standard(_ environment: [String: String]) -> RuleCache? {
        if let named = environment["KAGARI_CACHE"], !named.isEmpty {
            return RuleCache(folder: named)
        }
        if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") {
            return RuleCache(folder: base + "/kagari")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return RuleCache(folder: home + "/.cache/kagari")
    }

    struct Entry {
        var name: String
        var content: SnapshotKey
    }

    func find(quick: SnapshotKey) -> Entry? { find { $0.hasSuffix("-" + quick.text) } }

    func find(content: SnapshotKey) -> Entry? { find { $0.hasPrefix(content.text + "-") } }

    private func find(_ fits: (String) -> Bool) -> Entry? {
        for name in names {
            let stem = String(name.dropLast(Self.suffix.count))
            if fits(stem), let content = SnapshotKey(text: stem.prefix(32)) {
                return Entry(name: name, content: content)
            }
        }
        return nil
    }

    /// Sorted, so that which of two fitting files is taken is no chance.
    private var names: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return all.filter { $0.hasSuffix(Self.suffix) && $0.utf8.count == 65 + Self.suffix.count }
            .sorted()
    }

    /// The set in a file.
    func open(_ entry: Entry) throws -> RuleSet {
        let file = try CacheFile(folder + "/" + entry.name)
        let source = SnapshotSource(byteCount: file.byteCount) { file.read($0) }
        return try RuleSet(snapshot: source, key: entry.content)
    }

    /// Says that the file's content was looked at and belongs to these files.
    func rename(_ entry: Entry, quick: SnapshotKey) {
        let name = Self.name(entry.content, quick)
        unsafe Glibc.rename(folder + "/" + entry.name, folder + "/" + name)
    }

    private static func name(_ content: SnapshotKey, _ quick: SnapshotKey?) -> String {
        content.text + "-" + (quick?.text ?? unknown) + suffix
    }

    /// Writes a set, whole or not at all, and lets the oldest files go.
    @discardableResult
    func store(
        _ rules: RuleSet, content: SnapshotKey, quick: SnapshotKey?
    ) throws -> (bytes: Int, classes: Int) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw UserError("the folder cannot be made; set KAGARI_CACHE to one that can")
        }
        let made = try NewCacheFile(in: folder)
        let written = try rules.writeSnapshot(key: content) { try made.write($0) }
        let name = Self.name(content, quick)
        try made.finish(as: folder + "/" + name)
        for other in names where other != name && other.hasPrefix(content.text) { remove(other) }
        prune(keeping: name)
        return written
    }

    private func prune(keeping kept: String) {
        let dated = names.filter { $0 != kept }.map { name -> (name: String, time: Int) in
            var status = stat()
            guard unsafe stat(folder + "/" + name, &status) == 0 else { return (name, 0) }
            return (name, status.st_mtim.tv_sec)
        }
        let newestFirst = dated.sorted { ($1.time, $0.name) < ($0.time, $1.name) }
        for old in newestFirst.dropFirst(Self.filesMax - 1) { remove(old.name) }
        NewCacheFile.removeLeftovers(in: folder)
    }

    private func remove(_ name: String) { unsafe unlink(folder + "/" + name) }
}

extension SnapshotKey {
    /// 32 lower-case hex digits.
    var text: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    init?(text: some StringProtocol) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.dropFirst(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }
}
