/// Finds an event's time under the names that logs without a schema use for it.
///
/// - Output: the first of the names, in this order, whose value is a moment; `date` and `time`
///   together count as one; nil when there is none.
struct WellKnownTime {
    private let candidates: [FieldID]
    private let date, clock: FieldID

    init(_ names: inout FieldNames) {
        candidates = [
            "@timestamp", "timestamp", "Timestamp", "eventtime", "eventTime", "EventTime",
            "TimeCreated", "SystemTime", "UtcTime", "TimeGenerated", "_time", "datetime",
            "DateTime", "Date and Time", "start_time", "StartTime", "CreationDate", "CreationTime",
            "time", "Time", "ts", "date", "Date",
        ].map { names.intern($0) }
        date = names.intern("date")
        clock = names.intern("time")
    }

    func time(of event: borrowing EventBuffer) -> Timestamp? {
        if let day = event.first(date), let clock = event.first(clock),
            let time = joined(event, day, clock)
        {
            return time
        }
        for name in candidates {
            guard let index = event.first(name) else { continue }
            // The pointer is lent for this call only.
            let time = unsafe event.withBytes(of: event.field(at: index)) {
                unsafe TimestampText.parse($0)
            }
            if let time { return time }
        }
        return nil
    }

    private func joined(
        _ event: borrowing EventBuffer, _ day: Int, _ clock: Int
    ) -> Timestamp? {
        unsafe event.withBytes(of: event.field(at: day)) { dayBytes in
            unsafe event.withBytes(of: event.field(at: clock)) { clockBytes in
                var calendar = CalendarTime()
                var dayText = unsafe TextScanner(dayBytes.span)
                guard calendar.readDate(&dayText), dayText.atEnd else { return nil }
                var clockText = unsafe TextScanner(clockBytes.span)
                guard calendar.readClock(&clockText), clockText.atEnd else { return nil }
                return calendar.timestamp
            }
        }
    }
}
