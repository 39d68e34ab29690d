package import Engine

/// Turns files, folders, archives and standard input into blocks of whole records.
///
/// - Called by one thread; blocks may be decoded by any. Order: paths as given, a folder's files by
///   the bytes of their paths, an archive's members as it lists them. So the sequence of blocks
///   depends on the input alone.
/// - Errors: none is thrown. What cannot be read is a source with its ``RunResult/Source/problem``;
///   records that no block can hold are in ``unparsed``.
/// - Bounds: a block under work and its rest (each at most ``ReadLimits/recordBytesMax``), one
///   decompressor a level (32 KiB for gzip, 128 MiB at most for a zstd frame that asks for it) and
///   a zip held where it cannot be sought (64 MiB); none of it depends on the input's size.
package struct InputReader {
    /// Grows as inputs are met; a block's `source` is an index into it. Record counts are left 0,
    /// for whoever decodes; ``RunResult/Source/unparsed`` counts what was given up here.
    package private(set) var sources: [RunResult.Source] = []
    /// At most ``ReadLimits/unparsedKeptMax``.
    package private(set) var unparsed: [RunResult.Unparsed] = []
    package private(set) var unparsedByReason: [String: UInt64] = [:]
    /// Bytes given out in blocks, after decompression.
    package private(set) var bytesRead: UInt64 = 0
    /// Size on disk of all inputs; nil when one has none, as standard input.
    package let totalBytesKnown: UInt64?

    private let options: ReadOptions
    private let standardInput: Int32
    private var memory: [UInt8] = []
    private var inputs: ArraySlice<InputList.Entry>
    private var archives: [OpenArchive] = []
    private var current: Current?
    private var tally: Tally
    private var consumedBefore: UInt64 = 0
    private var sequence: UInt64 = 0
    private var spare: [[UInt8]] = []

    private static let sparesMax = 32

    private struct Current {
        var cutter: any Cutter
        var source: Int
        var format: RecordFormat
        /// When the file it lies in was last written.
        var modified: Timestamp?
    }

    private struct OpenArchive {
        var archive: any Archive
        var name: String
        var depth: Int
        var isNamed: Bool
        var modified: Timestamp?
        /// Members that were read, or should have been.
        var membersOfUse = 0
    }

    /// Where a stream came from, for what is decided about it.
    private struct Origin {
        var name: String
        var isNamed: Bool
        var depth = 0
        var isUnpacked = false
        var file: OpenFile?
        var modified: Timestamp?
    }

    /// - Parameter standardInput: the descriptor that `-` stands for.
    package init(paths: [String], options: ReadOptions = ReadOptions(), standardInput: Int32 = 0) {
        self.options = options
        self.standardInput = standardInput
        let list = InputList(paths, limits: options.limits)
        inputs = list.entries[...]
        totalBytesKnown = list.totalBytes
        tally = Tally(limits: options.limits)
    }

    /// Reads bytes that came another way; held until they are read.
    package init(memory bytes: [UInt8], name: String, options: ReadOptions = ReadOptions()) {
        self.options = options
        standardInput = 0
        memory = bytes
        let list = InputList(memory: name, size: bytes.count)
        inputs = list.entries[...]
        totalBytesKnown = list.totalBytes
        tally = Tally(limits: options.limits)
    }

    /// Bytes of the inputs, as they lie on disk, that have been read; for progress.
    package var bytesOfInputConsumed: UInt64 {
        consumedBefore + min(tally.consumed, tally.size ?? .max)
    }

    /// The next block; nil when all input has been read.
    package mutating func nextBlock() -> Block? {
        while true {
            if let block = nextOfSource() { return block }
            if openMember() { continue }
            guard openInput() else { return nil }
        }
    }

    /// Takes back the storage of a block that has been decoded.
    package mutating func recycle(_ bytes: consuming [UInt8]) {
        guard spare.count < Self.sparesMax, bytes.capacity <= 2 * options.limits.blockBytes else {
            return
        }
        spare.append(bytes)
    }

    // MARK: steps

    private mutating func nextOfSource() -> Block? {
        guard let current else { return nil }
        let (cutter, source) = (current.cutter, current.source)
        var bytes = spare.popLast() ?? []
        var cut: Cut?
        do throws(ReadFailure) {
            cut = try cutter.next(into: &bytes)
        } catch {
            sources[source].problem = error.description
        }
        count(cutter.takeUnparsed(), source)
        guard let cut else {
            self.current = nil
            recycle(bytes)
            return nil
        }
        bytesRead += UInt64(bytes.count)
        defer { sequence += 1 }
        return Block(
            source: source, sequence: sequence, bytes: bytes, offset: cut.offset,
            firstLine: cut.firstLine, format: current.format, preamble: cut.preamble,
            modified: current.modified)
    }

    private mutating func count(_ skipped: [Skipped], _ source: Int) {
        for record in skipped {
            sources[source].unparsed += 1
            unparsedByReason[record.reason, default: 0] += 1
            guard unparsed.count < options.limits.unparsedKeptMax else { continue }
            unparsed.append(
                RunResult.Unparsed(
                    source: source, offset: record.offset, reason: record.reason,
                    bytes: record.bytes))
        }
    }

    /// - Returns: false when no archive is open.
    private mutating func openMember() -> Bool {
        guard let open = archives.last else { return false }
        let member: ArchiveMember?
        do throws(ReadFailure) {
            member = try open.archive.nextMember()
        } catch {
            archives.removeLast()
            refuse(open.name, error, isNamed: true)
            return true
        }
        guard let member else {
            archives.removeLast()
            if open.membersOfUse == 0 {
                let failure = ReadFailure(
                    .unrecognised, "no member of the archive holds records in a known format")
                refuse(open.name, failure, isNamed: open.isNamed)
            }
            return true
        }
        let name = open.name + "!" + member.name
        switch member.content {
        case .success(let stream):
            openStream(
                stream,
                Origin(name: name, isNamed: false, depth: open.depth, modified: open.modified))
        case .failure(let failure):
            archives[archives.count - 1].membersOfUse += 1
            refuse(name, failure, isNamed: true)
        }
        return true
    }

    /// - Returns: false when there is no further input.
    private mutating func openInput() -> Bool {
        consumedBefore += tally.size ?? tally.consumed
        tally = Tally(limits: options.limits)
        guard let entry = inputs.popFirst() else { return false }
        if let problem = entry.problem {
            refuse(entry.name, problem, isNamed: problem.code != .unrecognised)
            return true
        }
        if entry.origin == .memory {
            tally.size = entry.size
            openStream(MemoryStream(memory), Origin(name: entry.name, isNamed: true))
            memory = []
            return true
        }
        do throws(ReadFailure) {
            let file =
                entry.origin == .standardInput
                ? try OpenFile(descriptor: standardInput)
                : try OpenFile(path: entry.path, followsLink: entry.origin == .named)
            if file.status.kind == .folder { throw ReadFailure.system(21, doing: "read") }
            if file.status.kind == .file, entry.origin != .standardInput {
                tally.size = file.status.size
            }
            openStream(
                FileStream(file, tally: tally),
                Origin(
                    name: entry.name, isNamed: entry.origin != .found,
                    file: entry.origin == .standardInput ? nil : file,
                    modified: file.status.kind == .file ? file.status.modified : nil))
        } catch {
            refuse(entry.name, error, isNamed: true)
        }
        return true
    }

    /// Finds out what a stream is, through as many containers as it takes.
    private mutating func openStream(_ stream: any ByteStream, _ origin: Origin) {
        var origin = origin
        var stream = stream
        let opener = ContainerOpener(limits: options.limits, tally: tally)
        do throws(ReadFailure) {
            while true {
                let peeked = PeekedStream(stream, headBytes: FormatRecogniser.headBytesMax)
                let opened = try opener.open(
                    peeked, file: origin.file, depth: origin.depth, isUnpacked: origin.isUnpacked)
                origin.file = nil
                switch opened {
                case .stream(let inner, let depth):
                    stream = inner
                    origin.depth = depth
                    origin.isUnpacked = true
                case .archive(let archive, let depth):
                    noteUse()
                    archives.append(
                        OpenArchive(
                            archive: archive, name: origin.name, depth: depth,
                            isNamed: origin.isNamed, modified: origin.modified))
                    return
                case .plain:
                    read(try SourceOpener(options: options).open(peeked), origin)
                    return
                }
            }
        } catch {
            let isLog = error.code != .unrecognised
            if isLog { noteUse() }
            refuse(origin.name, error, isNamed: origin.isNamed || isLog)
        }
    }

    private mutating func read(_ opened: SourceOpener.Opened, _ origin: Origin) {
        noteUse()
        sources.append(RunResult.Source(path: origin.name, format: opened.recognised))
        guard let cutter = opened.cutter, let format = opened.blockFormat else { return }
        current = Current(
            cutter: cutter, source: sources.count - 1, format: format, modified: origin.modified)
    }

    private mutating func noteUse() {
        if !archives.isEmpty { archives[archives.count - 1].membersOfUse += 1 }
    }

    private mutating func refuse(_ name: String, _ failure: ReadFailure, isNamed: Bool) {
        sources.append(
            RunResult.Source(path: name, problem: failure.description, isPassedOver: !isNamed))
    }
}
