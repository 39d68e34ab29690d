import Engine
import Tenancy
import TestKit
import Testing

@Suite struct `Login throttle` {
    private var random = SplitMix64(seed: 51)
    private let home: [UInt8] = [192, 0, 2, 1]

    /// An address for each number, none of them in the same network.
    private func address(_ number: Int) -> [UInt8] {
        [10, UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    private func wait(_ decision: LoginThrottle.Decision) -> Duration {
        if case .refused(let retryAfter) = decision { retryAfter } else { .zero }
    }

    @Test mutating func `lets five failures pass, then doubles the wait up to 15 minutes`() {
        var throttle = LoginThrottle(using: &random)
        var now = Made.start
        for number in 0..<5 {
            let decision = throttle.admit(account: "maria", address: address(number), now: now)
            #expect(decision == .admitted)
        }
        var waits: [Duration] = []
        for number in 5..<20 {
            let decision = throttle.admit(account: "maria", address: address(number), now: now)
            waits.append(wait(decision))
            now = Timestamp(
                nanoseconds: now.nanoseconds + wait(decision).components.seconds * 1_000_000_000)
            let next = throttle.admit(account: "maria", address: address(number), now: now)
            #expect(next == .admitted)
        }
        let doubled = (0..<10).map { Duration.seconds(1 << $0) }
        #expect(Array(waits.prefix(10)) == doubled)
        #expect(waits.dropFirst(10).allSatisfy { $0 == .seconds(900) })
    }

    @Test mutating func `never waits longer than 15 minutes, whatever was tried`() {
        var throttle = LoginThrottle(sets: 2, using: &random)
        var seconds = 0.0
        for number in 0..<20_000 {
            seconds += Double(Int.random(in: 0..<20, using: &random))
            let name = "user\(Int.random(in: 0..<40, using: &random))"
            let decision = throttle.admit(
                account: name, address: address(number % 300), now: Made.after(seconds))
            #expect(wait(decision) <= .seconds(900))
        }
        for name in 0..<40 {
            let decision = throttle.admit(
                account: "user\(name)", address: [1, 2, 3, UInt8(name)],
                now: Made.after(seconds + 900))
            #expect(decision == .admitted)
        }
    }

    @Test mutating func `charges before anybody checks, so a thousand at once are a thousand`() {
        var throttle = LoginThrottle(using: &random)
        let admitted = (0..<1_000).filter {
            throttle.admit(account: "maria", address: address($0), now: Made.start) == .admitted
        }
        #expect(admitted.count == 5)
    }

    @Test mutating func `forgets an account's failures when it succeeds, not its address's`() {
        var throttle = LoginThrottle(using: &random)
        for number in 0..<30 {
            #expect(
                throttle.admit(account: "a\(number)", address: home, now: Made.start) == .admitted)
        }
        #expect(throttle.admit(account: "b", address: home, now: Made.start) != .admitted)
        let later = Made.after(2)
        #expect(throttle.admit(account: "mallory", address: home, now: later) == .admitted)
        throttle.succeeded(account: "mallory", address: home, now: later)
        #expect(throttle.admit(account: "c", address: home, now: later) != .admitted)
        for _ in 0..<5 {
            _ = throttle.admit(account: "maria", address: address(1), now: Made.start)
        }
        throttle.succeeded(account: "Maria", address: address(1), now: Made.start)
        #expect(throttle.admit(account: "MARIA", address: address(2), now: Made.start) == .admitted)
    }

    @Test mutating func `counts an IPv6 subscriber as one, and an IPv4 address in either form`() {
        var throttle = LoginThrottle(using: &random)
        let prefix: [UInt8] = [0x20, 1, 0xD, 0xB8, 0, 0, 0, 1]
        for number in 0..<30 {
            let host: [UInt8] = [0, 0, 0, 0, 0, 0, 0, UInt8(number)]
            _ = throttle.admit(account: "a\(number)", address: prefix + host, now: Made.start)
        }
        let same = prefix + [UInt8](repeating: 9, count: 8)
        #expect(throttle.admit(account: "b", address: same, now: Made.start) != .admitted)
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + home
        for number in 0..<30 {
            let given = number % 2 == 0 ? mapped : home
            _ = throttle.admit(account: "c\(number)", address: given, now: Made.start)
        }
        #expect(throttle.admit(account: "d", address: mapped, now: Made.start) != .admitted)
        #expect(throttle.admit(account: "d", address: home, now: Made.start) != .admitted)
    }

    @Test mutating func `is bounded, and a flood does not clear the account under attack`() {
        var throttle = LoginThrottle(sets: 4, using: &random)
        for number in 0..<5 {
            _ = throttle.admit(account: "maria", address: address(number), now: Made.start)
        }
        var admitted = 0
        for number in 0..<50_000 {
            let name = "flood\(number)"
            if throttle.admit(account: name, address: address(number), now: Made.start)
                == .admitted
            {
                admitted += 1
            }
            #expect(throttle.entries <= 2 * 4 * LoginThrottle.ways)
        }
        #expect(admitted > 100)
        // Put out or not, it comes back with no fewer failures than it had: one attempt at most, then the wait.
        _ = throttle.admit(account: "maria", address: address(60_000), now: Made.start)
        let again = throttle.admit(account: "maria", address: address(60_001), now: Made.start)
        #expect(wait(again) >= .seconds(1))
    }

    @Test mutating func `forgets half in an hour of quiet`() {
        var throttle = LoginThrottle(using: &random)
        for number in 0..<5 {
            _ = throttle.admit(account: "maria", address: address(number), now: Made.start)
        }
        let later = Made.after(3_600)
        for number in 0..<3 {
            #expect(
                throttle.admit(account: "maria", address: address(number), now: later) == .admitted)
        }
        #expect(throttle.admit(account: "maria", address: address(9), now: later) != .admitted)
    }

    @Test mutating func `shuts nobody out when the clock is set back by a year`() {
        var throttle = LoginThrottle(using: &random)
        let ahead = Made.after(365 * 86_400)
        for number in 0..<5 {
            _ = throttle.admit(account: "maria", address: address(number), now: ahead)
        }
        #expect(throttle.admit(account: "maria", address: home, now: Made.start) == .admitted)
    }
}
