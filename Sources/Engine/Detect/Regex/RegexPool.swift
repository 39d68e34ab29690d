/// The matchers of one worker for many expressions, made when first asked for.
///
/// - Memory: ``bytesMax`` over all of them, and one matcher's own limit above that at the worst
///   moment; when it is passed, all matchers but the one in use are dropped and start anew.
/// - Allocation: none in steady state.
@safe
package struct RegexPool: ~Copyable {
    package static let bytesMaxDefault = 16 << 20

    private let regexes: RegexShelf
    package let bytesMax: Int
    private let bytesMaxEach: Int
    package private(set) var bytesHeld = 0
    /// How often the limit was passed.
    package private(set) var drops = 0

    // Safety: `matchers` has room for one matcher an expression; entry k is initialised exactly
    // while `bytes[k]` is above 0.
    private let matchers: UnsafeMutablePointer<RegexMatcher>
    private var bytes: [Int]

    package init(_ regexes: [LinearRegex], bytesMax: Int = RegexPool.bytesMaxDefault) {
        self.init(RegexShelf(regexes), bytesMax: bytesMax)
    }

    init(_ regexes: RegexShelf, bytesMax: Int = RegexPool.bytesMaxDefault) {
        self.regexes = regexes
        self.bytesMax = bytesMax
        bytesMaxEach = min(RegexMatcher.bytesMaxDefault, max(bytesMax / 4, 1))
        bytes = Array(repeating: 0, count: regexes.count)
        unsafe matchers = .allocate(capacity: max(regexes.count, 1))
    }

    deinit {
        for index in bytes.indices where bytes[index] > 0 {
            unsafe (matchers + index).deinitialize(count: 1)
        }
        unsafe matchers.deallocate()
    }

    package var count: Int { regexes.count }

    /// Nil for a pattern that cannot be compiled.
    package subscript(index: Int) -> LinearRegex? { regexes[index] }

    /// True when expression `index` matches anywhere in the text.
    package mutating func matches(_ index: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        if bytes[index] == 0 {
            guard let regex = regexes[index] else { return false }
            unsafe (matchers + index).initialize(
                to: RegexMatcher(regex, bytesMax: bytesMaxEach))
        }
        let matched = unsafe matchers[index].matches(text)
        let held = unsafe matchers[index].bytesHeld
        bytesHeld += held - bytes[index]
        bytes[index] = held
        if bytesHeld > bytesMax { dropAll(but: index) }
        return matched
    }

    private mutating func dropAll(but kept: Int) {
        drops += 1
        for index in bytes.indices where bytes[index] > 0 && index != kept {
            unsafe (matchers + index).deinitialize(count: 1)
            bytes[index] = 0
        }
        bytesHeld = bytes[kept]
    }
}
