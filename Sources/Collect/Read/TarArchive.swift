internal import Engine

/// Reads tar streams: v7, ustar, pax and GNU long names; one pass, nothing sought.
///
/// - Members: regular files. Folders, links and devices are passed over; sparse files are refused.
/// - Bounds: ``ReadLimits/membersMax``; a pax or long-name record of 1 MiB.
/// - Source: POSIX.1-2017 `pax`, ustar and pax interchange formats; the GNU tar manual, "Basic Tar
///   Format".
final class TarArchive: Archive {
    static let recordBytes = 512
    private static let attributeBytesMax: UInt64 = 1 << 20

    private let source: any ByteStream
    private let limits: ReadLimits
    private var offset: UInt64 = 0
    private var member: TarMemberStream?
    private var globalPath: String?
    private var membersSeen = 0
    private var isOver = false

    init(_ source: any ByteStream, limits: ReadLimits) {
        self.source = source
        self.limits = limits
    }

    func nextMember() throws(ReadFailure) -> ArchiveMember? {
        var path: String?
        var size: UInt64?
        var isSparse = false
        while !isOver {
            try finishMember()
            guard let header = try nextHeader() else { break }
            let length = size ?? header.size
            switch header.kind {
            case UInt8(ascii: "x"), UInt8(ascii: "g"):
                let attributes = TarAttributes(try attributeBytes(header.size))
                if header.kind == UInt8(ascii: "g") {
                    globalPath = attributes.path ?? globalPath
                } else {
                    path = attributes.path ?? path
                    size = attributes.size ?? size
                    isSparse = isSparse || attributes.isSparse
                }
                continue
            case UInt8(ascii: "L"):
                path = text(try attributeBytes(header.size))
                continue
            case UInt8(ascii: "K"):
                _ = try attributeBytes(header.size)
                continue
            default: break
            }
            membersSeen += 1
            guard membersSeen <= limits.membersMax else {
                isOver = true
                throw ReadFailure(
                    .limit, "holds more than \(limits.membersMax) members; the rest was not read")
            }
            // Links state the size of what they point at but hold no data.
            let holdsData = !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(header.kind)
            let stream = TarMemberStream(source, size: holdsData ? length : 0, offset: offset)
            member = stream
            let name = path ?? globalPath ?? header.name
            (path, size) = (nil, nil)
            if isSparse || header.kind == UInt8(ascii: "S") {
                isSparse = false
                return ArchiveMember(
                    name: name,
                    content: .failure(
                        ReadFailure(.unsupported, "is a sparse file; unpack the archive with tar")))
            }
            guard header.isFile, !name.hasSuffix("/") else { continue }
            return ArchiveMember(name: name, content: .success(stream))
        }
        return nil
    }

    /// Reads past what the last member left, and its padding.
    private func finishMember() throws(ReadFailure) {
        guard let member else { return }
        self.member = nil
        do throws(ReadFailure) {
            try member.skipRest()
        } catch {
            isOver = true
            throw error
        }
        offset = member.offset
        let padding = (Self.recordBytes - Int(offset % UInt64(Self.recordBytes))) % Self.recordBytes
        if padding > 0 {
            // The last padding may be missing where nothing follows it.
            let taken = try source.take(padding)
            offset += UInt64(padding)
            if taken == nil { isOver = true }
        }
    }

    /// - Returns: nil at the end of the archive: a record of zeros, or no more input.
    private func nextHeader() throws(ReadFailure) -> TarHeader? {
        var record = [UInt8].zeros(Self.recordBytes)
        let count = try source.fill(&record, from: 0)
        if count == 0 || record.isZero(in: 0..<record.count) {
            isOver = true
            return nil
        }
        guard count == record.count else {
            isOver = true
            throw .truncated("the archive", at: offset + UInt64(count))
        }
        guard let header = TarHeader(record) else {
            isOver = true
            throw .damaged("the archive's header is damaged", at: offset)
        }
        offset += UInt64(record.count)
        return header
    }

    private func attributeBytes(_ size: UInt64) throws(ReadFailure) -> [UInt8] {
        guard size <= Self.attributeBytesMax else {
            isOver = true
            throw ReadFailure(
                .limit, "a name or attribute record has more than \(Self.attributeBytesMax) bytes")
        }
        let stream = TarMemberStream(source, size: size, offset: offset)
        member = stream
        guard let bytes = try stream.take(Int(size)) else {
            isOver = true
            throw .truncated("the archive", at: stream.offset)
        }
        return bytes
    }

    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// The content of one member, as far as its header says.
final class TarMemberStream: ByteStream {
    private let source: any ByteStream
    private var left: UInt64
    /// Where in the archive the next byte lies.
    private(set) var offset: UInt64

    init(_ source: any ByteStream, size: UInt64, offset: UInt64) {
        self.source = source
        self.offset = offset
        left = size
    }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        guard left > 0 else { return 0 }
        // The source fills as much as it is given; so it is given no more than is left.
        let room = UInt64(buffer.count - start)
        let count: Int
        if room <= left {
            count = try source.read(into: &buffer, from: start)
        } else {
            var part = [UInt8].zeros(Int(left))
            count = try source.read(into: &part, from: 0)
            buffer.overwrite(at: start, with: part, 0..<count)
        }
        guard count > 0 else { throw .truncated("the archive", at: offset) }
        left -= UInt64(count)
        offset += UInt64(count)
        return count
    }

    func skipRest() throws(ReadFailure) {
        guard left > 0 else { return }
        var waste = [UInt8].zeros(64 << 10)
        while try read(into: &waste, from: 0) > 0 {}
    }
}
