/// The kinds of symbols a pattern tells apart, numbered from 1; symbols of one kind are
/// interchangeable everywhere in the pattern.
///
/// Two numbers beyond the kinds stand for places rather than symbols: ``finalNewline``, a line
/// feed that ends the text, and ``end``. Number 0 stands for "look closer", see ``RegexMatcher``.
struct RegexAlphabet: Sendable {
    /// Where each run of like symbols starts; the first is 0, they cover 0...``ScalarSet/invalid``.
    private(set) var starts: [UInt32]
    /// The kind of each run.
    private(set) var kinds: [UInt16]
    /// Without 0, `finalNewline` and `end`.
    private(set) var count: Int

    var finalNewline: Int { count + 1 }
    var end: Int { count + 2 }
    /// Numbers in use, 0 included.
    var width: Int { count + 3 }

    /// - Throws: `tooManyCharacterClasses`.
    init(dividing sets: [ScalarSet]) throws(RegexFailure) {
        var cuts: Set<UInt32> = [0]
        for set in sets {
            for range in set.ranges {
                cuts.insert(range.lowerBound)
                if range.upperBound < ScalarSet.invalid { cuts.insert(range.upperBound + 1) }
            }
        }
        starts = cuts.sorted()
        var labels = Array(repeating: 0, count: starts.count)
        // How many runs have each label, and how many labels are in use.
        var sizes = [starts.count]
        var used = 1
        for set in sets {
            // Members and the rest of each kind part: members get a new label for each old one.
            var renamed: [Int: Int] = [:]
            for range in set.ranges {
                var run = Self.run(of: range.lowerBound, in: starts)
                while run < starts.count, starts[run] <= range.upperBound {
                    let old = labels[run]
                    let label = renamed[old] ?? sizes.count
                    if label == sizes.count {
                        renamed[old] = label
                        sizes.append(0)
                        used += 1
                    }
                    labels[run] = label
                    sizes[label] += 1
                    sizes[old] -= 1
                    if sizes[old] == 0 { used -= 1 }
                    run += 1
                }
            }
            guard used <= RegexLimits.characterClassesMax else {
                throw RegexFailure(offset: 0, reason: .tooManyCharacterClasses)
            }
        }
        var numbers: [Int: UInt16] = [:]
        kinds = []
        count = 0
        for label in labels {
            if let known = numbers[label] {
                kinds.append(known)
                continue
            }
            count += 1
            numbers[label] = UInt16(count)
            kinds.append(UInt16(count))
        }
    }

    func kind(of symbol: UInt32) -> Int { Int(kinds[Self.run(of: symbol, in: starts)]) }

    /// The kinds that make up a set the alphabet was divided by.
    func kinds(of set: ScalarSet) -> [Int] {
        var found: Set<UInt16> = []
        for range in set.ranges {
            var run = Self.run(of: range.lowerBound, in: starts)
            while run < starts.count, starts[run] <= range.upperBound {
                found.insert(kinds[run])
                run += 1
            }
        }
        return found.map(Int.init)
    }

    private static func run(of symbol: UInt32, in starts: [UInt32]) -> Int {
        var low = 0
        var high = starts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= symbol { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
