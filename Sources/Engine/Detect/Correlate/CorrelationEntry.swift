/// One match as one correlation sees it.
struct CorrelationEntry: Sendable {
    var correlation: Int
    var slot: Int
    /// Nanoseconds since 1970.
    var time: Int64
    var group: [String]
    /// The counted field's text, or the tuple of several.
    var values: [String]
    /// The value as a number, where the correlation computes with it.
    var number: Double
    /// Fields that correlations above this one want to know.
    var carried: [String?]
    /// When the time it stands for is known, see ``Firing/time``.
    var lastRecordTime: Int64
    var trigger: RecordReference
    /// For a firing, the records that took part; empty for a rule's match, which is of `trigger`.
    var records: [RecordReference]
    /// Records that took part beyond those in `records`.
    var unlisted: Int
}

extension CorrelationEntry {
    var turn: CorrelationTurn {
        CorrelationTurn(time: time, order: trigger.order, correlation: correlation, slot: slot)
    }
}

/// The order in which matches are taken. A rule further down a correlation's list comes first
/// within one record, so that one record cannot be two steps of an ordered sequence.
struct CorrelationTurn: Comparable, Sendable {
    var time: Int64
    var order: UInt64
    var correlation: Int
    var slot: Int

    static func < (left: CorrelationTurn, right: CorrelationTurn) -> Bool {
        if left.time != right.time { return left.time < right.time }
        return (left.order, left.correlation, -left.slot)
            < (right.order, right.correlation, -right.slot)
    }
}

/// Matches that wait for their turn. The heap holds turns and places only, so that sorting moves
/// no references.
struct PendingEntries: Sendable {
    struct Key: Comparable, Sendable {
        var turn: CorrelationTurn
        var place: Int

        static func < (left: Key, right: Key) -> Bool { left.turn < right.turn }
    }

    var heap = Heap<Key>()
    var entries: [CorrelationEntry?] = []
    var vacant: [Int] = []

    var count: Int { heap.count }
    var firstTime: Int64? { heap.first?.turn.time }

    mutating func insert(_ entry: CorrelationEntry) {
        let place: Int
        if let free = vacant.popLast() {
            place = free
            entries[place] = entry
        } else {
            place = entries.count
            entries.append(entry)
        }
        heap.insert(Key(turn: entry.turn, place: place))
    }

    mutating func popFirst() -> CorrelationEntry? {
        guard let key = heap.popFirst() else { return nil }
        let entry = entries[key.place].take()
        vacant.append(key.place)
        return entry
    }
}

/// A binary heap, least element first.
struct Heap<Element: Comparable> {
    var elements: [Element] = []

    var count: Int { elements.count }
    var first: Element? { elements.first }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard elements[child] < elements[parent] else { return }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        elements[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [parent * 2 + 1, parent * 2 + 2]
            where child < elements.count && elements[child] < elements[least] {
                least = child
            }
            guard least != parent else { return first }
            elements.swapAt(parent, least)
            parent = least
        }
    }
}

extension Heap: Sendable where Element: Sendable {}

extension Int64 {
    /// Addition that stops at the ends of time.
    func adding(clamped other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
