internal import Engine
internal import Tenancy

/// Questions as ClickHouse SQL. Nothing of a question becomes SQL but by ``quoted(_:)`` or as a number.
enum ChdbSQL {
    /// Of the table; one of another version is refused, since events are made again from the archive.
    static let version = 1

    static let tables = [
        """
        CREATE TABLE IF NOT EXISTS events (
            tenant LowCardinality(String),
            time Int64 CODEC(Delta, ZSTD(1)),
            sequence UInt64 CODEC(DoubleDelta, ZSTD(1)),
            received Int64 CODEC(Delta, ZSTD(1)),
            source LowCardinality(String),
            kind LowCardinality(String),
            host LowCardinality(Nullable(String)),
            user LowCardinality(Nullable(String)),
            names LowCardinality(String),
            values String CODEC(LZ4HC(3))
        )
        ENGINE = MergeTree
        PARTITION BY intDiv(received, 2592000000000000)
        ORDER BY (tenant, time, sequence)
        SETTINGS min_compress_block_size = 1048576, max_compress_block_size = 1048576,
            fsync_after_insert = 1
        COMMENT 'kagari events \(version)'
        """,
        """
        CREATE TABLE IF NOT EXISTS progress (tenant String, sequence UInt64)
        ENGINE = ReplacingMergeTree(sequence) ORDER BY tenant SETTINGS fsync_after_insert = 1
        """,
    ]

    /// Of every connection.
    static func settings(memoryBytes: Int) -> [String] {
        [
            "SET max_memory_usage = \(memoryBytes)", "SET max_query_size = 67108864",
            "SET max_ast_elements = 1000000", "SET max_expanded_ast_elements = 2000000",
            "SET max_partitions_per_insert_block = 0", "SET precise_float_parsing = 1",
            "SET mutations_sync = 1", "SET optimize_read_in_order = 1",
        ]
    }

