internal import CSIMD
internal import Sigma

/// The tables of a program's image in the order in which they lie, after the hash tables that
/// plans refer to.
enum ImageTable: Int, CaseIterable {
    case plans, rules, atoms, code, triggers, always, literals, entries
    case keywords, keywordBuckets, keywordNibbles, tests, searches

    var stride: Int {
        switch self {
        case .plans: MemoryLayout<FieldPlanRow>.stride
        case .rules: MemoryLayout<RuleRow>.stride
        case .atoms: MemoryLayout<AtomRow>.stride
        case .code: MemoryLayout<JumpOp>.stride
        case .triggers, .always, .keywordBuckets: MemoryLayout<UInt32>.stride
        case .literals: 1
        case .entries: MemoryLayout<PatternEntry>.stride
        case .keywords: MemoryLayout<KeywordRow>.stride
        case .keywordNibbles: MemoryLayout<kagari_teddy_tables>.stride
        case .tests: MemoryLayout<TestRow>.stride
        case .searches: MemoryLayout<SearchRow>.stride
        }
    }
}

/// What stands beside an image's bytes: where its tables start, and how many rows count.
struct ImageHeader: Equatable {
    /// One for each ``ImageTable``.
    var starts: [UInt32]
    var planCount: UInt32
    var searchCount: UInt32
    var ruleCount: UInt32
    var alwaysCount: UInt32
    var atomCount: UInt32
    var keywordCount: UInt32

    /// A table's bytes: up to the next table, so a few bytes of padding may be among them.
    /// - Precondition: the starts ascend within `byteCount`.
    func range(_ table: ImageTable, byteCount: Int) -> Range<Int> {
        let next = table.rawValue + 1
        return Int(starts[table.rawValue])..<(next < starts.count ? Int(starts[next]) : byteCount)
    }
}

extension ProgramImage {
    var header: ImageHeader {
        ImageHeader(
            starts: [
                plansAt, rulesAt, atomsAt, codeAt, triggersAt, alwaysAt, literalsAt, entriesAt,
                keywordsAt, keywordBucketsAt, keywordNibblesAt, testsAt, searchesAt,
            ],
            planCount: planCount, searchCount: searchCount, ruleCount: ruleCount,
            alwaysCount: alwaysCount, atomCount: atomCount, keywordCount: keywordCount)
    }

    /// A copy of all tables.
    var bytes: [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: storage.base, count: byteCount))
    }

    /// Takes over bytes in which ``ImageCheck`` found nothing that leads outside them.
    init(
        _ header: ImageHeader, bytes: [UInt8], within limits: ImageCheck.Limits
    ) throws(PackedFailure) {
        try ImageCheck(header: header, bytes: bytes, limits: limits).run()
        plansAt = header.starts[ImageTable.plans.rawValue]
        rulesAt = header.starts[ImageTable.rules.rawValue]
        atomsAt = header.starts[ImageTable.atoms.rawValue]
        codeAt = header.starts[ImageTable.code.rawValue]
        triggersAt = header.starts[ImageTable.triggers.rawValue]
        alwaysAt = header.starts[ImageTable.always.rawValue]
        literalsAt = header.starts[ImageTable.literals.rawValue]
        entriesAt = header.starts[ImageTable.entries.rawValue]
        keywordsAt = header.starts[ImageTable.keywords.rawValue]
        keywordBucketsAt = header.starts[ImageTable.keywordBuckets.rawValue]
        keywordNibblesAt = header.starts[ImageTable.keywordNibbles.rawValue]
        testsAt = header.starts[ImageTable.tests.rawValue]
        searchesAt = header.starts[ImageTable.searches.rawValue]
        planCount = header.planCount
        searchCount = header.searchCount
        ruleCount = header.ruleCount
        alwaysCount = header.alwaysCount
        atomCount = header.atomCount
        keywordCount = header.keywordCount
        storage = ImageStorage(bytes)
    }
}
