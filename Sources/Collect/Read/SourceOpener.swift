internal import Engine

/// Decides the format of one source outside any container, and how it is cut.
struct SourceOpener {
    struct Opened {
        /// What the source is; nil when it is empty.
        var recognised: RecordFormat?
        /// What its blocks are: ``RecordFormat/json`` where an array was taken apart.
        var blockFormat: RecordFormat?
        var cutter: (any Cutter)?
    }

    let options: ReadOptions

    /// - Throws: ``ReadFailure/Code/unrecognised`` when it is no log in a known format.
    func open(_ stream: PeekedStream) throws(ReadFailure) -> Opened {
        let head = stream.head
        let (encoding, markBytes) = TextEncoding.of(head.span)
        switch encoding {
        case .utf32:
            throw ReadFailure(.unrecognised, "not recognised: UTF-32 text; convert it to UTF-8")
        case .utf16LittleEndian, .utf16BigEndian:
            stream.skip(markBytes)
            let text = TranscodedStream(stream, isBigEndian: encoding == .utf16BigEndian)
            return try open(
                PeekedStream(text, headBytes: FormatRecogniser.headBytesMax), markBytes: 0)
        case .utf8:
            return try open(stream, markBytes: markBytes)
        }
    }

    private func open(_ stream: PeekedStream, markBytes: Int) throws(ReadFailure) -> Opened {
        let marked = stream.head
        let head = marked.span.extracting(min(markBytes, marked.count)..<marked.count)
        let recognition = FormatRecogniser.recognise(head, isWhole: stream.isWhole)
        if stream.isWhole, stream.head.isEmpty {
            // Nothing to recognise; reading it tells whether it is empty or cannot be read.
            return try openEmpty(stream)
        }
        if options.carve, stream.head.firstIndex(of: "ElfChnk\0", in: 0..<stream.head.count) != nil
        {
            return chunks(stream)
        }
        let format: RecordFormat
        var path: [String] = []
        switch (options.format, recognition) {
        case (.evtx?, _): return chunks(stream)
        case (let asked?, .binary(let kind)) where asked != .journal:
            throw ReadFailure(.unrecognised, "not recognised: \(kind)")
        case (let asked?, .records(.jsonArray, let under)) where asked == .json:
            (format, path) = (.jsonArray, under)
        case (.jsonArray?, .records(let found, _)) where found != .jsonArray:
            throw ReadFailure(
                .unsupported, "no array of records under a known key; read it as json instead")
        case (let asked?, .records(let found, let under)):
            format = asked
            if found == asked { path = under }
        case (let asked?, _): format = asked
        case (nil, .records(let found, let under)): (format, path) = (found, under)
        case (nil, .empty): return Opened()
        case (nil, .binary(let kind)):
            throw ReadFailure(.unrecognised, "not recognised: \(kind)")
        case (nil, .unknownText):
            throw ReadFailure(
                .unrecognised,
                "not recognised: text in no known format; name its format with --input-format")
        }
        stream.skip(markBytes)
        return text(stream, format, under: path, head: head, markBytes: markBytes)
    }

    private func text(
        _ stream: PeekedStream, _ format: RecordFormat, under path: [String],
        head: Span<UInt8>, markBytes: Int
    ) -> Opened {
        switch format {
        case .evtx:
            return chunks(stream)
        case .jsonArray:
            return Opened(
                recognised: .jsonArray, blockFormat: .json,
                cutter: ArrayCutter(
                    stream, under: path, offset: UInt64(markBytes), limits: options.limits))
        case .syslog where FramedSyslog.starts(head, isWhole: stream.isWhole):
            return Opened(
                recognised: format, blockFormat: format,
                cutter: FrameCutter(stream, offset: UInt64(markBytes), limits: options.limits))
        default:
            // A line above a table's header would be taken for the header.
            let above = format == .csv ? TableShape.headerStart(head) : 0
            stream.skip(above)
            return Opened(
                recognised: format, blockFormat: format,
                cutter: TextCutter(
                    stream, format: format, offset: UInt64(markBytes + above),
                    line: above == 0 ? 1 : 2, limits: options.limits))
        }
    }

    private func chunks(_ stream: PeekedStream) -> Opened {
        Opened(
            recognised: .evtx, blockFormat: .evtx,
            cutter: ChunkCutter(stream, carves: options.carve))
    }

    private func openEmpty(_ stream: PeekedStream) throws(ReadFailure) -> Opened {
        var byte: [UInt8] = [0]
        _ = try stream.read(into: &byte, from: 0)
        return Opened()
    }
}
