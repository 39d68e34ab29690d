import Sigma
import Testing

@testable import Engine

@Suite struct `Storyline assessment` {
    private func evidence(_ change: (inout Assessment.Evidence) -> Void) -> Assessment.Evidence {
        var evidence = Assessment.Evidence()
        change(&evidence)
        return evidence
    }

    @Test(arguments: [
        (Level.informational, 5), (.low, 20), (.medium, 40), (.high, 60), (.critical, 75),
    ])
    func `one alert has the risk of its level`(level: Level, risk: Int) {
        let assessment = Assessment(
            evidence {
                $0.level = level
                $0.rules = 1
                $0.strongRules = level >= .medium ? 1 : 0
                $0.alerts = 1
                $0.hosts = 1
            })
        #expect(assessment.risk == risk)
        #expect(assessment.level == level)
    }

    @Test func `the published example comes out as published`() {
        let assessment = Assessment(
            evidence {
                $0.level = .high
                $0.rules = 3
                $0.strongRules = 3
                $0.alerts = 5
                $0.tactics = [.execution, .credentialAccess, .lateralMovement]
                $0.hosts = 2
                $0.accounts = 1
                $0.crossings = 1
                $0.edges = 6
            })
        // 60 + 8 rules + 6 tactics + 8 movement + 2 hosts + 8 goals
        #expect(assessment.risk == 92)
        // 55 + 12 rules + 6 tactics + 6 edges + 8 movement
        #expect(assessment.confidence == 87)
        #expect(assessment.level == .high)
    }

    @Test func `many weak signs do not outrank a strong one`() {
        let weak = Assessment(
            evidence {
                $0.level = .low
                $0.rules = 40
                $0.alerts = 400
                $0.tactics = Set(Tactic.allCases)
                $0.hosts = 9
                $0.accounts = 9
                $0.crossings = 9
            })
        #expect(weak.risk == 39)
        #expect(weak.level == .low)
    }

    @Test func `repetition of one rule lowers both figures`() {
        let once = evidence {
            $0.level = .medium
            $0.rules = 1
            $0.strongRules = 1
            $0.alerts = 1
        }
        var often = once
        often.alerts = 10
        #expect(Assessment(often).risk == Assessment(once).risk - 10)
        #expect(Assessment(often).confidence == Assessment(once).confidence - 15)
    }

    @Test func `breadth raises the level by one`() {
        let broad = evidence {
            $0.level = .medium
            $0.rules = 4
            $0.strongRules = 4
            $0.tactics = [.execution, .persistence, .discovery, .collection]
        }
        #expect(Assessment(broad).level == .high)
        var narrow = broad
        narrow.strongRules = 3
        #expect(Assessment(narrow).level == .medium)
    }

    @Test func `figures never leave their range`() {
        for level in Level.allCases {
            for count in [0, 1, 50, 1_000_000] {
                let assessment = Assessment(
                    evidence {
                        $0.level = level
                        $0.rules = count
                        $0.strongRules = count
                        $0.alerts = count
                        $0.tactics = Set(Tactic.allCases.prefix(min(count, 20)))
                        $0.hosts = count
                        $0.accounts = count
                        $0.principals = count
                        $0.crossings = count
                        $0.edges = count
                    })
                #expect((0...100).contains(assessment.risk))
                #expect((0...100).contains(assessment.confidence))
            }
        }
    }

    @Test func `tags give tactics and techniques in order`() {
        let tags = RuleTags([
            "attack.t1059.001", "attack.lateral_movement", "attack.execution", "attack.g0016",
            "attack.t1003", "cve.2021-44228", "attack.t10", "attack.stealth", "attack.t1059.001",
        ])
        #expect(tags.tactics == [.execution, .stealth, .lateralMovement])
        #expect(tags.techniques == ["T1003", "T1059.001"])
    }

    @Test func `tactics stand in the order of the matrix and have names`() {
        #expect(Tactic.allCases.first?.shortName == "reconnaissance")
        #expect(Tactic.allCases.last?.shortName == "impact")
        for tactic in Tactic.allCases {
            #expect(Tactic(tag: "attack." + tactic.shortName) == tactic)
            #expect(!tactic.name.isEmpty)
        }
    }
}
