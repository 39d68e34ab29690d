import Engine
import Report
import Testing

/// Writes the made run in every format to a folder, for looking at it.
@Suite struct `Report scratch` {
    @Test(.enabled(if: Folder.scratch != nil), arguments: ReportFormat.allCases)
    func `is written for looking at`(format: ReportFormat) throws {
        let folder = try #require(Folder.scratch)
        for (width, colour) in [(100, true), (60, false)] {
            let bytes = try Rendered.bytes(
                MadeRun.result, format, width: width, colour: colour)
            try Folder.write(bytes, to: "\(folder)/made-\(width).\(format.rawValue)")
        }
    }
}

extension `Report scratch` {
    @Test(.enabled(if: Folder.scratch != nil))
    func `OCSF of every activity and kind is written for the judge`() throws {
        let folder = try #require(Folder.scratch)
        try Folder.write(OCSFSamples.lines(), to: "\(folder)/samples.ocsf")
    }
}

extension `Report scratch` {
    @Test(.enabled(if: Folder.scratch != nil))
    func `other runs are written for looking at`() throws {
        let folder = try #require(Folder.scratch)
        let runs: [(String, RunResult)] = [
            ("empty", RunResult()), ("huge", `Report bounds`.huge(alerts: 5000, entities: 400)),
            (
                "hostile",
                `Hostile data`.run("\u{202e}<b>\u{1b}[31m" + String(repeating: "Ab ", count: 90))
            ),
        ]
        for (name, run) in runs {
            for format in [ReportFormat.html, .table] {
                try Folder.write(
                    try Rendered.bytes(run, format), to: "\(folder)/\(name).\(format.rawValue)")
            }
        }
    }
}
