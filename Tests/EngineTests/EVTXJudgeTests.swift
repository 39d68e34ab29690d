import Engine
import Foundation
import TestKit
import Testing

/// What the outside judge, `Tests/Judges/evtx_judge.py`, is given: with `KAGARI_EVTX_JUDGE=DIR`
/// files made by the writer go to `DIR/samples`, and what our decoder says of them and of the
/// corpus to `DIR/dump.jsonl`.
@Suite struct `EVTX for the judge` {
    private static let folder = ProcessInfo.processInfo.environment["KAGARI_EVTX_JUDGE"]
    /// A folder with the unpacked test data; its tests are left out where there is none.
    private static let root = ProcessInfo.processInfo.environment["KAGARI_DATA"]
    static let data = root.map { $0 + "/evtx" }
    private static let regression = root.map { $0 + "/sigma-regression" }

    static func corpus(_ root: String) -> [String] {
        let found = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String }
        return (found ?? []).filter { $0.hasSuffix(".evtx") }.sorted().map { "\(root)/\($0)" }
    }

    static func bytes(_ path: String) -> [UInt8] {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
    }

    @Test(.enabled(if: folder != nil, "KAGARI_EVTX_JUDGE is not set"))
    func `samples and dump are written`() throws {
        let folder = try #require(Self.folder)
        try FileManager.default.createDirectory(
            atPath: folder + "/samples", withIntermediateDirectories: true)
        var paths: [String] = []
        for (name, bytes) in Self.samples {
            let path = "\(folder)/samples/\(name).evtx"
            #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
            paths.append(path)
        }
        for root in [Self.data, Self.regression].compactMap({ $0 }) { paths += Self.corpus(root) }
        var lines: [String] = []
        for path in paths {
            let reading = EVTXReading(file: Self.bytes(path))
            for event in reading.events {
                let fields = event.fields.map {
                    "[\(quoted($0.name)),\($0.text.map(quoted) ?? "null")]"
                }
                lines.append(
                    "{\"file\":\(quoted(path)),\"record\":\(event.number),"
                        + "\"fields\":[\(fields.joined(separator: ","))]}")
            }
            for failure in reading.failures {
                lines.append(
                    "{\"file\":\(quoted(path)),\"failure\":\(quoted(failure.reason)),"
                        + "\"offset\":\(failure.offset)}")
            }
        }
        let text = lines.joined(separator: "\n") + "\n"
        try text.write(toFile: folder + "/dump.jsonl", atomically: true, encoding: .utf8)
    }

    private func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// Files of every kind that both sides can read.
    static var samples: [(String, [UInt8])] {
        func node(_ name: String, _ content: [EVTXNode]) -> EVTXNode { .element(name, [], content) }
        func value(_ index: Int, _ type: UInt8) -> EVTXNode {
            .substitution(17 + index, type: type)
        }
        let scalars = `EVTX values`.scalars.map(\.value).filter {
            // What only we show: types that are unknown or whose size is wrong, years above 9999.
            if case .raw = $0 { return false }
            if case .filetime(.max) = $0 { return false }
            return true
        }
        let arrays = `EVTX values`.arrays.map(\.0).filter {
            if case .raw = $0 { return false }
            if case .array(let items) = $0, case .size64 = items.first { return false }
            return true
        }
        var values = EVTXWriter()
        for item in scalars + arrays { values = values.record(data: [("X", item)]) }
        values = values.record(
            data: scalars.enumerated().map { ("V\($0.offset)", $0.element) })
        values = values.record(data: scalars.prefix(5).map { ("", $0) })
        var many = EVTXWriter()
        many.recordsPerChunkMax = 40
        for index in 0..<300 {
            many = many.record(
                eventID: UInt16(index),
                data: [("Pad\(index % 7)", .string("x")), ("N", .uint32(UInt32(index)))])
        }
        let inner = node("UserData", [node("Item", [.substitution(0, type: 1), .text("!")])])
        let structure = EVTXWriter()
            .record(
                template: EVTXWriter.event([value(0, 0x21)]),
                values: EVTXWriter.system() + [.fragment(inner, [.string("deep")])]
            )
            .record(
                template: EVTXWriter.event([value(0, 0x21)]),
                values: EVTXWriter.system() + [
                    .content(node("UserData", [node("A", [.text("b")])]))
                ]
            )
            .record(
                content: node(
                    "Event",
                    [
                        node("System", [node("EventID", [.text("7")])]),
                        node(
                            "EventData",
                            [
                                .element(
                                    "Data", [.init(name: "Name", content: [.text("N")])],
                                    [.text("a"), .entity("lt"), .text("b"), .entity("amp")])
                            ]),
                    ])
            )
            .record(
                template: EVTXWriter.event([
                    node(
                        "UserData",
                        [node("E", [node("L", [value(0, 8)]), node("L", [.text("2")])])])
                ]), values: EVTXWriter.system() + [.uint32(1)])
        var dirty = many
        dirty.isDirty = true
        return [
            ("values", values.bytes()), ("many", many.bytes()), ("structure", structure.bytes()),
            ("dirty", dirty.bytes()),
        ]
    }
}

@Suite struct `EVTX corpus` {
    static let data = `EVTX for the judge`.data

    @Test(.enabled(if: data != nil, "KAGARI_DATA is not set"))
    func `every record of the sample set is read but three`() throws {
        let root = try #require(Self.data)
        let files = `EVTX for the judge`.corpus(root)
        var events = 0
        var failures = 0
        for path in files {
            let reading = EVTXReading(file: `EVTX for the judge`.bytes(path))
            events += reading.events.count
            failures += reading.failures.count
        }
        // 21,001 that the reference reads, and 114 behind a damaged record where it stops.
        #expect(files.count == 296)
        #expect(events == 21_115)
        #expect(failures == 3)
    }
}
