package import Engine

/// Tells a run in one of the ``ReportFormat``s: a pure function from a result to bytes.
///
/// - Output: the same result and options give the same bytes.
/// - Memory: `jsonl`, `csv`, `ocsf` and the alerts of `json` and `html` are handed over in pieces
///   of about 64 KiB.
package struct Reporter {
    package var options: ReportOptions

    package init(options: ReportOptions) { self.options = options }

    /// - Parameters:
    ///   - statistics: shown by `table` (as its own section), `json` and `html`; nil leaves it out.
    ///   - sink: takes the report piece by piece, in order.
    /// - Throws: only what `sink` throws; the report then ends where it was.
    package func write(
        _ result: RunResult, statistics: RunStatistics? = nil, to sink: ([UInt8]) throws -> Void
    ) throws {
        let findings = Findings(result, options: options)
        try withoutActuallyEscaping(sink) { sink in
            var output = Output(sink: sink)
            switch options.format {
            case .jsonl: try AlertLines(findings).write(to: &output)
            case .csv: try AlertTable(findings).write(to: &output)
            case .json: try RunDocument(findings, statistics).write(to: &output)
            case .table: try TerminalReport(findings, statistics).write(to: &output)
            case .html: try RunPage(findings, statistics).write(to: &output)
            case .navigator: try NavigatorLayer(findings).write(to: &output)
            case .ocsf: try FindingLines(findings).write(to: &output)
            }
            try output.flush()
        }
    }
}
