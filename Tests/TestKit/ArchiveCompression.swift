internal import CZlib
internal import CZstd

/// Compression by the reference libraries, for fixtures.
package enum Compress {
    /// One gzip member.
    package static func gzip(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: 15 + 16) }

    /// A bare deflate stream, as zip holds it.
    package static func deflate(_ bytes: [UInt8]) -> [UInt8] { deflate(bytes, windowBits: -15) }

    private static func deflate(_ bytes: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        precondition(
            deflateInit2_(
                &stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](
            repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
        let count = output.count
        input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(count)
                precondition(CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END)
            }
        }
        output.removeLast(Int(stream.avail_out))
        return output
    }

    /// One zstd frame.
    package static func zstd(_ bytes: [UInt8], windowBits: Int32? = nil) -> [UInt8] {
        guard let context = ZSTD_createCCtx() else { return [] }
        defer { _ = ZSTD_freeCCtx(context) }
        if let windowBits { _ = ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowBits) }
        // Without this a small input states a small window, whatever was asked for.
        if windowBits != nil { _ = ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0) }
        var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count) + 64)
        var to = ZSTD_outBuffer()
        output.withUnsafeMutableBytes { output in
            bytes.withUnsafeBytes { input in
                to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
                var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
                // In two steps, so that the whole size is not known to the frame's header.
                _ = ZSTD_compressStream2(context, &to, &from, ZSTD_e_continue)
                precondition(ZSTD_compressStream2(context, &to, &from, ZSTD_e_end) == 0)
            }
        }
        output.removeLast(output.count - to.pos)
        return output
    }

    /// A frame that decoders step over.
    package static func skippableFrame(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(0x184d_2a53)
        writer.u32(bytes.count)
        writer.add(bytes)
        return writer.bytes
    }

    package static func crc32(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer {
            UInt32(truncatingIfNeeded: CZlib.crc32_z(0, $0.baseAddress, $0.count))
        }
    }
}
