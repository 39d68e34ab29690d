internal import Glibc

/// The kernel's proc connector: numbers of processes that begin, run a program and end, over netlink. What the numbers stand for is read from
/// `/proc`, where the process may be gone already.
///
/// - Source: Linux `include/uapi/linux/cn_proc.h`, `connector.h`, `netlink.h`.
@safe final class ProcessConnector {
    enum Event: Equatable {
        case fork(parent: UInt32, child: UInt32)
        case exec(pid: UInt32)
        /// Status as wait(2) tells it.
        case exit(pid: UInt32, status: UInt32)
    }

    private let socket: Int32
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// How often the kernel said that it had no room for events; how many these were it does not say.
    private(set) var overflows: UInt64 = 0

    /// Nil where the kernel has no connector, or this is not root.
    init?() {
        let connector: Int32 = 11
        socket = Glibc.socket(
            AF_NETLINK, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
            connector)
        guard socket >= 0 else { return nil }
        var room: Int32 = 4 << 20
        // Beyond the usual bound; SO_RCVBUFFORCE.
        _ = unsafe setsockopt(socket, SOL_SOCKET, 33, &room, 4)
        guard bind(), ask(listening: true) else {
            close(socket)
            return nil
        }
    }

    deinit {
        _ = ask(listening: false)
        close(socket)
    }

    /// `sockaddr_nl`: family, padding, our number, the group of process events.
    private func bind() -> Bool {
        var address = [UInt8](repeating: 0, count: 12)
        address[0] = UInt8(AF_NETLINK)
        address[8] = 1
        let count = socklen_t(address.count)
        // The kernel reads as many bytes as it is told there are.
        return unsafe address.withUnsafeBytes {
            unsafe Glibc.bind(socket, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), count)
        } == 0
    }

    /// Netlink's head (16), the connector's (20), and one number: 1 listen, 2 do not.
    private func ask(listening: Bool) -> Bool {
        var message = [UInt8](repeating: 0, count: 40)
        message[0] = 40
        message[4] = 3
        message[16] = 1
        message[20] = 1
        message[32] = 4
        message[36] = listening ? 1 : 2
        let count = message.count
        return unsafe message.withUnsafeBytes {
            unsafe send(socket, $0.baseAddress!, count, 0)
        } == count
    }

    /// Waits for an event, then hands over those that are there, at most `countMax`.
    func poll(milliseconds: Int32, countMax: Int, _ body: (Event) -> Void) {
        var wanted = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard unsafe Glibc.poll(&wanted, 1, milliseconds) > 0 else { return }
        for _ in 0..<countMax {
            let capacity = buffer.count
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe recv(socket, $0.baseAddress!, capacity, 0)
            }
            if count < 0, errno == ENOBUFS {
                overflows += 1
                continue
            }
            guard count > 0 else { return }
            if let event = Self.event(buffer.span.extracting(0..<count)) { body(event) }
        }
    }

    /// Nil for what is none of the three.
    static func event(_ message: Span<UInt8>) -> Event? {
        // Heads of netlink and connector, then what, processor and time.
        guard message.count >= 60, message.load32(16) == 1, message.load32(20) == 1 else {
            return nil
        }
        switch message.load32(36) {
        case 1 where message.count >= 68:
            // Threads are no processes.
            let child = message.load32(60)
            guard child == message.load32(64) else { return nil }
            return .fork(parent: message.load32(56), child: child)
        case 2:
            return .exec(pid: message.load32(56))
        case 0x8000_0000 where message.count >= 64:
            guard message.load32(52) == message.load32(56) else { return nil }
            return .exit(pid: message.load32(56), status: message.load32(60))
        default: return nil
        }
    }
}
