import Engine
import Store
import Tenancy

/// What led to what. A module draws it; in words it stands below, for everybody.
enum GraphPart {
    static func write(_ dossier: Dossier, _ part: inout Markup) {
        let graph = dossier.graph
        guard !graph.nodes.isEmpty else {
            part.state(.graphEmpty, .graphEmptyCure)
            return
        }
        part.element(
            "section",
            [
                .class("graph"), .set("id", "graph"), .flag("hidden"),
                .set("data-source", "/api/v1\(dossier.address)/storyline"),
            ]
        ) { drawing in
            drawing.element(
                "div",
                [.class("tools"), .set("role", "toolbar"), .say("aria-label", .tabGraph)]
            ) { tools in
                tool("zoom-in", .plus, .zoomIn, "+", &tools)
                tool("zoom-out", .minus, .zoomOut, "-", &tools)
                tool("zoom-fit", .fit, .zoomFit, "0", &tools)
                tools.element(
                    "button",
                    [
                        .set("type", "button"), .set("id", "hide-hubs"), .set("data-keys", "h"),
                        .set("aria-pressed", "false"),
                    ]
                ) { button in
                    button.icon(.hide)
                    button.element("span", say: .hideHubs)
                }
            }
            drawing.element("div", [.class("canvas"), .set("id", "canvas")]) { _ in }
            drawing.element(
                "aside", [.class("node"), .set("id", "node"), .set("aria-live", "polite")]
            ) { $0.element("p", [.class("soft")], say: .pickNode) }
            drawing.element("p", [.class("soft fine")], say: .graphHelp)
        }
        part.element("details", [.class("panel words"), .set("id", "in-words"), .flag("open")]) {
            $0.element("summary", say: .graphInWords)
            edges(graph, &$0)
        }
    }

    private static func tool(
        _ id: String, _ icon: Icon, _ phrase: Phrase, _ key: String, _ tools: inout Markup
    ) {
        tools.element(
            "button",
            [
                .set("type", "button"), .set("id", id), .set("data-keys", key),
                .say("aria-label", phrase), .say("title", phrase),
            ]
        ) { $0.icon(icon) }
    }

    private static func edges(_ graph: StoryGraph, _ words: inout Markup) {
        let times = graph.edges.indices.sorted {
            let pair = [$0, $1].map { graph.edges[$0].time?.nanoseconds ?? .max }
            return (pair[0], $0) < (pair[1], $1)
        }
        words.element("ol", [.class("plain lines")]) { list in
            for index in times {
                let edge = graph.edges[index]
                list.element("li") { item in
                    if let time = edge.time { item.moment(time, .second) }
                    name(graph.nodes[edge.from], &item)
                    item.element("em", say: CausalEdge.Reason.phrase(of: edge.reason))
                    name(graph.nodes[edge.to], &item)
                }
            }
        }
    }

    private static func name(_ node: StoryGraph.Node, _ item: inout Markup) {
        item.element("b") { $0.text(node.label, atMost: 80) }
        if let host = node.host {
            item.element("span", [.class("soft")]) { $0.text(host, atMost: 60) }
        }
    }
}
