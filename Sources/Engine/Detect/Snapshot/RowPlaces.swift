internal import CSIMD
internal import Sigma

/// Where the columns of table rows lie, for reading them from bytes that are not trusted yet.
enum RowPlaces {
    static let planField = place(MemoryLayout<FieldPlanRow>.offset(of: \.field))
    static let planPrefixes = place(MemoryLayout<FieldPlanRow>.offset(of: \.prefixLengths))
    static let planSuffixes = place(MemoryLayout<FieldPlanRow>.offset(of: \.suffixLengths))
    static let planHasExact = place(MemoryLayout<FieldPlanRow>.offset(of: \.hasExact))
    static let planAnchorsAt = place(MemoryLayout<FieldPlanRow>.offset(of: \.anchorsAt))
    static let planAnchorMask = place(MemoryLayout<FieldPlanRow>.offset(of: \.anchorMask))
    static let planHasQuads = place(MemoryLayout<FieldPlanRow>.offset(of: \.hasQuads))
    static let planQuadStep = place(MemoryLayout<FieldPlanRow>.offset(of: \.quadStep))
    static let planBitmapAt = place(MemoryLayout<FieldPlanRow>.offset(of: \.bitmapAt))
    static let planBitmapShift = place(MemoryLayout<FieldPlanRow>.offset(of: \.bitmapShift))
    static let planQuadsAt = place(MemoryLayout<FieldPlanRow>.offset(of: \.quadsAt))
    static let planQuadMask = place(MemoryLayout<FieldPlanRow>.offset(of: \.quadMask))
    static let planHasPairs = place(MemoryLayout<FieldPlanRow>.offset(of: \.hasPairs))
    static let planPairBitmapAt = place(MemoryLayout<FieldPlanRow>.offset(of: \.pairBitmapAt))
    static let planPairsAt = place(MemoryLayout<FieldPlanRow>.offset(of: \.pairsAt))
    static let planPairMask = place(MemoryLayout<FieldPlanRow>.offset(of: \.pairMask))
    static let slotStart = place(MemoryLayout<PatternSlot>.offset(of: \.start))
    static let slotCount = place(MemoryLayout<PatternSlot>.offset(of: \.count))
    static let entryAtom = place(MemoryLayout<PatternEntry>.offset(of: \.atom))
    static let entryLiteralStart = place(MemoryLayout<PatternEntry>.offset(of: \.literalStart))
    static let entryLiteralCount = place(MemoryLayout<PatternEntry>.offset(of: \.literalCount))
    static let searchField = place(MemoryLayout<SearchRow>.offset(of: \.field))
    static let searchPlan = place(MemoryLayout<SearchRow>.offset(of: \.plan))
    static let sweepShift = place(MemoryLayout<kagari_teddy_tables>.offset(of: \.shift))
    static let ruleRule = place(MemoryLayout<RuleRow>.offset(of: \.rule))
    static let ruleEntry = place(MemoryLayout<RuleRow>.offset(of: \.entry))
    static let atomKind = place(MemoryLayout<AtomRow>.offset(of: \.kind))
    static let atomPlan = place(MemoryLayout<AtomRow>.offset(of: \.plan))
    static let atomLiteralStart = place(MemoryLayout<AtomRow>.offset(of: \.literalStart))
    static let atomLiteralCount = place(MemoryLayout<AtomRow>.offset(of: \.literalCount))
    static let atomTest = place(MemoryLayout<AtomRow>.offset(of: \.test))
    static let atomTriggerStart = place(MemoryLayout<AtomRow>.offset(of: \.triggerStart))
    static let atomTriggerCount = place(MemoryLayout<AtomRow>.offset(of: \.triggerCount))
    static let opAtom = place(MemoryLayout<JumpOp>.offset(of: \.atom))
    static let opIfTrue = place(MemoryLayout<JumpOp>.offset(of: \.ifTrue))
    static let opIfFalse = place(MemoryLayout<JumpOp>.offset(of: \.ifFalse))
    static let keywordAtom = place(MemoryLayout<KeywordRow>.offset(of: \.atom))
    static let keywordStart = place(MemoryLayout<KeywordRow>.offset(of: \.start))
    static let keywordCount = place(MemoryLayout<KeywordRow>.offset(of: \.count))
    static let testKind = place(MemoryLayout<TestRow>.offset(of: \.kind))
    static let testFlag = place(MemoryLayout<TestRow>.offset(of: \.flag))
    static let testCased = place(MemoryLayout<TestRow>.offset(of: \.cased))
    static let testComparison = place(MemoryLayout<TestRow>.offset(of: \.comparison))
    static let testPart = place(MemoryLayout<TestRow>.offset(of: \.part))
    static let testReference = place(MemoryLayout<TestRow>.offset(of: \.reference))
    static let testPrefixLength = place(MemoryLayout<TestRow>.offset(of: \.prefixLength))
    static let testCodeStart = place(MemoryLayout<TestRow>.offset(of: \.codeStart))
    static let testCodeCount = place(MemoryLayout<TestRow>.offset(of: \.codeCount))
    static let testField = place(MemoryLayout<TestRow>.offset(of: \.field))
    static let testRegex = place(MemoryLayout<TestRow>.offset(of: \.regex))

    /// Part of what a snapshot says about itself, so that another layout is not misread.
    static let all: [Int] = [
        planField, planPrefixes, planSuffixes, planHasExact, planAnchorsAt, planAnchorMask,
        planHasQuads, planQuadStep, planBitmapAt, planBitmapShift, planQuadsAt, planQuadMask,
        planHasPairs,
        planPairBitmapAt, planPairsAt, planPairMask, slotStart, slotCount, entryAtom,
        entryLiteralStart, entryLiteralCount, searchField, searchPlan,
        sweepShift, ruleRule,
        ruleEntry, atomKind, atomPlan, atomLiteralStart, atomLiteralCount, atomTest,
        atomTriggerStart, atomTriggerCount, opAtom, opIfTrue, opIfFalse, keywordAtom,
        keywordStart, keywordCount, testKind, testFlag, testCased, testComparison, testPart,
        testReference, testPrefixLength, testCodeStart, testCodeCount, testField, testRegex,
    ]

    private static func place(_ offset: Int?) -> Int {
        guard let offset else { preconditionFailure("a stored column has a place") }
        return offset
    }
}
