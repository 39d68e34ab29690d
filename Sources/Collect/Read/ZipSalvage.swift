internal import Engine

/// Walks the local headers of a zip file that has lost its directory.
///
/// A member whose size stands only after its data cannot be stepped over, so the walk ends there
/// once that member has been given; so does it at the first header that is no header.
final class ZipSalvage {
    private let bytes: ZipBytes
    private let tally: Tally
    private var cursor: UInt64 = 0
    private var isOver = false
    private var given = 0

    init(_ bytes: ZipBytes, tally: Tally) {
        self.bytes = bytes
        self.tally = tally
    }

    func nextMember(limits: ReadLimits) throws(ReadFailure) -> ArchiveMember? {
        while !isOver {
            let fixed = ByteFields(try bytes.read(at: cursor, count: ZipEntry.localBytes))
            guard fixed.u32(0) == 0x0403_4b50, let nameCount = fixed.u16(26),
                let extraCount = fixed.u16(28)
            else { break }
            let start = cursor + UInt64(ZipEntry.localBytes)
            let variable = try bytes.read(at: start, count: Int(nameCount + extraCount))
            guard variable.count == Int(nameCount + extraCount),
                let entry = ZipEntry(
                    local: fixed, variable: variable, nameBytes: Int(nameCount), offset: cursor)
            else { break }
            let data = start + nameCount + extraCount
            // A file that has grown since it was opened may reach past its stated size.
            guard data <= bytes.count else { break }
            let here = bytes.count - data
            let isUnsized = entry.hasDescriptor && entry.compressed == 0
            if isUnsized || entry.compressed >= here {
                isOver = true
            } else {
                cursor = data + entry.compressed
            }
            if entry.name.utf8.last == UInt8(ascii: "/") { continue }
            given += 1
            return ArchiveMember(
                name: entry.name,
                content: content(
                    of: entry, at: data, count: isUnsized ? here : min(entry.compressed, here),
                    isUnsized: isUnsized, limits: limits))
        }
        throw ReadFailure(
            .truncated,
            given == 0
                ? "the archive has no directory and no readable member; fetch it again"
                : "the archive has lost its directory, as when a copy is cut short; what its first "
                    + "members hold was read, fetch it again")
    }

    private func content(
        of entry: ZipEntry, at data: UInt64, count: UInt64, isUnsized: Bool, limits: ReadLimits
    ) -> Result<any ByteStream, ReadFailure> {
        if let refusal = entry.refusal { return .failure(refusal) }
        if isUnsized && entry.method == 0 {
            return .failure(
                ReadFailure(
                    .truncated, "its size is lost with the archive's directory; fetch it again"))
        }
        let stored = ZipRangeStream(
            bytes, offset: data, count: count, isContent: entry.method == 0, tally: tally)
        do throws(ReadFailure) {
            let content = try entry.decompressed(stored, tally: tally, limits: limits)
            return .success(
                isUnsized ? content : CheckedStream(content, size: entry.size, crc: entry.crc))
        } catch {
            return .failure(error)
        }
    }
}
