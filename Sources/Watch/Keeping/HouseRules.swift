package import Store

/// How long archives are kept where a tenant's record says nothing, and what is done to them while there is time.
package struct HouseRules: Hashable, Sendable {
    /// Nil is for ever.
    package var retentionDays: Int?
    /// Of one tenant's archive on disk; nil is without an end.
    package var retentionBytes: UInt64?
    package var compacts: Bool
    /// Between two rounds over all tenants.
    package var every: Duration

    package init(
        retentionDays: Int? = nil, retentionBytes: UInt64? = nil, compacts: Bool = true,
        every: Duration = .seconds(600)
    ) {
        self.retentionDays = retentionDays
        self.retentionBytes = retentionBytes
        self.compacts = compacts
        self.every = every
    }

    /// - Parameter days: what the tenant's own record says; nil where it says nothing.
    package func retention(days: Int?) -> Retention {
        Retention(
            ageMax: (days ?? retentionDays).map { .seconds($0 * 86_400) },
            bytesMax: retentionBytes)
    }
}

/// What was done to one tenant's archive since the service started.
package struct HouseCounts: Hashable, Sendable {
    package var segmentsRemoved = 0
    package var recordsRemoved: UInt64 = 0
    package var bytesRemoved: UInt64 = 0
    package var segmentsCompacted = 0
    /// By compaction.
    package var bytesSaved: UInt64 = 0
    /// Segments that could not be compacted, because something in them cannot be read.
    package var segmentsDamaged = 0
    /// The last record that the ledger knows the archive's end at; 0 where none was told since the start.
    package var anchoredThrough: UInt64 = 0
    /// What kept the last round from its work; nil where nothing did.
    package var failure: StoreFailure?

    package init() {}

    mutating func add(_ removals: [Removal]) {
        for removal in removals {
            segmentsRemoved += 1
            recordsRemoved += removal.lastSequence - removal.firstSequence + 1
            bytesRemoved += removal.byteCount
        }
    }

    /// - Returns: the segment, where it need not be looked at again.
    mutating func add(_ outcome: CompactionOutcome) -> String? {
        switch outcome.result {
        case .written(let before, let after):
            segmentsCompacted += 1
            bytesSaved += before - after
            return nil
        case .damaged:
            segmentsDamaged += 1
            return outcome.segment
        case .noGain:
            return outcome.segment
        }
    }
}
