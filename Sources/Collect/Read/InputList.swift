/// The files that the given paths stand for, in the order they will be read.
struct InputList {
    struct Entry {
        enum Origin {
            case standardInput
            /// Bytes that were handed over; the path is their name.
            case memory
            /// The user wrote this path, or a pattern for it.
            case named
            /// Found within a folder that was named.
            case found
        }
        var path: [UInt8]
        var origin: Origin
        var size: UInt64?
        /// Of a plain file.
        var status: FileStatus?
        /// Why it is not read at all.
        var problem: ReadFailure?

        var name: String {
            origin == .standardInput ? "-" : String(decoding: path, as: UTF8.self)
        }
    }

    private(set) var entries: [Entry] = []
    private let limits: ReadLimits
    private var seen: Set<FileKey> = []
    private var isFull = false

    private struct FileKey: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    init(memory name: String, size: Int) {
        limits = ReadLimits()
        entries = [Entry(path: Array(name.utf8), origin: .memory, size: UInt64(size))]
    }

    init(_ paths: [String], limits: ReadLimits) {
        self.limits = limits
        for path in paths { add(Array(path.utf8)) }
    }

    /// Bytes of all files on disk; nil when some input's size is not known.
    var totalBytes: UInt64? {
        var total: UInt64 = 0
        for entry in entries where entry.problem == nil {
            guard let size = entry.size else { return nil }
            total += size
        }
        return total
    }

    private mutating func add(_ path: [UInt8]) {
        if path == [0x2d] {
            append(Entry(path: [], origin: .standardInput))
            return
        }
        do throws(ReadFailure) {
            addNamed(path, try FileStatus(path: path, followsLink: true))
        } catch {
            guard error.code == .notFound, let pattern = PathPattern(path) else {
                append(Entry(path: path, origin: .named, problem: error))
                return
            }
            let matches = pattern.matches(limit: limits.filesMax)
            if matches.isEmpty {
                let problem = ReadFailure(.notFound, "no file matches this pattern; check the path")
                append(Entry(path: path, origin: .named, problem: problem))
            }
            for match in matches {
                do throws(ReadFailure) {
                    addNamed(match, try FileStatus(path: match, followsLink: true))
                } catch {
                    append(Entry(path: match, origin: .named, problem: error))
                }
            }
        }
    }

    private mutating func addNamed(_ path: [UInt8], _ status: FileStatus) {
        switch status.kind {
        case .folder: addFolder(path)
        case .file: addFile(path, status, .named)
        case .link, .other: append(Entry(path: path, origin: .named))
        }
    }

    private mutating func addFile(_ path: [UInt8], _ status: FileStatus, _ origin: Entry.Origin) {
        let isNew = seen.insert(FileKey(device: status.device, inode: status.inode)).inserted
        append(
            Entry(
                path: path, origin: origin, size: status.size, status: status,
                problem: isNew
                    ? nil
                    : ReadFailure(.unrecognised, "passed over: the same file was named before")))
    }

    /// Everything below a folder, by the bytes of the whole path. Links are not followed, so no
    /// circle can arise; hidden names are passed over and said so.
    private mutating func addFolder(_ root: [UInt8]) {
        var found: [Entry] = []
        var statuses: [[UInt8]: FileStatus] = [:]
        var pending: [(path: [UInt8], depth: Int)] = [(root, 0)]
        while let folder = pending.popLast() {
            do throws(ReadFailure) {
                guard folder.depth <= PathPattern.depthMax else {
                    throw ReadFailure(.limit, "folders lie more than \(PathPattern.depthMax) deep")
                }
                for name in try DirectoryListing.names(in: folder.path) {
                    // One more than the limit, so that the excess is seen and told.
                    guard found.count <= limits.filesMax else { break }
                    let path = PathPattern.join(folder.path, name)
                    if name.first == 0x2e {
                        found.append(Self.passedOver(path, "hidden; name it to read it"))
                        continue
                    }
                    let status = try FileStatus(path: path, followsLink: false)
                    switch status.kind {
                    case .folder: pending.append((path, folder.depth + 1))
                    case .link:
                        found.append(
                            Self.passedOver(path, "a symbolic link; name what it points at"))
                    case .other:
                        found.append(Self.passedOver(path, "a pipe, socket or device"))
                    case .file:
                        found.append(Entry(path: path, origin: .found, size: status.size))
                        statuses[path] = status
                    }
                }
            } catch {
                found.append(Entry(path: folder.path, origin: .named, problem: error))
            }
        }
        if found.isEmpty {
            let problem = ReadFailure(.notFound, "the folder is empty; check the path")
            append(Entry(path: root, origin: .named, problem: problem))
        }
        found.sort { $0.path.lexicographicallyPrecedes($1.path) }
        for entry in found {
            if let status = statuses[entry.path] {
                addFile(entry.path, status, .found)
            } else {
                append(entry)
            }
        }
    }

    private static func passedOver(_ path: [UInt8], _ why: String) -> Entry {
        Entry(
            path: path, origin: .found,
            problem: ReadFailure(.unrecognised, "passed over: \(why)"))
    }

    private mutating func append(_ entry: Entry) {
        guard !isFull else { return }
        if entries.count == limits.filesMax {
            isFull = true
            let problem = ReadFailure(
                .limit, "more than \(limits.filesMax) files; the rest was not read, name fewer")
            entries.append(Entry(path: entry.path, origin: .named, problem: problem))
        } else {
            entries.append(entry)
        }
    }
}
