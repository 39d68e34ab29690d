internal import CSIMD
internal import Sigma

/// From an event to the program for its class, in one worker: three hash look-ups.
///
/// - Bounds: at most ``spellingsMax`` spellings of class values are remembered a field; rarer ones
///   are looked up the slow way each time.
@safe
struct ClassDirectory: ~Copyable {
    static let spellingsMax = 4096

    /// A class field's values as they are spelled in events → symbol (1 = other, 2… = known).
    private struct Symbols {
        var known: [[UInt8]] = []
        var numberOfKnown: [[UInt8]: UInt32] = [:]
        var table = [Slot](repeating: Slot(hash: 0, start: 0, count: 0, symbol: 0), count: 256)
        var spellingCount = 0

        struct Slot {
            var hash: UInt64
            var start: UInt32
            var count: UInt32
            var symbol: UInt32
        }
    }

    private let rules: RuleSet
    /// Two for each source, whether it has as many class fields or not.
    private var classFields: [FieldID?] = []
    private var symbols: [Symbols] = []
    /// All spellings, one behind the other; comparing with them takes no reference.
    private var spellings: UnsafeMutablePointer<UInt8>
    private var spellingBytes = 0
    private var spellingCapacity = 4096
    private var programOf: [UInt64: Int] = [:]
    private var lastKey: UInt64 = .max
    private var lastProgram = 0
    private var ready: [UnsafeMutablePointer<ReadyProgram>] = unsafe []

    init(_ rules: RuleSet) {
        self.rules = rules
        unsafe spellings = .allocate(capacity: spellingCapacity)
        for source in rules.sources {
            for position in 0..<2 {
                var symbols = Symbols()
                if position < source.classFields.count {
                    let values = source.knownValues[position]
                    symbols.known = values.sorted { $0.lexicographicallyPrecedes($1) }
                }
                for (index, value) in symbols.known.enumerated() {
                    symbols.numberOfKnown[value] = UInt32(index + 2)
                }
                self.symbols.append(symbols)
                classFields.append(
                    position < source.classFields.count ? source.classFields[position] : nil)
            }
        }
    }

    deinit {
        unsafe spellings.deallocate()
        for index in unsafe ready.indices {
            unsafe ready[index].deinitialize(count: 1)
            unsafe ready[index].deallocate()
        }
    }

    /// The program for the event; lent until the directory goes.
    mutating func program(
        for event: borrowing EventBuffer, source: Int
    ) -> UnsafeMutablePointer<ReadyProgram> {
        var key = UInt64(source) << 56
        for position in 0..<2 {
            guard let name = classFields[source * 2 + position], let first = event.first(name)
            else { continue }
            let field = event.field(at: first)
            if field.next != EventBuffer.none { key |= 1 << 55 }
            // Null is present all the same, so nothing is decided by it.
            let symbol =
                unsafe field.kind == .null
                ? 1 : symbol(event.bytes(of: field), source * 2 + position)
            key |= UInt64(symbol) << UInt64(position * 24)
        }
        if key == lastKey { return unsafe ready[lastProgram] }
        lastKey = key
        if let known = programOf[key] {
            lastProgram = known
            return unsafe ready[known]
        }
        return unsafe add(key, source)
    }

    private mutating func add(
        _ key: UInt64, _ source: Int
    ) -> UnsafeMutablePointer<ReadyProgram> {
        var values: [ClassKey.Value] = []
        for position in rules.sources[source].classFields.indices {
            let symbol = Int(key >> UInt64(position * 24) & 0xFF_FFFF)
            values.append(
                symbol == 0
                    ? .absent
                    : symbol == 1
                        ? .other : .known(symbols[source * 2 + position].known[symbol - 2]))
        }
        let classKey = ClassKey(
            source: source, values: values, isSeveral: key >> 55 & 1 == 1)
        let program = UnsafeMutablePointer<ReadyProgram>.allocate(capacity: 1)
        unsafe program.initialize(
            to: ReadyProgram(rules.program(for: classKey)))
        lastProgram = unsafe ready.count
        programOf[key] = unsafe ready.count
        unsafe ready.append(program)
        return unsafe program
    }

    private mutating func symbol(_ value: UnsafeBufferPointer<UInt8>, _ index: Int) -> UInt32 {
        guard let base = value.baseAddress, (1...256).contains(value.count) else { return 1 }
        let count = value.count
        let first = unsafe kagari_load_upto8(base, count)
        let last = unsafe count > 8 ? kagari_load64(base + count - 8) : 0
        var hash = (first ^ UInt64(count)) &* 0x9e37_79b9_7f4a_7c15
        hash = (hash ^ (hash >> 31) ^ last) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 29)) | 1
        let mask = symbols[index].table.count - 1
        var slot = Int(truncatingIfNeeded: hash >> 8) & mask
        while symbols[index].table[slot].hash != 0 {
            let entry = symbols[index].table[slot]
            if entry.hash == hash, Int(entry.count) == count,
                unsafe kagari_equal(spellings + Int(entry.start), base, count)
            {
                return entry.symbol
            }
            slot = (slot + 1) & mask
        }
        return unsafe learn(value, hash, index)
    }

    private mutating func learn(
        _ value: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ index: Int
    ) -> UInt32 {
        let symbol = unsafe symbols[index].numberOfKnown[CaseFolding.fold(value)] ?? 1
        guard symbols[index].spellingCount < Self.spellingsMax else { return symbol }
        symbols[index].spellingCount += 1
        let entry = Symbols.Slot(
            hash: hash, start: UInt32(spellingBytes), count: UInt32(value.count), symbol: symbol)
        unsafe remember(value)
        if symbols[index].spellingCount * 2 > symbols[index].table.count {
            let old = symbols[index].table
            symbols[index].table = Array(
                repeating: Symbols.Slot(hash: 0, start: 0, count: 0, symbol: 0),
                count: old.count * 2)
            for entry in old where entry.hash != 0 { Self.place(entry, &symbols[index].table) }
        }
        Self.place(entry, &symbols[index].table)
        return symbol
    }

    private mutating func remember(_ value: UnsafeBufferPointer<UInt8>) {
        if spellingBytes + value.count > spellingCapacity {
            let capacity = max(spellingCapacity * 2, spellingBytes + value.count)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            unsafe larger.update(from: spellings, count: spellingBytes)
            unsafe spellings.deallocate()
            unsafe spellings = larger
            spellingCapacity = capacity
        }
        for index in value.indices { unsafe spellings[spellingBytes + index] = value[index] }
        spellingBytes += value.count
    }

    private static func place(_ entry: Symbols.Slot, _ table: inout [Symbols.Slot]) {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: entry.hash >> 8) & mask
        while table[slot].hash != 0 { slot = (slot + 1) & mask }
        table[slot] = entry
    }
}
