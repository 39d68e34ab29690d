import Engine
import Report
import Sigma
import Testing

/// However much was found, a report for people stays readable and says what it leaves out.
@Suite struct `Report bounds` {
    /// Many alerts with large events, one incident with many entities.
    static func huge(alerts: Int, entities: Int) -> RunResult {
        var run = RunResult()
        run.sources = (0..<2000).map { .init(path: "file-\($0).evtx", format: .evtx, records: 1) }
        run.rules = (0..<50).map {
            RuleMetadata(
                id: "r\($0)", title: "Rule \($0)", level: .high,
                source: SourceLocation(path: "r\($0).yml"))
        }
        let pairs = (0..<60).map { ("Field\($0)", String(repeating: "x", count: 400)) }
        run.alerts = (0..<alerts).map { index in
            let reference = RecordReference(
                source: index % 2000, record: UInt64(index), offset: 0, order: UInt64(index))
            return Alert(
                id: "a\(index)", rule: index % 50, level: .high, time: MadeRun.time(Int64(index)),
                host: "h\(index % 9)", user: nil, matched: [],
                event: RetainedEvent(reference: reference, time: nil, pairs))
        }
        let ids = (0..<entities).map { EntityID(text: "e\($0)") }
        run.incidents = [
            Incident(
                id: "i", title: "Huge", level: .high, risk: 50, confidence: 50, firstSeen: nil,
                lastSeen: nil, story: [], alerts: Array(0..<alerts), root: ids.first,
                entities: ids.enumerated().map { index, id in
                    Entity(
                        id: id, kind: index % 3 == 0 ? .process : .file, label: "entity \(index)",
                        host: "h\(index % 9)", alerts: index % 5 == 0 ? [index] : [])
                },
                edges: ids.indices.dropFirst().map { index in
                    CausalEdge(from: ids[index / 3], to: ids[index], reason: .spawned, time: nil)
                }, techniques: [], tactics: [])
        ]
        run.incidentOfAlert = run.alerts.map { _ in 0 }
        return run
    }

    @Test func `a page names what it leaves out`() throws {
        let run = Self.huge(alerts: 6000, entities: 3000)
        let text = try Rendered.text(run, .html) { options in
            options.limits.alertsWithEvidence = 60
            options.limits.alertsPerRule = 10
        }
        #expect(text.utf8.count < 6_000_000)
        #expect(text.contains("and 110 more alerts of this rule; --format jsonl holds every one."))
        #expect(text.contains("and 1,500 more sources."))
        #expect(text.contains("more entities, in the list below"))
        #expect(text.contains("and 2500 more; --format json has all."))
        #expect(text.matches(of: /<details class="alert">/).count == 60)
    }

    @Test func `evidence stops at its bytes`() throws {
        let run = Self.huge(alerts: 400, entities: 3)
        let text = try Rendered.text(run, .html) { $0.limits.evidenceBytes = 500_000 }
        #expect(text.utf8.count < 900_000)
        #expect(text.contains("--format jsonl holds every one"))
    }

    @Test func `machines get every alert`() throws {
        let run = Self.huge(alerts: 6000, entities: 3)
        #expect(try Rendered.text(run, .jsonl).utf8.count { $0 == UInt8(ascii: "\n") } == 6000)
        #expect(try Rendered.text(run, .csv).utf8.count { $0 == UInt8(ascii: "\n") } == 6001)
    }

    @Test func `a large report is handed over in pieces`() throws {
        var largest = 0
        var pieces = 0
        try Reporter(options: Rendered.options(.jsonl)).write(Self.huge(alerts: 6000, entities: 3))
        {
            largest = max(largest, $0.count)
            pieces += 1
        }
        #expect(pieces > 8)
        #expect(largest < 128 << 10)
    }

    @Test func `what the sink throws comes back`() {
        struct Full: Error {}
        for format in ReportFormat.allCases {
            #expect(throws: Full.self) {
                try Reporter(options: Rendered.options(format)).write(MadeRun.result) { _ in
                    throw Full()
                }
            }
        }
    }

    @Test func `levels below the one asked for are left out everywhere`() throws {
        let lines = try Rendered.text(MadeRun.result, .jsonl) { $0.minLevel = .high }
        #expect(lines.split(separator: "\n").count == 10)
        #expect(!lines.contains(#""level":"medium""#))
        let page = try Rendered.text(MadeRun.result, .html) { $0.minLevel = .critical }
        #expect(page.contains("1 critical incident"))
        #expect(!page.contains("Password guessing"))
    }

    @Test func `a chain of a thousand processes is drawn and listed`() throws {
        var run = Self.huge(alerts: 1, entities: 1000)
        let ids = run.incidents[0].entities.map(\.id)
        for index in run.incidents[0].entities.indices {
            run.incidents[0].entities[index].kind = .process
        }
        run.incidents[0].edges = zip(ids, ids.dropFirst()).map {
            CausalEdge(from: $0, to: $1, reason: .spawned, time: nil)
        }
        let text = try Rendered.text(run, .html)
        #expect(text.contains("not shown this deep"))
        #expect(text.utf8.count < 1_000_000)
    }
}
