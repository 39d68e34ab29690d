/// A value modifier by the name it has in rules.
///
/// - Source: Sigma modifiers appendix 2.1, and the long flag names that pySigma also takes.
enum Modifier: String, CaseIterable {
    case all, neq
    case contains, startswith, endswith, cased, exists, expand, fieldref, cidr
    case re, i, m, s, ignorecase, multiline, dotall
    case windash, base64, base64offset, wide, utf16, utf16le, utf16be
    case lt, lte, gt, gte
    case minute, hour, day, week, month, year

    /// They change how values are joined or counted, not the values, so their place is free.
    var isAboutList: Bool { self == .all || self == .neq || self == .expand }

    var comparison: Comparison? {
        switch self {
        case .lt: .less
        case .lte: .lessOrEqual
        case .gt: .greater
        case .gte: .greaterOrEqual
        default: nil
        }
    }

    var timePart: TimePart? {
        switch self {
        case .minute: .minute
        case .hour: .hour
        case .day: .day
        case .week: .week
        case .month: .month
        case .year: .year
        default: nil
        }
    }
}

/// A key of a detection map: `Field|modifier|modifier`.
struct FieldKey {
    struct Part {
        var modifier: Modifier
        /// Bytes before the modifier's name in the key.
        var offset: Int
    }

    /// Nil for keywords.
    var field: String?
    var parts: [Part] = []

    func has(_ modifier: Modifier) -> Bool { parts.contains { $0.modifier == modifier } }

    enum Failure: Error {
        case unknown(String, offset: Int)
        case tooMany(offset: Int)
    }

    init(_ key: String) throws(Failure) {
        guard key.utf8.contains(UInt8(ascii: "|")) else {
            field = key.isEmpty ? nil : key
            return
        }
        let names = key.utf8.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
        var offset = names[0].count + 1
        field = names[0].isEmpty ? nil : String(names[0])
        for name in names.dropFirst() {
            let text = String(name) ?? ""
            guard let modifier = Modifier(rawValue: text) else {
                throw .unknown(text, offset: offset)
            }
            guard parts.count < SigmaLimits.modifiersPerFieldMax else {
                throw .tooMany(offset: offset)
            }
            parts.append(Part(modifier: modifier, offset: offset))
            offset += name.count + 1
        }
    }
}
