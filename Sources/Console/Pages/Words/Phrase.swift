/// The languages that pages are written in.
enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case japanese = "ja"

    /// As the language calls itself.
    var name: String {
        switch self {
        case .english: "English"
        case .japanese: "日本語"
        }
    }

    /// The one that a browser likes best; English where it names none of ours.
    ///
    /// - Source: RFC 9110 §12.5.4. At most 32 ranges are looked at.
    init(acceptLanguage header: String?) {
        var best: (language: Language, weight: Double)?
        for range in (header ?? "").split(separator: ",").prefix(32) {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard let tag = parts.first?.split(separator: "-").first,
                let language = Language(rawValue: String(tag))
            else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
                .flatMap { Double($0.dropFirst(2)) }
            let asked = weight ?? 1
            if asked > 0, asked > best?.weight ?? 0 { best = (language, asked) }
        }
        self = best?.language ?? .english
    }
}

/// Something that pages say, in every language: one that lacks a translation does not compile.
struct Phrase: Hashable, Sendable {
    let english: String
    let japanese: String

    init(_ english: String, _ japanese: String) {
        self.english = english
        self.japanese = japanese
    }

    /// English tells one from many; Japanese does not.
    init(_ count: Int, one: String, many: String, _ japanese: String) {
        self.init(count == 1 ? one : many, japanese)
    }

    /// What is the same in all of them: names, numbers, what was received.
    static func verbatim(_ text: String) -> Phrase { Phrase(text, text) }

    func text(in language: Language) -> String {
        switch language {
        case .english: english
        case .japanese: japanese
        }
    }
}

extension Phrase {
    /// Digits in groups of three, as both languages write them.
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }
}
