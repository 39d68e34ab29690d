/// Where in an event an element stands; decides what its values are called.
enum EVTXScope: UInt8 {
    case root, event, system, eventData, userData, rendering

    func child(_ word: EVTXWord) -> EVTXScope {
        switch self {
        case .system, .eventData, .userData, .rendering: return self
        case .root, .event:
            switch word {
            case .event: return .event
            case .system: return .system
            case .eventData: return .eventData
            case .renderingInfo: return .rendering
            default: return .userData
            }
        }
    }
}

/// One step of a compiled template: what to write, and from where.
struct EVTXStep {
    enum Kind: UInt8 {
        /// Substitution `index`, alone in its element or attribute.
        case value
        /// Literal text, alone.
        case literal
        /// An element with nothing in it.
        case null
        /// A value of several parts: `open`, then parts, then `close`.
        case open, partValue, partLiteral, close
        /// The name of the next value is substitution `index`.
        case name
        /// A template instance at chunk offset `index`.
        case instance
        /// A binary XML fragment of `count` bytes at chunk offset `index`.
        case fragment
    }

    var kind: Kind
    /// Scope for a fragment that the value turns out to be.
    var scope: EVTXScope
    /// Null writes nothing: attributes, and elements that only hold others.
    var omitsNull = false
    /// The value is the event's time.
    var isTime = false
    var inSystem = false
    /// The field's name is the one that the last `name` step found.
    var isNamed = false
    var field: FieldID
    /// A substitution's index, a literal's start, or a chunk offset.
    var index: UInt32 = 0
    var count: UInt32 = 0

    var literal: Range<Int> { Int(index)..<Int(index + count) }
}

/// The compiled templates, in one array of steps, and where they stand in the chunk at hand.
struct EVTXPrograms {
    struct Program {
        var key: UInt32
        var steps: Range<Int>
    }

    private(set) var programs: [Program] = []
    private var table = [UInt16](repeating: .max, count: 4096)
    var steps: [EVTXStep] = []
    /// Literal text up to ``literalCount``; room behind it, so that text is written in place.
    var literals = [UInt8](repeating: 0, count: 65_536)
    var literalCount = 0
    /// Literals of chunks before this one end here.
    private(set) var literalFloor = 0
    var tokensLeft = EVTX.tokensMax
    private(set) var cache = EVTXTemplateCache()

    /// Forgets where templates stand, and all when the cache is full.
    mutating func beginChunk() {
        tokensLeft = EVTX.tokensMax
        if cache.isFull || steps.count > EVTX.stepsMax || literalCount > EVTX.literalBytesMax {
            cache.removeAll()
            steps.removeAll()
            literals.removeLast(literals.count - 65_536)
            literalCount = 0
        }
        literalFloor = literalCount
        guard !programs.isEmpty else { return }
        programs.removeAll(keepingCapacity: true)
        for index in table.indices { table[index] = .max }
    }

    /// Makes room for a literal of at most `count` bytes.
    mutating func reserveLiteral(_ count: Int, at offset: Int) throws(DecodeFailure) {
        guard literalCount - literalFloor + count <= EVTX.literalBytesMax else {
            throw DecodeFailure(offset: offset, reason: "EVTX chunk with too much literal text")
        }
        let missing = literalCount + count - literals.count
        if missing > 0 {
            literals.append(contentsOf: repeatElement(0, count: max(missing, literals.count)))
        }
    }

    /// Keeps what was just compiled for other chunks.
    mutating func keep(
        _ definition: Int, of bytes: EVTXBytes, scope: EVTXScope, _ trace: EVTXTrace,
        steps: Range<Int>
    ) {
        guard trace.isPortable else { return }
        cache.add(definition, of: bytes, scope: scope, trace, steps: steps)
    }

    private static func slot(_ key: UInt32) -> Int { Int((key &* 0x9e37_79b1) >> 20) }

    func find(_ offset: Int, _ scope: EVTXScope) -> Range<Int>? {
        let key = UInt32(truncatingIfNeeded: offset) << 3 | UInt32(scope.rawValue)
        var slot = Self.slot(key)
        while table[slot] != .max {
            let program = programs[Int(table[slot])]
            if program.key == key { return program.steps }
            slot = (slot + 1) & 4095
        }
        return nil
    }

    mutating func add(
        _ offset: Int, _ scope: EVTXScope, steps: Range<Int>
    ) throws(DecodeFailure) {
        guard programs.count < EVTX.programsMax else {
            throw DecodeFailure(offset: offset, reason: "EVTX chunk with too many templates")
        }
        let key = UInt32(truncatingIfNeeded: offset) << 3 | UInt32(scope.rawValue)
        var slot = Self.slot(key)
        while table[slot] != .max { slot = (slot + 1) & 4095 }
        table[slot] = UInt16(programs.count)
        programs.append(Program(key: key, steps: steps))
    }
}
