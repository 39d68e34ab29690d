internal import Engine

/// One file that is followed, while the program runs.
final class TrackedFile {
    var file: FollowedFile
    /// Some file holds it; else it is looked for.
    var hasFile = true
    /// Met by a pattern in the last look.
    var isMet = false
    /// It has a name that rotation made, and the log itself is there too.
    var isRotated = false
    var size: UInt64 = 0
    var modified: Timestamp?
    /// When its size or time was seen to be another one.
    var lastChange = Timestamp(nanoseconds: 0)
    var missingSince: Timestamp?
    /// Nothing whole was found in it when it had this size.
    var stalledAt: UInt64?
    /// It was touched since it was last seen that it still says what was read: another file may have come into its place, of the same size.
    var isUnchecked = true
    /// What waits has a line's end in it.
    var holdsLine = false
    /// Cannot be followed; told.
    var isRefused = false
    var headerBytes: [UInt8]?
    var tailBytes: [UInt8] = []

    init(_ file: FollowedFile) { self.file = file }

    var name: [UInt8] { RotationName.split(file.path).name }
    var folder: [UInt8] { RotationName.split(file.path).folder }

    /// Written once, as far as is known: by a rotation, as a copy or as a compressed text.
    var isOfRotation: Bool { file.isCopy || file.isPacked || RotationName.isMade(file.path) }

    /// Nobody will write to it any more, as far as its name tells.
    var isPutAside: Bool { !isMet || isRotated || missingSince != nil }

    func isQuiet(for seconds: Int64, at now: Timestamp) -> Bool {
        now.nanoseconds - lastChange.nanoseconds >= seconds * 1_000_000_000
    }

    /// Takes note of how the file is now.
    func see(_ status: FileStatus, at now: Timestamp) {
        guard status.size != size || status.modified != modified || lastChange.nanoseconds == 0
        else { return }
        let isFirst = lastChange.nanoseconds == 0
        lastChange = isFirst ? min(now, status.modified ?? now) : now
        size = status.size
        modified = status.modified
        stalledAt = nil
        isUnchecked = true
        isRefused = false
    }
}

/// Files kept open between reads, those used last.
final class OpenShelf {
    private let countMax: Int
    private var open: [ObjectIdentifier: (file: OpenFile, use: UInt64)] = [:]
    private var uses: UInt64 = 0

    init(countMax: Int) { self.countMax = max(1, countMax) }

    var count: Int { open.count }

    /// - Returns: nil where another file has its path by now.
    func file(of tracked: TrackedFile) throws(ReadFailure) -> OpenFile? {
        uses += 1
        let id = ObjectIdentifier(tracked)
        if let known = open[id], FileKey(known.file.status) == tracked.file.key {
            open[id]?.use = uses
            return known.file
        }
        let file = try OpenFile(path: tracked.file.path, followsLink: true)
        guard FileKey(file.status) == tracked.file.key else { return nil }
        if open.count >= countMax, let oldest = open.min(by: { $0.value.use < $1.value.use })?.key {
            open[oldest] = nil
        }
        open[id] = (file, uses)
        return file
    }

    /// The file as it was opened, whatever became of its path; nil where it is not open.
    func held(_ tracked: TrackedFile) -> OpenFile? {
        guard let known = open[ObjectIdentifier(tracked)],
            FileKey(known.file.status) == tracked.file.key
        else { return nil }
        return known.file
    }

    func close(_ tracked: TrackedFile) { open[ObjectIdentifier(tracked)] = nil }
}

/// What lies in one folder.
struct FolderListing {
    private(set) var entries: [(path: [UInt8], name: [UInt8], status: FileStatus)] = []
    private var byKey: [FileKey: Int] = [:]
    private var byStem: [[UInt8]: [Int]] = [:]

    init(_ folder: [UInt8], countMax: Int) {
        guard let names = try? DirectoryListing.names(in: folder) else { return }
        for name in names.prefix(countMax) {
            let path = PathPattern.join(folder, name)
            guard let status = try? FileStatus(path: path, followsLink: false),
                status.kind == .file
            else { continue }
            byKey[FileKey(status)] = entries.count
            byStem[RotationName.stem(name), default: []].append(entries.count)
            entries.append((path, name, status))
        }
    }

    func entry(_ key: FileKey) -> (path: [UInt8], status: FileStatus)? {
        byKey[key].map { (entries[$0].path, entries[$0].status) }
    }

    /// Files that may hold what `name` held.
    func relatives(of name: [UInt8]) -> [(path: [UInt8], status: FileStatus)] {
        (byStem[RotationName.stem(name)] ?? []).filter {
            RotationName.mayHold(entries[$0].name, whatWasIn: name)
        }.map { (entries[$0].path, entries[$0].status) }
    }
}
