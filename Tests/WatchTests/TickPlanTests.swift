import Engine
import Testing

@testable import Watch

@Suite struct `Ticks in the log` {
    private func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
    }

    @Test func `are written at once for the first finding, then no more often than the gap`() {
        var plan = TickPlan()
        #expect(plan.next(wanted: false, now: at(0)) == .nothing)
        #expect(plan.next(wanted: true, now: at(0)) == .write)
        #expect(plan.next(wanted: true, now: at(100)) == .lookAgain(after: .milliseconds(400)))
        #expect(plan.next(wanted: true, now: at(200)) == .nothing, "one alarm is set")
        #expect(plan.next(wanted: true, now: at(500)) == .write)
        #expect(plan.next(wanted: true, now: at(600)) == .lookAgain(after: .milliseconds(400)))
    }

    @Test
    func `leave four fifths of the time to matching, and come every ten seconds all the same`() {
        var plan = TickPlan()
        #expect(plan.next(wanted: true, now: at(0)) == .write)
        plan.took(.milliseconds(400))
        #expect(plan.next(wanted: true, now: at(600)) == .lookAgain(after: .milliseconds(1_000)))
        #expect(plan.next(wanted: true, now: at(1_600)) == .write)
        plan.took(.seconds(60))
        #expect(plan.next(wanted: true, now: at(11_599)) == .lookAgain(after: .milliseconds(1)))
        #expect(plan.next(wanted: true, now: at(11_600)) == .write)
    }

    @Test func `go on when the clock is set back`() {
        var plan = TickPlan()
        #expect(plan.next(wanted: true, now: at(10_000)) == .write)
        #expect(plan.next(wanted: true, now: at(0)) == .write)
    }
}
