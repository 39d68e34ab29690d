internal import Glibc

/// One message between the service and the engine's process: its length and its kind, eight bytes each, least
/// significant first, then its bytes.
///
/// Blocking: used on threads of their own only.
enum EngineFrame {
    /// Of the bytes behind the head.
    static let bytesMax = 512 << 20

    enum Kind: UInt64 {
        /// Asks for rows: the statement in UTF-8.
        case run = 1
        /// Brings rows to add: see ``EventColumns``.
        case insert = 2
        /// What was asked for was done; the rows in the form of ``ChdbAnswer``.
        case done = 3
        /// What was asked for was refused: code, message and cause.
        case refused = 4
    }

    /// False where the other side is gone.
    static func send(_ kind: Kind, _ bytes: [UInt8], to socket: Int32) -> Bool {
        var head: [UInt8] = []
        for number in [UInt64(bytes.count), kind.rawValue] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                head.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return sendAll(head, to: socket) && sendAll(bytes, to: socket)
    }

    /// Nil where the other side is gone, says something else, or is silent for longer than `seconds`.
    static func receive(from socket: Int32, seconds: Int?) -> (kind: Kind, bytes: [UInt8])? {
        guard let head = receive(16, from: socket, seconds: seconds) else { return nil }
        func number(_ at: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(head[at + $1]) << UInt64(8 * $1) }
        }
        guard let kind = Kind(rawValue: number(8)), number(0) <= UInt64(bytesMax),
            let bytes = receive(Int(number(0)), from: socket, seconds: seconds)
        else { return nil }
        return (kind, bytes)
    }

    private static func sendAll(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    socket, $0.baseAddress.map { unsafe $0 + sent }, $0.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private static func receive(_ count: Int, from socket: Int32, seconds: Int?) -> [UInt8]? {
        var bytes: [UInt8] = []
        // Grows with what arrives, not with what was announced.
        while bytes.count < count {
            var wait = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&wait, 1, seconds.map { Int32($0 * 1_000) } ?? -1)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let room = min(count - bytes.count, 1 << 20)
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: room))
            let read = unsafe bytes.withUnsafeMutableBytes {
                unsafe recv(socket, $0.baseAddress.map { unsafe $0 + start }, room, 0)
            }
            if read < 0, errno == EINTR {
                bytes.removeLast(room)
                continue
            }
            guard read > 0 else { return nil }
            bytes.removeLast(room - read)
        }
        return bytes
    }
}

extension StoreFailure {
    var engineBytes: [UInt8] {
        var bytes: [UInt8] = []
        for text in [code.rawValue, message, cause] { Bytes.append(text, to: &bytes) }
        return bytes
    }

    init(engineBytes bytes: Span<UInt8>) {
        do throws(Bytes.Malformed) {
            var position = 0
            let code = try Bytes.text(bytes, &position)
            let message = try Bytes.text(bytes, &position)
            self.init(
                Code(rawValue: code) ?? .refused, message,
                cause: try Bytes.text(bytes, &position))
        } catch {
            self.init(.refused, "the store engine refused in an unexpected form")
        }
    }
}
