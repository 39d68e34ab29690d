/// One correlation's condition came true for one group.
package struct Firing: Hashable, Sendable {
    package struct GroupValue: Hashable, Sendable {
        /// The `group-by` name as the correlation writes it, so possibly an alias.
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Index into the correlations the ``Correlator`` was made with.
    package var correlation: Int
    /// In the order of `group-by`; empty when the correlation has no groups.
    package var group: [GroupValue]
    /// The time of the last record that took part.
    package var time: Timestamp
    /// The event time at which the condition was known to hold: the same as ``time``, except for a
    /// condition that is judged when its window is complete.
    package var decided: Timestamp
    /// What was compared: a count, sum, average, percentile, or number of rules seen.
    package var value: Double
    /// The last record needed.
    package var trigger: RecordReference
    /// The records that took part, without repetition, in their order; at most
    /// ``CorrelationLimits/recordsPerFiring``, the latest.
    package var records: [RecordReference]
    /// How many took part.
    package var recordCount: Int

    package init(
        correlation: Int, group: [GroupValue], time: Timestamp, decided: Timestamp, value: Double,
        trigger: RecordReference, records: [RecordReference], recordCount: Int
    ) {
        self.correlation = correlation
        self.group = group
        self.time = time
        self.decided = decided
        self.value = value
        self.trigger = trigger
        self.records = records
        self.recordCount = recordCount
    }
}

/// What a ``Correlator`` may hold. Each limit that is reached is counted in ``CorrelationCounters``.
///
/// One match takes about 0.3 KB and the bytes of its values, so the defaults come to 60 MB that wait
/// and 60 MB in windows, at worst.
package struct CorrelationLimits: Hashable, Sendable {
    /// How far behind the latest event seen an event may arrive and still be put in its place;
    /// nil holds everything until `finish()`, which is right for files read in any order.
    package var latenessSeconds: Int? = 600
    /// Matches that wait for their place in time; beyond it the earliest go ahead.
    package var pendingMax = 200_000
    /// Groups of one correlation; beyond it the one touched longest ago is forgotten.
    package var groupsPerCorrelation = 100_000
    /// Matches held for one group; beyond it the earliest are forgotten.
    package var entriesPerGroup = 10_000
    /// Matches held over all groups; beyond it the correlation at hand forgets its oldest groups.
    package var entriesMax = 200_000
    package var recordsPerFiring = 1000
    /// Bytes of one group-by or counted value; longer ones are cut.
    package var valueBytesMax = 1024
    /// Different values of a field outside `group-by` that a firing hands on to the correlations
    /// above it.
    package var valuesPerFiring = 100

    package init() {}
}

/// What did not go the ordinary way.
package struct CorrelationCounters: Hashable, Sendable {
    /// Matches that came later than the lateness bound allows.
    package var late = 0
    /// Those among them whose window was gone.
    package var lateDropped = 0
    /// Matches that went ahead before their time because too many waited.
    package var early = 0
    /// Matches of records without a time.
    package var timeless = 0
    /// Matches that lack a group-by field.
    package var ungrouped = 0
    /// Matches whose counted field is absent, or no number where one is needed.
    package var valueless = 0
    /// Values cut to ``CorrelationLimits/valueBytesMax``.
    package var cut = 0
    package var evictedGroups = 0
    package var evictedEntries = 0

    package init() {}
}
