/// Reads one segment's frames in order, a piece of the file at a time.
struct SpoolReading {
    private let segment: SpoolSegment
    private let chunkBytes: Int
    private var bytes: [UInt8] = []
    /// Of ``bytes`` in the file, and of what was not read yet in ``bytes``.
    private var start: Int
    private var at = 0

    init(_ segment: SpoolSegment, from start: Int, chunkBytes: Int) {
        self.segment = segment
        self.start = start
        self.chunkBytes = max(16 << 10, chunkBytes)
    }

    /// Where the next frame begins in the file.
    var offset: Int { start + at }

    /// Nil at the end, and where a frame is damaged.
    mutating func next() throws(AgentFailure) -> SpoolFrame? {
        if let (frame, count) = SpoolFrame.read(bytes, at: at) {
            at += count
            return frame
        }
        // A frame may be longer than a piece; the second try holds the longest there is.
        for count in [chunkBytes, SpoolFrame.headBytes + SpoolFrame.bodyBytesMax] {
            let place = offset
            let left = segment.byteCount - place
            guard left > 0 else { return nil }
            bytes = try StateFile(segment.path, isReadOnly: true).read(
                at: place, count: min(left, count))
            start = place
            at = 0
            if let (frame, count) = SpoolFrame.read(bytes, at: 0) {
                at = count
                return frame
            }
        }
        return nil
    }
}
