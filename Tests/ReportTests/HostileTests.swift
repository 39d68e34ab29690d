import Engine
import Foundation
import Report
import Sigma
import TestKit
import Testing

/// Text that an attacker wrote into a log, told in every format.
@Suite struct `Hostile data` {
    static let values = [
        "<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "]]>-->", "' onx='\" ",
        "\u{1b}[2J\u{1b}]0;owned\u{7}", "\u{9b}31m", "\u{0}\u{8}\u{7f}\r\n\t",
        "exe.\u{202e}gpj.invoice", "\u{2066}a\u{2069}\u{200b}\u{feff}\u{ad}\u{e0041}",
        "\u{2028}\u{2029}", "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(1)", "\t=1", "\r=1",
        "\u{ff1d}1", "a,b;c\"d", "javascript:alert(1)", "日本語 e\u{301} 👩‍👩‍👧",
        String(decoding: [0xc3, 0x28, 0xff, 0xed, 0xa0, 0x80] as [UInt8], as: UTF8.self),
        String(repeating: "A\u{1b}", count: 10_000),
    ]

    /// A run in which every text that may come from outside is `value`.
    static func run(_ value: String) -> RunResult {
        var run = RunResult()
        let reference = RecordReference(source: 0, record: .max, offset: .max, order: 1)
        let time = Timestamp(nanoseconds: .min)
        run.sources = [
            .init(path: value, format: .json, records: .max, unparsed: 1, problem: value)
        ]
        run.rules = [
            RuleMetadata(
                id: value, title: value, level: .high, status: value, author: value,
                license: value, description: value, tags: [value, "attack.t1059"],
                references: [value, "https://\(value)"], falsePositives: [value],
                source: SourceLocation(path: value))
        ]
        var event = RetainedEvent(
            reference: reference, time: time, [(value, value), ("Image", value)], source: .windows,
            activity: .processStart)
        event.raw = Array(value.utf8.prefix(4000)) + [0xff, 0x00]
        run.alerts = [
            Alert(
                id: "a1", rule: 0, level: .high, time: time, host: value, user: value,
                matched: [.init(selection: value, field: value, value: value, asked: value)],
                event: event, others: [reference])
        ]
        run.incidentOfAlert = [0]
        let id = EntityID(text: value)
        let other = EntityID(text: "other")
        run.incidents = [
            Incident(
                id: "i1", title: value, level: .high, risk: .max, confidence: .min,
                firstSeen: time, lastSeen: Timestamp(nanoseconds: .max), story: [value],
                alerts: [0, 7, -1], root: id,
                entities: [
                    Entity(
                        id: id, kind: .process, label: value, facts: [(value, value)], host: value,
                        firstSeen: time, alerts: [0, 9]),
                    Entity(id: other, kind: .process, label: value, host: value),
                ],
                edges: [
                    CausalEdge(from: id, to: other, reason: .spawned, time: nil),
                    CausalEdge(from: other, to: id, reason: .injected, time: time),
                    CausalEdge(from: id, to: id, reason: .called, time: nil),
                    CausalEdge(from: EntityID(text: "no"), to: id, reason: .stole, time: nil),
                ], techniques: [value], tactics: [value])
        ]
        run.unparsed = [.init(source: 9, offset: 1, reason: value, bytes: [0xff, 0x1b, 0x3c])]
        run.unparsedByReason = [value: .max, "other": .max]
        run.records = .max
        run.bytes = .max
        return run
    }

    @Test(arguments: values.indices)
    func `reaches no terminal as a command`(index: Int) throws {
        let text = try Rendered.text(Self.run(Self.values[index]), .table)
        #expect(Self.acting(in: text).isEmpty)
        #expect(text.utf8.count < 200_000)
    }

    @Test(arguments: values.indices)
    func `reaches no page as markup`(index: Int) throws {
        let plain = try Self.tags(in: Rendered.text(Self.run("plain"), .html))
        let text = try Rendered.text(Self.run(Self.values[index]), .html)
        let tags = Self.tags(in: text)
        #expect(tags.isSubset(of: plain.union(["span", "b"])), "\(tags.subtracting(plain))")
        #expect(Self.acting(in: text).subtracting(["\t"]).isEmpty)
        #expect(!text.contains("href=\"javascript:"))
        #expect(text.utf8.count < 2_000_000)
    }

    @Test(arguments: values.indices)
    func `is one line of strict JSON with the same value`(index: Int) throws {
        let value = Self.values[index]
        let text = try Rendered.text(Self.run(value), .jsonl)
        #expect(text.filter { $0 == "\n" }.count == 1)
        #expect(Self.acting(in: text).isEmpty)
        let line = try #require(
            JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(line["host"] as? String == value)
        let matched = try #require(line["matched"] as? [[String: Any]])
        #expect(matched.first?["value"] as? String == value)
    }

    @Test(arguments: values.indices, [ReportFormat.json, .navigator, .ocsf])
    func `leaves every document well formed`(index: Int, format: ReportFormat) throws {
        let text = try Rendered.text(Self.run(Self.values[index]), format)
        let documents = format == .ocsf ? text.split(separator: "\n") : [text[...]]
        #expect(!documents.isEmpty)
        for document in documents {
            let data = Data(document.utf8)
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: data) }
        }
    }

    @Test(arguments: values.indices)
    func `starts no formula in a spreadsheet`(index: Int) throws {
        let text = try Rendered.text(Self.run(Self.values[index]), .csv)
        let rows = Self.rows(text)
        #expect(rows.count == 2)
        #expect(rows.allSatisfy { $0.count == 13 })
        for cell in rows.flatMap(\.self) {
            #expect(
                !"=+-@\t\r".unicodeScalars.contains(cell.unicodeScalars.first ?? "x"),
                "\(cell.prefix(40))")
        }
    }

    @Test func `random text is told in every format without a crash`() throws {
        var random = SplitMix64(seed: 4)
        for _ in 0..<12 {
            let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let run = Self.run(String(decoding: bytes, as: UTF8.self))
            for format in ReportFormat.allCases {
                #expect(try !Rendered.bytes(run, format).isEmpty)
            }
        }
    }

    @Test(arguments: [ReportFormat.table, .html])
    func `a megabyte in every place stays readable`(format: ReportFormat) throws {
        let run = Self.run(String(repeating: "\u{1b}<b>é", count: 180_000))
        #expect(try Rendered.bytes(run, format).count < 1_000_000)
    }

    /// Characters other than line feeds that act on their reader.
    private static func acting(in text: String) -> Set<Unicode.Scalar> {
        Set(text.unicodeScalars).filter { $0 != "\n" && $0.actsOnReader }
    }

    /// Names of all elements; attributes hold no `>` since it is escaped.
    private static func tags(in page: String) -> Set<String> {
        let body = page.replacing(/<style>[^<]*<\/style>/, with: "")
        return Set(body.matches(of: /<\/?([^\s>]*)/).map { String($0.1) })
    }

    /// A plain RFC 4180 reader.
    private static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = [[""]]
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        func append(_ scalar: Unicode.Scalar) {
            rows[rows.count - 1][rows[rows.count - 1].count - 1].unicodeScalars.append(scalar)
        }
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"" where isQuoted && scalars.first == "\"":
                scalars.removeFirst()
                append("\"")
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: rows[rows.count - 1].append("")
            case "\r" where !isQuoted && scalars.first == "\n":
                scalars.removeFirst()
                rows.append([""])
            default: append(scalar)
            }
        }
        return rows.filter { $0 != [""] }
    }
}
