import ArgumentParser
import Collect
import Engine
import Foundation
import Sigma

/// `kagari decode`: what the decoders make of some logs, before any rule.
struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads logs and prints their events as JSON lines.",
        discussion: """
            One event a line, as rules see it:

              {"source": path, "record": number, "offset": bytes, "time": text or null,
               "kind": which log it is, "fields": {name: value or [values]}}

            Values are text; a value that is null in the record is null. Records that could not be
            read are counted on standard error.

              kagari decode Security.evtx | jq .fields.EventID
              kagari decode damaged.evtx --carve

            Exit code: 0 done, 1 wrong usage, 2 some input could not be read.
            """)

    @Argument(help: ArgumentHelp("What to read.", valueName: "path"))
    var paths: [String]

    @Option(help: "Take every input for this format, whatever it looks like.")
    var inputFormat: RecordFormat?

    @Flag(help: "Look for EVTX records in damaged files too.")
    var carve = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Write there instead.", valueName: "file"))
    var output: String?

    func run() throws {
        let content = try Content.find()
        let rules = RuleSet(RuleLoader().finish(), mappings: try content.mappings())
        var reader = InputReader(
            paths: paths.sorted(), options: ReadOptions(format: inputFormat, carve: carve))
        var worker = Worker(
            rules: rules,
            options: WorkerOptions(referenceTime: Machine.now, carves: carve))
        let sink = try OutputFile(output)
        var lines = EventLines()
        var unparsed: [String: UInt64] = [:]
        while let block = reader.nextBlock() {
            let path = reader.sources[block.source].path
            let unresolved = worker.decode(block) { event, kind, failure in
                if let failure {
                    unparsed[failure.reason, default: 0] += 1
                } else {
                    lines.add(event, kind, path: path)
                }
            }
            if unresolved > 0 {
                unparsed[Worker.carvedWithoutTemplate, default: 0] += UInt64(unresolved)
            }
            try sink.write(lines.take())
            reader.recycle(block.bytes)
        }
        try sink.close()
        unparsed.merge(reader.unparsedByReason, uniquingKeysWith: +)
        tell(reader.sources, unparsed, lines.count)
        if reader.sources.contains(where: { $0.problem != nil && !$0.isPassedOver }) {
            throw ExitCode(2)
        }
    }

    private func tell(_ sources: [RunResult.Source], _ unparsed: [String: UInt64], _ count: UInt64)
    {
        for source in sources {
            if let problem = source.problem { Machine.tell("\(source.path): \(problem)\n") }
        }
        Machine.tell("\(count) records\n")
        for (reason, count) in unparsed.sorted(by: { $0.key < $1.key }) {
            Machine.tell("\(count) could not be read: \(reason)\n")
        }
    }
}

/// Events as JSON lines.
private struct EventLines {
    private(set) var count: UInt64 = 0
    private var json = JSONWriter()
    private var bytes: [UInt8] = []
    /// Values of one event by name, in the order in which names came first.
    private var order: [FieldID] = []
    private var values: [FieldID: [String?]] = [:]

    mutating func add(_ event: borrowing EventBuffer, _ kind: SourceKind, path: String) {
        count += 1
        collect(event)
        let (record, offset, time) = (event.recordNumber, event.recordOffset, event.time)
        json.reset()
        json.beginObject()
        json.member("source", path)
        json.member("record", record)
        json.member("offset", offset)
        json.member("time", time?.text)
        json.member("kind", kind.rawValue)
        json.object("fields") { fields in
            for id in order {
                let name = event.names.name(id)
                let all = values[id] ?? []
                if all.count == 1 {
                    fields.member(name, all[0])
                } else {
                    fields.array(name) { list in for value in all { list.value(value) } }
                }
            }
        }
        json.endObject()
        json.lineBreak()
        bytes += json.bytes
    }

    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    private mutating func collect(_ event: borrowing EventBuffer) {
        order.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        for index in 0..<event.fieldCount {
            let field = event.field(at: index)
            // The line itself, kept for keywords, is no field of the record.
            if field.name == FieldNames.overflow { continue }
            // The bytes are lent for this call only.
            let text: String? = unsafe event.withBytes(of: field) {
                unsafe String(decoding: $0, as: UTF8.self)
            }
            if values[field.name] == nil { order.append(field.name) }
            values[field.name, default: []].append(field.kind == .null ? nil : text)
        }
    }
}
