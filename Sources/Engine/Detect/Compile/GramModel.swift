/// How often short byte sequences occur in values, to choose what to search for.
///
/// Only speed depends on it: whatever the model says, the same rules fire.
///
/// - Shape: counts of hashed 4-byte and 2-byte sequences over folded values; 256 KB.
package struct GramModel: Sendable {
    private var quads = [UInt16](repeating: 0, count: 65536)
    private var pairs = [UInt16](repeating: 0, count: 65536)
    private var values: UInt32 = 0

    package init() {}

    /// What endpoint logs are full of, before anything has been seen.
    static let prior = GramModel(OrdinaryText.values)

    /// The same for whole records, with what stands around and between their values.
    static let record = GramModel(OrdinaryText.values + OrdinaryText.frames)

    private init(_ texts: [String]) {
        for text in texts {
            let bytes = Array(text.utf8)
            for _ in 0..<8 { unsafe bytes.withUnsafeBufferPointer { unsafe learn($0) } }
        }
    }

    /// Learns one folded value, at most its first 512 bytes.
    mutating func learn(_ value: UnsafeBufferPointer<UInt8>) {
        let count = min(value.count, 512)
        values &+= 1
        guard count >= 2 else { return }
        for index in 0..<count - 1 {
            let pair = unsafe Self.pairSlot(value[index], value[index + 1])
            if pairs[pair] < .max { pairs[pair] += 1 }
            if index + 3 < count {
                let quad = unsafe Self.quadSlot(
                    value[index], value[index + 1], value[index + 2], value[index + 3])
                if quads[quad] < .max { quads[quad] += 1 }
            }
        }
    }

    /// About which share of values contain `literal`, 0...1; never exactly 0.
    func rate(of literal: [UInt8]) -> Double {
        let floor = 0.02 / Double(max(4, literal.count))
        guard values > 0, literal.count >= 2 else { return 1 }
        var least = Double.infinity
        if literal.count < 4 {
            for index in 0..<literal.count - 1 {
                least = min(least, Double(pairs[Self.pairSlot(literal[index], literal[index + 1])]))
            }
            return min(1, max(least / Double(values), 0.05))
        }
        for index in 0...literal.count - 4 { least = min(least, Double(count(literal, at: index))) }
        return min(1, max(least / Double(values), floor))
    }

    /// Where in `literal` (at least `count` + 3 bytes) the `count` rarest consecutive sequences of
    /// four start. Among those never seen, the one of the rarest pairs is taken for the rarest.
    func rarestQuads(_ count: Int = 1, in literal: [UInt8]) -> Int {
        var best = 0
        var least = Int.max
        for first in 0...literal.count - 3 - count {
            let sum = (first..<first + count).reduce(0) { $0 + weight(literal, at: $1) }
            if sum < least {
                best = first
                least = sum
            }
        }
        return best
    }

    private func weight(_ literal: [UInt8], at index: Int) -> Int {
        (index..<index + 3).reduce(Int(count(literal, at: index)) << 20) {
            $0 + Int(pairs[Self.pairSlot(literal[$1], literal[$1 + 1])])
        }
    }

    private func count(_ literal: [UInt8], at index: Int) -> UInt16 {
        quads[
            Self.quadSlot(
                literal[index], literal[index + 1], literal[index + 2], literal[index + 3])]
    }

    private static func quadSlot(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> Int {
        let quad = UInt32(a) | UInt32(b) << 8 | UInt32(c) << 16 | UInt32(d) << 24
        return Int((quad &* 0x9e37_79b1) >> 16)
    }

    private static func pairSlot(_ a: UInt8, _ b: UInt8) -> Int {
        Int(a) | Int(b) << 8
    }
}
