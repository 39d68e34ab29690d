/// One program in the kernel, and what is not seen where it cannot be loaded.
package struct SensorProgram: Sendable {
    package enum Place: Sendable {
        /// Attached to a tracepoint by itself.
        case tracepoint
        /// Slot of the table that ``SensorProgram/callEnd`` goes on by.
        case handler(UInt32)
        /// Attached to the control group, whose packets and sockets it sees.
        case controlGroup
    }

    package let name: String
    package let place: Place
    package let sees: String

    package static let callEnd = "call_end"
    /// Sees nothing; loaded for the probe alone.
    package static let mayRefuse = "may_refuse"

    /// In the order in which they are loaded. Slots are those of `enum handler` in `bpf/calls.h`.
    package static let all: [SensorProgram] = [
        .init(name: "process_exec", place: .tracepoint, sees: "programs that are started"),
        .init(name: "process_fork", place: .tracepoint, sees: "new processes"),
        .init(name: "process_exit", place: .tracepoint, sees: "ends of processes"),
        .init(name: callEnd, place: .tracepoint, sees: "system calls, for all that follow"),
        .init(name: "handle_open", place: .handler(1), sees: "files made and written"),
        .init(name: "handle_path", place: .handler(2), sees: "files deleted, marks set by path"),
        .init(name: "handle_paths", place: .handler(3), sees: "files renamed and linked"),
        .init(name: "handle_file", place: .handler(4), sees: "marks set on open files"),
        .init(name: "handle_connect", place: .handler(5), sees: "connections made"),
        .init(name: "handle_accept", place: .handler(6), sees: "connections taken"),
        .init(name: "handle_listen", place: .handler(7), sees: "ports opened"),
        .init(
            name: "handle_call", place: .handler(8),
            sees: "ptrace, memfd, W+X memory, bpf, modules, credentials, namespaces"),
        .init(name: "handle_mount", place: .handler(10), sees: "mounts"),
        .init(name: "socket_made", place: .controlGroup, sees: "whose a packet's socket is"),
        .init(name: "packet_out", place: .controlGroup, sees: "DNS queries and TLS hellos"),
        .init(name: "packet_in", place: .controlGroup, sees: "DNS answers"),
    ]
}

/// What the probe at the start found.
package struct SensorReport: Sendable {
    /// How much can be seen and prevented on this kernel.
    package enum Tier: String, Sendable {
        /// Programs run, and may refuse what they see (LSM).
        case a = "A"
        /// Programs run and see.
        case b = "B"
        /// No programs: processes alone, as the proc connector tells them.
        case c = "C"
    }

    package struct Status: Sendable {
        package let name: String
        package let sees: String
        /// Nil where it is loaded and attached.
        package let refusal: String?
    }

    package var tier: Tier
    /// Why it is this tier and not the one above, one sentence.
    package var reason: String
    package var programs: [Status]
    package var kernel: String
    /// The control group whose packets are seen; nil where none was found.
    package var controlGroup: String?
}
