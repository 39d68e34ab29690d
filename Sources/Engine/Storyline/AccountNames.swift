/// Names of accounts that an audit trail tells by their numbers alone (`auid=1001`).
struct AccountNames {
    private var names: [TextID: (text: TextID, isService: Bool)] = [:]

    /// A number that had two names on its host keeps none: which it was when is not known.
    init(links: [LinkFact], pool: TextPool) {
        var ambiguous: Set<TextID> = []
        for fact in links where fact.kind == .named && fact.a != fact.b {
            if let known = names[fact.b], known.text != fact.a { ambiguous.insert(fact.b) }
            names[fact.b] = (fact.a, fact.number == 1)
        }
        for number in ambiguous { names[number] = nil }
    }

    func naming(_ fact: ProcessFact) -> ProcessFact {
        guard let name = names[fact.user] else { return fact }
        var fact = fact
        fact.user = name.text
        fact.isService = name.isService
        return fact
    }

    func naming(_ fact: AlertFact) -> AlertFact {
        guard let name = names[fact.user] else { return fact }
        var fact = fact
        fact.user = name.text
        fact.isService = name.isService
        fact.subject = naming(fact.subject)
        return fact
    }
}
