import Engine
import Tenancy
import Testing

@testable import Watch

@Suite struct `A source that falls silent` {
    private let okta = LogSourceID("okta")!
    private let rare = LogSourceID("rare")!

    private func at(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: 1_700_000_000_000_000_000 + seconds * 1_000_000_000)
    }

    @Test func `is told once, by its own habit, and again when it is heard`() {
        var habits = SourceHabits()
        for turn in 0..<100 { habits.met(okta, at: at(Int64(turn) * 10)) }
        #expect(habits.silent(at: at(990 + 299)).isEmpty, "five minutes are everybody's")
        let told = habits.silent(at: at(990 + 301))
        #expect(told.map(\.source) == [okta])
        #expect(told.first?.since == at(990))
        #expect(habits.silent(at: at(990 + 900)).isEmpty)
        habits.met(okta, at: at(3000))
        let back = habits.silent(at: at(3001))
        #expect(back.map(\.isOver) == [true])
        #expect(habits.silent(at: at(3002)).isEmpty)
    }

    @Test func `may be silent longer where it always was`() {
        var habits = SourceHabits()
        for turn in 0..<20 { habits.met(rare, at: at(Int64(turn) * 3600)) }
        let last: Int64 = 19 * 3600
        #expect(habits.silent(at: at(last + 4 * 3600)).isEmpty)
        #expect(habits.silent(at: at(last + 4 * 3600 + 1)).map(\.source) == [rare])
    }

    @Test func `has no habit before ten records, nor has the watch itself`() {
        var habits = SourceHabits()
        for turn in 0..<9 { habits.met(okta, at: at(Int64(turn))) }
        for turn in 0..<50 { habits.met(WatchNames.watch, at: at(Int64(turn))) }
        #expect(habits.silent(at: at(10_000_000)).isEmpty)
    }

    @Test func `is remembered over a restart`() throws {
        var habits = SourceHabits()
        for turn in 0..<40 { habits.met(okta, at: at(Int64(turn) * 7)) }
        _ = habits.silent(at: at(2000))
        habits.met(okta, at: at(2100))
        var writer = StateWriter()
        habits.write(to: &writer)
        var reader = StateReader(writer.bytes)
        #expect(try SourceHabits(from: &reader) == habits)
        #expect(reader.isAtEnd)
    }
}
