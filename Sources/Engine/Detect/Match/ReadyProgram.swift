internal import Sigma

/// A class program as one worker uses it: table pointers at hand, regular expressions numbered in
/// the worker's own pool.
///
/// Unsafe: `tables` point into `program`, which this value keeps alive.
@safe
struct ReadyProgram: ~Copyable {
    let program: ClassProgram
    let tables: ProgramImage.Pointers
    let activity: Activity
    let planCount: UInt32
    let ruleCount: UInt32
    let alwaysCount: UInt32
    let atomCount: UInt32
    let keywordCount: UInt32
    /// Program's regular expression → pool's.
    let regexes: [Int]

    init(_ program: ClassProgram, pool: inout RegexPool) {
        self.program = program
        unsafe tables = program.image.pointers
        activity = program.activity
        planCount = program.image.planCount
        ruleCount = program.image.ruleCount
        alwaysCount = program.image.alwaysCount
        atomCount = program.image.atomCount
        keywordCount = program.image.keywordCount
        regexes = program.regexes.map { pool.number(of: $0) }
    }
}

/// One worker's regular expressions, each once, with what their searches have learned.
struct RegexPool {
    private var numbers: [RegexPattern: Int] = [:]
    private var matchers: [RegexMatcher] = []

    mutating func number(of regex: LinearRegex) -> Int {
        if let known = numbers[regex.pattern] { return known }
        numbers[regex.pattern] = matchers.count
        matchers.append(RegexMatcher(regex))
        return matchers.count - 1
    }

    /// For cold paths: a pattern that was accepted when its rule was loaded.
    mutating func matches(_ pattern: RegexPattern, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        if let known = numbers[pattern] { return unsafe matches(known, value) }
        guard let regex = try? LinearRegex(pattern) else { return false }
        return unsafe matches(number(of: regex), value)
    }

    mutating func matches(_ number: Int, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        unsafe matchers[number].matches(value)
    }
}
