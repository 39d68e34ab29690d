import Crypto
import GRDB

/// SHA-256 over rows: each value with its type and its length.
struct RowDigest {
    private var hash = SHA256()

    mutating func add(_ row: Row) {
        for (_, value) in row {
            switch value.storage {
            case .null: add(0, [])
            case .int64(let number): add(1, Array(String(number).utf8))
            case .double(let number): add(2, Array(String(number).utf8))
            case .string(let text): add(3, Array(text.utf8))
            case .blob(let bytes): add(4, Array(bytes))
            }
        }
    }

    private mutating func add(_ type: UInt8, _ bytes: [UInt8]) {
        hash.update(data: [type] + Array("\(bytes.count):".utf8))
        hash.update(data: bytes)
    }

    var digest: LedgerDigest { LedgerDigest(Array(hash.finalize())) ?? .zero }
}
