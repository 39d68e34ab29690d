import Engine
import Sigma

/// The storyline as inline SVG.
struct GraphDrawing {
    private let graph: StorylineGraph
    private let layout: GraphLayout
    private let incident: Int
    private var taken: [(x: Double, y: Double, width: Double)] = []

    init(_ graph: StorylineGraph, _ layout: GraphLayout, incident: Int) {
        self.graph = graph
        self.layout = layout
        self.incident = incident
    }

    func write(to html: inout HTMLWriter) {
        let (width, height) = (Int(layout.width), Int(layout.height))
        let entities = Figures.counted(graph.nodes.count, "entity", "entities")
        let links = Figures.counted(graph.links.count, "link")
        html.element(
            "div",
            [
                .class("scroll"), .set("tabindex", 0), .set("role", "region"),
                .label("Storyline graph of incident \(incident)"),
            ]
        ) {
            $0.element(
                "svg",
                [
                    .class("graph"), .set("viewBox", "0 0 \(width) \(height)"), .set("role", "img"),
                    .set("style", "width:100%;max-width:\(width)px;min-width:\(width * 4 / 5)px"),
                    .label("\(entities) and \(links), told in words in the list below"),
                ]
            ) { svg in
                var drawing = self
                drawing.lanes(&svg)
                for route in layout.routes { drawing.edge(route, &svg) }
                for route in layout.routes { drawing.reason(route, &svg) }
                for slot in layout.slots { drawing.node(slot, &svg) }
            }
        }
    }

    private func lanes(_ svg: inout HTMLWriter) {
        for (index, band) in layout.bands.enumerated() {
            svg.rect(
                x: 4, y: band.top, width: layout.width - 8, height: band.height, radius: 8,
                index % 2 == 0 ? "lane alt" : "lane")
            svg.label(band.name, x: 14, y: band.top + 17, "lane-t")
        }
    }

    // MARK: links

    private typealias Point = (x: Double, y: Double)

    private func ends(_ route: GraphLayout.Route) -> [Point] {
        var points: [Point] = []
        for (index, slot) in route.slots.enumerated() {
            let place = layout.slots[slot]
            let left = layout.left(ofColumn: place.column)
            if index > 0 { points.append((left, place.middle)) }
            if index < route.slots.count - 1 {
                points.append((left + GraphLayout.nodeWidth, place.middle))
            }
        }
        return points
    }

    private func gutter(_ route: GraphLayout.Route) -> Double {
        let band = layout.bands[layout.slots[route.slots[1]].lane]
        return band.top + 24 + Double(min(route.gutterRow, 11)) * 15
    }

    private func edge(_ route: GraphLayout.Route, _ svg: inout HTMLWriter) {
        let points = ends(route)
        guard let first = points.first, let last = points.last, points.count > 1 else { return }
        let link = graph.links[route.link]
        let isHot = (graph.nodes[link.to].level ?? .informational) >= .high
        let path =
            route.goesBack
            ? back(from: first, to: last, through: gutter(route)) : forward(points)
        svg.path(path, isHot ? "e hot" : "e")
        let (x, y) = last
        svg.path(
            "M\(n(x)) \(n(y))L\(n(x - 7)) \(n(y - 3.6))V\(n(y + 3.6))Z", isHot ? "head hot" : "head"
        )
    }

    private func forward(_ points: [Point]) -> String {
        var path = "M\(n(points[0].x)) \(n(points[0].y))"
        for (from, to) in zip(points, points.dropFirst()) {
            let isLast = to == points[points.count - 1]
            let end = isLast ? to.x - 4 : to.x
            let bend = (end - from.x) / 2
            path += "C\(n(from.x + bend)) \(n(from.y)) "
            path += "\(n(end - bend)) \(n(to.y)) \(n(end)) \(n(to.y))"
        }
        return path
    }

    /// Out to the right, along the gutter to the left, and in from the left, with round corners.
    private func back(from: Point, to: Point, through y: Double) -> String {
        let (out, into) = (from.x + 14, to.x - 12)
        let turn = y > from.y ? 6.0 : -6.0
        var path = "M\(n(from.x)) \(n(from.y))H\(n(out - 6))"
        path += "Q\(n(out)) \(n(from.y)) \(n(out)) \(n(from.y + turn))V\(n(y - turn))"
        path += "Q\(n(out)) \(n(y)) \(n(out - 6)) \(n(y))H\(n(into + 6))"
        path += "Q\(n(into)) \(n(y)) \(n(into)) \(n(y + 6))V\(n(to.y - 6))"
        return path + "Q\(n(into)) \(n(to.y)) \(n(into + 6)) \(n(to.y))H\(n(to.x - 4))"
    }

