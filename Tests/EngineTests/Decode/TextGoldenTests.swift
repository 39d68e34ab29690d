import Foundation
import Testing

@testable import Engine

/// One folder under `Fixtures`: `input` as received, `expected` as decoded.
struct TextGolden: CustomTestStringConvertible, Sendable {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures")
    static let formats: [RecordFormat] = [
        .syslog, .auditd, .journal, .zeekTSV, .accessLog, .cef, .leef, .csv, .keyValue,
    ]

    var format: RecordFormat
    var name: String
    var testDescription: String { "\(format.rawValue)/\(name)" }
    var folder: URL { Self.root.appendingPathComponent(testDescription) }

    func input() throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appendingPathComponent("input")))
    }

    static var all: [TextGolden] {
        formats.flatMap { format -> [TextGolden] in
            let folder = root.appendingPathComponent(format.rawValue).path
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.sorted().filter { !$0.contains(".") }.map {
                TextGolden(format: format, name: $0)
            }
        }
    }
}

@Suite struct `Text decoder goldens` {
    @Test(arguments: TextGolden.all)
    func `each fixture decodes to what was reviewed`(golden: TextGolden) throws {
        let text = TextDecoding.events(golden.format, try golden.input()).joined()
        let file = golden.folder.appendingPathComponent("expected")
        if ProcessInfo.processInfo.environment["KAGARI_GOLDEN"] == "write" {
            try text.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected, "run with KAGARI_GOLDEN=write and review the difference")
    }

    /// `CSVDecoder.Failure.noHeader` needs a block from within a source: see the CSV tests.
    static let refusals: [(RecordFormat, [String])] = [
        (.syslog, SyslogDecoder.Failure.allCases.map(\.rawValue)),
        (.auditd, AuditdDecoder.Failure.allCases.map(\.rawValue)),
        (.journal, JournalDecoder.Failure.allCases.map(\.rawValue)),
        (.zeekTSV, ZeekTSVDecoder.Failure.allCases.map(\.rawValue)),
        (.accessLog, AccessLogDecoder.Failure.allCases.map(\.rawValue)),
        (.cef, CEFDecoder.Failure.allCases.map(\.rawValue)),
        (.leef, LEEFDecoder.Failure.allCases.map(\.rawValue)),
        (.csv, [CSVDecoder.Failure.unclosed, .afterQuote].map(\.rawValue)),
        (.keyValue, KeyValueDecoder.Failure.allCases.map(\.rawValue)),
    ]

    @Test(arguments: refusals)
    func `every refusal is shown by a fixture`(format: RecordFormat, reasons: [String]) throws {
        let texts = try TextGolden.all.filter { $0.format == format }.map {
            TextDecoding.events(format, try $0.input()).joined()
        }
        for reason in reasons {
            #expect(texts.contains { $0.contains(" \(reason)\n") }, "\(reason)")
        }
    }

    @Test(arguments: TextGolden.formats)
    func `every format has a fixture`(format: RecordFormat) {
        #expect(TextGolden.all.contains { $0.format == format })
    }
}
