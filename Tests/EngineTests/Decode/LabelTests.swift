import Collect
import Sigma
import Testing

@testable import Engine

@Suite struct `What is said of a record beside it` {
    private static let rule = """
        title: A label alone
        id: 6f1f4e0a-6a4c-4f55-9a0c-0d3f6f3b5a11
        status: test
        logsource:
            product: linux
        detection:
            beside:
                kagari.labels.index|contains: needle
            condition: beside
        level: high
        """

    private static func block(_ text: String, _ format: RecordFormat, labels: String) -> Block {
        var block = Block(
            source: 0, sequence: 1, bytes: Array(text.utf8), offset: 0, firstLine: 1,
            format: format)
        block.add(labels: Array(labels.utf8))
        return block
    }

    private static let records: [(String, RecordFormat)] = [
        ("<13>Oct 11 22:14:15 host su: failed for root", .syslog),
        (#"{"message":"failed for root","_SYSTEMD_UNIT":"ssh.service"}"#, .json),
        (#"<13>Oct 11 22:14:15 host app: {"user":"root"}"#, .syslog),
        ("_PID=1\nMESSAGE=failed for root\n_HOSTNAME=host\n", .journal),
    ]

    private static func fields(_ block: Block) -> [[String]] {
        var worker = Worker(rules: RuleSet(RuleCollection(), mappings: []))
        var found: [[String]] = []
        _ = worker.process(block) { event, _ in
            for index in 0..<event.fieldCount {
                let field = event.field(at: index)
                let value = event.withBytes(of: field) {
                    unsafe String(decoding: $0, as: UTF8.self)
                }
                found.append([event.names.name(field.name), value])
            }
        }
        return found
    }

    @Test(arguments: records)
    func `is in its fields, behind its own`(text: String, format: RecordFormat) {
        let alone = Self.fields(Self.block(text, format, labels: ""))
        let labels = #"{"index":"fw","fields":{"zone":"dmz \u00e9"}}"#
        let both = Self.fields(Self.block(text, format, labels: labels))
        #expect(!alone.isEmpty)
        #expect(Array(both.prefix(alone.count)) == alone)
        #expect(
            Array(both.dropFirst(alone.count)) == [
                ["kagari.labels.index", "fw"], ["kagari.labels.fields.zone", "dmz é"],
            ])
    }

    @Test(arguments: ["[1]", "{", "", "{\"a\":", "x"])
    func `that is no object leaves the record as it was`(labels: String) {
        let (text, format) = Self.records[0]
        let alone = Self.fields(Self.block(text, format, labels: ""))
        let both = Self.fields(Self.block(text, format, labels: labels))
        #expect(Array(both.prefix(alone.count)) == alone)
    }

    @Test(arguments: [records[0], records[2]])
    func `can fire a rule, and is no part of the evidence's bytes`(
        text: String, format: RecordFormat
    ) throws {
        var loader = RuleLoader()
        loader.add(path: "label.yml", bytes: Array(Self.rule.utf8))
        let mappings = try RuleFolder.files(at: ContentKit.folder + "/mappings").files.map {
            try MappingReader.read(
                path: $0.path, text: String(decoding: $0.bytes, as: UTF8.self))
        }
        let rules = RuleSet(loader.finish(), mappings: mappings)
        var worker = Worker(rules: rules)
        let outcome = worker.process(
            Self.block(text, format, labels: #"{"index":"a NEEDLE here"}"#))
        #expect(outcome.alerts.count == 1)
        #expect(outcome.alerts.first?.event.raw == Array(text.utf8))
        #expect(outcome.bytes == text.utf8.count)
        #expect(worker.process(Self.block(text, format, labels: "{}")).alerts.isEmpty)
    }

    @Test func `is not taken for a bad record's own bytes`() {
        var worker = Worker(rules: RuleSet(RuleCollection(), mappings: []))
        let outcome = worker.process(Self.block(#"{"a":"#, .json, labels: #"{"b":"c"}"#))
        #expect(outcome.records == 0)
        #expect(outcome.unparsed.count == 1)
        let kept = String(decoding: outcome.unparsed.first?.bytes ?? [], as: UTF8.self)
        #expect(!kept.contains("labels"))
    }
}
