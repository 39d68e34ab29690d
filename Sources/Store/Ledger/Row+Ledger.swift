import Engine
import FoundationEssentials
import GRDB
import Tenancy

extension [UInt8] {
    /// As SQLite takes it.
    var blob: Data { Data(self) }
}

extension Row {
    func bytes(_ column: String) throws -> [UInt8]? {
        let value: Data? = self[column]
        return value.map { Array($0) }
    }

    func digest(_ column: String) throws -> LedgerDigest {
        guard let bytes = try bytes(column), let digest = LedgerDigest(bytes) else {
            throw StoreFailure(.damaged, "The ledger has a digest that is not 32 bytes.")
        }
        return digest
    }

    func identifier<Kind>(_ column: String) throws -> Identifier<Kind> {
        let text: String = self[column]
        guard let identifier = Identifier<Kind>(text) else {
            throw StoreFailure(.damaged, "The ledger has a name of the wrong form.")
        }
        return identifier
    }

    func optionalIdentifier<Kind>(_ column: String) throws -> Identifier<Kind>? {
        let text: String? = self[column]
        return try text == nil ? nil : identifier(column)
    }

    func unsigned(_ column: String) throws -> UInt64 {
        let number: Int64 = self[column]
        guard let value = UInt64(exactly: number) else {
            throw StoreFailure(.damaged, "The ledger has a negative number where none can be.")
        }
        return value
    }

    func time(_ column: String) -> Timestamp? {
        let nanoseconds: Int64? = self[column]
        return nanoseconds.map(Timestamp.init(nanoseconds:))
    }
}
