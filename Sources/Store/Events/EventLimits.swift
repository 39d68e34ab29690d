/// What one event, one call and one answer of an event store may hold. Beyond it the call fails and says so.
package struct EventLimits: Hashable, Sendable {
    /// The largest sequence that can be kept: 2⁴⁸ − 1.
    package static let sequenceMax: UInt64 = 1 << 48 - 1
    package static let fieldsMax = 4_096
    package static let nameBytesMax = 1_024
    /// Names and values of one event together: more than a record of 16 MiB and its decoder's 16 MiB can come to.
    package static let eventBytesMax = 64 << 20
    /// Filters within filters.
    package static let filterDepthMax = 16
    /// Conditions of one filter, groups included.
    package static let filterTermsMax = 256
    package static let filterTextBytesMax = 4_096
    package static let histogramBucketsMax = 2_000
    package static let topValuesMax = 1_000

    /// How long one question may take.
    package var queryTime: Duration
    /// Bytes of names and values after which a page ends, though its limit is not reached.
    package var pageBytesMax: Int
    /// Different values that ``EventStore/topValues(of:matching:limit:in:)`` can count.
    package var distinctValuesMax: Int

    package init(
        queryTime: Duration = .seconds(30), pageBytesMax: Int = 32 << 20,
        distinctValuesMax: Int = 200_000
    ) {
        self.queryTime = queryTime
        self.pageBytesMax = pageBytesMax
        self.distinctValuesMax = distinctValuesMax
    }
}

extension StoredEvent {
    /// Bytes of names and values.
    var bytes: Int {
        fields.reduce((host?.utf8.count ?? 0) + (user?.utf8.count ?? 0) + kind.utf8.count) {
            $0 + $1.name.utf8.count + $1.value.utf8.count
        }
    }

    /// - Throws: ``StoreFailure`` `too-large`, where a limit of ``EventLimits`` is passed.
    func check() throws(StoreFailure) {
        guard sequence <= EventLimits.sequenceMax else {
            throw StoreFailure(.tooLarge, "an event's sequence is beyond 2^48 - 1")
        }
        guard fields.count <= EventLimits.fieldsMax else {
            throw StoreFailure(
                .tooLarge, "an event has \(fields.count) fields; at most 4,096 can be kept")
        }
        guard fields.allSatisfy({ $0.name.utf8.count <= EventLimits.nameBytesMax }) else {
            throw StoreFailure(.tooLarge, "an event has a field name of more than 1,024 bytes")
        }
        guard bytes <= EventLimits.eventBytesMax else {
            throw StoreFailure(.tooLarge, "an event has more than 64 MiB of values")
        }
    }
}

extension EventFilter {
    /// - Throws: ``StoreFailure`` `too-large`, where a limit of ``EventLimits`` is passed.
    func check() throws(StoreFailure) {
        var terms = 0
        try check(depth: 1, &terms)
    }

    private func check(depth: Int, _ terms: inout Int) throws(StoreFailure) {
        terms += 1
        guard depth <= EventLimits.filterDepthMax else {
            throw StoreFailure(.tooLarge, "the filter is nested more than 16 deep; make it flatter")
        }
        guard terms <= EventLimits.filterTermsMax else {
            throw StoreFailure(.tooLarge, "the filter has more than 256 conditions; ask in parts")
        }
        switch self {
        case .everything: break
        case .text(let text): try Self.check(text)
        case .exists(let name): try Self.check(name)
        case .field(let name, _, let value):
            try Self.check(name)
            try Self.check(value)
        case .all(let parts), .any(let parts):
            for part in parts { try part.check(depth: depth + 1, &terms) }
        case .not(let part): try part.check(depth: depth + 1, &terms)
        }
    }

    private static func check(_ text: String) throws(StoreFailure) {
        guard text.utf8.count <= EventLimits.filterTextBytesMax else {
            throw StoreFailure(.tooLarge, "a text of the filter has more than 4,096 bytes")
        }
    }
}
