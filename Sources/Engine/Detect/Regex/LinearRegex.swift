package import Sigma

/// A regular expression that is searched in time linear in the text, whatever the text is.
///
/// - Input of a search: any bytes. Valid UTF-8 is read scalar by scalar, a byte that is no part of
///   valid UTF-8 counts as one symbol that only `.` and negated sets accept.
/// - Notation: PCRE's, less what has no linear-time form; see docs/regex.md.
/// - Cost: at most a fixed number of steps for each (symbol, instruction), see ``RegexMatcher``.
package struct LinearRegex: Sendable {
    package let pattern: RegexPattern
    /// Folded literals of which every matching text, folded by ``CaseFolding``, holds at least one.
    /// At most 64, each at least 2 bytes; nil when the pattern has no such set.
    package let requiredLiterals: [[UInt8]]?
    /// Texts with fewer bytes do not match.
    let bytesMin: Int
    let program: RegexProgram

    package init(_ pattern: RegexPattern) throws(RegexFailure) {
        let tree = try RegexParser.parse(pattern)
        self.pattern = pattern
        program = try RegexProgram(tree)
        bytesMin = tree.root.bytesMin
        requiredLiterals = RequiredLiterals.best(of: tree)
    }

    /// How many instructions the pattern came to.
    package var instructionCount: Int { program.instructions.count }

    /// Searches once. For cold paths: a ``RegexMatcher`` keeps what it learns from text to text.
    package func matches(_ text: some Sequence<UInt8>) -> Bool {
        var matcher = RegexMatcher(self)
        return matcher.matches(text)
    }
}