    /// A string literal. Every byte but ASCII letters, digits and spaces is written as its number, so no text can end it.
    static func quoted(_ text: String) -> String {
        var literal: [UInt8] = [UInt8(ascii: "'")]
        let digits = Array("0123456789abcdef".utf8)
        for byte in text.utf8 {
            let letter = byte | 0x20
            if byte == 0x20 || (letter >= 0x61 && letter <= 0x7A) || (byte >= 0x30 && byte <= 0x39)
            {
                literal.append(byte)
            } else {
                literal += [
                    0x5C, UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)],
                ]
            }
        }
        return String(decoding: literal + [UInt8(ascii: "'")], as: UTF8.self)
    }

    /// The tenant's condition first, then time, then the filter.
    static func condition(_ query: EventQuery, _ tenants: [TenantID]) -> String {
        var parts = ["tenant IN (\(tenants.map { quoted($0.text) }.joined(separator: ", ")))"]
        if let since = query.since { parts.append("time >= \(number(since.nanoseconds))") }
        if let until = query.until { parts.append("time < \(number(until.nanoseconds))") }
        if let after = query.after {
            let side = query.newestFirst ? "<" : ">"
            let time = number(after.time.nanoseconds)
            parts.append("time \(side)= \(time)")
            parts.append(
                "(time \(side) \(time) OR (tenant, sequence) \(side) "
                    + "(\(quoted(after.tenant.text)), toUInt64(\(after.sequence))))")
        }
        if query.filter != .everything { parts.append(condition(query.filter)) }
        return parts.joined(separator: " AND ")
    }

    /// - Precondition: no deeper than ``EventLimits/filterDepthMax``.
    private static func condition(_ filter: EventFilter) -> String {
        switch filter {
        case .everything: return "1"
        case .text(let text):
            guard !text.isEmpty else { return "1" }
            let needle = quoted(text)
            return """
                (positionCaseInsensitive(values, \(needle)) > 0 \
                OR ifNull(positionCaseInsensitive(host, \(needle)) > 0, 0) \
                OR ifNull(positionCaseInsensitive(user, \(needle)) > 0, 0))
                """
        case .exists(let name):
            return "(\(([hasName(name)] + known(name) { _ in "1" }).joined(separator: " OR ")))"
        case .field(let name, let comparison, let text):
            guard let test = test(comparison, text) else { return "0" }
            var own = [hasName(name)]
            // What a value must hold, the event holds; that is found without cutting values apart.
            if isText(comparison), !text.isEmpty {
                own.append("positionCaseInsensitive(values, \(quoted(text))) > 0")
            }
            own.append(
                "arrayExists((n, v) -> n = \(quoted(name)) AND \(test("v")), \(list("names")), \(list("values")))"
            )
            return (["(" + own.joined(separator: " AND ") + ")"] + known(name, test))
                .joined(separator: " OR ").inParentheses
        case .all(let parts): return joined(parts, " AND ", empty: "1")
        case .any(let parts): return joined(parts, " OR ", empty: "0")
        case .not(let part): return "(NOT \(condition(part)))"
        }
    }

    private static func joined(_ parts: [EventFilter], _ word: String, empty: String) -> String {
        parts.isEmpty ? empty : parts.map { condition($0) }.joined(separator: word).inParentheses
    }

    private static func isText(_ comparison: EventFilter.Comparison) -> Bool {
        switch comparison {
        case .equals, .contains, .startsWith, .endsWith: true
        case .less, .lessOrEqual, .greater, .greaterOrEqual: false
        }
    }

    /// A condition on the SQL expression of a value; nil where none can hold.
    private static func test(
        _ comparison: EventFilter.Comparison, _ text: String
    ) -> ((String) -> String)? {
        let folded = quoted(String(decoding: FieldText.folded(text), as: UTF8.self))
        let symbol: String
        switch comparison {
        case .equals: return { "lower(\($0)) = \(folded)" }
        case .startsWith: return { "startsWith(lower(\($0)), \(folded))" }
        case .endsWith: return { "endsWith(lower(\($0)), \(folded))" }
        case .contains:
            return text.isEmpty
                ? { _ in "1" } : { "positionCaseInsensitive(\($0), \(folded)) > 0" }
        case .less: symbol = "<"
        case .lessOrEqual: symbol = "<="
        case .greater: symbol = ">"
        case .greaterOrEqual: symbol = ">="
        }
        guard FieldText.number(text) != nil else { return nil }
        return { value in
            """
            (length(\(value)) <= 64 AND match(\(value), '^-?[0-9]+(\\\\.[0-9]+)?$') \
            AND ifNull(toFloat64OrNull(\(value)) \(symbol) toFloat64(\(folded)), 0))
            """
        }
    }

    /// Conditions on what is known of the event under this name.
    private static func known(_ name: String, _ test: (String) -> String) -> [String] {
        switch name {
        case "host", "user":
            ["(\(name) IS NOT NULL AND \(test("assumeNotNull(\(name))")))"]
        case "source": ["(\(test("toString(source)")))"]
        case "kind": ["(kind != '' AND \(test("toString(kind)")))"]
        default: []
        }
    }

    private static func hasName(_ name: String) -> String {
        "has(\(list("names")), \(quoted(name)))"
    }

    private static func list(_ column: String) -> String {
        "arrayPopBack(splitByChar('\\xff', \(column)))"
    }

    /// All values of a name, each once.
    static func values(of name: String) -> String {
        let own = """
            arrayFilter((v, n) -> n = \(quoted(name)), \(list("values")), \(list("names")))
            """
        let known: String? =
            switch name {
            case "host", "user": "if(\(name) IS NULL, [], [assumeNotNull(toString(\(name)))])"
            case "source": "[toString(source)]"
            case "kind": "if(kind = '', [], [toString(kind)])"
            default: nil
            }
        return "arrayDistinct(\(known.map { "arrayConcat(\(own), \($0))" } ?? own))"
    }

    /// The smallest number has no literal of its own.
    static func number(_ number: Int64) -> String {
        number == .min ? "(-9223372036854775807 - 1)" : "toInt64(\(number))"
    }

    static func limits(_ limits: EventLimits) -> String {
        let (seconds, attoseconds) = limits.queryTime.components
        let milliseconds = max(1, seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
        return """
            SETTINGS max_execution_time = \(milliseconds / 1_000).\(milliseconds % 1_000 / 100), \
            timeout_overflow_mode = 'throw'
            """
    }
}

extension String {
    fileprivate var inParentheses: String { "(\(self))" }
}
