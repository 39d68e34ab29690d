/// What a run cost and what it could not use; measured by the caller, shown by `--stats`.
package struct RunStatistics: Sendable {
    package var records: UInt64 = 0
    /// Bytes read after decompression.
    package var bytes: UInt64 = 0
    /// From the first byte read to the last alert.
    package var elapsed: Duration = .zero
    /// Processor time of all threads; nil when not measured.
    package var processorTime: Duration?
    package var threads = 1
    package var alerts: UInt64 = 0
    package var incidents: UInt64 = 0
    package var rulesLoaded = 0
    /// Why rules are not in force, by fixed reason phrase.
    package var rulesSkippedByReason: [String: UInt64] = [:]
    /// Rules in force that the sources at hand cannot make fire.
    package var rulesWithoutSource = 0
    package var unparsedByReason: [String: UInt64] = [:]
    /// Nil when not measured.
    package var peakMemoryBytes: UInt64?

    package init() {}

    /// Nil when no time passed: zero never means unknown.
    package var recordsPerSecond: Double? { perSecond(records) }
    package var bytesPerSecond: Double? { perSecond(bytes) }

    private func perSecond(_ count: UInt64) -> Double? {
        let seconds = elapsed.inSeconds
        return seconds > 0 ? Double(count) / seconds : nil
    }
}

extension Duration {
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
