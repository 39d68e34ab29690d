internal import Engine

/// Reads zip files by their central directory, zip64 included.
///
/// - Members: stored, deflate and zstd; others, and encrypted ones, are refused by themselves.
/// - Bounds: ``ReadLimits/membersMax``; memory for one header (at most 192 KiB) and one stream.
/// - Without a central directory (a download cut short) the local headers are walked from the
///   start, and the cut is told once the members before it have been read.
/// - Source: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.
final class ZipArchive: Archive {
    private let bytes: ZipBytes
    private let tally: Tally
    private let limits: ReadLimits
    private var cursor: UInt64
    private var left: UInt64
    private var end: UInt64
    /// Bytes before the archive's own start, e.g. the program of a self-extracting file.
    private var shift: UInt64 = 0
    private var salvage: ZipSalvage?
    private var membersSeen = 0

    init(_ bytes: ZipBytes, tally: Tally, limits: ReadLimits) throws(ReadFailure) {
        self.bytes = bytes
        self.tally = tally
        self.limits = limits
        if let directory = try ZipDirectory.find(in: bytes) {
            cursor = directory.offset
            end = directory.offset + directory.size
            left = directory.entries
            shift = directory.shift
        } else {
            (cursor, end, left) = (0, 0, 0)
            salvage = ZipSalvage(bytes, tally: tally)
        }
    }

    func nextMember() throws(ReadFailure) -> ArchiveMember? {
        while true {
            guard membersSeen < limits.membersMax else {
                throw ReadFailure(
                    .limit, "holds more than \(limits.membersMax) members; the rest was not read")
            }
            membersSeen += 1
            if let salvage { return try salvage.nextMember(limits: limits) }
            guard left > 0, cursor < end else { return nil }
            let entry = try nextEntry()
            left -= 1
            if entry.name.utf8.last == UInt8(ascii: "/") { continue }
            return ArchiveMember(name: entry.name, content: content(of: entry))
        }
    }

    private func nextEntry() throws(ReadFailure) -> ZipEntry {
        let fixed = ByteFields(try bytes.read(at: cursor, count: ZipEntry.directoryBytes))
        guard fixed.u32(0) == 0x0201_4b50, let nameCount = fixed.u16(28),
            let extraCount = fixed.u16(30), let commentCount = fixed.u16(32)
        else { throw .damaged("the archive's directory is damaged", at: cursor) }
        let start = cursor + UInt64(ZipEntry.directoryBytes)
        let variable = try bytes.read(at: start, count: Int(nameCount + extraCount))
        guard variable.count == Int(nameCount + extraCount),
            let entry = ZipEntry(directory: fixed, variable: variable, nameBytes: Int(nameCount))
        else { throw .damaged("the archive's directory is damaged", at: cursor) }
        cursor = start + nameCount + extraCount + commentCount
        return entry
    }

    private func content(of entry: ZipEntry) -> Result<any ByteStream, ReadFailure> {
        do throws(ReadFailure) {
            if let refusal = entry.refusal { throw refusal }
            let (header, isPast) = entry.localOffset.addingReportingOverflow(shift)
            let local = ByteFields(
                isPast ? [] : try bytes.read(at: header, count: ZipEntry.localBytes))
            guard local.u32(0) == 0x0403_4b50, let name = local.u16(26), let extra = local.u16(28)
            else { throw ReadFailure.damaged("its header in the archive is damaged", at: header) }
            let start = header + UInt64(ZipEntry.localBytes) + name + extra
            guard start <= bytes.count, entry.compressed <= bytes.count - start else {
                throw ReadFailure.truncated("the archive", at: bytes.count)
            }
            let stored = ZipRangeStream(
                bytes, offset: start, count: entry.compressed, isContent: entry.method == 0,
                tally: tally)
            return .success(
                CheckedStream(
                    try entry.decompressed(stored, tally: tally, limits: limits), size: entry.size,
                    crc: entry.crc))
        } catch {
            return .failure(error)
        }
    }
}

/// Where the central directory lies.
struct ZipDirectory {
    var offset: UInt64
    var size: UInt64
    var entries: UInt64
    var shift: UInt64

    /// - Returns: nil when the file has no end record, or it points nowhere.
    static func find(in bytes: ZipBytes) throws(ReadFailure) -> ZipDirectory? {
        let tailCount = Int(min(bytes.count, 22 + 65535))
        let tailStart = bytes.count - UInt64(tailCount)
        let tail = try bytes.read(at: tailStart, count: tailCount)
        let fields = ByteFields(tail)
        var at = tail.count - 22
        while at >= 0 {
            if tail[at] == 0x50, fields.u32(at) == 0x0605_4b50,
                let comment = fields.u16(at + 20), Int(comment) <= tail.count - at - 22,
                let found = try read(fields, at: at, endsAt: tailStart + UInt64(at), in: bytes)
            {
                return found
            }
            at -= 1
        }
        return nil
    }

    private static func read(
        _ fields: ByteFields, at: Int, endsAt: UInt64, in bytes: ZipBytes
    ) throws(ReadFailure) -> ZipDirectory? {
        guard var entries = fields.u16(at + 10), var size = fields.u32(at + 12),
            var offset = fields.u32(at + 16)
        else { return nil }
        var directoryEnd = endsAt
        if endsAt >= 20 {
            let locator = ByteFields(try bytes.read(at: endsAt - 20, count: 20))
            if locator.u32(0) == 0x0706_4b50, let at64 = locator.u64(8), at64 < bytes.count {
                let record = ByteFields(try bytes.read(at: at64, count: 56))
                if record.u32(0) == 0x0606_4b50, let entries64 = record.u64(32),
                    let size64 = record.u64(40), let offset64 = record.u64(48)
                {
                    (entries, size, offset) = (entries64, size64, offset64)
                    directoryEnd = at64
                }
            }
        }
        guard size <= directoryEnd else { return nil }
        if entries == 0 { return ZipDirectory(offset: 0, size: 0, entries: 0, shift: 0) }
        // The directory ends where its end record starts. When that disagrees with the offset it
        // states, something stands before the archive and every offset is off by as much.
        let start = directoryEnd - size
        guard start >= offset,
            ByteFields(try bytes.read(at: start, count: 4)).u32(0) == 0x0201_4b50
        else {
            guard offset < bytes.count, size <= bytes.count - offset,
                ByteFields(try bytes.read(at: offset, count: 4)).u32(0) == 0x0201_4b50
            else { return nil }
            return ZipDirectory(offset: offset, size: size, entries: entries, shift: 0)
        }
        return ZipDirectory(offset: start, size: size, entries: entries, shift: start - offset)
    }
}
