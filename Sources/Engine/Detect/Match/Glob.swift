internal import CSIMD
internal import Sigma

/// A text pattern as bytes that the matcher can walk: `*` = 0, `?` = 1, literal = 2, its length as
/// four bytes, its bytes.
enum Glob {
    private static let anyRun: UInt8 = 0
    private static let anyOne: UInt8 = 1
    private static let literal: UInt8 = 2

    static func encode(_ pattern: TextPattern) -> [UInt8] {
        var code: [UInt8] = []
        for piece in pattern.pieces {
            switch piece {
            case .anyRun: code.append(anyRun)
            case .anyOne: code.append(anyOne)
            case .literal(let bytes):
                code.append(literal)
                let count = UInt32(bytes.count)
                for shift in stride(from: UInt32(0), to: 32, by: 8) {
                    code.append(UInt8(truncatingIfNeeded: count >> shift))
                }
                code += bytes
            }
        }
        return code
    }

    static func matches(_ pattern: TextPattern, _ value: [UInt8]) -> Bool {
        let code = encode(pattern)
        return unsafe code.withUnsafeBufferPointer { code in
            unsafe value.withUnsafeBufferPointer { unsafe matches(code, $0) }
        }
    }

    static func matches(_ pattern: TextPattern, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe encode(pattern).withUnsafeBufferPointer { unsafe matches($0, value) }
    }

    /// Whether the whole value fits. Linear in the value for each literal piece: after a `*` the
    /// earliest fit leaves the most room, so only the last `*` is ever tried again.
    ///
    /// - Parameter value: folded by ``CaseFolding`` unless the pattern is cased.
    /// - Source: Sigma specification 2.1, wildcards.
    static func matches(
        _ code: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var piece = 0
        var at = 0
        var retryPiece = -1
        var retryAt = 0
        while true {
            if piece == code.count {
                if at == value.count { return true }
            } else if unsafe code[piece] == anyRun {
                piece += 1
                if piece == code.count { return true }
                retryPiece = piece
                retryAt = at
                continue
            } else if unsafe code[piece] == anyOne {
                if at < value.count {
                    at += unsafe CaseFolding.decode(value, at: at)?.1 ?? 1
                    piece += 1
                    continue
                }
            } else {
                let bytes = unsafe literalBytes(code, piece)
                if value.count - at >= bytes.count,
                    unsafe kagari_equal(start(value) + at, start(bytes), bytes.count)
                {
                    at += bytes.count
                    piece += 5 + bytes.count
                    continue
                }
            }
            guard retryPiece >= 0 else { return false }
            guard let next = unsafe nextStart(code, retryPiece, value, after: retryAt) else {
                return false
            }
            retryAt = next
            at = next
            piece = retryPiece
        }
    }

    /// The next place after `from` where what follows the `*` could stand.
    private static func nextStart(
        _ code: UnsafeBufferPointer<UInt8>, _ piece: Int, _ value: UnsafeBufferPointer<UInt8>,
        after from: Int
    ) -> Int? {
        guard from < value.count else { return nil }
        let one = unsafe CaseFolding.decode(value, at: from)?.1 ?? 1
        guard unsafe code[piece] == literal else { return from + one }
        let bytes = unsafe literalBytes(code, piece)
        let found = unsafe kagari_find(
            start(value) + from + one, value.count - from - one, start(bytes), bytes.count)
        return found < 0 ? nil : from + one + found
    }

    private static func literalBytes(
        _ code: UnsafeBufferPointer<UInt8>, _ piece: Int
    ) -> UnsafeBufferPointer<UInt8> {
        let count = unsafe Int(kagari_load32(start(code) + piece + 1))
        return unsafe UnsafeBufferPointer(start: start(code) + piece + 5, count: count)
    }

    /// An empty buffer may have no address; its zero bytes are never read.
    private static func start(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<UInt8> {
        unsafe bytes.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped
    }
}
