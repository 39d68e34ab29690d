/// Where a listener listens.
package struct ListenAddress: Hashable, Sendable {
    /// A numeric address, as `127.0.0.1` or `::1`.
    package var host: String
    /// 0 asks for any free port.
    package var port: Int

    package init(host: String = "127.0.0.1", port: Int) {
        self.host = host
        self.port = port
    }

    /// True for 127.0.0.0/8 and ::1: nothing from outside of this machine reaches these.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.split(separator: ".").count == 4)
    }
}

/// The listener that serves all protocols over HTTP.
package struct HTTPSettings: Sendable {
    /// By which a desk knows it, in ``IntakeDesk/binding(forListener:peer:)``.
    package var name: String
    package var address: ListenAddress
    package var tls: TLSIdentity?
    /// What `GET /` says; Beats refuse an Elasticsearch older than themselves.
    package var elasticVersion = "8.17.0"
    /// `?token=` is written to many logs on its way, so it is off.
    package var allowsQueryToken = false

    package init(name: String = "http", address: ListenAddress, tls: TLSIdentity? = nil) {
        self.name = name
        self.address = address
        self.tls = tls
    }
}

/// A syslog or Lumberjack listener. Its senders have no token: they are bound by certificate, or by this listener.
package struct StreamSettings: Sendable {
    package enum Wire: String, Hashable, Sendable {
        case syslogTCP = "syslog-tcp"
        case syslogUDP = "syslog-udp"
        case lumberjack
    }

    package var name: String
    package var wire: Wire
    package var address: ListenAddress
    /// Nil for UDP always.
    package var tls: TLSIdentity?

    package init(
        name: String, wire: Wire, address: ListenAddress, tls: TLSIdentity? = nil
    ) {
        self.name = name
        self.wire = wire
        self.address = address
        self.tls = tls
    }
}

/// Why a listener could not start, with the cure.
package struct ListenFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// TLS is missing where others could read along.
        case plaintext
        case address
        case certificate
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
