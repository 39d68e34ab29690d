import Foundation
import Sigma
import TestKit
import Testing

@testable import Engine

/// Every regular expression of the public Sigma rules; skipped where those are not at hand.
@Suite struct `Regular expressions of public rules` {
    private static let folder = ProcessInfo.processInfo.environment["KAGARI_DATA"].map {
        URL(filePath: $0).appending(path: "sigma-rules")
    }
    private static let isThere =
        folder.map { FileManager.default.fileExists(atPath: $0.path) } == true

    @Test(.enabled(if: isThere, "KAGARI_DATA names no folder with sigma-rules"))
    func `all compile, and their literals are sound`() throws {
        let patterns = try Self.patterns()
        #expect(patterns.count >= 140)
        var random = SplitMix64(seed: 4)
        var withLiterals = 0
        var sampled = 0
        for pattern in patterns {
            let regex = try LinearRegex(pattern)
            var matcher = RegexMatcher(regex)
            if regex.requiredLiterals != nil { withLiterals += 1 }
            let tree = try RegexParser.parse(pattern)
            for _ in 0..<20 {
                var text: [UInt8] = []
                sample(tree.root, tree.sets, into: &text, &random)
                guard matcher.matches(text) else { continue }
                sampled += 1
                guard let literals = regex.requiredLiterals else { continue }
                let folded = String(decoding: CaseFolding.fold(text), as: UTF8.self)
                #expect(
                    literals.contains { folded.contains(String(decoding: $0, as: UTF8.self)) },
                    "\(pattern.pattern)")
            }
        }
        // The rest are bare classes such as `[0-9]{1,3}`, or `.{1000,}`.
        #expect(withLiterals * 10 >= patterns.count * 8)
        #expect(sampled > patterns.count * 15)
    }

    private func sample(
        _ node: RegexNode, _ sets: [ScalarSet], into text: inout [UInt8], _ random: inout SplitMix64
    ) {
        switch node {
        case .empty, .assertion: break
        case .set(let number):
            guard let range = sets[number].ranges.randomElement(using: &random) else { return }
            let ascii = range.clamped(to: 0x20...0x7E)
            let value = UInt32.random(in: ascii.overlaps(range) ? ascii : range, using: &random)
            if let scalar = Unicode.Scalar(value) { text += Array(String(Character(scalar)).utf8) }
        case .sequence(let parts): for part in parts { sample(part, sets, into: &text, &random) }
        case .choice(let branches):
            if let branch = branches.randomElement(using: &random) {
                sample(branch, sets, into: &text, &random)
            }
        case .repeated(let body, let least, let most, _):
            let count = Int.random(in: least...min(most ?? least + 3, least + 3), using: &random)
            for _ in 0..<count { sample(body, sets, into: &text, &random) }
        }
    }

    /// The values of `|re` keys, found line by line: rules write them in one of three plain forms.
    private static func patterns() throws -> [RegexPattern] {
        var found: Set<RegexPattern> = []
        guard let folder,
            let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        else { return [] }
        for case let file as URL in walk where file.pathExtension == "yml" {
            let text = try String(contentsOf: file, encoding: .utf8)
            guard text.contains("|re") else { continue }
            var modifiers: [Substring]?
            for line in text.split(separator: "\n") {
                let content = line.drop { $0 == " " || $0 == "-" }
                let isItem = line.drop { $0 == " " }.hasPrefix("- ")
                if let match = content.firstMatch(of: /^\w+\|(re(?:\|\w)*):\s*(.*)$/) {
                    let parts = match.1.split(separator: "|")
                    add(String(match.2), parts, to: &found)
                    modifiers = match.2.isEmpty ? parts : nil
                } else if isItem, content.firstMatch(of: /^\w+(\|\w+)*:( |$)/) == nil, let modifiers
                {
                    add(String(content), modifiers, to: &found)
                } else {
                    modifiers = nil
                }
            }
        }
        return found.sorted { $0.pattern < $1.pattern }
    }

    private static func add(
        _ scalar: String, _ modifiers: [Substring], to found: inout Set<RegexPattern>
    ) {
        var text = scalar
        if let quoted = text.firstMatch(of: /^'((?:[^']|'')*)'/) {
            text = quoted.1.replacingOccurrences(of: "''", with: "'")
        } else if let quoted = text.firstMatch(of: /^"((?:[^"\\]|\\.)*)"/) {
            text = quoted.1.replacingOccurrences(of: "\\\\", with: "\\")
        } else if let comment = text.range(of: " #") {
            text = String(text[..<comment.lowerBound])
        }
        guard !text.isEmpty, text != "|" else { return }
        found.insert(
            RegexPattern(
                pattern: text, ignoreCase: modifiers.contains("i"),
                multiline: modifiers.contains("m"), dotAll: modifiers.contains("s")))
    }
}
