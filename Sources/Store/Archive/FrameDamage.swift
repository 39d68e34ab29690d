/// Why a part of a segment cannot be read.
package enum FrameDamage: String, Error, Hashable, Sendable, CaseIterable {
    case header = "no frame begins here whose header holds"
    case cut = "the frame is longer than the file"
    case checksum = "the stored bytes have another CRC32C than when they were written"
    case seal = "the seal does not hold: other bytes, another place, or another key"
    case compression = "the bytes do not decompress to what the header says"
    case records = "the columns of the records do not fit together"
    case unknown = "a record has a format that this version does not know"
    case order = "the frame is not the one that comes here"
    case chain = "the chain does not hold: something before or in this frame was changed"
    case segment = "the segment's header is damaged or belongs elsewhere"
}
