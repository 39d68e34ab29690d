internal import Engine
internal import Tenancy

/// The keys of records that were stored lately: exact within its bounds, and forgetful beyond them.
///
/// A key is found while it is among the latest `countMax` and not older than `ageMax`, by the receipt of its record.
/// 1,000,000 keys take 40 MB; it grows with use.
struct KeyWindow {
    private let countMax: Int
    private let ageMax: Int64
    /// A ring once it is full.
    private var keys: [RecordKey] = []
    private var received: [Int64] = []
    private var oldest = 0
    /// Open addressing: a place in the ring, plus one; 0 is free. A power of two, at most half full.
    private var table: [UInt32]

    init(countMax: Int, ageMax: Duration) {
        precondition(countMax > 0 && countMax <= 1 << 24, "the window's bound is stated")
        self.countMax = countMax
        self.ageMax = ageMax.nanoseconds
        table = [UInt32](repeating: 0, count: 16)
    }

    var count: Int { keys.count }

    func contains(_ key: RecordKey, at now: Timestamp) -> Bool {
        guard let place = place(of: key) else { return false }
        let (age, overflow) = now.nanoseconds.subtractingReportingOverflow(received[place])
        return !overflow && age <= ageMax
    }

    /// A key that is there already takes the new time.
    mutating func insert(_ key: RecordKey, received time: Timestamp) {
        if let place = place(of: key) {
            received[place] = max(received[place], time.nanoseconds)
            return
        }
        if keys.count < countMax {
            keys.append(key)
            received.append(time.nanoseconds)
            if keys.count * 2 > table.count { grow() } else { enter(keys.count - 1) }
        } else {
            forget(keys[oldest])
            keys[oldest] = key
            received[oldest] = time.nanoseconds
            enter(oldest)
            oldest = (oldest + 1) % countMax
        }
    }

    private func home(_ key: RecordKey) -> Int {
        // The process's own hash: a sender cannot choose keys that meet.
        key.hashValue & (table.count - 1)
    }

    private func place(of key: RecordKey) -> Int? {
        var slot = home(key)
        while table[slot] != 0 {
            let place = Int(table[slot]) - 1
            if keys[place] == key { return place }
            slot = (slot + 1) & (table.count - 1)
        }
        return nil
    }

    private mutating func enter(_ place: Int) {
        var slot = home(keys[place])
        while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
        table[slot] = UInt32(place + 1)
    }

    private mutating func grow() {
        table = [UInt32](repeating: 0, count: table.count * 2)
        for place in keys.indices { enter(place) }
    }

    /// Takes the key out and moves those after it up, so that no search ends too early (Knuth, TAOCP 3, 6.4 R).
    private mutating func forget(_ key: RecordKey) {
        let mask = table.count - 1
        var hole = home(key)
        while table[hole] != 0, keys[Int(table[hole]) - 1] != key { hole = (hole + 1) & mask }
        var slot = hole
        while true {
            slot = (slot + 1) & mask
            guard table[slot] != 0 else { break }
            let wanted = home(keys[Int(table[slot]) - 1])
            if (slot - wanted) & mask >= (slot - hole) & mask {
                table[hole] = table[slot]
                hole = slot
            }
        }
        table[hole] = 0
    }
}

extension Duration {
    /// Whole nanoseconds, at the ends of the range where it goes beyond.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        if overflow || carry { return seconds < 0 ? .min : .max }
        return sum
    }
}
