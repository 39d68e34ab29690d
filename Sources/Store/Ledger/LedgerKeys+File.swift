import Crypto

extension LedgerKeys {
    /// Loads the keys of `path`, or makes them where there is no such file: 64 bytes, mode 0600.
    ///
    /// - Throws: ``StoreFailure``: `refused` where others may read the file, `damaged` where it is not 64 bytes.
    package static func load(
        from path: String, using random: inout some RandomNumberGenerator
    ) throws(StoreFailure) -> LedgerKeys {
        if !LedgerFiles.exists(path) {
            let bytes = (0..<(2 * byteCount)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            try LedgerFiles.write(bytes, toNew: path)
        }
        guard try !LedgerFiles.isOpenToOthers(path) else {
            throw StoreFailure(
                .refused, "The ledger's key file may be read by others; make its mode 0600.")
        }
        let bytes = try LedgerFiles.contents(of: path, bytesMax: 2 * byteCount)
        guard bytes.count == 2 * byteCount,
            let keys = LedgerKeys(
                signing: Array(bytes[..<byteCount]), sealing: Array(bytes[byteCount...]))
        else {
            throw StoreFailure(.damaged, "The ledger's key file is not 64 bytes; restore it.")
        }
        return keys
    }
}
