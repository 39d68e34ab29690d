/// Files that hold other files, or another form of one; told by their first bytes.
enum Container {
    case gzip, zstd, zip, tar

    /// What a tar header needs.
    static let headBytes = TarArchive.recordBytes

    static func of(_ head: [UInt8]) -> Container? {
        if head.starts(with: "\u{1f}", at: 0), head.count > 2, head[1] == 0x8b, head[2] == 8 {
            return .gzip
        }
        if head.count >= 4 {
            if head[0] == 0x28, head[1] == 0xb5, head[2] == 0x2f, head[3] == 0xfd { return .zstd }
            if head[0] & 0xf0 == 0x50, head[1] == 0x2a, head[2] == 0x4d, head[3] == 0x18 {
                return .zstd
            }
            if head[0] == 0x50, head[1] == 0x4b,
                [[3, 4], [5, 6], [7, 8]].contains([head[2], head[3]])
            {
                return .zip
            }
        }
        return TarHeader.isSound(head) ? .tar : nil
    }
}

/// Opens what a container holds.
struct ContainerOpener {
    enum Opened {
        case stream(any ByteStream, depth: Int)
        case archive(any Archive, depth: Int)
        /// No container: read it as it is.
        case plain
    }

    let limits: ReadLimits
    let tally: Tally

    /// - Parameters:
    ///   - file: the plain file that `stream` is the start of, where it is one; a zip can then be
    ///     read without holding it.
    ///   - depth: containers around this one.
    ///   - isUnpacked: `stream` came straight out of gzip or zstd; then tar counts no further level.
    func open(
        _ stream: PeekedStream, file: OpenFile?, depth: Int, isUnpacked: Bool
    ) throws(ReadFailure) -> Opened {
        guard let container = Container.of(stream.head) else { return .plain }
        let depth = container == .tar && isUnpacked ? depth : depth + 1
        guard depth <= limits.nestingMax else {
            throw ReadFailure(
                .limit,
                "archives lie more than \(limits.nestingMax) deep; unpack the outer ones")
        }
        switch container {
        case .gzip:
            return .stream(try GzipStream(stream, wrapping: .gzip, tally: tally), depth: depth)
        case .zstd:
            return .stream(try ZstdStream(stream, tally: tally, limits: limits), depth: depth)
        case .tar:
            return .archive(TarArchive(stream, limits: limits), depth: depth)
        case .zip:
            if let file, file.status.kind == .file {
                // Its directory is at the end, so the file is read from there, not from the start.
                tally.consumed = 0
                return .archive(
                    try ZipArchive(.file(file), tally: tally, limits: limits), depth: depth)
            }
            guard let held = try stream.rest(limit: limits.heldArchiveBytesMax) else {
                throw ReadFailure(
                    .limit,
                    "a zip of more than \(limits.heldArchiveBytesMax) bytes that is not a plain "
                        + "file; save or unpack it first")
            }
            return .archive(
                try ZipArchive(.memory(held), tally: tally, limits: limits), depth: depth)
        }
    }
}
