internal import Engine

/// Cuts one source into parts that can be decoded on their own.
protocol Cutter: AnyObject {
    /// The next part, whose bytes are then all of `buffer`.
    ///
    /// - Parameter buffer: comes with any content; its storage is used again.
    /// - Returns: nil at the end.
    /// - Throws: once, after all that could be read has been given; nil follows.
    func next(into buffer: inout [UInt8]) throws(ReadFailure) -> Cut?

    /// Records given up since this was last asked, at their places in the source.
    func takeUnparsed() -> [Skipped]
}

struct Cut {
    var offset: UInt64
    var firstLine: UInt64
    var preamble: [UInt8] = []
}

/// A record that was left out because no block can hold it.
struct Skipped {
    var offset: UInt64
    var reason: String
    /// At most 256.
    var bytes: [UInt8]

    static let bytesMax = 256
}

/// A stream that ends once and fails once; what every cutter reads from.
struct Intake {
    private let stream: any ByteStream
    private(set) var isOver = false
    private var failure: ReadFailure?

    init(_ stream: any ByteStream) { self.stream = stream }

    /// Fills the buffer from `start`, to its end or the stream's.
    ///
    /// - Returns: where the bytes end.
    mutating func fill(_ buffer: inout [UInt8], from start: Int) -> Int {
        var end = start
        while !isOver, end < buffer.count {
            do throws(ReadFailure) {
                let count = try stream.read(into: &buffer, from: end)
                if count == 0 { isOver = true }
                end += count
            } catch {
                failure = error
                isOver = true
            }
        }
        return end
    }

    /// Throws what ended the stream early, the first time it is asked.
    mutating func finish() throws(ReadFailure) {
        guard let failure else { return }
        self.failure = nil
        throw failure
    }
}
