import Agent
import Engine
import Glibc
import NIOCore
import NIOPosix
import Sense
import Synchronization

/// What the sensor tells, into the spool.
///
/// The sensor has a thread of its own. What comes while the disk is at work waits in the kernel's ring; what does not fit there is counted and told.
actor SensorInput {
    private static let pollMilliseconds: Int32 = 100

    /// Lines since they were last taken.
    private final class Gathered {
        var bytes: [UInt8] = []
    }

    private let loop: any EventLoop
    private let cuts: CutCounter
    private let state: Mutex<SensorState>
    private let gathered = Gathered()
    private var sensor: (any EndpointSensor)?

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe loop.executor.asUnownedSerialExecutor()
    }

    /// - Parameter loop: of a group with a single thread, which polls.
    init(loop: any EventLoop, cuts: CutCounter) {
        self.loop = loop
        self.cuts = cuts
        state = Mutex(SensorState())
    }

    /// For health messages.
    nonisolated var figures: SensorState {
        var state = state.withLock { $0 }
        state.cuts = cuts.count
        return state
    }

    func start(_ settings: Sensor.Settings) throws {
        let gathered = gathered
        let sensor = try SensorChoice.best(settings) { gathered.bytes += $0 }
        self.sensor = sensor
        Host.say("sensing in tier \(sensor.report.tier.rawValue)")
    }

    /// Senses until its task is cancelled, and keeps what came to the last.
    func run(into spool: SpoolLane) async {
        while !Task.isCancelled, let sensor {
            sensor.poll(milliseconds: Self.pollMilliseconds)
            note(sensor)
            await keep(in: spool)
        }
        sensor?.finish()
        await keep(in: spool)
        sensor = nil
    }

    private func note(_ sensor: any EndpointSensor) {
        let (tier, lost) = (sensor.report.tier.rawValue, sensor.statistics.lost)
        state.withLock { state in
            state.tier = tier
            state.drops = lost
        }
    }

    private func keep(in spool: SpoolLane) async {
        guard !gathered.bytes.isEmpty else { return }
        let bytes = gathered.bytes
        gathered.bytes.removeAll(keepingCapacity: true)
        await LineInput.append(Self.records(bytes, cuts), to: spool)
    }

    private static func records(_ bytes: [UInt8], _ cuts: CutCounter) -> [SpoolRecord] {
        let now = Host.now
        return bytes.split(separator: 0x0A).map { line in
            if line.count > SpoolLimits.recordBytesMax { cuts.add() }
            return SpoolRecord(
                content: Array(line.prefix(SpoolLimits.recordBytesMax)), time: now,
                value: value(of: line))
        }
    }

    /// Files are many; what the sensor says of itself must not be the first to go.
    private static func value(of line: ArraySlice<UInt8>) -> RecordValue {
        if line.starts(with: #"{"kagari_event":"sensor"#.utf8) { return .high }
        return line.starts(with: #"{"kagari_event":"file"#.utf8) ? .low : .normal
    }
}
