import Glibc
import Synchronization

/// Holds the ledger for this process: two services on one file would each believe they are the only writer.
final class LedgerLock: Sendable {
    private let descriptor: Mutex<Int32?>

    init(folder: String) throws(StoreFailure) {
        let path = "\(folder)/ledger.lock"
        let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw StoreFailure(ledger: "lock", errno: errno) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(opened)
            throw StoreFailure(
                .locked,
                "Another process has the ledger open; stop the other service, or use another data folder."
            )
        }
        descriptor = Mutex(opened)
    }

    func release() {
        descriptor.withLock { opened in
            if let opened { Glibc.close(opened) }
            opened = nil
        }
    }

    deinit { release() }
}
