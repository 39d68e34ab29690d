/// Where the nodes of a storyline stand: columns by causal depth, lanes by host.
///
/// A layered drawing in the manner of Sugiyama: links that would close a circle are turned for the
/// layout, depth is the longest way from a start, long links get a place in each column they pass,
/// and each column is placed as near to its neighbours as order and size allow (isotonic
/// regression). Depth starts again further left in a lane that would leave the page.
struct GraphLayout {
    static let nodeWidth = 134.0
    static let nodeHeight = 40.0
    static let gapMin = 50.0
    static let gapMax = 118.0
    /// Of a reason's text, whose letters are 10 units high.
    static let letterWidth = 5.7
    static let columnsMax = 7
    static let laneTop = 30.0
    static let laneBottom = 14.0

    /// A node, or the place where a long link passes a column.
    struct Slot {
        var node: Int?
        var lane: Int
        var column: Int
        /// Middle of the slot, from the top of its lane until the end, then from the top.
        var middle = 0.0
        var height: Double
        var order: Int
        var before: [Int] = []
        var after: [Int] = []
    }

    struct Band {
        var name: String
        var top = 0.0
        var height = 0.0
        /// Room above for links that come back to the left.
        var gutter = 0.0
    }

    struct Route {
        var link: Int
        /// Slots from one end to the other, left to right; two where the link goes straight.
        var slots: [Int]
        /// Goes back to the left, through the gutter above its target's lane.
        var goesBack: Bool
        var gutterRow = 0
    }

    private(set) var slots: [Slot] = []
    private(set) var bands: [Band] = []
    private(set) var routes: [Route] = []
    private(set) var columns = 1
    private(set) var height = 0.0

    private var gaps: [Double] = []

    var width: Double { left(ofColumn: columns - 1) + Self.nodeWidth + 40 }

    init(_ graph: StorylineGraph) {
        let depth = CausalDepth(graph).depth
        placeInLanes(graph, depth)
        makeRoutes(graph)
        stack()
        for _ in 0..<4 {
            sweep(ascending: false)
            sweep(ascending: true)
        }
        settle()
    }

    func left(ofColumn column: Int) -> Double {
        gaps.prefix(column).reduce(22 + Double(column) * Self.nodeWidth, +)
    }

    // MARK: lanes and columns

    private mutating func placeInLanes(_ graph: StorylineGraph, _ depth: [Int]) {
        var laneOf: [String: Int] = [:]
        // Nodes come by time, so lanes do; what is on no host stands last.
        let names = graph.nodes.map(\.lane)
        let offHost = ["Not tied to one host", "Network", "Cloud"]
        for name in names.filter({ !offHost.contains($0) }) + offHost.filter(names.contains)
        where laneOf[name] == nil {
            laneOf[name] = bands.count
            bands.append(Band(name: name))
        }
        var shift = [Int](repeating: 0, count: bands.count)
        for lane in bands.indices {
            let depths = graph.nodes.indices.filter { names[$0] == bands[lane].name }.map {
                depth[$0]
            }
            let (least, most) = (depths.min() ?? 0, depths.max() ?? 0)
            shift[lane] = min(least, max(0, most - (Self.columnsMax - 1)))
        }
        for (index, node) in graph.nodes.enumerated() {
            let lane = laneOf[node.lane] ?? 0
            slots.append(
                Slot(
                    node: index, lane: lane, column: depth[index] - shift[lane],
                    height: Self.nodeHeight + 14, order: index))
        }
        columns = (slots.map(\.column).max() ?? 0) + 1
    }

    private mutating func makeRoutes(_ graph: StorylineGraph) {
        var gutterRows = [Int](repeating: 0, count: bands.count)
        for (index, link) in graph.links.enumerated() {
            let (from, to) = (slots[link.from], slots[link.to])
            guard to.column > from.column else {
                routes.append(
                    Route(
                        link: index, slots: [link.from, link.to], goesBack: true,
                        gutterRow: gutterRows[to.lane]))
                gutterRows[to.lane] += 1
                continue
            }
            var way = [link.from]
            for column in from.column + 1..<to.column {
                slots.append(
                    Slot(lane: to.lane, column: column, height: 18, order: to.order))
                way.append(slots.count - 1)
            }
            way.append(link.to)
            for (left, right) in zip(way, way.dropFirst()) {
                slots[left].after.append(right)
                slots[right].before.append(left)
            }
            routes.append(Route(link: index, slots: way, goesBack: false))
        }
        gaps = [Double](repeating: Self.gapMin, count: columns)
        for route in routes where !route.goesBack {
            // A reason stands in the gap before its target; the gap is as wide as it needs.
            let letters = Double(graph.links[route.link].text.count)
            let gap = min(Self.gapMax, letters * Self.letterWidth + 26)
            let column = slots[graph.links[route.link].to].column - 1
            gaps[column] = max(gaps[column], gap)
        }
        for lane in bands.indices { bands[lane].gutter = Double(min(gutterRows[lane], 12)) * 15 }
    }

