package import Sigma

/// What `--format` takes.
package enum ReportFormat: String, Sendable, CaseIterable {
    case table, jsonl, json, csv, html, ocsf, navigator
}

/// How a report is told. Everything that is not in the run itself comes from here: a report reads
/// no clock, no terminal and no file.
package struct ReportOptions: Sendable {
    package var format: ReportFormat
    /// Columns of the terminal, for `table`; taken as within 40...240.
    package var width: Int
    /// ANSI colours, for `table`. Severity is always written in words too.
    package var colour: Bool
    /// Alerts and incidents below are left out of every format.
    package var minLevel: Level
    /// ATT&CK techniques by id (`T1059.001`); one that is missing is shown by its id alone.
    package var techniques: [String: Technique]
    /// When the run was made, as it should be shown; nil leaves it out.
    package var madeAt: String?
    /// The command that made the run; nil leaves it out.
    package var commandLine: String?
    package var productVersion: String
    package var limits: ReportLimits

    package init(
        format: ReportFormat, width: Int = 100, colour: Bool = false,
        minLevel: Level = .informational, techniques: [String: Technique] = [:],
        madeAt: String? = nil, commandLine: String? = nil, productVersion: String = "0.1.0",
        limits: ReportLimits = ReportLimits()
    ) {
        self.format = format
        self.width = width
        self.colour = colour
        self.minLevel = minLevel
        self.techniques = techniques
        self.madeAt = madeAt
        self.commandLine = commandLine
        self.productVersion = productVersion
        self.limits = limits
    }
}

/// What keeps a report for people readable however much was found. `jsonl`, `csv` and `ocsf` leave
/// nothing out.
package struct ReportLimits: Sendable {
    /// Incidents shown; the rest are counted.
    package var incidents = 100
    /// Of those, told in full in the terminal; each other is one line.
    package var incidentsInFull = 20
    /// Rules listed for one incident, and for the alerts outside incidents, in the terminal.
    package var rulesPerIncident = 25
    /// Alerts with all their evidence, in `html` and `json`.
    package var alertsWithEvidence = 2000
    /// Evidence of one `html` report, as written; what comes after is counted.
    package var evidenceBytes = 12 << 20
    /// Fields of one event shown as evidence.
    package var fieldsPerAlert = 200
    /// Bytes of one value shown as evidence; the cut is marked with how much is missing.
    package var valueBytes = 8 << 10
    /// Alerts listed one by one under a rule, in `html`.
    package var alertsPerRule = 200
    /// Entities and edges of one incident in lists; the graph has its own, smaller limit.
    package var entitiesPerIncident = 500
    package var graphNodes = 40
    package var sources = 500

    package init() {}
}

/// One ATT&CK technique, for showing.
package struct Technique: Sendable, Equatable {
    package var name: String
    /// Tactic short names (`credential-access`).
    package var tactics: [String]

    package init(name: String, tactics: [String]) {
        self.name = name
        self.tactics = tactics
    }
}
