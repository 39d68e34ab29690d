internal import Glibc

/// What a file is, and which one.
package struct FileFacts: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case file, fifo, other }

    package let kind: Kind
    package let size: Int
    /// Device and number: another file under the same path has another.
    package let name: String

    /// Nil where it cannot be looked at.
    package init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Nil where nothing is there. Follows links.
    package init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFIFO: .fifo
            default: .other
            }
        size = Int(status.st_size)
        name = "\(status.st_dev) \(status.st_ino)"
    }
}
