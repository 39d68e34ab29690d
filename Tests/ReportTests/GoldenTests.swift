import Engine
import Report
import Testing

/// One made run in every format, committed as it should be told. `KAGARI_GOLDEN=write` rewrites.
@Suite struct `Report goldens` {
    @Test(arguments: ReportFormat.allCases)
    func `the made run is told as committed`(format: ReportFormat) throws {
        try compare(try Rendered.bytes(MadeRun.result, format), "made-run.\(format.rawValue)")
    }

    @Test(arguments: [40, 60, 140])
    func `the terminal report fits its width`(width: Int) throws {
        let bytes = try Rendered.bytes(MadeRun.result, .table, width: width)
        try compare(bytes, "made-run-\(width).table")
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            #expect(line.count <= width, "\(line)")
        }
    }

    @Test func `colours change nothing but colours`() throws {
        let plain = try Rendered.bytes(MadeRun.result, .table)
        let coloured = try Rendered.bytes(MadeRun.result, .table, colour: true)
        let stripped = String(decoding: coloured, as: UTF8.self)
            .replacing(/\u{1b}\[[0-9;]*m/, with: "")
        #expect(coloured != plain)
        // Spaces inside a colour stay at a line's end where plain text drops them.
        let lines = stripped.split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0.reversed().drop { $0 == " " }.reversed()) }
        #expect(lines.joined(separator: "\n") == String(decoding: plain, as: UTF8.self))
    }

    @Test(arguments: ReportFormat.allCases)
    func `the same run gives the same bytes twice`(format: ReportFormat) throws {
        let first = try Rendered.bytes(MadeRun.result, format)
        #expect(try Rendered.bytes(MadeRun.result, format) == first)
    }

    @Test(arguments: ReportFormat.allCases)
    func `a run that found nothing is told`(format: ReportFormat) throws {
        try compare(
            try Rendered.bytes(RunResult(), format, statistics: nil), "empty-run.\(format.rawValue)"
        )
    }

    private func compare(_ bytes: [UInt8], _ name: String) throws {
        let path = Folder.fixture(name)
        if Folder.writesGoldens { return try Folder.write(bytes, to: path) }
        let expected = try #require(Folder.read(path), "no golden \(name): KAGARI_GOLDEN=write")
        #expect(bytes == expected, "\(name) differs; KAGARI_GOLDEN=write shows how")
    }
}
