import Engine
import Sigma

/// `--format csv`: one alert a row (RFC 4180, CRLF, UTF-8).
///
/// A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, tab or carriage return for a
/// formula; such a cell gets a leading `'`. Source: OWASP, "CSV Injection".
struct AlertTable {
    static let columns = [
        "time", "level", "rule_id", "rule_title", "rule_author", "host", "user", "source_path",
        "record", "matched", "techniques", "incident_id", "alert_id",
    ]

    /// The last four are the full-width forms, which some spreadsheets read as the first four.
    private static let formulaStarts: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}",
    ]

    private let findings: Findings

    init(_ findings: Findings) { self.findings = findings }

    func write(to output: inout Output) throws {
        try output.write(Self.row(Self.columns))
        for index in findings.alerts {
            guard let alert = findings.alert(index) else { continue }
            try output.write(Self.row(cells(of: alert, index)))
        }
    }

    private func cells(of alert: Alert, _ index: Int) -> [String] {
        let rule = findings.rule(alert.rule)
        let incident = findings.incident(ofAlert: index).map { findings.result.incidents[$0].id }
        let matched = alert.matched.map { match in
            match.field.map { "\($0)=\(match.value)" } ?? match.value
        }
        return [
            alert.time?.text ?? "", alert.level.name, rule?.id ?? "", rule?.title ?? "",
            rule?.author ?? "", alert.host ?? "", alert.user ?? "",
            findings.path(alert.event.reference) ?? "", String(alert.event.reference.record),
            matched.joined(separator: "; "),
            AttackTags(rule?.tags ?? []).techniques.joined(separator: " "),
            incident ?? "", alert.id,
        ]
    }

    static func row(_ cells: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(cell, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private static func append(_ cell: String, to bytes: inout [UInt8]) {
        // The first character decides before anything is escaped: a tab or carriage return would
        // otherwise no longer be seen by the check, though a spreadsheet may still unescape it.
        let isFormula = cell.unicodeScalars.first.map(Self.formulaStarts.contains) ?? false
        let shown = (isFormula ? "'" : "") + VisibleText(cell, keepingLines: true).text
        guard shown.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else {
            bytes.append(contentsOf: shown.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in shown.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
