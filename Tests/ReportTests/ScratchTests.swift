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
