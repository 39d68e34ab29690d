internal import Engine

/// The text of a compressed file, read from any place on by reading up to there.
final class PackedText {
    private let stream: any ByteStream
    private var buffer: [UInt8] = []
    /// Where the buffer's first byte stands in the text.
    private var position: UInt64 = 0
    private(set) var isOver = false
    /// Why the text ended early; what came before it is given.
    private(set) var failure: ReadFailure?

    private static let stepBytes = 64 << 10

    /// - Throws: where the file holds something else than one compressed text.
    init(_ file: OpenFile, limits: ReadLimits = ReadLimits()) throws(ReadFailure) {
        let tally = Tally(limits: limits)
        tally.size = file.status.size
        let peeked = PeekedStream(
            FileStream(file, tally: tally), headBytes: FormatRecogniser.headBytesMax)
        switch Container.of(peeked.head) {
        case .gzip: stream = try GzipStream(peeked, wrapping: .gzip, tally: tally)
        case .zstd: stream = try ZstdStream(peeked, tally: tally, limits: limits)
        default:
            throw ReadFailure(
                .unsupported, "an archive of files is not followed; read it with kagari import")
        }
    }

    static func isPacked(_ head: [UInt8]) -> Bool { Container.of(head) != nil }

    /// Up to `count` bytes from `offset` on, without forgetting them; fewer at the end only.
    ///
    /// - Precondition: `offset` never goes back.
    func bytes(from offset: UInt64, count: Int) -> [UInt8] {
        precondition(offset >= position, "a stream goes one way")
        while true {
            let known = Int(min(UInt64(buffer.count), offset - position))
            if known > 0 {
                buffer.removeFirst(known)
                position += UInt64(known)
            }
            if isOver || (position == offset && buffer.count >= count) { break }
            var piece = [UInt8].zeros(Self.stepBytes)
            var got = 0
            do throws(ReadFailure) {
                got = try stream.read(into: &piece, from: 0)
            } catch {
                failure = error
            }
            if got == 0 { isOver = true }
            buffer.append(contentsOf: piece[..<got])
        }
        guard position == offset else { return [] }
        return Array(buffer.prefix(count))
    }

    /// Whether everything from `offset` on fits into `count` bytes.
    func ends(within count: Int, of offset: UInt64) -> Bool {
        isOver && UInt64(buffer.count) + position - offset <= UInt64(count)
    }
}