    private mutating func reason(_ route: GraphLayout.Route, _ svg: inout HTMLWriter) {
        let points = ends(route)
        guard let last = points.last, points.count > 1 else { return }
        let link = graph.links[route.link]
        let text = link.text
        let width = Double(text.count) * GraphLayout.letterWidth
        let onAlt = layout.slots[link.to].lane % 2 == 0
        let style = onAlt ? "why-t in-alt" : "why-t"
        if route.goesBack {
            svg.label(text, x: last.x + 2, y: gutter(route) + 3.5, style)
            return
        }
        let from = points[points.count - 2]
        var best = Self.along(from, last, 0.5)
        for share in [0.5, 0.62, 0.38, 0.74, 0.26, 0.85] {
            let point = Self.along(from, last, share)
            let isFree = !taken.contains {
                abs($0.y - point.y) < 11 && abs($0.x - point.x) < ($0.width + width) / 2
            }
            if isFree {
                best = point
                break
            }
        }
        taken.append((best.x, best.y, width))
        svg.label(text, x: best.x, y: best.y + 3, style, anchor: "middle")
    }

    /// A point of the curve that ``edge(_:_:)`` draws between two slots.
    private static func along(_ from: Point, _ to: Point, _ t: Double) -> Point {
        let bend = (to.x - from.x) / 2
        let u = 1 - t
        let (a, b, c, d) = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
        return (
            a * from.x + b * (from.x + bend) + c * (to.x - bend) + d * to.x,
            (a + b) * from.y + (c + d) * to.y
        )
    }

    // MARK: nodes

    private func node(_ slot: GraphLayout.Slot, _ svg: inout HTMLWriter) {
        guard let index = slot.node else { return }
        let node = graph.nodes[index]
        let (x, y) = (layout.left(ofColumn: slot.column), slot.middle - GraphLayout.nodeHeight / 2)
        svg.element("g") { group in
            group.element("title", text: "\(node.label) (\(node.detail))")
            shape(node, x, y, &group)
            let isRound = Self.radius(node.kind) > 10
            let inset = isRound ? 14.0 : 10.0
            group.label(
                Self.fitted(node.label, columns: isRound ? 13 : 15), x: x + inset, y: y + 17, "n")
            group.label(
                Self.fitted(node.detail, columns: isRound ? 16 : 19), x: x + inset, y: y + 31, "k")
            if let level = node.level { pill(level, node.alerts, x, y, &group) }
            if node.isRoot {
                group.rect(x: x - 3, y: y - 8, width: 76, height: 14, radius: 4, "f-root")
                group.label("ROOT CAUSE", x: x + 1, y: y + 2.5, "c")
            }
            if node.hidden > 0 {
                group.label(
                    "+\(node.hidden)", x: x + GraphLayout.nodeWidth - 6,
                    y: y + GraphLayout.nodeHeight - 5, "k", anchor: "end")
            }
        }
    }

    private func shape(
        _ node: StorylineGraph.Node, _ x: Double, _ y: Double, _ svg: inout HTMLWriter
    ) {
        let (width, height) = (GraphLayout.nodeWidth, GraphLayout.nodeHeight)
        let level = node.level.map { " s-\($0.name)" } ?? ""
        let style = (node.members > 1 ? "box fold" : "box") + level
        if node.kind == .file {
            // A sheet of paper with its corner turned.
            let corner = "L\(n(x + width)) \(n(y + 10))V\(n(y + height))H\(n(x))Z"
            svg.path("M\(n(x)) \(n(y))H\(n(x + width - 10))\(corner)", style)
        } else {
            svg.rect(
                x: x, y: y, width: width, height: height, radius: Self.radius(node.kind), style)
        }
        if let level = node.level, Self.radius(node.kind) < 10 {
            svg.rect(x: x, y: y + 4, width: 4, height: height - 8, radius: 1, "f-\(level.name)")
        }
    }

    private func pill(
        _ level: Level, _ count: Int, _ x: Double, _ y: Double, _ svg: inout HTMLWriter
    ) {
        let word = level == .critical ? "CRIT" : level == .medium ? "MED" : level.label
        let text = count > 1 ? "\(word) ×\(count)" : word
        let width = Double(text.count) * 6.2 + 10
        let left = x + GraphLayout.nodeWidth + 5 - width
        svg.rect(x: left, y: y - 8, width: width, height: 14, radius: 4, "f-\(level.name)")
        svg.label(text, x: left + width / 2, y: y + 2.5, "c", anchor: "middle")
    }

    /// Who acts is round, what is on the network has hard corners, the rest is in between.
    private static func radius(_ kind: Entity.Kind) -> Double {
        switch kind {
        case .user, .cloudPrincipal, .session: 20
        case .address, .domain: 1
        default: 6
        }
    }

    /// Cut in the middle, so that a file keeps its ending.
    private static func fitted(_ label: String, columns: Int) -> String {
        let text = VisibleText(label, bytesMax: 512).text
        guard TextWidth.of(text) > columns else { return text }
        let tail = text.suffix(columns / 3)
        return TextWidth.cut(text, to: columns - tail.count) + tail
    }

    private func n(_ value: Double) -> String { HTMLWriter.number(value) }
}
