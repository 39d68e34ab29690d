/// Which elements belong together. The smallest element of a set names it, so that the result does
/// not depend on the order of joining.
struct Components: Sendable {
    private var parents: [Int] = []

    init(count: Int) { parents = Array(0..<count) }

    var count: Int { parents.count }

    mutating func add() -> Int {
        parents.append(parents.count)
        return parents.count - 1
    }

    mutating func root(of element: Int) -> Int {
        var root = element
        while parents[root] != root { root = parents[root] }
        var next = element
        while parents[next] != root { (parents[next], next) = (root, parents[next]) }
        return root
    }

    mutating func join(_ left: Int, _ right: Int) {
        let first = root(of: left)
        let second = root(of: right)
        parents[max(first, second)] = min(first, second)
    }

    /// Something that happened at a time under a key that others may share.
    struct Point {
        var key: ContentKey
        var time: Int64
        var element: Int
    }

    /// Joins points of one key that follow each other by at most `gapSeconds`.
    ///
    /// - Parameter storiesMax: a run that would join more than this many sets, as they are before the
    ///   call, shows a hub and joins nothing.
    mutating func joinRuns(_ points: [Point], gapSeconds: Int64, storiesMax: Int? = nil) {
        let sorted = points.sorted {
            ($0.key, $0.time, $0.element) < ($1.key, $1.time, $1.element)
        }
        let gap = gapSeconds.multipliedReportingOverflow(by: 1_000_000_000)
        let gapNanoseconds = gap.overflow ? Int64.max : gap.partialValue
        var joins: [(Int, Int)] = []
        var start = 0
        while start < sorted.count {
            var end = start + 1
            while end < sorted.count, sorted[end].key == sorted[start].key,
                Lineage.distance(sorted[end - 1].time, sorted[end].time) <= gapNanoseconds
            {
                end += 1
            }
            if end - start > 1 {
                var roots: Set<Int> = []
                if let storiesMax {
                    for index in start..<end where roots.count <= storiesMax {
                        roots.insert(root(of: sorted[index].element))
                    }
                }
                if storiesMax.map({ roots.count <= $0 }) ?? true {
                    for index in (start + 1)..<end {
                        joins.append((sorted[start].element, sorted[index].element))
                    }
                }
            }
            start = end
        }
        for (left, right) in joins { join(left, right) }
    }
}
