/// Tier C: processes alone, on kernels that take no programs.
package final class ConnectorSensor: EndpointSensor {
    package let report: SensorReport
    package private(set) var statistics = SensorStatistics()
    private let connector: ProcessConnector
    private var lines: EventLines
    private let take: ([UInt8]) -> Void
    private var lastHousekeeping: UInt64
    private var overflowsBefore: UInt64 = 0

    /// Nil where the kernel has no proc connector, or this is not root.
    ///
    /// - Parameter reason: why it is this tier, one sentence.
    package init?(_ settings: Sensor.Settings, reason: String, take: @escaping ([UInt8]) -> Void) {
        guard let connector = ProcessConnector() else { return nil }
        self.connector = connector
        self.take = take
        report = SensorReport(
            tier: .c, reason: reason,
            programs: SensorProgram.all.map {
                .init(name: $0.name, sees: $0.sees, refusal: reason)
            }, kernel: ControlGroups.kernelRelease(), controlGroup: nil)
        lines = EventLines(
            host: SystemFile.hostName, bootID: ProcFiles.bootID,
            clock: LineClock(offset: SystemFile.bootOffset),
            hashCountMax: settings.hashCountMax, packageFolder: settings.packageFolder)
        lastHousekeeping = SystemFile.bootTime
        ProcFiles.seed(&lines.table)
        lines.started(report, time: lastHousekeeping)
        handOver()
    }

    package func poll(milliseconds: Int32) {
        connector.poll(milliseconds: milliseconds, countMax: Sensor.roundMax) { event in
            statistics.records += 1
            lines.seen(event, time: SystemFile.bootTime)
            if lines.writer.bytes.count >= Sensor.batchCount { handOver() }
        }
        keepHouse(SystemFile.bootTime)
        handOver()
    }

    package func finish() { poll(milliseconds: 0) }

    private func keepHouse(_ now: UInt64) {
        guard now - lastHousekeeping >= 1_000_000_000 else { return }
        let seconds = (now - lastHousekeeping) / 1_000_000_000
        lastHousekeeping = now
        lines.clock.offset = SystemFile.bootOffset
        lines.accounts.refresh()
        lines.table.forget(before: now)
        let overflows = connector.overflows &- overflowsBefore
        overflowsBefore = connector.overflows
        statistics.lost += overflows
        if overflows > 0 { lines.overflowed(overflows, seconds: seconds, time: now) }
    }

    private func handOver() {
        statistics.lines = lines.sequence
        guard !lines.writer.bytes.isEmpty else { return }
        statistics.bytes += UInt64(lines.writer.bytes.count)
        take(lines.writer.bytes)
        lines.reset()
    }
}

/// What senses on this host, whatever the kernel allows. Made, polled and let go by one thread.
package protocol EndpointSensor: AnyObject {
    var report: SensorReport { get }
    var statistics: SensorStatistics { get }
    /// Waits at most this long, then hands over all lines there are.
    func poll(milliseconds: Int32)
    /// The last lines, at the end.
    func finish()
}
