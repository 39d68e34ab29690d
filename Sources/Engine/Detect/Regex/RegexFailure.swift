/// Why a regular expression is refused.
///
/// `offset` is the byte offset in the pattern's UTF-8 where reading stopped.
package struct RegexFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        // Constructs that a linear-time engine cannot honour, or that this one leaves out.
        case lookAround, backReference, recursion, conditional
        case atomicGroup, possessiveQuantifier, controlVerb, callout
        case unicodeProperty, collatingElement
        /// An escape whose meaning is known and not supported, e.g. `\G`.
        case unsupportedEscape(String)
        case unsupportedFlag(String)

        // Mistakes.
        case unknownEscape(String)
        case unknownPOSIXClass
        case badEscape
        case unknownGroup
        case unclosedGroup, unopenedGroup, unclosedClass
        case rangeOutOfOrder
        case nothingToRepeat
        case countOutOfOrder

        // Limits, see ``RegexLimits``.
        case patternTooLong, nestedTooDeep, countTooLarge, programTooLarge, tooManyCharacterClasses
    }

    package var offset: Int
    package var reason: Reason

    package init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "\(reason.phrase) at byte \(offset) of the pattern" }
}

/// What one regular expression may cost; beyond it, ``LinearRegex`` refuses.
package enum RegexLimits {
    package static let patternBytesMax = 16 << 10
    package static let nestingMax = 250
    package static let repeatCountMax = 65_535
    /// After counted repetitions are written out.
    package static let instructionsMax = 50_000
    /// Kinds of characters that the pattern tells apart.
    package static let characterClassesMax = 1024
}

extension RegexFailure.Reason {
    /// A fixed phrase that names the construct or the limit.
    package var phrase: String {
        switch self {
        case .lookAround: "look-around, which has no linear-time form here, is not supported"
        case .backReference: "a back-reference, which has no linear-time form, is not supported"
        case .recursion: "recursion, which has no linear-time form, is not supported"
        case .conditional: "a conditional group is not supported"
        case .atomicGroup: "an atomic group is not supported; write (?:…)"
        case .possessiveQuantifier: "a possessive quantifier is not supported; drop the second +"
        case .controlVerb: "a control verb (*…) is not supported"
        case .callout: "a callout (?C…) is not supported"
        case .unicodeProperty: "a Unicode property \\p is not supported; list the ranges"
        case .collatingElement: "a collating element [. .] or [= =] is not supported"
        case .unsupportedEscape(let text): "the escape \(text) is not supported"
        case .unsupportedFlag(let text): "the inline flag \(text) is not supported"
        case .unknownEscape(let text): "the escape \(text) is unknown"
        case .unknownPOSIXClass: "the POSIX class name is unknown"
        case .badEscape: "an escape is incomplete or names no Unicode scalar"
        case .unknownGroup: "the group form after (? is unknown"
        case .unclosedGroup: "a group is not closed"
        case .unopenedGroup: "a ) has no matching ("
        case .unclosedClass: "a [ is not closed"
        case .rangeOutOfOrder: "a range in a class ends before it starts"
        case .nothingToRepeat: "a quantifier has nothing to repeat"
        case .countOutOfOrder: "a count {n,m} has n above m"
        case .patternTooLong: "the pattern is longer than \(RegexLimits.patternBytesMax) bytes"
        case .nestedTooDeep: "groups are nested deeper than \(RegexLimits.nestingMax)"
        case .countTooLarge: "a count is above \(RegexLimits.repeatCountMax)"
        case .programTooLarge:
            "the pattern needs more than \(RegexLimits.instructionsMax) instructions"
        case .tooManyCharacterClasses:
            "the pattern tells apart more than \(RegexLimits.characterClassesMax) kinds of characters"
        }
    }
}
