import Engine
import Sigma
import Testing

@testable import Report

@Suite struct `Progress line` {
    static let cases: [(ProgressLine, Int, String)] = [
        (
            ProgressLine(
                fraction: 0.5, records: 1_000_000, recordsPerSecond: 512_345, alerts: 1,
                secondsLeft: 72), 80,
            "██████████████████░░░░░░░░░░░░░░░░░░    50 %  512 k events/s · 1 min 12 s left · 1 alert"
        ),
        (
            ProgressLine(
                fraction: nil, records: 42, recordsPerSecond: nil, alerts: 0, secondsLeft: nil), 80,
            "42 events · 0 alerts"
        ),
        (
            ProgressLine(
                fraction: 2, records: 42, recordsPerSecond: .infinity, alerts: 0,
                secondsLeft: .nan), 10, " 100 %"
        ),
    ]

    @Test(arguments: cases.indices)
    func `is a pure function of numbers`(index: Int) {
        let (line, width, _) = Self.cases[index]
        #expect(TextWidth.of(line.text(width: width)) <= width)
    }

    @Test func `fits every width`() {
        let line = Self.cases[0].0
        for width in 0...200 { #expect(TextWidth.of(line.text(width: width)) <= width) }
    }

    @Test func `says how far, how fast, how long and how much`() {
        let text = Self.cases[0].0.text(width: 100)
        for part in ["50 %", "512 k events/s", "1 min 12 s left", "1 alert"] {
            #expect(text.contains(part))
        }
    }

    @Test func `without a size tells what was read`() {
        #expect(Self.cases[1].0.text(width: 80) == "42 events · 0 alerts")
    }
}

@Suite struct `Figures for people` {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (12_345, "12,345"),
    ])
    func `are grouped by thousands`(number: Int, text: String) {
        #expect(Figures.grouped(number) == text)
    }

    @Test(arguments: [
        (0.0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (9_995, "10.0 kB"), (99_950, "100 kB"),
        (999_499, "999 kB"), (999_500, "1.00 MB"), (268_435_456, "268 MB"), (-1, "–"),
        (.infinity, "–"),
    ])
    func `of bytes have three digits`(bytes: Double, text: String) {
        #expect(Figures.bytes(bytes) == text)
    }

    @Test(arguments: [
        (0.0, "0 ms"), (0.12, "120 ms"), (4, "4 s"), (4.25, "4.25 s"), (12.4, "12 s"),
        (72, "1 min 12 s"), (3600, "1 h 00 min"), (90_000, "1 d 1 h"), (.nan, "–"),
    ])
    func `of time have the two largest parts`(seconds: Double, text: String) {
        #expect(Figures.duration(seconds: seconds) == text)
    }
}

