/// The decoder of a block, whichever its format is. A closed set, so that the call is a switch.
enum BlockDecoder {
    case json(JSONDecoder)
    case none

    mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        switch self {
        case .json(var decoder):
            self = .none
            defer { self = .json(decoder) }
            return try decoder.next(in: bytes, into: &event)
        case .none: return false
        }
    }
}

/// Makes decoders and keeps what they have learned from block to block.
struct DecoderShelf {
    func decoder(for block: Block) -> BlockDecoder {
        switch block.format {
        case .json, .jsonArray:
            .json(JSONDecoder(firstLine: block.firstLine, blockOffset: block.offset))
        default: .none
        }
    }

    mutating func keep(_ decoder: BlockDecoder) {}
}
