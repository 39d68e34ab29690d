import Collect
import CoreFoundation
import Engine
import Foundation
import Glibc

/// What decides the compiled rules, as hashes: by content, and quicker by what the file system
/// says about the files. See docs/rule-cache.md.
enum RuleCacheKey {
    /// Everything beside the files themselves.
    struct Options {
        var rulePaths: [String]
        var mappingFolder: String
        var placeholders: String?
        var usesExtras: Bool
    }

    /// A change this shortly before we looked could be followed by another one that leaves the
    /// same time behind: file systems count time in steps, FAT in two seconds.
    static let settledNanoseconds: Int64 = 2_500_000_000

    /// From sizes, times and inodes of all files. Nil where that says too little: something was
    /// changed a moment ago, cannot be looked at, or there are too many files.
    static func quick(_ options: Options, now: Timestamp) -> SnapshotKey? {
        var walk = FileWalk(settledBefore: now.nanoseconds - settledNanoseconds)
        for path in options.rulePaths + [options.mappingFolder] { walk.addNamed(path) }
        if let placeholders = options.placeholders { walk.addNamed(placeholders) }
        walk.addNamed("/proc/self/exe")
        guard let sum = walk.sum else { return nil }
        var hash = start(options)
        hash.add(FileManager.default.currentDirectoryPath)
        hash.add(sum.high)
        hash.add(sum.low)
        return key(hash)
    }

    /// From the bytes of all files.
    static func content(
        _ options: Options, rules: [[RuleFolder.File]], mappings: [RuleFolder.File]
    ) -> SnapshotKey? {
        guard let program = FileWalk.identity(of: "/proc/self/exe") else { return nil }
        var hash = start(options)
        hash.add(program)
        if let path = options.placeholders {
            guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
            hash.add([UInt8](bytes))
        }
        for files in rules + [mappings] {
            hash.add(UInt64(files.count))
            for file in files {
                hash.add(file.path)
                hash.add(file.bytes)
            }
        }
        return key(hash)
    }

    private static func start(_ options: Options) -> StableHash {
        var hash = StableHash()
        hash.add("kagari rule cache 1")
        hash.add(UInt64(options.usesExtras ? 1 : 0))
        hash.add(UInt64(options.placeholders == nil ? 0 : 1))
        hash.add(UInt64(options.rulePaths.count))
        for path in options.rulePaths { hash.add(path) }
        hash.add(options.mappingFolder)
        return hash
    }

    private static func key(_ hash: consuming StableHash) -> SnapshotKey {
        let (high, low) = hash.finish()
        return SnapshotKey(high: high, low: low)
    }
}

/// Adds up what the file system says about rule files, in whatever order it lists them.
struct FileWalk {
    private static let filesMax = 200_000
    private static let depthMax = 64

    private let settledBefore: Int64
    private var high: UInt64 = 0
    private var low: UInt64 = 0
    private var count = 0
    private var isSure = true

    init(settledBefore: Int64) { self.settledBefore = settledBefore }

    /// Nil when the files may have changed without these figures telling.
    var sum: (high: UInt64, low: UInt64)? { isSure ? (high, low) : nil }

    /// A path the user wrote: links are followed, as reading does.
    mutating func addNamed(_ path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return isSure = false }
        if status.st_mode & S_IFMT == S_IFDIR {
            addFolder(path, depth: 0)
        } else {
            add(path, status)
        }
    }

    private mutating func addFolder(_ path: String, depth: Int) {
        guard depth <= Self.depthMax, let folder = unsafe opendir(path) else {
            return isSure = false
        }
        defer { unsafe closedir(folder) }
        while isSure, let entry = unsafe readdir(folder) {
            // The system ends each name with a zero within its place.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            // As reading does: hidden names are not looked at.
            if name.utf8.first == UInt8(ascii: ".") { continue }
            let kind = unsafe Int32(entry.pointee.d_type)
            let isRule = Self.isRule(name)
            if kind == Int32(DT_REG), !isRule { continue }
            let whole = path + "/" + name
            if kind == Int32(DT_DIR) {
                addFolder(whole, depth: depth + 1)
                continue
            }
            var status = stat()
            guard unsafe fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                return isSure = false
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                addFolder(whole, depth: depth + 1)
            } else if isRule {
                add(whole, status)
            }
        }
    }

    private static func isRule(_ name: String) -> Bool {
        ends(name, with: ".yml") || ends(name, with: ".yaml")
    }

    /// Whatever the case of its letters.
    private static func ends(_ name: String, with end: StaticString) -> Bool {
        let bytes = name.utf8
        let count = end.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        var at = bytes.index(bytes.endIndex, offsetBy: -count)
        for index in 0..<count {
            guard unsafe bytes[at] | 0x20 == end.utf8Start[index] | 0x20 else { return false }
            bytes.formIndex(after: &at)
        }
        return true
    }

    private mutating func add(_ path: String, _ status: stat) {
        count += 1
        let changed = max(Self.nanoseconds(status.st_mtim), Self.nanoseconds(status.st_ctim))
        guard count <= Self.filesMax, changed < settledBefore else { return isSure = false }
        var hash = Self.hash(status)
        hash.add(path)
        let (high, low) = hash.finish()
        self.high &+= high
        self.low &+= low
    }

    private static func hash(_ status: stat) -> StableHash {
        var hash = StableHash()
        hash.add(UInt64(status.st_dev))
        hash.add(UInt64(status.st_ino))
        hash.add(UInt64(bitPattern: Int64(status.st_size)))
        hash.add(UInt64(bitPattern: nanoseconds(status.st_mtim)))
        hash.add(UInt64(bitPattern: nanoseconds(status.st_ctim)))
        hash.add(UInt64(status.st_mode))
        return hash
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Which program this is, so that another one does not use what this one compiled.
    static func identity(of path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return "\(status.st_size) \(nanoseconds(status.st_mtim))"
    }
}
