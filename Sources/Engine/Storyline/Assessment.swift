package import Sigma

/// How bad an incident is and how sure we are, from counts alone. docs/storyline.md publishes it.
package struct Assessment: Equatable, Sendable {
    package var level: Level
    package var risk: Int
    package var confidence: Int

    /// What is counted.
    package struct Evidence: Equatable, Sendable {
        /// The highest level among the alerts.
        package var level = Level.informational
        /// Different rules above informational that fired, and those of level medium or higher.
        package var rules = 0
        package var strongRules = 0
        /// Alerts above informational.
        package var alerts = 0
        package var tactics: Set<Tactic> = []
        package var hosts = 0
        package var accounts = 0
        package var principals = 0
        /// Causal steps from one host to another, or from one cloud identity to another.
        package var crossings = 0
        /// Causal edges of any kind.
        package var edges = 0

        package init() {}
    }

    package init(_ evidence: Evidence) {
        let base = [5, 20, 40, 60, 75][evidence.level.rawValue]
        let breadth = min(12, 4 * max(0, evidence.strongRules - 1))
        // One rule tagged with five tactics is one sign, not a sequence of five.
        let stages = min(evidence.tactics.count, evidence.rules)
        let depth = min(15, 3 * max(0, stages - 1))
        let movement = evidence.crossings > 0 ? 8 : 0
        let assets = max(0, evidence.hosts - 1) * 2 + max(0, evidence.accounts - 1)
        let planes = evidence.principals > 0 && evidence.hosts > 0 ? 4 : 0
        let goals: Set<Tactic> = [.credentialAccess, .lateralMovement, .exfiltration, .impact]
        let harm = min(8, 4 * min(evidence.tactics.intersection(goals).count, evidence.rules))
        let isNoise = evidence.rules == 1 && evidence.alerts >= 10
        let noise = isNoise ? 10 : 0
        let severity = evidence.level.rawValue
        // Breadth of weak signs alone must not outrank one strong sign.
        let ceiling = [15, 39, 79, 100, 100][severity]
        risk = Self.within(
            base + breadth + depth + movement + min(8, assets) + planes + harm - noise,
            most: ceiling)

        let sure = [5, 15, 35, 55, 75][severity]
        let agreement = min(24, 6 * max(0, evidence.strongRules - 1))
        let sequence = min(12, 3 * max(0, stages - 1))
        let cause = min(8, evidence.edges)
        confidence = Self.within(
            sure + agreement + sequence + cause + movement - (isNoise ? 15 : 0), most: 99)

        level = evidence.level
        if level == .medium, evidence.strongRules >= 4, evidence.tactics.count >= 4 {
            level = .high
        } else if level == .high, evidence.strongRules >= 5, evidence.tactics.count >= 5,
            evidence.crossings > 0
        {
            level = .critical
        }
    }

    private static func within(_ value: Int, most: Int) -> Int { min(most, max(0, value)) }
}
