import Crypto
import Engine

/// Failures by name, in a fixed number of places.
struct ThrottleTable: Sendable {
    private struct Entry {
        var fingerprint: [UInt8]
        var failures: Int
        var lastAt: Timestamp
    }

    private var places: [Entry?]
    private let sets: Int
    private let pace: LoginThrottle.Pace
    private let key: SymmetricKey

    init(sets: Int, pace: LoginThrottle.Pace, key: [UInt8]) {
        places = Array(repeating: nil, count: sets * LoginThrottle.ways)
        self.sets = sets
        self.pace = pace
        self.key = SymmetricKey(data: key)
    }

    var used: Int { places.count { $0 != nil } }

    func wait(_ name: [UInt8], now: Timestamp) -> Duration {
        let (range, fingerprint) = locate(name)
        // A last failure that lies ahead is a clock that was set back; waiting for it could take for ever.
        guard let index = index(of: fingerprint, in: range), let entry = places[index],
            entry.lastAt <= now
        else { return .zero }
        let failures = remembered(entry, now: now)
        guard failures >= pace.free else { return .zero }
        let due = Duration.seconds(1 << min(failures - pace.free, 20))
        return max(.zero, min(due, pace.waitMax) - now.elapsed(since: entry.lastAt))
    }

    mutating func charge(_ name: [UInt8], now: Timestamp) {
        let (range, fingerprint) = locate(name)
        let weakest = range.min { failures(at: $0, now: now) < failures(at: $1, now: now) }
        guard let index = index(of: fingerprint, in: range) ?? weakest else { return }
        places[index] = Entry(
            fingerprint: fingerprint, failures: failures(at: index, now: now) + 1, lastAt: now)
    }

    mutating func refund(_ name: [UInt8], now: Timestamp) {
        let (range, fingerprint) = locate(name)
        guard let index = index(of: fingerprint, in: range) else { return }
        let failures = failures(at: index, now: now)
        places[index]?.failures = failures - 1
        if failures <= 1 { places[index] = nil }
    }

    mutating func forget(_ name: [UInt8]) {
        let (range, fingerprint) = locate(name)
        if let index = index(of: fingerprint, in: range) { places[index] = nil }
    }

    private func failures(at index: Int, now: Timestamp) -> Int {
        places[index].map { remembered($0, now: now) } ?? 0
    }

    private func remembered(_ entry: Entry, now: Timestamp) -> Int {
        let halvings = Int(now.elapsed(since: entry.lastAt) / pace.halfLife)
        return halvings >= Int.bitWidth ? 0 : entry.failures >> halvings
    }

    private func index(of fingerprint: [UInt8], in range: Range<Int>) -> Int? {
        range.first { places[$0]?.fingerprint == fingerprint }
    }

    private func locate(_ name: [UInt8]) -> (Range<Int>, [UInt8]) {
        let code = Array(HMAC<SHA256>.authenticationCode(for: name, using: key))
        let number = code[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let start = Int(number % UInt64(sets)) * LoginThrottle.ways
        return (start..<(start + LoginThrottle.ways), Array(code[8..<24]))
    }
}
