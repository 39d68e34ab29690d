/// Bytes that are kept for long and read seldom, as one zstd frame (RFC 8878) behind their length.
package enum PackedText {
    /// What ``unpack(_:bytesMax:)`` may be asked to make room for.
    package static let bytesMax = 512 << 20
    private static let level: Int32 = 9

    /// - Throws: where there are more than ``bytesMax``.
    package static func pack(_ plain: [UInt8]) throws(StoreFailure) -> [UInt8] {
        guard plain.count <= bytesMax else {
            throw StoreFailure(.tooLarge, "\(plain.count) bytes; at most \(bytesMax) are kept.")
        }
        var bytes: [UInt8] = []
        bytes.append(little: UInt64(plain.count))
        return bytes + (try FrameCompressor(level: level).compress(plain))
    }

    /// - Returns: nil where `packed` was not made by ``pack(_:)``, or holds more than `bytesMax`.
    package static func unpack(_ packed: [UInt8], bytesMax: Int = bytesMax) -> [UInt8]? {
        guard packed.count >= 8, let count = Int(exactly: packed.little(UInt64.self, at: 0)),
            count <= min(bytesMax, Self.bytesMax)
        else { return nil }
        return try? FrameDecompressor().decompress(Array(packed[8...]), count: count)
    }
}
