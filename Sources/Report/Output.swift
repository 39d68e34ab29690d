/// Bytes on their way to the sink, handed over in pieces, so that a report of any size needs
/// little memory.
struct Output {
    static let pieceBytes = 64 << 10

    private var bytes: [UInt8] = []
    private let sink: ([UInt8]) throws -> Void
    /// All bytes so far, handed over or not.
    private(set) var count = 0

    init(sink: @escaping ([UInt8]) throws -> Void) { self.sink = sink }

    mutating func write(_ text: String) throws { try write(Array(text.utf8)) }

    mutating func write(_ piece: [UInt8]) throws {
        bytes.append(contentsOf: piece)
        count += piece.count
        if bytes.count >= Self.pieceBytes { try flush() }
    }

    mutating func flush() throws {
        guard !bytes.isEmpty else { return }
        try sink(bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}
