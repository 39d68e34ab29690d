internal import Engine
package import Tenancy

/// Which values fields have among the newest events that a query matches: what a reader may narrow a search by.
///
/// - Bounds: the newest ``eventsMax`` events are looked at, or as many as hold ``bytesMax``; ``isSample`` says where there are more.
package struct EventFacets: Hashable, Sendable {
    package static let eventsMax = 5_000
    package static let bytesMax = 64 << 20
    /// Fields of one answer.
    package static let fieldsMax = 32
    /// Values of one field in an answer.
    package static let valuesMax = 50
    /// Different values of one field that are counted, and different names.
    static let countedMax = 10_000
    /// A longer value is counted with its field and not shown.
    package static let valueBytesMax = 256

    package struct Field: Hashable, Sendable {
        package let name: String
        /// How many of the events have it.
        package let events: Int
        /// How many different values were met; at most 10,000 are told apart.
        package let distinct: Int
        /// Most frequent first, then by value.
        package let values: [Value]
    }

    package struct Value: Hashable, Sendable {
        package let value: String
        package let events: Int
    }

    /// Those asked for, in their order; or those met, what is known of every event first, then by how many have it.
    package let fields: [Field]
    /// How many events were looked at.
    package let events: Int
    /// Whether there are more than were looked at.
    package let isSample: Bool
}

extension EventStore {
    /// - Parameters:
    ///   - names: at most ``EventFacets/fieldsMax``; nil chooses fields that tell events apart.
    ///   - valuesMax: 1...``EventFacets/valuesMax`` of each field.
    /// - Throws: ``StoreFailure``, `too-large` beyond the bounds.
    package func facets(
        of names: [String]?, matching query: EventQuery, valuesMax: Int = 10,
        in scope: TenantScope
    ) async throws(StoreFailure) -> EventFacets {
        guard (names?.count ?? 0) <= EventFacets.fieldsMax else {
            throw StoreFailure(
                .tooLarge, "at most \(EventFacets.fieldsMax) fields are counted in one question")
        }
        var tally = FacetTally(names)
        var page = query
        page.newestFirst = true
        page.after = nil
        page.limit = 1_000
        var bytes = 0
        var isSample = false
        while true {
            let found = try await events(matching: page, in: scope)
            for event in found.events {
                tally.count(event)
                bytes += event.bytes
            }
            guard let next = found.next else { break }
            isSample = tally.events >= EventFacets.eventsMax || bytes >= EventFacets.bytesMax
            if isSample { break }
            page.after = next
        }
        return EventFacets(
            fields: tally.fields(valuesMax: min(max(1, valuesMax), EventFacets.valuesMax)),
            events: tally.events, isSample: isSample)
    }
}

/// Counts values of fields, event by event: a value once for each event that has it, as ``EventStore/topValues`` does.
private struct FacetTally {
    private static let known = ["host", "user", "source", "kind"]

    private struct Count {
        var events = 0
        var values: [String: Int] = [:]
        /// Values too long to show, told apart by their digests.
        var long: Set<UInt64> = []
    }

    private let names: [String]?
    private let wanted: Set<String>
    private var counts: [String: Count] = [:]
    private(set) var events = 0

    init(_ names: [String]?) {
        self.names = names
        wanted = Set(names ?? [])
    }

    mutating func count(_ event: StoredEvent) {
        events += 1
        var found: [String: Set<String>] = [:]
        func add(_ name: String, _ value: String?) {
            guard let value, names == nil || wanted.contains(name) else { return }
            found[name, default: []].insert(value)
        }
        add("host", event.host)
        add("user", event.user)
        add("source", event.source.text)
        if !event.kind.isEmpty { add("kind", event.kind) }
        for field in event.fields { add(field.name, field.value) }
        for (name, values) in found {
            guard counts[name] != nil || counts.count < EventFacets.countedMax else { continue }
            counts[name, default: Count()].events += 1
            for value in values { note(value, of: name) }
        }
    }

    private mutating func note(_ value: String, of name: String) {
        guard value.utf8.count <= EventFacets.valueBytesMax else {
            if counts[name, default: Count()].long.count < EventFacets.countedMax {
                counts[name, default: Count()].long.insert(Self.digest(value))
            }
            return
        }
        let isKnown = counts[name]?.values[value] != nil
        guard isKnown || (counts[name]?.values.count ?? 0) < EventFacets.countedMax else { return }
        counts[name, default: Count()].values[value, default: 0] += 1
    }

    private static func digest(_ value: String) -> UInt64 {
        var hash = StableHash()
        hash.add(value)
        return hash.finish().low
    }

    func fields(valuesMax: Int) -> [EventFacets.Field] {
        order.map { name in
            let count = counts[name] ?? Count()
            let values = count.values.sorted {
                $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value
            }
            return EventFacets.Field(
                name: name, events: count.events,
                distinct: count.values.count + count.long.count,
                values: values.prefix(valuesMax).map {
                    EventFacets.Value(value: $0.key, events: $0.value)
                })
        }
    }

    /// Of those met only such as tell events apart and are shared: not what nearly every event has another value of.
    private var order: [String] {
        if let names { return names }
        let own = counts.filter { name, count in
            !Self.known.contains(name) && !count.values.isEmpty
                && count.values.count <= max(20, count.events / 2)
        }.sorted {
            $0.value.events == $1.value.events ? $0.key < $1.key : $0.value.events > $1.value.events
        }
        let first = Self.known.filter { counts[$0] != nil }
        return first + own.prefix(EventFacets.fieldsMax - first.count).map(\.key)
    }
}
