/// Cuts a file into its YAML documents, so that one that cannot be read loses no other.
///
/// A line that starts with `---` or `...` (then blank or line end) is a document marker wherever it
/// stands, also within quoted and block text.
///
/// - Source: YAML 1.2.2 §9.1.2 and `c-forbidden`.
struct YAMLDocuments {
    struct Part: Hashable {
        var range: Range<Int>
        /// The file's line on which the range starts, from 1.
        var firstLine: Int
        /// Lines before the document's start that begin with `%`.
        var directiveCount = 0
    }

    /// At most ``SigmaLimits/documentsPerFileMax`` parts, in order, without empty ones.
    private(set) var parts: [Part] = []
    /// Where the first document beyond the limit starts.
    private(set) var firstLeftOut: YAMLMark?

    init(_ bytes: Span<UInt8>) {
        var start = 0
        if bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF {
            start = 3
        }
        var part = Part(range: start..<start, firstLine: 1)
        var hasContent = false
        var hasMarker = false
        var line = 1
        var index = start
        while index < bytes.count {
            let lineStart = index
            while index < bytes.count && bytes[index] != 0x0A { index += 1 }
            let lineEnd = index
            if index < bytes.count { index += 1 }
            let kind = Self.kind(bytes, lineStart..<lineEnd)
            if !hasMarker, !hasContent, lineStart < lineEnd, bytes[lineStart] == UInt8(ascii: "%") {
                part.directiveCount += 1
            }
            let isStart = kind == .start || kind == .bareStart
            if isStart, hasContent || hasMarker {
                close(part, at: lineStart, hasContent: hasContent)
                part = Part(range: lineStart..<lineStart, firstLine: line)
                hasContent = false
            }
            switch kind {
            case .start:
                hasMarker = true
                hasContent = true
            case .bareStart: hasMarker = true
            case .end:
                close(part, at: lineStart, hasContent: hasContent)
                part = Part(range: index..<index, firstLine: line + 1)
                hasContent = false
                hasMarker = false
            case .content: hasContent = true
            case .blank: break
            }
            line += 1
        }
        close(part, at: bytes.count, hasContent: hasContent)
    }

    private mutating func close(_ part: Part, at end: Int, hasContent: Bool) {
        guard hasContent, end > part.range.lowerBound else { return }
        guard parts.count < SigmaLimits.documentsPerFileMax else {
            if firstLeftOut == nil { firstLeftOut = YAMLMark(line: part.firstLine, column: 1) }
            return
        }
        parts.append(
            Part(
                range: part.range.lowerBound..<end, firstLine: part.firstLine,
                directiveCount: part.directiveCount))
    }

    private enum Kind {
        case start
        /// A start with nothing but blanks or a comment behind it.
        case bareStart
        case end, content
        /// Also comments and directives: they belong to the document that follows.
        case blank
    }

    private static func kind(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Kind {
        if line.count >= 3 {
            let first = bytes[line.lowerBound]
            let isMarker =
                (first == UInt8(ascii: "-") || first == UInt8(ascii: "."))
                && bytes[line.lowerBound + 1] == first && bytes[line.lowerBound + 2] == first
            if isMarker {
                let after = line.lowerBound + 3
                let isSeparate =
                    after == line.upperBound
                    || bytes[after] == 0x20 || bytes[after] == 0x09 || bytes[after] == 0x0D
                if isSeparate {
                    if first == UInt8(ascii: ".") { return .end }
                    return isBlank(bytes, after..<line.upperBound) ? .bareStart : .start
                }
            }
        }
        if !line.isEmpty && bytes[line.lowerBound] == UInt8(ascii: "%") { return .blank }
        return isBlank(bytes, line) ? .blank : .content
    }

    private static func isBlank(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        for index in range {
            switch bytes[index] {
            case 0x20, 0x09, 0x0D: continue
            case UInt8(ascii: "#"): return true
            default: return false
            }
        }
        return true
    }
}
