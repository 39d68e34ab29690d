import Foundation

/// Whether a port could be listened on.
enum PortProbe {
    enum State: Equatable {
        case free, taken
        case refused(String)
    }

    /// Binds it for a moment.
    static func state(_ host: String, _ port: Int, isDatagram: Bool) -> State {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype =
            isDatagram ? Int32(SOCK_DGRAM.rawValue) : Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = unsafe list
        else { return .refused("there is no such address") }
        defer { unsafe freeaddrinfo(list) }
        // The list lives until it is freed above.
        let address = unsafe first.pointee
        let socket = unsafe Glibc.socket(address.ai_family, address.ai_socktype, 0)
        guard socket >= 0 else { return .refused("no socket can be made") }
        defer { close(socket) }
        var on: Int32 = 1
        unsafe setsockopt(
            socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard unsafe bind(socket, address.ai_addr, address.ai_addrlen) != 0 else { return .free }
        if errno == EADDRINUSE { return .taken }
        return .refused(unsafe String(cString: strerror(errno)))
    }
}
