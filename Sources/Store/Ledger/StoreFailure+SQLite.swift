import GRDB

extension StoreFailure {
    /// What SQLite said, as one of our failures with its cure. No statement's values are in it.
    init(ledger error: any Error) {
        if let failure = error as? StoreFailure {
            self = failure
        } else if let failure = error as? DatabaseError {
            self.init(sqlite: failure)
        } else if error is CancellationError {
            self.init(.refused, "The call was cancelled; nothing of it was written.")
        } else {
            self.init(.refused, "The ledger could not do it.", cause: String(describing: error))
        }
    }

    private init(sqlite failure: DatabaseError) {
        let cause = failure.message ?? "SQLite \(failure.extendedResultCode.rawValue)"
        switch failure.resultCode {
        case .SQLITE_FULL:
            self.init(
                .diskFull, "The ledger's disk is full; free space, then try again.", cause: cause)
        case .SQLITE_READONLY:
            self.init(
                .readOnly,
                "The ledger cannot be written; give the service write access to its folder.",
                cause: cause)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .locked, "Another program holds the ledger; stop it, then try again.",
                cause: cause)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .damaged, "The ledger's file is damaged; restore the last backup.", cause: cause)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(
                .missing, "The ledger's file cannot be opened; look at its path and its owner.",
                cause: cause)
        case .SQLITE_IOERR:
            self.init(
                .damaged, "The ledger's disk does not read or write; look at the disk.",
                cause: cause)
        case .SQLITE_TOOBIG:
            self.init(.tooLarge, "More than the ledger takes in one row.", cause: cause)
        case .SQLITE_INTERRUPT:
            self.init(.limit, "The question took too long.", cause: cause)
        case .SQLITE_CONSTRAINT:
            self.init(
                .conflict, "It contradicts what the ledger holds; read it again.", cause: cause)
        default:
            self.init(.refused, "The ledger could not do it.", cause: cause)
        }
    }
}
