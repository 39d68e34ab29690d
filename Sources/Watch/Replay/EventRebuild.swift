package import Store
internal import Tenancy

/// Makes one tenant's searchable events anew from its archive.
package struct EventRebuild: ~Copyable {
    static let pieceRecordsMax = 5_000
    static let pieceBytesMax = 8 << 20

    private let archive: ArchiveFolder
    private let store: any EventStore
    private var reading: EventReading
    package private(set) var records = 0
    /// Events, those of records that could not be read included.
    package private(set) var events = 0
    /// What the archive could not give.
    package private(set) var gaps: [ArchiveGap] = []

    /// - Parameters:
    ///   - rulesOf: reads a content version that the log names; nil where it is not kept any more.
    package init(
        of archive: ArchiveFolder, into store: any EventStore,
        rulesOf: @escaping Detection.RulesOf
    ) {
        self.archive = archive
        self.store = store
        reading = EventReading(
            of: archive.tenant, rules: ContentShelf.noRules, rulesOf: rulesOf)
    }

    /// Erases what the store has of the tenant, then writes everything again; stopped half-way, the service goes on where this ended.
    ///
    /// - Parameter told: is given the sequence that was reached, after each piece.
    package mutating func run(_ told: (UInt64) -> Void) async throws(StoreFailure) {
        try await store.erase(archive.tenant)
        let reader = try archive.reader(from: 1)
        while true {
            let batch = try reader.next(
                recordsMax: Self.pieceRecordsMax, bytesMax: Self.pieceBytesMax)
            gaps += batch.gaps
            guard !batch.isEmpty else { return }
            var found = Found()
            for record in batch.records { reading.read(record, into: &found) }
            try await store.write(found.events)
            records += found.records
            events += found.events.count
            told(reader.nextSequence - 1)
        }
    }
}
