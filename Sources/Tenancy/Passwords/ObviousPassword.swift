import FoundationEssentials

/// What guessing programs try in their first million, by rule instead of by list.
enum ObviousPassword {
    static func judge(_ text: String, names: [String]) -> Password.Failure? {
        let letters = Array(text.lowercased())
        if isPattern(letters) { return .pattern }
        let plain = plainLetters(letters)
        let own = names.flatMap { $0.lowercased().split { !$0.isLetter && !$0.isNumber } }
            .map { plainLetters(Array($0)) }.filter { $0.count >= 3 }
        if remains(of: plain, without: own) < distinctMin { return .ownName }
        if remains(of: plain, without: words + own) < distinctMin { return .obvious }
        return nil
    }

    /// Letters that must be left when what is guessed first is taken out.
    private static let distinctMin = 5

    /// Words of sign-ins, seasons and keyboards in the languages of our first users.
    private static let words: [[Character]] = [
        "password", "passwort", "passwd", "pass", "word", "wort", "welcome", "willkommen", "admin",
        "administrator", "root", "user", "login", "letmein", "changeme", "change", "default",
        "secret", "geheim", "kagari", "security", "company", "summer", "winter", "spring", "autumn",
        "sommer", "herbst", "monday", "montag", "qwerty", "qwertz", "asdf", "iloveyou", "monkey",
        "dragon", "football", "fussball", "sunshine", "princess", "master", "test", "temp", "hello",
        "hallo", "please", "bitte", "this", "is", "my", "the", "and",
    ].map { Array($0) }

    private static let walks: [[Character]] = [
        "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "qwertzuiop",
        "asdfghjkl", "zxcvbnm", "yxcvbnm", "1q2w3e4r5t6z7u8i9o0p", "1q2w3e4r5t6y7u8i9o0p",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    ].map { Array($0) }

    /// Few letters, one piece repeated, or nearly all of it steps along a walk.
    private static func isPattern(_ letters: [Character]) -> Bool {
        if Set(letters).count < distinctMin { return true }
        for period in 1...6 where letters.count >= 2 * period {
            if (period..<letters.count).allSatisfy({ letters[$0] == letters[$0 - period] }) {
                return true
            }
        }
        return letters.count - stepsAlongWalks(letters) < distinctMin
    }

    /// How many letters follow or precede, on some walk, the letter before them, in runs of four and more.
    private static func stepsAlongWalks(_ letters: [Character]) -> Int {
        var covered = Array(repeating: false, count: letters.count)
        for walk in walks + walks.map({ $0.reversed() }) {
            var pairs: Set<String> = []
            for index in walk.indices.dropFirst() {
                pairs.insert(String([walk[index - 1], walk[index]]))
            }
            var start = 0
            for index in 1...letters.count {
                let goesOn =
                    index < letters.count
                    && pairs.contains(String([letters[index - 1], letters[index]]))
                if goesOn { continue }
                if index - start >= 4 {
                    for position in start..<index { covered[position] = true }
                }
                start = index
            }
        }
        return covered.count { $0 }
    }

    /// Digits and signs that stand for letters read as letters; all else that is no letter left out.
    private static func plainLetters(_ letters: [Character]) -> [Character] {
        let swaps: [Character: Character] = [
            "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s",
            "!": "i",
        ]
        // Digits and signs around a word are what people add, not what they spell.
        let isAdded = { (letter: Character) in !letter.isLetter && letter != "@" && letter != "$" }
        let core = letters.drop(while: isAdded).reversed().drop(while: isAdded).reversed()
        return core.compactMap { letter in letter.isLetter ? letter : swaps[letter] }
    }

    /// Distinct letters left when the longest words that fit are taken out, from the start on.
    private static func remains(of letters: [Character], without words: [[Character]]) -> Int {
        guard !words.isEmpty else { return Int.max }
        let longestFirst = words.sorted { $0.count > $1.count }
        var left: [Character] = []
        var index = 0
        while index < letters.count {
            let word = longestFirst.first { letters[index...].starts(with: $0) }
            if let word {
                index += word.count
            } else {
                left.append(letters[index])
                index += 1
            }
        }
        return Set(left).count
    }
}
