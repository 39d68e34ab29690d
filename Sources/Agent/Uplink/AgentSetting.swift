package import Engine
package import FoundationEssentials
package import NIOCore
package import Wire

/// What an agent works with. Clock and chance come from outside.
package struct AgentSetting: Sendable {
    package var folder: StateFolder
    /// Name and version of the program.
    package var program: String
    /// As the machine calls itself.
    package var host: String
    /// Names the start of the machine.
    package var boot: String
    /// Of connections, and of the disk.
    package var group: any EventLoopGroup
    package var wall: @Sendable () -> Timestamp
    package var random: @Sendable () -> UInt64
    /// What the sensor can do here and has lost; empty where there is none.
    package var sensor: @Sendable () -> SensorState
    /// Does what an order says. Called once for each order that is signed and not too old; again only where a run ended in between.
    /// The policy is the one in force.
    package var perform: @Sendable (WireSignedOrder, WirePolicy?) async -> WireOrderReceipt
    /// Does what the host's policy has ready; see ``perform``.
    package var contain: @Sendable (StandingOrder, WirePolicy?) async -> WireOrderReceipt
    package var log: @Sendable (String) -> Void

    package init(
        folder: StateFolder, program: String, host: String, boot: String,
        group: any EventLoopGroup, wall: @escaping @Sendable () -> Timestamp,
        random: @escaping @Sendable () -> UInt64,
        sensor: @escaping @Sendable () -> SensorState = { SensorState() },
        perform: @escaping @Sendable (WireSignedOrder, WirePolicy?) async -> WireOrderReceipt,
        contain: @escaping @Sendable (StandingOrder, WirePolicy?) async -> WireOrderReceipt,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.folder = folder
        self.program = program
        self.host = host
        self.boot = boot
        self.group = group
        self.wall = wall
        self.random = random
        self.sensor = sensor
        self.perform = perform
        self.contain = contain
        self.log = log
    }

    var date: Date { wall().date }
}

extension Timestamp {
    package var date: Date { Date(timeIntervalSince1970: Double(nanoseconds) / 1e9) }
}

/// How the sensor does.
package struct SensorState: Hashable, Sendable {
    /// `A`, `B`, `C`; empty where there is no sensor.
    package var tier = ""
    /// Events lost before they had a sequence, since the start.
    package var drops: UInt64 = 0
    /// Records cut at their limit.
    package var cuts: UInt64 = 0
    /// Alerts of the engine on the host.
    package var alerts: UInt64 = 0

    package init() {}
}

/// How the agent does, for whoever asks on the host.
package struct AgentState: Hashable, Sendable {
    package var connection = "not connected yet"
    package var isConnected = false
    package var acknowledged: UInt64 = 0
    package var policyVersion: UInt64 = 0
    package var complaints: [String] = []
    package var certificateEnds: Timestamp?
}
