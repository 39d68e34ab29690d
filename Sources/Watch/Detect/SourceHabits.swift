package import Engine
package import Tenancy

/// A source that fell silent beyond its own habit, or is heard again.
package struct Silence: Hashable, Sendable {
    package var source: LogSourceID
    /// Its last record.
    package var since: Timestamp
    /// When that was noticed, by the log's time.
    package var noticed: Timestamp
    /// True when it is heard again.
    package var isOver: Bool
}

/// How long each source is usually silent, learned from the log itself.
///
/// The habit is the longest pause that was seen, slowly forgotten: at each longer pause it becomes that pause, and between it halves in a week. A source is
/// silent beyond its habit when nothing came for four habits, at least five minutes, at most three days.
struct SourceHabits: Hashable, Sendable {
    static let sourcesMax = 10_000
    static let shortest: Int64 = 300 * 1_000_000_000
    static let longest: Int64 = 3 * 86_400 * 1_000_000_000
    static let habitsOfSilence: Int64 = 4
    /// Records before a habit is one.
    static let recordsMin = 10
    static let halfLife: Int64 = 7 * 86_400 * 1_000_000_000

    private struct Habit: Hashable, Sendable {
        var last: Int64
        var pause: Int64 = 0
        var records = 0
        var isSilent = false
    }

    private var habits: [LogSourceID: Habit] = [:]
    private var over: [Silence] = []

    init() {}

    mutating func met(_ source: LogSourceID, at time: Timestamp) {
        guard var habit = habits[source] else {
            // The watch's own records tell of no source.
            guard source != WatchNames.watch, habits.count < Self.sourcesMax else { return }
            habits[source] = Habit(last: time.nanoseconds, records: 1)
            return
        }
        let pause = max(0, time.nanoseconds - habit.last)
        if habit.isSilent {
            over.append(
                Silence(
                    source: source, since: Timestamp(nanoseconds: habit.last), noticed: time,
                    isOver: true))
        }
        // In whole seconds of the half-life, so that no product leaves the range.
        let seconds = min(pause, Self.halfLife) / 1_000_000_000
        habit.pause -= habit.pause / 2 / (Self.halfLife / 1_000_000_000) * seconds
        habit.pause = max(habit.pause, pause)
        habit.last = max(habit.last, time.nanoseconds)
        habit.records = min(habit.records + 1, Self.recordsMin)
        habit.isSilent = false
        habits[source] = habit
    }

    var silentNow: Set<LogSourceID> { Set(habits.filter(\.value.isSilent).keys) }

    /// Those that fell silent since it was asked last, and those heard again.
    mutating func silent(at now: Timestamp) -> [Silence] {
        var found = over
        over = []
        for (source, habit) in habits where !habit.isSilent && habit.records >= Self.recordsMin {
            let allowed = min(
                max(habit.pause.multipliedClamped(by: Self.habitsOfSilence), Self.shortest),
                Self.longest)
            guard now.nanoseconds - habit.last > allowed else { continue }
            habits[source]?.isSilent = true
            found.append(
                Silence(
                    source: source, since: Timestamp(nanoseconds: habit.last), noticed: now,
                    isOver: false))
        }
        return found.sorted { ($0.source, $0.since) < ($1.source, $1.since) }
    }

    func write(to state: inout StateWriter) {
        state.add(list: habits.sorted { $0.key < $1.key }) { state, entry in
            state.add(entry.key.text)
            state.add(entry.value.last)
            state.add(entry.value.pause)
            state.add(entry.value.records)
            state.add(entry.value.isSilent)
        }
        state.add(list: over) { state, silence in
            state.add(silence.source.text)
            state.add(silence.since.nanoseconds)
            state.add(silence.noticed.nanoseconds)
        }
    }

    init(from state: inout StateReader) throws(StateReader.Failure) {
        for _ in 0..<(try state.count()) {
            let source = try Self.source(from: &state)
            habits[source] = Habit(
                last: try state.signed(), pause: try state.signed(), records: try state.int(),
                isSilent: try state.flag())
        }
        over = try state.list { state throws(StateReader.Failure) in
            Silence(
                source: try Self.source(from: &state),
                since: Timestamp(nanoseconds: try state.signed()),
                noticed: Timestamp(nanoseconds: try state.signed()), isOver: true)
        }
    }

    private static func source(
        from state: inout StateReader
    ) throws(StateReader.Failure) -> LogSourceID {
        guard let source = LogSourceID(try state.text()) else {
            throw state.failure("a source has no name")
        }
        return source
    }
}

extension Int64 {
    fileprivate func multipliedClamped(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}

/// Names that the watch uses for itself.
package enum WatchNames {
    /// The source of what the watch writes into the log.
    package static let watch: LogSourceID = {
        guard let name = LogSourceID("kagari-watch") else {
            preconditionFailure("the watch's own name is well formed")
        }
        return name
    }()
}
