extension TimestampText {
    /// A count since 1970 as decimal text, its unit told by its size, with a fraction or none.
    ///
    /// - Input: below 10¹¹ seconds, below 10¹⁴ milliseconds, below 10¹⁷ microseconds, else
    ///   nanoseconds; 18 digits that begin with 1 are a Windows FILETIME (100 ns since 1601),
    ///   since as nanoseconds they would lie before 1977.
    /// - Output: nil for signs, exponents and moments after 2262.
    /// - Source: FILETIME: MS-DTYP §2.3.3.
    package static func epoch(_ bytes: Span<UInt8>, in range: Range<Int>) -> Timestamp? {
        var text = TextScanner(bytes, range)
        let digits = text.digitsAhead(20)
        if digits == 19 {
            guard let high = text.number(18, 18), let low = text.number(1, 1) else { return nil }
            let (tens, overflow) = high.multipliedReportingOverflow(by: 10)
            let (value, carry) = tens.addingReportingOverflow(low)
            guard !overflow, !carry, skipFraction(&text) else { return nil }
            return Timestamp(nanoseconds: Int64(value))
        }
        guard digits >= 1, digits <= 18, let value = text.number(1, 18) else { return nil }
        if digits == 18, value < 200_000_000_000_000_000 {
            guard skipFraction(&text) else { return nil }
            return scaled(value - 116_444_736_000_000_000, by: 100, plus: 0)
        }
        let unit: Int
        switch value {
        case ..<100_000_000_000: unit = 1_000_000_000
        case ..<100_000_000_000_000: unit = 1_000_000
        case ..<100_000_000_000_000_000: unit = 1000
        default: unit = 1
        }
        guard !text.atEnd else { return scaled(value, by: unit, plus: 0) }
        var fraction = CalendarTime()
        guard text.current == Ascii.dot, Ascii.isDigit(text.peek(1)) else { return nil }
        fraction.readFraction(&text)
        guard text.atEnd else { return nil }
        return scaled(value, by: unit, plus: fraction.nanosecond / (1_000_000_000 / unit))
    }

    package static func epoch(_ bytes: Span<UInt8>) -> Timestamp? {
        epoch(bytes, in: 0..<bytes.count)
    }

    static func scaled(_ value: Int, by unit: Int, plus nanoseconds: Int) -> Timestamp? {
        let (product, overflow) = value.multipliedReportingOverflow(by: unit)
        let (sum, carry) = product.addingReportingOverflow(nanoseconds)
        return overflow || carry ? nil : Timestamp(nanoseconds: Int64(sum))
    }

    private static func skipFraction(_ text: inout TextScanner) -> Bool {
        if text.take(Ascii.dot) { while Ascii.isDigit(text.current) { text.advance() } }
        return text.atEnd
    }
}
