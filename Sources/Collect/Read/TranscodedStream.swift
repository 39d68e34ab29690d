/// UTF-16 text as UTF-8. Offsets told further on count the UTF-8 bytes.
///
/// Unpaired surrogates become U+FFFD; an odd byte at the end is dropped.
final class TranscodedStream: ByteStream {
    private let source: any ByteStream
    private let isBigEndian: Bool
    private var input = [UInt8].zeros(64 << 10)
    private var output: [UInt8] = []
    private var outputStart = 0
    private var highSurrogate: UInt32?
    private var oddByte: UInt8?
    private var failure: ReadFailure?
    private var isOver = false

    init(_ source: any ByteStream, isBigEndian: Bool) {
        self.source = source
        self.isBigEndian = isBigEndian
        output.reserveCapacity(96 << 10)
    }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        while outputStart == output.count {
            if let failure { throw failure }
            if isOver { return 0 }
            refill()
        }
        let count = min(buffer.count - start, output.count - outputStart)
        buffer.overwrite(at: start, with: output, outputStart..<outputStart + count)
        outputStart += count
        return count
    }

    private func refill() {
        output.removeAll(keepingCapacity: true)
        outputStart = 0
        var count = 0
        do throws(ReadFailure) {
            count = try source.read(into: &input, from: 0)
        } catch {
            failure = error
        }
        if count == 0 {
            isOver = true
            if highSurrogate != nil { append(0xfffd) }
            highSurrogate = nil
            return
        }
        var index = 0
        if let first = oddByte {
            oddByte = nil
            add(first, input[0])
            index = 1
        }
        while index + 1 < count {
            add(input[index], input[index + 1])
            index += 2
        }
        if index < count { oddByte = input[index] }
    }

    private func add(_ first: UInt8, _ second: UInt8) {
        let unit =
            isBigEndian
            ? UInt32(first) << 8 | UInt32(second) : UInt32(second) << 8 | UInt32(first)
        if let high = highSurrogate {
            highSurrogate = nil
            if unit & 0xfc00 == 0xdc00 {
                append(0x10000 + ((high & 0x3ff) << 10 | (unit & 0x3ff)))
                return
            }
            append(0xfffd)
        }
        switch unit & 0xfc00 {
        case 0xd800: highSurrogate = unit
        case 0xdc00: append(0xfffd)
        default: append(unit)
        }
    }

    private func append(_ scalar: UInt32) {
        if scalar < 0x80 {
            output.append(UInt8(scalar))
        } else if scalar < 0x800 {
            output.append(UInt8(0xc0 | scalar >> 6))
            output.append(UInt8(0x80 | scalar & 0x3f))
        } else if scalar < 0x10000 {
            output.append(UInt8(0xe0 | scalar >> 12))
            output.append(UInt8(0x80 | scalar >> 6 & 0x3f))
            output.append(UInt8(0x80 | scalar & 0x3f))
        } else {
            output.append(UInt8(0xf0 | scalar >> 18))
            output.append(UInt8(0x80 | scalar >> 12 & 0x3f))
            output.append(UInt8(0x80 | scalar >> 6 & 0x3f))
            output.append(UInt8(0x80 | scalar & 0x3f))
        }
    }
}
