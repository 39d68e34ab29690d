internal import CSIMD

/// Reads JSON objects that follow one another, one a record: JSON lines, concatenated or
/// pretty-printed values, elements of an array with their commas.
///
/// Every leaf becomes a field named by its path (see ``PathRules``); array elements repeat the name.
///
/// - Source: RFC 8259. Malformed records are refused with their offset and reading goes on at the
///   next line; strings are not checked for valid UTF-8 and keep their bytes.
/// - Bounds: nesting ``depthMax``; fields and bytes by ``EventBuffer``.
/// - Allocation: none once the paths of a source are known.
///
/// Unsafe: the cursor only moves forward and every read is guarded by a comparison with `end`;
/// C helpers take `end` and do not read past it.
package struct JSONDecoder: RecordDecoder {
    package static let depthMax = 64

    private var position = 0
    private var line: UInt64
    private let blockOffset: UInt64

    package init(firstLine: UInt64 = 1, blockOffset: UInt64 = 0) {
        line = firstLine
        self.blockOffset = blockOffset
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        event.begin(source: bytes)
        let start = position
        let firstLine = line
        let outcome = unsafe bytes.withUnsafeBufferPointer { buffer -> JSONScanner.Outcome in
            guard let base = buffer.baseAddress else { return .end }
            var scanner = unsafe JSONScanner(
                base: base, count: buffer.count, at: start, line: firstLine)
            let outcome = unsafe scanner.record(into: &event)
            position = unsafe scanner.offset
            line = unsafe scanner.line
            return outcome
        }
        switch outcome {
        case .end: return false
        case .record(let range, let recordLine):
            event.rawRange = range
            event.recordNumber = recordLine
            event.recordOffset = blockOffset + UInt64(range.lowerBound)
            return true
        case .failure(let offset, let reason):
            throw DecodeFailure(offset: offset, reason: reason.rawValue)
        }
    }
}
