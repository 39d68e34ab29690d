package import Engine

extension Timestamp {
    /// Stops at the last moment a timestamp can name.
    func adding(_ duration: Duration) -> Timestamp {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Timestamp(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// From `earlier` until here; zero where the clock went backwards.
    func elapsed(since earlier: Timestamp) -> Duration {
        guard self > earlier else { return .zero }
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return .nanoseconds(overflow ? .max : difference)
    }

    /// Whole seconds since 1970, rounded down.
    var unixSeconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        let (product, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return components.seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(components.attoseconds / 1_000_000_000)
        return carry ? (product < 0 ? .min : .max) : sum
    }

    /// Rounded up, at least 1: what a `Retry-After` header says.
    package var retryAfterSeconds: Int {
        let whole = Int(components.seconds) + (components.attoseconds > 0 ? 1 : 0)
        return max(1, whole)
    }
}

/// Nanoseconds as one number, in whatever is kept of this room's values.
extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(nanoseconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}
