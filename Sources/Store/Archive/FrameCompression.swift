internal import CZstd

// zstd (RFC 8878), one frame a call. Pointers are the storage of arrays and valid for the call; the
// library is told their exact lengths.

@safe
final class FrameCompressor {
    /// 4 MiB: a reader needs no larger window.
    private static let windowBitsMax: Int32 = 22
    private let context: OpaquePointer

    init(level: Int32) throws(StoreFailure) {
        guard let context = unsafe ZSTD_createCCtx() else {
            throw StoreFailure(.limit, "There is no memory to compress with.")
        }
        unsafe self.context = context
        _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
        // Levels choose smaller windows themselves; only the highest would go beyond.
        if level > 15 {
            _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowBitsMax)
        }
    }

    deinit { _ = unsafe ZSTD_freeCCtx(context) }

    func compress(_ plain: [UInt8]) throws(StoreFailure) -> [UInt8] {
        let context = unsafe self.context
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(plain.count)) {
            output, count in
            result = unsafe plain.withUnsafeBufferPointer { input in
                unsafe ZSTD_compress2(
                    context, output.baseAddress, output.count, input.baseAddress, input.count)
            }
            count = ZSTD_isError(result) == 0 ? result : 0
        }
        guard ZSTD_isError(result) == 0 else {
            throw StoreFailure(.limit, "The records could not be compressed; none was written.")
        }
        return bytes
    }
}

@safe
final class FrameDecompressor {
    private let context: OpaquePointer

    init() throws(StoreFailure) {
        guard let context = unsafe ZSTD_createDCtx() else {
            throw StoreFailure(.limit, "There is no memory to decompress with.")
        }
        unsafe self.context = context
        _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 25)
    }

    deinit { _ = unsafe ZSTD_freeDCtx(context) }

    /// - Returns: exactly `count` bytes.
    func decompress(_ stored: [UInt8], count: Int) throws(FrameDamage) -> [UInt8] {
        let context = unsafe self.context
        var result = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { output, filled in
            result = unsafe stored.withUnsafeBufferPointer { input in
                unsafe ZSTD_decompressDCtx(
                    context, output.baseAddress, count, input.baseAddress, input.count)
            }
            filled = ZSTD_isError(result) == 0 ? result : 0
        }
        guard ZSTD_isError(result) == 0, bytes.count == count else { throw .compression }
        return bytes
    }

    /// - Returns: the first `count` bytes, or all where there are fewer.
    func prefix(_ count: Int, of stored: [UInt8]) throws(FrameDamage) -> [UInt8] {
        let context = unsafe self.context
        _ = unsafe ZSTD_DCtx_reset(context, ZSTD_reset_session_only)
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { output, filled in
            var to = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: count, pos: 0)
            unsafe stored.withUnsafeBufferPointer { input in
                var from = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
                while unsafe to.pos < to.size {
                    let before = unsafe (to.pos, from.pos)
                    let result = unsafe ZSTD_decompressStream(context, &to, &from)
                    failed = ZSTD_isError(result) != 0
                    let stands = unsafe before == (to.pos, from.pos)
                    if failed || result == 0 || stands { break }
                }
            }
            filled = unsafe failed ? 0 : to.pos
        }
        if failed { throw .compression }
        return bytes
    }
}
