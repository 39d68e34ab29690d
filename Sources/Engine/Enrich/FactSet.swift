/// The newest facts of a kind, each once.
///
/// Whatever order facts arrive in, what is held after ``settle()`` is the same: for each host the
/// newest `perHostMax`, and of those the newest `countMax`, by time and then by identity. (A fact is
/// only ever let go when enough newer ones are held, and those cannot become fewer.)
///
/// - Bounds: up to half more than `countMax` between two settlings.
struct FactSet<Element: Fact>: Sendable {
    let countMax: Int
    let perHostMax: Int
    private(set) var elements: [Element] = []
    /// How many facts were let go because of the bounds.
    private(set) var leftOut: UInt64 = 0
    /// Identities seen lately, so that repetition costs no memory. Which ones are remembered cannot
    /// be seen in the result.
    private var recent: [ContentKey]

    init(countMax: Int, perHostMax: Int) {
        self.countMax = max(1, countMax)
        self.perHostMax = max(1, perHostMax)
        recent = Array(repeating: .none, count: 1024)
    }

    /// Takes up what was held before.
    init(countMax: Int, perHostMax: Int, elements: [Element], leftOut: UInt64) {
        self.init(countMax: countMax, perHostMax: perHostMax)
        self.elements = elements
        self.leftOut = leftOut
    }

    var isOverfull: Bool { elements.count >= countMax + countMax / 2 + 1 }

    mutating func insert(_ element: Element) {
        let slot = Int(truncatingIfNeeded: element.identity.low >> 7) & 1023
        guard recent[slot] != element.identity else { return }
        recent[slot] = element.identity
        elements.append(element)
    }

    mutating func settle(pool: TextPool) {
        // Sorting small keys moves less than sorting facts.
        let order = elements.indices.map { (elements[$0].time, elements[$0].identity, $0) }
            .sorted { ($1.0, $1.1, $0.2) < ($0.0, $0.1, $1.2) }
        var kept: [Element] = []
        kept.reserveCapacity(min(elements.count, countMax))
        var perHost: [ContentKey: Int] = [:]
        var last: ContentKey?
        for (_, identity, index) in order {
            guard identity != last else { continue }
            last = identity
            let host = pool.key(of: elements[index].host)
            let count = perHost[host, default: 0]
            guard count < perHostMax, kept.count < countMax else {
                leftOut += 1
                continue
            }
            perHost[host] = count + 1
            kept.append(elements[index])
        }
        elements = kept
    }

    mutating func move(from pool: TextPool, to other: inout TextPool) {
        for index in elements.indices {
            elements[index] = elements[index].moved(from: pool, to: &other)
        }
    }
}