@Suite struct `Text for people` {
    @Test(arguments: [
        ("plain", "plain"), ("a\u{1b}[31m", #"a\x1b[31m"#), ("a\nb\tc\r", #"a\nb\tc\r"#),
        ("\u{202e}x", #"\u{202e}x"#), ("é日👍", "é日👍"), ("\u{85}", #"\x85"#), ("", ""),
    ])
    func `shows what would act on its reader`(original: String, shown: String) {
        #expect(VisibleText(original).text == shown)
    }

    @Test func `is cut at whole characters and says by how much`() {
        let cut = VisibleText("ab€€", bytesMax: 4)
        #expect(cut.text == "ab")
        #expect(cut.cutBytes == 6)
        #expect(VisibleText("ab", bytesMax: 0).text == "")
    }

    @Test func `wraps at spaces and never beyond the width`() {
        let lines = TextWidth.wrap("one two three fourteen-letters x", to: 9, linesMax: 9)
        #expect(lines == ["one two", "three", "fourteen…", "x"])
        #expect(TextWidth.of("日本e\u{301}") == 5)
        #expect(TextWidth.cut("日本語", to: 5) == "日本…")
    }
}

@Suite struct `Names of hosts and users` {
    @Test func `come once, in their longer form`() {
        var hosts = OrderedNames(kind: .host)
        for name in [
            "web-01", "WS-1.acme.example", "ws-1", "WEB-01.acme.example", "10.0.0.1", "10.0.0.2",
        ] {
            hosts.add(name)
        }
        #expect(hosts.list == ["WEB-01.acme.example", "WS-1.acme.example", "10.0.0.1", "10.0.0.2"])
        var users = OrderedNames(kind: .user)
        for name in [#"ACME\bob"#, "bob", #"WS\bob"#, nil, "", "-"] { users.add(name) }
        #expect(users.list == [#"ACME\bob"#, #"WS\bob"#])
    }
}

@Suite struct `ATT&CK tags` {
    @Test func `give techniques and tactics and nothing else`() {
        let tags = AttackTags([
            "attack.t1059.001", "attack.T1003", "attack.credential_access", "attack.g0032",
            "attack.t10590", "cve.2021-44228", "attack.stealth", "attack.t1059.1",
        ])
        #expect(tags.techniques == ["T1059.001", "T1003"])
        #expect(tags.tactics == ["credential-access", "stealth"])
    }

    @Test func `place a technique where rule and table agree`() {
        let technique = Technique(name: "x", tactics: ["defense-evasion", "persistence"])
        #expect(AttackTags(["attack.stealth"]).tactics(of: technique) == ["defense-evasion"])
        #expect(AttackTags(["attack.impact"]).tactics(of: technique) == technique.tactics)
        #expect(AttackTags(["attack.impact"]).tactics(of: nil) == ["impact"])
    }
}

@Suite struct `Storyline drawing` {
    private func story(_ pairs: [(Int, Int)], count: Int) -> StorylineGraph {
        let ids = (0..<count).map { EntityID(text: "e\($0)") }
        let incident = Incident(
            id: "i", title: "", level: .low, risk: 0, confidence: 0, firstSeen: nil, lastSeen: nil,
            story: [], alerts: [], root: ids[0],
            entities: ids.enumerated().map { index, id in
                Entity(
                    id: id, kind: .process, label: "p\(index)", host: "h\(index % 2)",
                    firstSeen: Timestamp(nanoseconds: Int64(index)))
            },
            edges: pairs.map {
                CausalEdge(from: ids[$0.0], to: ids[$0.1], reason: .spawned, time: nil)
            }, techniques: [], tactics: [])
        var run = RunResult()
        run.incidents = [incident]
        let findings = Findings(run, options: ReportOptions(format: .html))
        return StorylineGraph(incident, findings: findings, nodesMax: 12)
    }

    @Test func `puts causes left of effects within a host and overlaps nothing`() {
        let graph = story(
            [(0, 2), (2, 4), (4, 2), (0, 4), (2, 6), (6, 8), (0, 1), (1, 3)], count: 9)
        let layout = GraphLayout(graph)
        for route in layout.routes where !route.goesBack {
            let columns = route.slots.map { layout.slots[$0].column }
            #expect(columns == Array(columns[0]..<columns[0] + columns.count))
        }
        let slots = layout.slots
        for left in slots.indices {
            for right in slots.indices
            where left < right && slots[left].column == slots[right].column {
                let distance = abs(slots[left].middle - slots[right].middle)
                #expect(distance + 0.01 >= (slots[left].height + slots[right].height) / 2)
            }
        }
    }

    @Test func `folds leaves alike and counts what it leaves out`() {
        let folded = story((1...8).map { (0, $0 * 2) }, count: 17)
        #expect(folded.nodes.map(\.members).sorted() == [1, 8])
        let chain = story((0..<39).map { ($0, $0 + 1) }, count: 40)
        #expect(chain.nodes.count <= 12)
        #expect(chain.leftOut == 40 - chain.nodes.count)
        #expect(chain.nodes.contains { $0.isRoot })
    }
}
