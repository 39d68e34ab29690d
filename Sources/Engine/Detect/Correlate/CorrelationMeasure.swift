import Sigma

extension Correlation {
    /// Whether a number meets all comparisons.
    func accepts(_ number: Double) -> Bool {
        conditions.allSatisfy { condition in
            switch condition.comparison {
            case .equal: number == condition.value
            case .notEqual: number != condition.value
            case .less: number < condition.value
            case .lessOrEqual: number <= condition.value
            case .greater: number > condition.value
            case .greaterOrEqual: number >= condition.value
            }
        }
    }

    /// Whether the values are computed with rather than compared as text.
    var wantsNumbers: Bool {
        switch kind {
        case .valueSum, .valueAverage, .valueMedian: true
        case .valuePercentile: percentile != nil
        case .eventCount, .valueCount, .temporal, .temporalOrdered: false
        }
    }

    var timespanNanoseconds: Int64 {
        let (product, overflow) = Int64(timespanSeconds).multipliedReportingOverflow(
            by: 1_000_000_000)
        return overflow ? .max : product
    }
}

/// Arithmetic on the numbers of one window.
enum CorrelationMeasure {
    /// The number written in a field: decimal, with sign, fraction and exponent, or 0x and hex
    /// digits; nil for anything else, also for what is not finite.
    static func number(_ text: String) -> Double? {
        let trimmed = text.utf8.drop { $0 == 0x20 }
        guard !trimmed.isEmpty, trimmed.count <= 64 else { return nil }
        if trimmed.starts(with: "0x".utf8) || trimmed.starts(with: "0X".utf8) {
            return UInt64(Substring(trimmed.dropFirst(2)), radix: 16).map { Double($0) }
        }
        let isPlain = trimmed.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
            default: false
            }
        }
        guard isPlain, let number = Double(Substring(trimmed)), number.isFinite else { return nil }
        return number
    }

    /// The value below which `percentile` percent of the numbers lie, between two neighbours in
    /// proportion, so 50 is the median. `numbers` is not empty.
    static func percentile(_ percentile: Double, of numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        let rank = percentile / 100 * Double(sorted.count - 1)
        let below = min(max(0, Int(rank)), sorted.count - 1)
        let above = min(below + 1, sorted.count - 1)
        let part = rank - Double(below)
        if part == 0 || sorted[below] == sorted[above] { return sorted[below] }
        return sorted[below] * (1 - part) + sorted[above] * part
    }

    /// The average, in a form that does not overflow.
    static func average(of numbers: [Double]) -> Double {
        let sum = numbers.reduce(0, +)
        if sum.isFinite { return sum / Double(numbers.count) }
        return numbers.reduce(0) { $0 + $1 / Double(numbers.count) }
    }
}
