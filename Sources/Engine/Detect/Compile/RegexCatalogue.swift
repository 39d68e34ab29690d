internal import Sigma
internal import Synchronization

/// The distinct regular expressions of a rule set, numbered.
struct RegexCatalogue: Sendable {
    let shelf: RegexShelf
    private let numbers: [RegexPattern: Int]

    /// Compiles each at once, so that a pattern that is not accepted gets no number.
    init(_ rules: [Rule]) {
        var learner = Learner()
        for rule in rules { learner.learn(rule.condition) }
        shelf = RegexShelf(learner.regexes)
        numbers = learner.numbers
    }

    /// Compiles each when it is first searched for; the patterns were accepted before.
    init(patterns: [RegexPattern]) {
        shelf = RegexShelf(patterns: patterns)
        var numbers: [RegexPattern: Int] = [:]
        for (number, pattern) in patterns.enumerated() where numbers[pattern] == nil {
            numbers[pattern] = number
        }
        self.numbers = numbers
    }

    subscript(pattern: RegexPattern) -> Int? { numbers[pattern] }

    /// Nil where a pattern was not accepted; the loader refuses such rules before.
    func regex(_ pattern: RegexPattern) -> LinearRegex? { numbers[pattern].flatMap { shelf[$0] } }

    private struct Learner {
        var regexes: [LinearRegex] = []
        var numbers: [RegexPattern: Int] = [:]

        mutating func learn(_ expression: Expression) {
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
}

/// Regular expressions by number, shared by all workers, each compiled at most once.
final class RegexShelf: Sendable {
    let patterns: [RegexPattern]
    private let compiled: Mutex<[LinearRegex?]>

    init(_ regexes: [LinearRegex]) {
        patterns = regexes.map(\.pattern)
        compiled = Mutex(regexes)
    }

    init(patterns: [RegexPattern]) {
        self.patterns = patterns
        compiled = Mutex(Array(repeating: nil, count: patterns.count))
    }

    var count: Int { patterns.count }

    /// Nil for a pattern that cannot be compiled.
    subscript(index: Int) -> LinearRegex? {
        compiled.withLock { compiled in
            if let known = compiled[index] { return known }
            let regex = try? LinearRegex(patterns[index])
            compiled[index] = regex
            return regex
        }
    }
}
