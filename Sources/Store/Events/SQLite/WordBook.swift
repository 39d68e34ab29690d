/// Texts of one tenant that come again and again (names of fields, kinds, hosts, people), as small numbers.
struct WordBook: Sendable {
    /// Longer texts are written out where they stand.
    static let wordBytesMax = 256

    private(set) var words: [[UInt8]]
    private var numbers: [[UInt8]: Int]
    /// How many of the words stand in the file.
    private(set) var kept: Int

    /// - Parameter words: those of the file, in the order of their numbers.
    init(words: [[UInt8]]) {
        self.words = words
        kept = words.count
        numbers = Dictionary(
            zip(words, words.indices), uniquingKeysWith: { first, _ in first })
    }

    func number(of word: [UInt8]) -> Int? { numbers[word] }

    /// The word's number, a new one where it has none; nil where the word is long or the book is full.
    mutating func number(adding word: [UInt8], room: inout Int) -> Int? {
        if let known = numbers[word] { return known }
        guard word.count <= Self.wordBytesMax, room > 0 else { return nil }
        room -= 1
        numbers[word] = words.count
        words.append(word)
        return words.count - 1
    }

    mutating func markKept() { kept = words.count }
}
