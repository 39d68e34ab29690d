internal import CZstd

/// zstd (RFC 8878): frames one after another, skippable frames between them.
///
/// - Errors: as ``GzipStream``; also a window larger than ``ReadLimits/zstdWindowBitsMax``.
@safe
final class ZstdStream: ByteStream {
    private let source: any ByteStream
    private let tally: Tally
    private let windowBitsMax: Int32
    private let context: OpaquePointer
    private var input = [UInt8].zeros(128 << 10)
    private var inputStart = 0
    private var inputEnd = 0
    private var inputOffset: UInt64 = 0
    private var total: UInt64 = 0
    /// 0 between frames.
    private var hint = 0
    private var failure: ReadFailure?

    init(_ source: any ByteStream, tally: Tally, limits: ReadLimits) throws(ReadFailure) {
        guard let context = unsafe ZSTD_createDCtx() else {
            throw ReadFailure(.io, "no memory to decompress with")
        }
        self.source = source
        self.tally = tally
        windowBitsMax = limits.zstdWindowBitsMax
        unsafe self.context = context
        _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, windowBitsMax)
    }

    deinit { _ = unsafe ZSTD_freeDCtx(context) }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        while true {
            if let failure { throw failure }
            if inputStart == inputEnd {
                inputOffset += UInt64(inputEnd)
                inputStart = 0
                inputEnd = 0
                inputEnd = try source.read(into: &input, from: 0)
                if inputEnd == 0 {
                    if hint == 0 { return 0 }
                    // The decoder may hold output back that needs no more input.
                    let held = try decompress(into: &buffer, from: start)
                    if held > 0 { return held }
                    throw .truncated("the compressed data", at: inputOffset)
                }
            }
            let produced = try decompress(into: &buffer, from: start)
            if produced > 0 { return produced }
        }
    }

    /// Both arrays outlive the call, and the library is told their exact lengths.
    private func decompress(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int
    {
        let context = unsafe self.context
        let (result, consumed, produced) = unsafe input.withUnsafeBufferPointer { input in
            unsafe buffer.withUnsafeMutableBufferPointer { output in
                var from = unsafe ZSTD_inBuffer(
                    src: input.baseAddress, size: inputEnd, pos: inputStart)
                var to = unsafe ZSTD_outBuffer(
                    dst: output.baseAddress, size: output.count, pos: start)
                let result = unsafe ZSTD_decompressStream(context, &to, &from)
                return unsafe (result, from.pos, to.pos - start)
            }
        }
        inputStart = consumed
        if ZSTD_isError(result) != 0 {
            failure = failure(for: result)
            if produced == 0, let failure { throw failure }
        } else {
            hint = result
        }
        if produced > 0 {
            total += UInt64(produced)
            try tally.expand(by: produced, streamTotal: total)
        }
        return produced
    }

    private func failure(for result: Int) -> ReadFailure {
        if ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge {
            return ReadFailure(
                .limit,
                "asks for a window of more than \(UInt64(1) << UInt64(windowBitsMax)) bytes; "
                    + "unpack it with zstd -d --long=31 and read the file itself")
        }
        return .damaged("the compressed data is damaged", at: inputOffset + UInt64(inputStart))
    }
}
