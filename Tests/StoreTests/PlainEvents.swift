import Engine
import Foundation
import Store
import Tenancy

/// What an event store should answer, by the plainest means: all events in an array, every question a loop.
struct PlainEvents {
    var events: [StoredEvent] = []

    mutating func write(_ more: [StoredEvent]) {
        for event in more
        where !events.contains(where: {
            $0.tenant == event.tenant && $0.sequence == event.sequence
        }) {
            events.append(event)
        }
    }

    func matching(_ query: EventQuery, _ tenants: [TenantID]) -> [StoredEvent] {
        let found = events.filter { event in
            tenants.contains(event.tenant) && query.since.map { event.time >= $0 } ?? true
                && query.until.map { event.time < $0 } ?? true
                && Self.holds(query.filter, event)
        }
        let sorted = found.sorted {
            ($0.time, $0.tenant, $0.sequence) < ($1.time, $1.tenant, $1.sequence)
        }
        return query.newestFirst ? sorted.reversed() : sorted
    }

    func top(_ field: String, _ query: EventQuery, _ tenants: [TenantID]) -> [String: UInt64] {
        var counts: [String: UInt64] = [:]
        for event in matching(query, tenants) {
            for value in Set(Self.values(field, event).map { Array($0.utf8) }) {
                counts[String(decoding: value, as: UTF8.self), default: 0] += 1
            }
        }
        return counts
    }

    static func values(_ name: String, _ event: StoredEvent) -> [String] {
        var values = event.fields.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
        switch name {
        case "host": values += event.host.map { [$0] } ?? []
        case "user": values += event.user.map { [$0] } ?? []
        case "source": values.append(event.source.text)
        case "kind": values += event.kind.isEmpty ? [] : [event.kind]
        default: break
        }
        return values
    }

    static func holds(_ filter: EventFilter, _ event: StoredEvent) -> Bool {
        switch filter {
        case .everything: true
        case .text(let text):
            text.isEmpty
                || (event.fields.map(\.value) + [event.host, event.user].compactMap { $0 })
                    .contains { compares($0, .contains, text) }
        case .field(let name, let comparison, let text):
            values(name, event).contains { compares($0, comparison, text) }
        case .exists(let name): !values(name, event).isEmpty
        case .all(let parts): parts.allSatisfy { holds($0, event) }
        case .any(let parts): parts.contains { holds($0, event) }
        case .not(let part): !holds(part, event)
        }
    }

    private static func compares(
        _ value: String, _ comparison: EventFilter.Comparison, _ text: String
    ) -> Bool {
        let (left, right) = (lower(value), lower(text))
        switch comparison {
        case .equals: return left == right
        case .startsWith: return left.starts(with: right)
        case .endsWith: return left.reversed().starts(with: right.reversed())
        case .contains:
            return right.isEmpty
                || (0..<max(0, left.count - right.count + 1)).contains {
                    left[$0...].starts(with: right)
                }
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard let left = number(value), let right = number(text) else { return false }
            return switch comparison {
            case .less: left < right
            case .lessOrEqual: left <= right
            case .greater: left > right
            default: left >= right
            }
        }
    }

    private static func lower(_ text: String) -> [UInt8] {
        text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }
    }

    private static func number(_ text: String) -> Double? {
        guard text.utf8.count <= 64, text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?/) != nil else {
            return nil
        }
        return strtod(text, nil)
    }
}
