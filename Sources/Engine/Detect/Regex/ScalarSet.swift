import Sigma

/// A set of symbols: Unicode scalars 0...0x10FFFF, and ``invalid`` for a byte of broken UTF-8.
///
/// Ranges are sorted, apart from each other and never empty, so equal sets are equal values.
struct ScalarSet: Hashable, Sendable {
    /// Stands for one byte that belongs to no valid UTF-8 scalar.
    static let invalid: UInt32 = 0x11_0000

    private(set) var ranges: [ClosedRange<UInt32>] = []

    init() {}

    init(_ ranges: [ClosedRange<UInt32>]) {
        self.ranges = ranges
        normalise()
    }

    init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

    var isEmpty: Bool { ranges.isEmpty }

    mutating func insert(_ range: ClosedRange<UInt32>) {
        ranges.append(range)
        normalise()
    }

    mutating func formUnion(_ other: ScalarSet) {
        ranges += other.ranges
        normalise()
    }

    /// All other symbols, the invalid byte included.
    var inverted: ScalarSet {
        var result = ScalarSet()
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.ranges.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= Self.invalid { result.ranges.append(next...Self.invalid) }
        return result
    }

    func contains(_ symbol: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < symbol { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(symbol)
    }

    /// The symbols, when they are at most `countMax` scalars and no invalid byte is among them.
    func scalars(countMax: Int) -> [Unicode.Scalar]? {
        var result: [Unicode.Scalar] = []
        for range in ranges {
            guard range.upperBound < Self.invalid, result.count + range.count <= countMax else {
                return nil
            }
            result += range.compactMap { Unicode.Scalar($0) }
        }
        return result
    }

    /// Every scalar that ``CaseFolding`` folds to the same as a member.
    var closedUnderCase: ScalarSet {
        var result = self
        let letters: ClosedRange<UInt32> = 0x61...0x7A
        for range in ranges where range.lowerBound <= 0x7A {
            for start: UInt32 in [0x41, 0x61] {
                let low = max(range.lowerBound, start)
                let high = min(range.upperBound, start + 25)
                guard low <= high else { continue }
                let other = start == 0x41 ? low + 0x20...high + 0x20 : low - 0x20...high - 0x20
                result.ranges.append(other)
            }
        }
        result.normalise()
        // The Kelvin sign is the only other scalar that folds into ASCII; a test watches this.
        if result.contains(0x6B) { result.insert(0x212A...0x212A) }
        guard let last = ranges.last, last.upperBound >= 0x80 else { return result }
        for pair in FoldedPairs.all where contains(pair.scalar) && !letters.contains(pair.folded) {
            result.ranges.append(pair.folded...pair.folded)
        }
        if contains(0x212A) { result.ranges += [0x6B...0x6B, 0x4B...0x4B] }
        result.normalise()
        let folded = result
        for pair in FoldedPairs.all where folded.contains(pair.folded) {
            result.ranges.append(pair.scalar...pair.scalar)
        }
        result.normalise()
        return result
    }

    private mutating func normalise() {
        guard ranges.count > 1 else { return }
        ranges.sort { $0.lowerBound < $1.lowerBound }
        var merged = [ranges[0]]
        for range in ranges.dropFirst() {
            let last = merged[merged.count - 1]
            if range.lowerBound <= last.upperBound + 1 {
                merged[merged.count - 1] =
                    last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        ranges = merged
    }
}

/// The scalars beyond ASCII that fold to another one.
enum FoldedPairs {
    static let all: [(scalar: UInt32, folded: UInt32)] = {
        var pairs: [(scalar: UInt32, folded: UInt32)] = []
        for range in searched {
            for value in range {
                guard let scalar = Unicode.Scalar(value) else { continue }
                let folded = CaseFolding.fold(scalar)
                if folded != scalar { pairs.append((value, folded.value)) }
            }
        }
        return pairs
    }()

    /// Where cased letters live. Ideographs, syllables and private use have no case and are most
    /// of all scalars: leaving them out makes this table thirty times quicker to build.
    private static let searched: [ClosedRange<UInt32>] = [
        0x80...0x2FFF, 0xA000...0xABFF, 0xF900...0xFFFF, 0x1_0000...0x1_1FFF, 0x1_6000...0x1_6FFF,
        0x1_D000...0x1_EFFF,
    ]
}

/// Named sets. `\d \w \s` are ASCII, as in PCRE without its UCP option.
extension ScalarSet {
    static let digit = ScalarSet([0x30...0x39])
    static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let space = ScalarSet([0x09...0x0D, 0x20...0x20])
    static let newline = ScalarSet([0x0A...0x0A])
    static let any = ScalarSet([0...invalid])
    static let notNewline = newline.inverted
    static let verticalSpace = ScalarSet([0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
    static let horizontalSpace = ScalarSet([
        0x09...0x09, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x180E...0x180E,
        0x2000...0x200A, 0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ])

    /// A POSIX class by its name, ASCII only. Under `(?i)`, `upper` and `lower` mean `alpha`.
    static func posix(_ name: String, ignoreCase: Bool) -> ScalarSet? {
        switch name {
        case "alpha": ScalarSet([0x41...0x5A, 0x61...0x7A])
        case "upper": ignoreCase ? posix("alpha", ignoreCase: false) : ScalarSet([0x41...0x5A])
        case "lower": ignoreCase ? posix("alpha", ignoreCase: false) : ScalarSet([0x61...0x7A])
        case "digit": digit
        case "alnum": ScalarSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "xdigit": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        case "space": space
        case "blank": ScalarSet([0x09...0x09, 0x20...0x20])
        case "cntrl": ScalarSet([0x00...0x1F, 0x7F...0x7F])
        case "graph": ScalarSet([0x21...0x7E])
        case "print": ScalarSet([0x20...0x7E])
        case "punct": ScalarSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "word": word
        case "ascii": ScalarSet([0x00...0x7F])
        default: nil
        }
    }
}
