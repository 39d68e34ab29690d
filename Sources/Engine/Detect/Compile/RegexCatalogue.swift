internal import Sigma

/// The distinct regular expressions of a rule set, numbered; each is compiled once.
struct RegexCatalogue: Sendable {
    private(set) var regexes: [LinearRegex] = []
    private var numbers: [RegexPattern: Int] = [:]

    init(_ rules: [Rule]) {
        for rule in rules { learn(rule.condition) }
    }

    subscript(pattern: RegexPattern) -> Int? { numbers[pattern] }

    /// Nil where a pattern was not accepted; the loader refuses such rules before.
    func regex(_ pattern: RegexPattern) -> LinearRegex? { numbers[pattern].map { regexes[$0] } }

    private mutating func learn(_ expression: Expression) {
        switch expression {
        case .all(let parts), .any(let parts):
            for part in parts { learn(part) }
        case .not(let part): learn(part)
        case .test(let predicate):
            guard case .regex(let pattern) = predicate.test, numbers[pattern] == nil,
                let regex = try? LinearRegex(pattern)
            else { return }
            numbers[pattern] = regexes.count
            regexes.append(regex)
        }
    }
}
