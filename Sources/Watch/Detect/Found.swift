package import Engine
package import Store
package import Tenancy

/// What came of a piece of the log.
package struct Found: Sendable {
    package struct Alert: Sendable {
        package var alert: LiveAlert
        /// When the record that completed it was received.
        package var received: Timestamp
    }

    package struct Notice: Hashable, Sendable {
        package var notice: AgentNotice
        /// By the log's time.
        package var noticed: Timestamp

        init(_ notice: AgentNotice, noticed: Timestamp) {
            self.notice = notice
            self.noticed = noticed
        }
    }

    package var alerts: [Alert] = []
    package var incidents: [StorylineChange] = []
    /// Sources that fell silent, or are heard again.
    package var silences: [Silence] = []
    /// What happened to agents.
    package var notices: [Notice] = []
    package var events: [StoredEvent] = []
    /// About what ``events`` hold in memory.
    package private(set) var eventBytes = 0
    package var records = 0
    /// By source and reason.
    package var unparsed: [LogSourceID: [String: Int]] = [:]
    /// The last record taken.
    package var through: UInt64 = 0

    package init() {}

    package var isEmpty: Bool {
        alerts.isEmpty && incidents.isEmpty && events.isEmpty && silences.isEmpty
            && notices.isEmpty
    }

    mutating func add(_ some: [StoredEvent]) {
        for event in some {
            eventBytes += 160
            for field in event.fields {
                eventBytes += 64 + field.name.utf8.count + field.value.utf8.count
            }
        }
        events += some
    }
}
