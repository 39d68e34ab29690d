/// The fields of one event while they are given their OCSF places; what nobody takes becomes
/// `unmapped`.
struct OCSFFields {
    /// Bytes kept of one value; longer ones are cut, and the event says so.
    static let valueBytesMax = 32 << 10

    let event: RetainedEvent
    private var indexOf: [String: Int] = [:]
    private var taken: Set<Int> = []
    private(set) var wasCut = false

    init(_ event: RetainedEvent) {
        self.event = event
        for (index, field) in event.fields.enumerated()
        where field.kind != .null && indexOf[field.name] == nil {
            indexOf[field.name] = index
        }
    }

    /// The first present value under one of the names that says something; it then counts as told.
    mutating func take(_ names: String...) -> String? { take(names) }

    mutating func take(_ names: [String]) -> String? {
        for name in names {
            guard let index = indexOf[name] else { continue }
            let value = text(index)
            guard !value.isEmpty, value != "-", value != "(null)" else { continue }
            taken.insert(index)
            return value
        }
        return nil
    }

    mutating func takeInteger(_ names: String...) -> Int64? {
        for name in names {
            guard let index = indexOf[name], let number = OCSF.integer(text(index)) else {
                continue
            }
            taken.insert(index)
            return number
        }
        return nil
    }

    /// A value without telling it.
    func peek(_ names: String...) -> String? { peek(names) }

    func peek(_ names: [String]) -> String? {
        for name in names {
            guard let index = indexOf[name] else { continue }
            let value = event.text(of: event.fields[index])
            if !value.isEmpty, value != "-", value != "(null)" {
                return Excerpt(value, bytesMax: Self.valueBytesMax).text
            }
        }
        return nil
    }

    /// Names in order, each once; a name that came several times has several values.
    mutating func rest() -> [(name: String, values: [String])] {
        var rest: [(name: String, values: [String])] = []
        var place: [String: Int] = [:]
        for index in event.fields.indices where !taken.contains(index) {
            let field = event.fields[index]
            guard field.kind != .null else { continue }
            let value = text(index)
            if let known = place[field.name] {
                rest[known].values.append(value)
            } else {
                place[field.name] = rest.count
                rest.append((field.name, [value]))
            }
        }
        return rest
    }

    private mutating func text(_ index: Int) -> String {
        let excerpt = Excerpt(
            event.text(of: event.fields[index]), bytesMax: Self.valueBytesMax)
        if excerpt.cutBytes > 0 { wasCut = true }
        return excerpt.text
    }
}
