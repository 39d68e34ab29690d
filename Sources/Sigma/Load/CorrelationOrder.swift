/// In which order correlations can be resolved; each is looked at once.
struct CorrelationOrder {
    enum Target { case rule, correlation(Int), missing }
    enum Outcome {
        /// 1 where it refers to rules only, else one more than the deepest it refers to.
        case ready(level: Int)
        /// The position of a reference to what is not there.
        case missing(reference: Int)
    }

    private let targets: [[Target]]
    /// Who refers to a correlation, and at which position.
    private var dependents: [[(index: Int, position: Int)]]
    private var pendingCounts: [Int]
    private var levels: [Int]
    private var isDone: [Bool]
    private var ready: [(index: Int, outcome: Outcome)] = []
    private var head = 0

    init(targets: [[Target]]) {
        self.targets = targets
        dependents = Array(repeating: [], count: targets.count)
        pendingCounts = Array(repeating: 0, count: targets.count)
        levels = Array(repeating: 1, count: targets.count)
        isDone = Array(repeating: false, count: targets.count)
        for index in targets.indices {
            var missing: Int?
            for (position, target) in targets[index].enumerated() {
                switch target {
                case .rule: continue
                case .missing: missing = missing ?? position
                case .correlation(let other):
                    dependents[other].append((index, position))
                    pendingCounts[index] += 1
                }
            }
            if let missing {
                finish(index, .missing(reference: missing))
            } else if pendingCounts[index] == 0 {
                finish(index, .ready(level: 1))
            }
        }
    }

    /// Those that never became ready.
    var waiting: [Int] { targets.indices.filter { !isDone[$0] } }

    mutating func next() -> (index: Int, outcome: Outcome)? {
        guard head < ready.count else { return nil }
        let entry = ready[head]
        head += 1
        if case .ready(let level) = entry.outcome, level <= SigmaLimits.correlationChainMax {
            for (dependent, _) in dependents[entry.index] {
                levels[dependent] = max(levels[dependent], level + 1)
                pendingCounts[dependent] -= 1
                if pendingCounts[dependent] == 0 {
                    finish(dependent, .ready(level: levels[dependent]))
                }
            }
        }
        return entry
    }

    /// What refers to it is refused with it.
    mutating func refuse(_ index: Int) {
        for (dependent, position) in dependents[index] {
            finish(dependent, .missing(reference: position))
        }
    }

    private mutating func finish(_ index: Int, _ outcome: Outcome) {
        guard !isDone[index] else { return }
        isDone[index] = true
        ready.append((index, outcome))
    }
}
