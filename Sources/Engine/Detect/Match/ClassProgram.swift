internal import CSIMD
internal import Sigma

/// The program of one event class: immutable, shared by all workers.
///
/// Unsafe: the tables lie in one allocation that lives as long as this object; every offset in
/// them was written by ``ProgramBuilder`` and stays within it.
final class ClassProgram: Sendable {
    let activity: Activity
    /// For each rule of the class the renames under which it applies, for explaining.
    let renames: [[[String: FieldID]]]
    let image: ProgramImage

    init(
        activity: Activity, renames: [[[String: FieldID]]], image: ProgramImage
    ) {
        self.activity = activity
        self.renames = renames
        self.image = image
    }

    /// The rule set's index of a local rule.
    func ruleIndex(_ local: UInt32) -> UInt32 { unsafe image.pointers.rules[Int(local)].rule }
}

/// The allocation with all tables and where each starts.
@safe
struct ProgramImage: Sendable {
    let storage: ImageStorage
    let planCount: UInt32
    let searchCount: UInt32
    let ruleCount: UInt32
    let alwaysCount: UInt32
    let atomCount: UInt32
    let keywordCount: UInt32
    let plansAt: UInt32
    let rulesAt: UInt32
    let atomsAt: UInt32
    let codeAt: UInt32
    let triggersAt: UInt32
    let alwaysAt: UInt32
    let literalsAt: UInt32
    let entriesAt: UInt32
    let keywordsAt: UInt32
    let keywordBucketsAt: UInt32
    let keywordNibblesAt: UInt32
    let testsAt: UInt32
    let searchesAt: UInt32

    var byteCount: Int { storage.bytes.count }

    /// Raw pointers to the tables, good while the program lives.
    @unsafe
    struct Pointers {
        let base: UnsafeRawPointer
        let plans: UnsafePointer<FieldPlanRow>
        let rules: UnsafePointer<RuleRow>
        let atoms: UnsafePointer<AtomRow>
        let code: UnsafePointer<JumpOp>
        let triggers: UnsafePointer<UInt32>
        let always: UnsafePointer<UInt32>
        let literals: UnsafePointer<UInt8>
        let entries: UnsafePointer<PatternEntry>
        let keywords: UnsafePointer<KeywordRow>
        let keywordBuckets: UnsafePointer<UInt32>
        let keywordNibbles: UnsafePointer<kagari_teddy_tables>
        let tests: UnsafePointer<TestRow>
        let searches: UnsafePointer<SearchRow>
    }

    init(_ tables: ProgramBuilder.Tables) {
        var writer = ImageWriter()
        writer.write(tables.blobs)
        plansAt = writer.append(tables.plans)
        rulesAt = writer.append(tables.rules)
        atomsAt = writer.append(tables.atoms)
        codeAt = writer.append(tables.code)
        triggersAt = writer.append(tables.triggers)
        alwaysAt = writer.append(tables.always)
        literalsAt = writer.append(tables.literals)
        entriesAt = writer.append(tables.entries)
        keywordsAt = writer.append(tables.keywords)
        keywordBucketsAt = writer.append(tables.keywordBuckets)
        keywordNibblesAt = writer.append(tables.sweep)
        testsAt = writer.append(tables.tests)
        searchesAt = writer.append(tables.searches)
        planCount = UInt32(tables.plans.count)
        searchCount = UInt32(tables.searches.count)
        ruleCount = UInt32(tables.rules.count)
        atomCount = UInt32(tables.atoms.count)
        alwaysCount = UInt32(tables.always.count)
        keywordCount = UInt32(tables.keywords.count)
        storage = ImageStorage(writer.bytes)
    }

    var pointers: Pointers {
        let base = unsafe UnsafeRawPointer(storage.base)
        return unsafe Pointers(
            base: base, plans: Self.table(base, plansAt), rules: Self.table(base, rulesAt),
            atoms: Self.table(base, atomsAt), code: Self.table(base, codeAt),
            triggers: Self.table(base, triggersAt), always: Self.table(base, alwaysAt),
            literals: Self.table(base, literalsAt), entries: Self.table(base, entriesAt),
            keywords: Self.table(base, keywordsAt),
            keywordBuckets: Self.table(base, keywordBucketsAt),
            keywordNibbles: Self.table(base, keywordNibblesAt), tests: Self.table(base, testsAt),
            searches: Self.table(base, searchesAt))
    }

    private static func table<T>(_ base: UnsafeRawPointer, _ at: UInt32) -> UnsafePointer<T> {
        unsafe (base + Int(at)).assumingMemoryBound(to: T.self)
    }
}

/// Owns the bytes of an image, 64-byte aligned.
///
/// `base` is written once, before the object is shared, and only read afterwards; that makes the
/// sharing safe although a pointer is not `Sendable`.
@safe
final class ImageStorage: Sendable {
    let address: UInt
    let bytes: Range<Int>

    init(_ bytes: [UInt8]) {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(64, bytes.count), alignment: 64)
        unsafe memory.copyMemory(from: bytes, byteCount: bytes.count)
        address = UInt(bitPattern: memory)
        self.bytes = 0..<bytes.count
    }

    var base: UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
    }

    deinit { unsafe base.deallocate() }
}

/// Lays tables one behind the other, each aligned to 64 bytes.
struct ImageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ blob: [UInt8]) { bytes += blob }

    mutating func append<T>(_ table: [T]) -> UInt32 {
        while bytes.count % 64 != 0 { bytes.append(0) }
        let at = UInt32(bytes.count)
        unsafe table.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        return at
    }
}
