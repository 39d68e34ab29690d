/// The width of a histogram's buckets, in nanoseconds. Buckets start at whole multiples of it from 1970 on.
struct HistogramWidth: Sendable {
    let nanoseconds: Int64

    /// - Throws: ``StoreFailure`` `refused`, where the width is not 1 ns to 292 years.
    init(_ width: Duration) throws(StoreFailure) {
        let (seconds, attoseconds) = width.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, over) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !overflow, !over, sum > 0 else {
            throw StoreFailure(.refused, "the width of a histogram is 1 nanosecond to 292 years")
        }
        nanoseconds = sum
    }

    /// The start of the bucket that holds a time; the earliest moment there is where that lies before it.
    func start(of time: Int64) -> Int64 {
        let into = time % nanoseconds
        let (start, overflow) = time.subtractingReportingOverflow(
            into < 0 ? into + nanoseconds : into)
        return overflow ? .min : start
    }

    static var tooMany: StoreFailure {
        StoreFailure(
            .limit, "the histogram has more than 2,000 buckets; take a greater width or less time")
    }
}
