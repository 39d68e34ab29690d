/// The problems of one document, as they are found.
struct ProblemList {
    let path: String
    var ruleID: String?
    private(set) var problems: [RuleProblem] = []

    init(path: String) { self.path = path }

    var isRefused: Bool { problems.contains { $0.severity == .refused } }

    mutating func refuse(_ reason: RuleProblem.Reason, at mark: YAMLMark, _ message: String) {
        add(reason, .refused, mark, message)
    }

    mutating func warn(_ reason: RuleProblem.Reason, at mark: YAMLMark, _ message: String) {
        add(reason, .warning, mark, message)
    }

    /// Nothing but this: for a document that is set aside as a whole.
    mutating func replaceAll(
        with reason: RuleProblem.Reason, at mark: YAMLMark, _ message: String
    ) {
        problems.removeAll()
        add(reason, .refused, mark, message)
    }

    /// All problems, each with the rule's id, which may be known only after some were found.
    func finished() -> [RuleProblem] {
        problems.map {
            var problem = $0
            problem.ruleID = ruleID
            return problem
        }
    }

    private mutating func add(
        _ reason: RuleProblem.Reason, _ severity: RuleProblem.Severity, _ mark: YAMLMark,
        _ message: String
    ) {
        guard problems.count < SigmaLimits.problemsPerFileMax else { return }
        problems.append(
            RuleProblem(
                reason: reason, severity: severity, location: mark.location(in: path),
                ruleID: ruleID, message: RuleProblem.printable(message)))
    }
}

extension RuleProblem {
    /// The sentence cut to its limit, without characters that would steer a terminal. A rule file
    /// is not trusted, and its words are quoted here.
    static func printable(_ message: String) -> String {
        var result = ""
        var count = 0
        for scalar in message.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= SigmaLimits.messageBytesMax - 3 else { return result + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                result.unicodeScalars.append("\u{FFFD}")
                count += 2
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension YAMLNode {
    /// The place of a byte offset in a scalar's text; the scalar's own place where the text does
    /// not stand in the file as it is.
    func mark(atTextOffset offset: Int) -> YAMLMark {
        guard let scalar, scalar.isVerbatim else { return mark }
        let columns = String(decoding: scalar.text.utf8.prefix(offset), as: UTF8.self)
            .unicodeScalars.count
        return mark.shifted(by: columns + (scalar.style == .quoted ? 1 : 0))
    }
}

extension YAMLPair {
    func keyMark(atOffset offset: Int) -> YAMLMark {
        let columns = String(decoding: key.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count
        return keyMark.shifted(by: columns + (keyIsQuoted ? 1 : 0))
    }
}
