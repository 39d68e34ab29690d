import Sigma

/// The groups of one correlation, within its limits.
struct CorrelationTable: Sendable {
    /// What became of a match.
    enum Outcome: Equatable {
        /// `opened` when a window of the group began with it; the group's place in the table.
        case taken(group: Int, opened: Bool)
        /// It is too late for its group's window.
        case dropped
    }

    let correlation: Correlation
    var entryCount = 0
    var groups: [CorrelationGroup?] = []
    /// Neighbours of each group in the order of last touch; -1 for none.
    var links: [(older: Int, newer: Int)] = []
    /// Raised whenever a place is vacated, so that an old timer can tell.
    var turns: [Int] = []
    var vacant: [Int] = []
    var places: [[String]: Int] = [:]
    var oldest = -1
    var newest = -1

    init(_ correlation: Correlation) { self.correlation = correlation }

    var groupCount: Int { places.count }

    func turn(at place: Int) -> Int { turns[place] }

    func closesAt(_ place: Int) -> Int64 { groups[place]?.closesAt ?? .max }

    subscript(place: Int) -> CorrelationGroup? { groups[place] }

    mutating func insert(
        _ entry: CorrelationEntry, isLate: Bool, _ limits: CorrelationLimits,
        _ counters: inout CorrelationCounters
    ) -> Outcome {
        if !isLate { forgetIdle(at: entry.time) }
        let place: Int
        var opened = false
        if let known = places[entry.group] {
            place = known
        } else {
            if places.count >= limits.groupsPerCorrelation, oldest >= 0 {
                counters.evictedGroups += 1
                remove(oldest)
            }
            place = add(CorrelationGroup(key: entry.group, slots: correlation.rules.count))
            opened = true
        }
        touch(place)
        guard let before = groups[place]?.count,
            groups[place]?.insert(entry, for: correlation) == true
        else { return .dropped }
        entryCount += (groups[place]?.count ?? before) - before
        while let count = groups[place]?.count, count > limits.entriesPerGroup {
            groups[place]?.dropFirst(correlation)
            entryCount -= 1
            counters.evictedEntries += 1
        }
        return .taken(group: place, opened: opened)
    }

    /// Makes room for one entry elsewhere: forgets the oldest group, or, when `kept` is the only
    /// one, its earliest entry.
    mutating func shrink(keeping kept: Int, _ counters: inout CorrelationCounters) {
        if oldest >= 0, oldest != kept {
            counters.evictedGroups += 1
            remove(oldest)
        } else {
            groups[kept]?.dropFirst(correlation)
            entryCount -= 1
            counters.evictedEntries += 1
        }
    }

    /// Judges a sliding window; see ``CorrelationGroup/fires(_:)``.
    mutating func fires(at place: Int) -> Bool { groups[place]?.fires(correlation) ?? false }

    mutating func remove(_ place: Int) {
        guard let group = groups[place] else { return }
        unlink(place)
        entryCount -= group.count
        places[group.key] = nil
        groups[place] = nil
        turns[place] += 1
        vacant.append(place)
    }

    /// Sliding windows that have run empty are forgotten; complete ones end by their own timer.
    private mutating func forgetIdle(at time: Int64) {
        guard correlation.growsOnly else { return }
        let earliest = time.adding(clamped: -correlation.timespanNanoseconds)
        while oldest >= 0, groups[oldest]?.latest ?? .max < earliest { remove(oldest) }
    }

    mutating func add(_ group: CorrelationGroup) -> Int {
        let place: Int
        if let free = vacant.popLast() {
            place = free
            groups[place] = group
        } else {
            place = groups.count
            groups.append(group)
            turns.append(0)
            links.append((-1, -1))
        }
        places[group.key] = place
        link(place)
        return place
    }

    private mutating func touch(_ place: Int) {
        guard newest != place else { return }
        unlink(place)
        link(place)
    }

    private mutating func link(_ place: Int) {
        links[place] = (newest, -1)
        if newest >= 0 { links[newest].newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = links[place]
        if older >= 0 { links[older].newer = newer } else { oldest = newer }
        if newer >= 0 { links[newer].older = older } else { newest = older }
    }
}
