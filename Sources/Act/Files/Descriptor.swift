internal import Glibc

/// An open file, closed when nothing holds it any more.
final class Descriptor: Sendable {
    let number: Int32

    /// Nil for a negative number: the call that made it failed, `errno` says why.
    init?(_ number: Int32) {
        guard number >= 0 else { return nil }
        self.number = number
    }

    deinit { close(number) }

    /// Reads all from the start in pieces of at most 64 KiB.
    func read(_ take: (ArraySlice<UInt8>) throws(ActFailure) -> Void) throws(ActFailure) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var offset = 0
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { all in
                unsafe pread(number, all.baseAddress, all.count, offset)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemProblem.failure("cannot read an open file") }
            if count == 0 { return }
            try take(buffer[..<count])
            offset += count
        }
    }

    /// - Throws: `limit` where it holds more than `bytesMax`.
    func readAll(bytesMax: Int) throws(ActFailure) -> [UInt8] {
        var all: [UInt8] = []
        try read { (piece) throws(ActFailure) in
            guard all.count + piece.count <= bytesMax else {
                throw ActFailure(.limit, "a file holds more than \(bytesMax) bytes")
            }
            all += piece
        }
        return all
    }

    func write(_ bytes: ArraySlice<UInt8>) throws(ActFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(number, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemProblem.failure("cannot write; see the free space") }
            rest = rest.dropFirst(count)
        }
    }

    /// Returns when what was written, or a folder's names, lie on the disk.
    func sync() throws(ActFailure) {
        guard fsync(number) == 0 else { throw SystemProblem.failure("the disk did not take it") }
    }
}

/// Turns `errno` into a failure.
enum SystemProblem {
    static func failure(_ what: String, _ code: Int32 = errno) -> ActFailure {
        let cause = unsafe String(cString: strerror(code))
        let kind: ActFailure.Code = code == ENOENT || code == ENOTDIR ? .missing : .system
        return ActFailure(kind, "\(what) (\(cause))")
    }
}

/// Text for a C call: a copy that ends with a zero.
func withCText<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    // The copy lives for the whole call, and ends with the zero added here.
    unsafe (bytes + [0]).withUnsafeBufferPointer { all in
        unsafe all.withMemoryRebound(to: CChar.self) { text in
            guard let start = text.baseAddress else { preconditionFailure("a text of no bytes") }
            return unsafe body(start)
        }
    }
}