    // MARK: heights

    private func members(_ lane: Int, _ column: Int) -> [Int] {
        slots.indices.filter { slots[$0].lane == lane && slots[$0].column == column }
    }

    private mutating func stack() {
        for lane in bands.indices {
            for column in 0..<columns {
                var bottom = 0.0
                for index in members(lane, column).sorted(by: { slots[$0].order < slots[$1].order })
                {
                    slots[index].middle = bottom + slots[index].height / 2
                    bottom += slots[index].height
                }
            }
        }
    }

    private mutating func sweep(ascending: Bool) {
        let order = ascending ? Array(0..<columns) : Array((0..<columns).reversed())
        for column in order {
            for lane in bands.indices {
                let members = members(lane, column)
                guard !members.isEmpty else { continue }
                let wanted = members.map { (slot: $0, middle: wish($0, before: ascending)) }
                place(
                    wanted.sorted {
                        $0.middle != $1.middle
                            ? $0.middle < $1.middle : slots[$0.slot].order < slots[$1.slot].order
                    })
            }
        }
    }

    /// The mean of the neighbours in the same lane; where there are none, where it is.
    private func wish(_ index: Int, before: Bool) -> Double {
        let neighbours = before ? slots[index].before : slots[index].after
        let near = neighbours.filter { slots[$0].lane == slots[index].lane }
        guard !near.isEmpty else { return slots[index].middle }
        return near.reduce(0) { $0 + slots[$1].middle } / Double(near.count)
    }

    /// Least squares under "in this order, not overlapping": pool adjacent violators.
    private mutating func place(_ wanted: [(slot: Int, middle: Double)]) {
        var offsets: [Double] = []
        var offset = 0.0
        for (index, item) in wanted.enumerated() {
            if index > 0 {
                offset += (slots[wanted[index - 1].slot].height + slots[item.slot].height) / 2
            }
            offsets.append(offset)
        }
        var blocks: [(sum: Double, count: Int)] = []
        for (index, item) in wanted.enumerated() {
            blocks.append((item.middle - offsets[index], 1))
            while blocks.count > 1 {
                let (last, previous) = (blocks[blocks.count - 1], blocks[blocks.count - 2])
                guard previous.sum / Double(previous.count) > last.sum / Double(last.count) else {
                    break
                }
                blocks.removeLast(2)
                blocks.append((previous.sum + last.sum, previous.count + last.count))
            }
        }
        var index = 0
        for block in blocks {
            for _ in 0..<block.count {
                slots[wanted[index].slot].middle = block.sum / Double(block.count) + offsets[index]
                index += 1
            }
        }
    }

    /// Lanes one below the other, and places counted from the top of the drawing.
    private mutating func settle() {
        var top = 8.0
        for lane in bands.indices {
            let members = slots.indices.filter { slots[$0].lane == lane }
            let least = members.map { slots[$0].middle - slots[$0].height / 2 }.min() ?? 0
            let most = members.map { slots[$0].middle + slots[$0].height / 2 }.max() ?? 0
            bands[lane].top = top
            let start = top + Self.laneTop + bands[lane].gutter
            for index in members { slots[index].middle += start - least }
            bands[lane].height =
                Self.laneTop + bands[lane].gutter + (most - least) + Self.laneBottom - 14
            top += bands[lane].height + 8
        }
        height = top
    }
}

/// How many steps each node is from a start of the story, along the longest way.
struct CausalDepth {
    private(set) var depth: [Int]

    init(_ graph: StorylineGraph) {
        let count = graph.nodes.count
        depth = [Int](repeating: 0, count: count)
        var after = [[Int]](repeating: [], count: count)
        for link in graph.links { after[link.from].append(link.to) }
        var order: [Int] = []
        var state = [UInt8](repeating: 0, count: count)
        var forward: [(from: Int, to: Int)] = []
        // Iterative, since a chain may be as long as the graph is large.
        for start in 0..<count where state[start] == 0 {
            var path: [(node: Int, next: Int)] = [(start, 0)]
            state[start] = 1
            while let (node, next) = path.last {
                guard next < after[node].count else {
                    state[node] = 2
                    order.append(node)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let target = after[node][next]
                if state[target] == 1 { continue }
                forward.append((node, target))
                if state[target] == 0 {
                    state[target] = 1
                    path.append((target, 0))
                }
            }
        }
        var onward = [[Int]](repeating: [], count: count)
        var hasBefore = [Bool](repeating: false, count: count)
        for (from, to) in forward {
            onward[from].append(to)
            hasBefore[to] = true
        }
        for node in order.reversed() {
            for target in onward[node] { depth[target] = max(depth[target], depth[node] + 1) }
        }
        // A start stands next to what it leads to, not at the far left.
        for node in 0..<count where !hasBefore[node] {
            if let nearest = onward[node].map({ depth[$0] }).min() {
                depth[node] = max(0, nearest - 1)
            }
        }
    }
}
