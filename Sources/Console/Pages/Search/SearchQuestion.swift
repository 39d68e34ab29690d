import Engine
import Store
import Tenancy

/// What the page of the search is asked, as its address says it: such an address can be handed on.
struct SearchQuestion: Sendable {
    enum Span: String, CaseIterable, Sendable {
        case hour = "1h"
        case day = "24h"
        case week = "7d"
        case month = "30d"
        case all

        var phrase: Phrase {
            switch self {
            case .hour: .lastHour
            case .day: .lastDay
            case .week: .lastWeek
            case .month: .lastMonth
            case .all: .allTime
            }
        }

        var seconds: Int64? {
            switch self {
            case .hour: 3600
            case .day: 86_400
            case .week: 604_800
            case .month: 2_592_000
            case .all: nil
            }
        }
    }

    let words: String
    let span: Span
    /// Half open; both nil where ``span`` says it.
    let from: Timestamp?
    let until: Timestamp?
    let tenant: String?
    let cursor: String?
    let now: Timestamp

    init(_ call: PageCall) {
        words = String((call.query["q"] ?? "").prefix(SearchText.bytesMax))
        span = call.query["range"].flatMap(Span.init) ?? .week
        from = call.query["from"].flatMap(Self.time)
        until = call.query["to"].flatMap(Self.time)
        tenant = call.query["tenant"]
        cursor = call.query["cursor"]
        now = call.now
    }

    /// RFC 3339, also without seconds or `Z`, as fields for times send it.
    private static func time(_ text: String) -> Timestamp? {
        var whole = text.replacing(" ", with: "T")
        if whole.utf8.count == 10 { whole += "T00:00" }
        if whole.utf8.count == 16 { whole += ":00" }
        if !whole.hasSuffix("Z") { whole += "Z" }
        return Timestamp(rfc3339: whole)
    }

    var isChosen: Bool { from != nil || until != nil }

    /// - Throws: ``SearchText/Mistake``.
    func query(limit: Int) throws(SearchText.Mistake) -> EventQuery {
        let filter = try SearchText.filter(words)
        var since = from
        if !isChosen, let seconds = span.seconds {
            since = Timestamp(nanoseconds: now.nanoseconds - seconds * 1_000_000_000)
        }
        var query = EventQuery(since: since, until: until, filter: filter, limit: limit)
        if let cursor, let place = try? EventCursor(text: cursor) { query.after = place }
        return query
    }

    /// The address of this question, changed.
    func address(
        words: String? = nil, span: Span? = nil, from: Timestamp? = nil, until: Timestamp? = nil,
        cursor: String? = nil
    ) -> String {
        let isSpan = span != nil
        return RoomLink.path(
            "/search",
            [
                ("q", words ?? self.words), ("range", (span ?? self.span).rawValue),
                ("from", isSpan ? nil : (from ?? self.from)?.text),
                ("to", isSpan ? nil : (until ?? self.until)?.text), ("tenant", tenant),
                ("cursor", cursor),
            ])
    }

    /// With one more term.
    func adding(_ term: String) -> String {
        address(words: words.isEmpty ? term : "\(words) \(term)")
    }
}

/// Bars over time.
struct SearchBars: Sendable {
    static let barsMax = 90
    private static let widths: [Int64] = [
        1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 604_800,
        2_592_000,
    ]

    let from: Int64
    let seconds: Int64
    /// Of each bar, from ``from`` on.
    let counts: [UInt64]

    var total: UInt64 { counts.reduce(0, +) }
    var most: UInt64 { counts.max() ?? 0 }
    var until: Int64 { from + Int64(counts.count) * seconds }

    /// - Parameters:
    ///   - since, until: in seconds from 1970 on; what is counted lies between them.
    static func width(since: Int64, until: Int64) -> Int64 {
        let span = max(1, until - since)
        return widths.first { span / $0 < Int64(barsMax) } ?? span / Int64(barsMax) + 1
    }

    /// Nil where nothing matches.
    static func make(
        _ query: EventQuery, now: Timestamp, _ store: any EventStore, _ scope: TenantScope
    ) async throws(StoreFailure) -> SearchBars? {
        var whole = query
        whole.after = nil
        whole.limit = 1
        var bounds: [Int64] = []
        for newestFirst in [false, true] {
            let given = newestFirst ? query.until : query.since
            if let given, newestFirst || given < now {
                bounds.append(given.nanoseconds)
                continue
            }
            whole.newestFirst = newestFirst
            let event = try await store.events(matching: whole, in: scope).events.first
            guard let event else { return nil }
            bounds.append(event.time.nanoseconds + (newestFirst ? 1 : 0))
        }
        let billion: Int64 = 1_000_000_000
        let (since, until) = (
            bounds[0] / billion, max(bounds[1] / billion, bounds[0] / billion) + 1
        )
        let seconds = width(since: since, until: until)
        let found = try await store.histogram(
            of: whole, width: .seconds(seconds), in: scope)
        guard !found.isEmpty else { return nil }
        let from = since - (since % seconds + seconds) % seconds
        let count = min(barsMax + 1, Int((until - from + seconds - 1) / seconds))
        var counts = [UInt64](repeating: 0, count: max(1, count))
        for bucket in found {
            let index = (bucket.start.nanoseconds / billion - from) / seconds
            guard counts.indices.contains(Int(index)) else { continue }
            counts[Int(index)] += bucket.count
        }
        return SearchBars(from: from, seconds: seconds, counts: counts)
    }
}

extension StoredEvent {
    /// What tells most of an event in one line.
    private static let telling = [
        "CommandLine", "ScriptBlockText", "message", "Message", "MESSAGE", "msg", "eventName",
        "QueryName", "TargetFilename", "TargetObject", "ServiceName", "TaskName", "DestinationIp",
        "IpAddress", "Image", "query", "uri", "cs-uri-stem", "operationName", "action", "reason",
        "raw", "event", "log", "TargetUserName", "LogonType", "EventID",
    ]
    /// Where a record came from, rather than what it says.
    private static let silent = [
        "Provider", "Channel", "Computer", "Keywords", "Execution", "Event",
    ]

    /// Up to two fields, most telling first.
    var gist: [Field] {
        var found: [Field] = []
        for name in Self.telling where found.count < 2 {
            if let field = fields.first(where: { $0.name == name && !$0.value.isEmpty }) {
                found.append(field)
            }
        }
        return found.isEmpty
            ? Array(
                fields.filter { field in
                    !field.value.isEmpty && !Self.silent.contains { field.name.hasPrefix($0) }
                }.prefix(2)) : found
    }

    /// The page of this event.
    var address: String {
        RoomLink.path(
            "/search/event/\(tenant.text)/\(sequence)", [("at", String(time.nanoseconds))])
    }
}
