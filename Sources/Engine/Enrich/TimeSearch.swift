/// Search in lists that are in order of time, so that no question costs a whole list.
enum TimeSearch {
    /// How many candidates around a moment are looked at; what is further away is not considered.
    static let candidatesMax = 512

    /// The first place in `0..<count` whose time is later than `time`.
    static func place(after time: Int64, count: Int, timeAt: (Int) -> Int64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if timeAt(middle) <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Array where Element == LinkFact {
    /// The latest fact at or before `time`, at most `nanoseconds` earlier, that matches.
    func latest(
        until time: Int64, within nanoseconds: Int64,
        where matches: (LinkFact) -> Bool = { _ in true }
    ) -> LinkFact? {
        var place = TimeSearch.place(after: time, count: count) { self[$0].time }
        let end = Swift.max(0, place - TimeSearch.candidatesMax)
        while place > end {
            place -= 1
            guard Lineage.distance(self[place].time, time) <= nanoseconds else { return nil }
            if matches(self[place]) { return self[place] }
        }
        return nil
    }
}
