package import Engine
package import Tenancy

/// How one source does, since the service started.
package struct SourceHealth: Sendable {
    package let tenant: TenantID
    package let source: LogSourceID
    /// Nil before its first record.
    package var lastSeen: Timestamp?
    package var records: UInt64 = 0
    package var bytes: UInt64 = 0
    package var duplicates: UInt64 = 0
    /// Deliveries that were not taken.
    package var refused: UInt64 = 0
    /// How far behind its receipt the newest event of the last delivery was; nil where the sender gives no time outside of records.
    package var lagSeconds: Int64?
    /// Records that could not be read, by reason, most first.
    package var unparsed: [(reason: String, count: UInt64)] = []
    /// It is quiet for longer than it ever was by its own habit.
    package var isSilent = false

    package init(tenant: TenantID, source: LogSourceID) {
        self.tenant = tenant
        self.source = source
    }

    package var unparsedCount: UInt64 { unparsed.reduce(0) { $0 + $1.count } }
}

package struct RuleInForce: Hashable, Sendable {
    package let id: String
    package let title: String
    package let level: String
    /// Tags of ATT&CK techniques as written, `attack.t1059.001`.
    package let techniques: [String]
    /// Nil where it holds for all tenants.
    package let tenant: TenantID?
    /// As `windows/process_creation`, or the kind of a correlation.
    package var logsource: String
    /// Kinds of logs that can hold what it asks for; empty where it cannot fire.
    package var kinds: [String]
    package var isCorrelation: Bool

    package init(
        id: String, title: String, level: String, techniques: [String], tenant: TenantID?,
        logsource: String = "", kinds: [String] = [], isCorrelation: Bool = false
    ) {
        self.id = id
        self.title = title
        self.level = level
        self.techniques = techniques
        self.tenant = tenant
        self.logsource = logsource
        self.kinds = kinds
        self.isCorrelation = isCorrelation
    }
}

/// Everything one rule says and needs.
package struct RuleReading: Sendable {
    /// Bytes of ``text``; a longer file is not shown.
    package static let textBytesMax = 256 << 10
    /// Lines of ``outline``; what follows is counted.
    package static let linesMax = 2_000

    package struct Line: Hashable, Sendable {
        package let depth: Int
        package let text: String

        package init(depth: Int, text: String) {
            self.depth = depth
            self.text = text
        }
    }

    package let rule: RuleInForce
    package var status: String?
    package var author: String?
    package var license: String?
    package var description: String?
    package var tags: [String] = []
    package var references: [String] = []
    package var falsePositives: [String] = []
    /// Its file below the folder of rules.
    package var file = ""
    /// The file as it is now; nil where it cannot be read or is larger than ``textBytesMax``.
    package var text: String?
    /// What it asks, as a tree; of a correlation the rules it counts.
    package var outline: [Line] = []
    package var fields: [String] = []
    /// Kinds of logs with the classes of events that feed it.
    package var feeds: [String] = []

    package init(_ rule: RuleInForce) { self.rule = rule }
}

/// Something wrong with a rule file.
package struct RuleFault: Hashable, Sendable {
    package static let perTenantMax = 1_000

    package let tenant: TenantID
    /// Below the folder of rules, with line and column.
    package let place: String
    package let reason: String
    /// False is a warning: the rule is in force.
    package let isRefused: Bool
    /// One sentence that names the cure.
    package let message: String

    package init(
        tenant: TenantID, place: String, reason: String, isRefused: Bool, message: String
    ) {
        self.tenant = tenant
        self.place = place
        self.reason = reason
        self.isRefused = isRefused
        self.message = message
    }
}

/// One tenant's log, and how far it is looked at.
package struct LaneHealth: Hashable, Sendable {
    package let tenant: TenantID
    /// In its archive.
    package var records: UInt64 = 0
    package var archiveBytes: UInt64 = 0
    package var segments = 0
    /// Bytes that wait to be written.
    package var waitingBytes: UInt64 = 0
    /// Records that are durable and not looked at yet.
    package var detectionLag: UInt64 = 0
    /// Records that are durable and not yet handed to the event store.
    package var searchLag: UInt64 = 0
    package var silentSources = 0
    package var sources = 0
    package var rules = 0
    package var ruleFaults = 0
    /// The version of content in force, the first 8 digits.
    package var content = ""
    package var removedRecords: UInt64 = 0
    package var damagedSegments = 0
    /// Why something does not work, without a path; empty where all does.
    package var failures: [String] = []

    package init(tenant: TenantID) { self.tenant = tenant }
}

/// The machine, its disk, and who listens.
package struct MachineHealth: Hashable, Sendable {
    package struct Listener: Hashable, Sendable {
        package let name: String
        package let stored: UInt64
        package let refused: UInt64
        package let connections: Int

        package init(name: String, stored: UInt64, refused: UInt64, connections: Int) {
            self.name = name
            self.stored = stored
            self.refused = refused
            self.connections = connections
        }
    }

    package var listeners: [Listener] = []
    /// Nil where the system does not say.
    package var freeBytes: UInt64?
    package var totalBytes: UInt64?
    package var memoryBytes: UInt64?
    package var started: Timestamp?

    package init() {}
}
