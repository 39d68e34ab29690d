internal import CLinux

/// The endpoint's senses: what the kernel programs see, as lines of JSON.
///
/// One thread makes it, polls it and lets it go. Lines come in batches; each ends in a line feed. What is lost on the way is
/// counted and told in a line of its own (`sensor_drop`).
package final class Sensor: EndpointSensor {
    package struct Settings: Sendable {
        package var places: [WatchedPlace] = WatchedPlace.ofSystem()
        /// Folder of the control group whose packets are seen; nil looks for the top one.
        package var controlGroup: String?
        /// Processes that fork without a program of their own get a line, too.
        package var tellsForks = false
        /// Larger programs are not hashed, bytes.
        package var hashCountMax = ExecutableFacts.fileCountMaxUsual
        /// Where dpkg keeps its lists; nil names no packages.
        package var packageFolder: String? = PackageOwners.usualFolder
        package init() {}
    }

    package enum Failure: Error {
        /// The kernel programs are not in this program; what it says names the cure.
        case notBuilt
        /// The kernel takes none of them.
        case refused(String)

        package var sentence: String {
            switch self {
            case .notBuilt:
                "the kernel programs were not built into this program; run scripts/bpf.sh and build it again"
            case .refused(let reason): "the kernel takes no programs: \(reason)"
            }
        }
    }

    package private(set) var report: SensorReport
    package private(set) var statistics = SensorStatistics()
    private let programs: KernelPrograms
    private var lines: EventLines
    private var places: PlaceBook
    private let take: ([UInt8]) -> Void
    private var countersBefore: [UInt64]
    private var missedBefore: UInt64 = 0
    private var lastHousekeeping: UInt64 = 0
    private var lastPlaces: UInt64 = 0
    /// How many records this round may still take: so a flood does not keep us from signals and counters.
    private var left = 0

    /// Beyond this many bytes lines are handed over before all waiting records are read.
    static let batchCount = 256 << 10
    static let roundMax = 16_384

    /// - Parameter take: gets each batch of lines; it may block, and then records wait in the kernel.
    package init(
        _ settings: Settings, agent: UInt32, take: @escaping ([UInt8]) -> Void
    ) throws(Failure) {
        let group = settings.controlGroup ?? ControlGroups.top()
        let (programs, refused) = try Self.load(agent: agent)
        programs.attach(controlGroup: group, refused: refused)
        self.programs = programs
        self.take = take
        report = Self.report(programs.statuses, group)
        var lines = EventLines(
            host: SystemFile.hostName, bootID: ProcFiles.bootID,
            clock: LineClock(offset: SystemFile.bootOffset), spaces: ControlGroups.ownSpaces(),
            tellsForks: settings.tellsForks, hashCountMax: settings.hashCountMax,
            packageFolder: settings.packageFolder)
        ProcFiles.seed(&lines.table)
        self.lines = lines
        places = PlaceBook(settings.places)
        countersBefore = programs.counters()
        places.refresh(programs)
        do throws(KernelPrograms.Failure) {
            // The context is this object, which owns the programs and so outlives the ring.
            try unsafe programs.openRing(Unmanaged.passUnretained(self).toOpaque()) {
                context, bytes, count in
                guard let context = unsafe context, let bytes = unsafe bytes else { return 0 }
                let sensor = unsafe Unmanaged<Sensor>.fromOpaque(context).takeUnretainedValue()
                let record = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
                sensor.take(unsafe Span<UInt8>(_unsafeBytes: record))
                // A negative answer ends this round; the record counts as taken.
                sensor.left -= 1
                return sensor.left > 0 ? 0 : -1
            }
        } catch {
            throw .refused("no ring")
        }
        self.lines.started(report, time: SystemFile.bootTime)
        handOver()
    }

    /// All at once where the kernel takes all; else each alone, to know which it takes.
    private static func load(
        agent: UInt32
    ) throws(Failure) -> (KernelPrograms, [String: String]) {
        do throws(KernelPrograms.Failure) {
            if let programs = try? KernelPrograms(agent: agent, refused: [:]) {
                return (programs, [:])
            }
            let refused = try KernelPrograms.refusals()
            guard refused.count < SensorProgram.all.count else {
                throw .refused(refused["process_exec"] ?? "every program was refused")
            }
            return (try KernelPrograms(agent: agent, refused: refused), refused)
        } catch {
            switch error {
            case .notBuilt: throw .notBuilt
            case .refused(let reason): throw .refused(reason)
            }
        }
    }

    private static func report(
        _ statuses: [SensorReport.Status], _ group: String?
    ) -> SensorReport {
        let refusal = KernelPrograms.refusalOfGuard()
        return SensorReport(
            tier: refusal == nil ? .a : .b,
            reason: refusal.map { "programs see but may refuse nothing (LSM): \($0)" }
                ?? "programs see and may refuse (LSM)",
            programs: statuses, kernel: ControlGroups.kernelRelease(), controlGroup: group)
    }

    package func poll(milliseconds: Int32) {
        left = Self.roundMax
        programs.poll(milliseconds: milliseconds)
        keepHouse(SystemFile.bootTime)
        handOver()
    }

    package func finish() {
        left = Self.roundMax
        programs.poll(milliseconds: 0)
        lastHousekeeping = 0
        keepHouse(SystemFile.bootTime)
        handOver()
    }

    private func take(_ record: Span<UInt8>) {
        statistics.records += 1
        lines.take(record)
        if lines.writer.bytes.count >= Self.batchCount { handOver() }
    }

    private func handOver() {
        guard !lines.writer.bytes.isEmpty else { return }
        statistics.bytes += UInt64(lines.writer.bytes.count)
        take(lines.writer.bytes)
        lines.reset()
    }

    /// Once a second: clock, accounts, what ended, what was lost. Every 30 seconds: places that are new.
    private func keepHouse(_ now: UInt64) {
        guard lastHousekeeping == 0 || now - lastHousekeeping >= 1_000_000_000 else { return }
        let seconds = lastHousekeeping == 0 ? 0 : (now - lastHousekeeping) / 1_000_000_000
        lastHousekeeping = now
        lines.clock.offset = SystemFile.bootOffset
        lines.accounts.refresh()
        lines.table.forget(before: now)
        tellLost(now, seconds)
        if now - lastPlaces >= 30_000_000_000 {
            lastPlaces = now
            places.refresh(programs)
        }
    }

    private func tellLost(_ now: UInt64, _ seconds: UInt64) {
        let counters = programs.counters()
        let missed = programs.missed()
        let lost = (0..<Int(KAGARI_KINDS.rawValue)).map { counters[$0] &- countersBefore[$0] }
        let total = lost.reduce(0, &+)
        statistics.lost += total
        statistics.missed += missed &- missedBefore
        statistics.filtered = counters[Int(KAGARI_COUNT_FILTERED.rawValue)]
        statistics.repeated = counters[Int(KAGARI_COUNT_REPEATED.rawValue)]
        statistics.compat = counters[Int(KAGARI_COUNT_COMPAT.rawValue)]
        statistics.unread = counters[Int(KAGARI_COUNT_UNREAD.rawValue)]
        statistics.malformed = lines.malformed
        statistics.unreadPackets = lines.unreadPackets
        statistics.lines = lines.sequence
        if total > 0 || missed != missedBefore {
            lines.lost(lost, missed: missed &- missedBefore, seconds: seconds, time: now)
        }
        countersBefore = counters
        missedBefore = missed
    }
}

/// What a sensor did since it was made.
package struct SensorStatistics: Sendable {
    /// Records taken from the kernel, and lines written.
    package var records: UInt64 = 0
    package var lines: UInt64 = 0
    package var bytes: UInt64 = 0
    /// Records lost because the ring was full.
    package var lost: UInt64 = 0
    /// Times a program was left out because it was running on this processor already.
    package var missed: UInt64 = 0
    /// Events at places nobody watches, and writes told already: left out in the kernel on purpose.
    package var filtered: UInt64 = 0
    package var repeated: UInt64 = 0
    /// Calls of 32-bit programs, which are not looked at.
    package var compat: UInt64 = 0
    /// Arguments that could not be read from a program's memory.
    package var unread: UInt64 = 0
    package var malformed: UInt64 = 0
    package var unreadPackets: UInt64 = 0
}
