import Sigma

/// Searches texts for one ``LinearRegex``, one after the other, on one thread.
///
/// It turns the program into a deterministic automaton as texts ask for it: a state is a set of
/// threads, a table says where each kind of symbol leads. The table is bounded; a text that would
/// fill it again and again is finished by stepping the threads themselves.
///
/// - Cost: one table look-up a byte once the states of a text are known; else at most two visits
///   of each instruction a symbol.
/// - Memory: `bytesMax` of table at most, grown as needed, see ``bytesHeld``.
/// - Allocation: none for texts that need no new state.
@safe
package struct RegexMatcher: ~Copyable {
    package static let bytesMaxDefault = 1 << 20

    // Table entries; anything above is the offset of the next state's row. Row 0 is never used,
    // and a row has at least four entries, so no offset is as small as these.
    private static let unknown: UInt32 = 0
    private static let dead: UInt32 = 1
    private static let match: UInt32 = 2

    private var machine: RegexMachine
    private let alphabet: RegexAlphabet
    private let asksFinalNewline: Bool
    private let bytesMin: Int
    private let width: Int
    private let stateMax: Int
    private(set) var stateCount = 1
    private var stateCapacity = 0
    private var start: UInt32 = 0
    /// The key of each state, by number.
    private var keys: [UInt64]
    private var key: [UInt64]
    /// Hash table of state numbers, 0 for free; a power of two, at most half full.
    private var buckets: [UInt32] = []
    private var flushes = 0

    // Safety of the two pointers: `byteKinds` has 256 entries, each below `width`. `table` has
    // `stateCapacity * width` entries, all initialised; each entry above `match` is a state number
    // below `stateCount` times `width`. Both live until `deinit` or `grow`, which replaces `table`.
    private let byteKinds: UnsafeMutablePointer<UInt16>
    private var table: UnsafeMutablePointer<UInt32>

    /// - Parameter bytesMax: what the table and its keys may take; at least eight states are held.
    package init(_ regex: LinearRegex, bytesMax: Int = RegexMatcher.bytesMaxDefault) {
        let program = regex.program
        machine = RegexMachine(program)
        alphabet = program.alphabet
        asksFinalNewline = program.asksFinalNewline
        bytesMin = regex.bytesMin
        width = program.alphabet.width
        key = Array(repeating: 0, count: machine.keyWordCount)
        keys = key
        let stateBytes = width * 4 + machine.keyWordCount * 8 + 16
        stateMax = max(8, min(bytesMax / stateBytes, 1 << 16))
        unsafe byteKinds = .allocate(capacity: 256)
        // Kind 0 has no transitions: bytes beyond ASCII must be decoded first, and where it matters
        // a line feed must be told from one that ends the text.
        unsafe byteKinds.initialize(repeating: 0, count: 256)
        unsafe table = .allocate(capacity: 1)
        unsafe table.initialize(to: 0)
        for byte in 0..<128 where !(byte == 0x0A && asksFinalNewline) {
            unsafe byteKinds[byte] = UInt16(alphabet.kind(of: UInt32(byte)))
        }
        grow(to: 8)
    }

    deinit {
        unsafe byteKinds.deallocate()
        unsafe table.deallocate()
    }

    /// Bytes the matcher holds now, the shared program left out.
    package var bytesHeld: Int {
        stateCapacity * width * 4 + keys.capacity * 8 + buckets.count * 4 + machine.bytesHeld + 512
    }

    /// Instructions visited so far, over all texts: the work that is not table look-up.
    package var visits: UInt64 { machine.visits }

    package mutating func matches(_ text: some Sequence<UInt8>) -> Bool {
        let bytes = Array(text)
        return unsafe bytes.withUnsafeBufferPointer { unsafe matches($0) }
    }

    /// True when the expression matches anywhere in the text.
    package mutating func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count >= bytesMin else { return false }
        var state = start
        if state == Self.unknown {
            state = record(machine.begin())
            start = state
        }
        if state <= Self.match { return state == Self.match }
        let count = text.count
        var index = 0
        var built = 0
        if let bytes = text.baseAddress {
            while true {
                let rows = unsafe table
                while index < count {
                    let kind = unsafe byteKinds[Int(bytes[index])]
                    let next = unsafe rows[Int(state) + Int(kind)]
                    if next <= Self.match { break }
                    state = next
                    index += 1
                }
                if index == count { break }
                let (kind, length) = unsafe symbol(of: text, at: index)
                var next = unsafe rows[Int(state) + kind]
                index += length
                if next == Self.unknown {
                    let flushesBefore = flushes
                    next = build(from: state, kind)
                    built += 1
                    // A table that fills up while it is hardly used costs more than it saves.
                    if flushes != flushesBefore, next > Self.match, built > index / 4 {
                        return unsafe stepOn(text, from: index)
                    }
                }
                if next <= Self.match { return next == Self.match }
                state = next
            }
        }
        var next = unsafe table[Int(state) + alphabet.end]
        if next == Self.unknown { next = build(from: state, alphabet.end) }
        return next == Self.match
    }

    /// Finishes a text by stepping the machine, which stands before `index`.
    private mutating func stepOn(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
        var index = start
        while index < text.count {
            let (kind, length) = unsafe symbol(of: text, at: index)
            index += length
            switch machine.step(kind) {
            case .match: return true
            case .dead: return false
            case .alive: break
            }
        }
        return machine.step(alphabet.end) == .match
    }

    /// The kind of the symbol at `index`, which is within the text, and its bytes.
    private func symbol(of text: UnsafeBufferPointer<UInt8>, at index: Int) -> (Int, Int) {
        let byte = unsafe text[index]
        let known = unsafe byteKinds[Int(byte)]
        if known != 0 { return (Int(known), 1) }
        if byte < 0x80 {
            if byte == 0x0A, asksFinalNewline, index == text.count - 1 {
                return (alphabet.finalNewline, 1)
            }
            return (alphabet.kind(of: UInt32(byte)), 1)
        }
        guard let (scalar, length) = unsafe CaseFolding.decode(text, at: index) else {
            return (alphabet.kind(of: ScalarSet.invalid), 1)
        }
        return (alphabet.kind(of: scalar.value), length)
    }

    // MARK: states

    /// Works out one transition and, unless the table had to be emptied, remembers it.
    private mutating func build(from state: UInt32, _ kind: Int) -> UInt32 {
        let number = Int(state) / width
        machine.load(keys, at: number * machine.keyWordCount)
        let flushesBefore = flushes
        let next = record(machine.step(kind))
        if flushes == flushesBefore { unsafe table[Int(state) + kind] = next }
        return next
    }

    /// The table entry for where the machine stands.
    private mutating func record(_ outcome: RegexMachine.Outcome) -> UInt32 {
        switch outcome {
        case .dead: return Self.dead
        case .match: return Self.match
        case .alive: break
        }
        machine.copyKey(into: &key)
        var slot = Self.hash(key) & (buckets.count - 1)
        while buckets[slot] != 0 {
            let number = Int(buckets[slot])
            if holdsKey(number) { return UInt32(number * width) }
            slot = (slot + 1) & (buckets.count - 1)
        }
        if stateCount == stateCapacity {
            if stateCapacity < stateMax {
                grow(to: min(stateCapacity * 2, stateMax))
            } else {
                flush()
            }
            slot = Self.hash(key) & (buckets.count - 1)
            while buckets[slot] != 0 { slot = (slot + 1) & (buckets.count - 1) }
        }
        let number = stateCount
        stateCount += 1
        buckets[slot] = UInt32(number)
        keys.append(contentsOf: key)
        for entry in number * width..<(number + 1) * width { unsafe table[entry] = Self.unknown }
        return UInt32(number * width)
    }

    private func holdsKey(_ number: Int) -> Bool {
        let place = number * key.count
        for word in 0..<key.count where keys[place + word] != key[word] { return false }
        return true
    }

    private mutating func flush() {
        flushes += 1
        stateCount = 1
        start = Self.unknown
        keys.removeSubrange(key.count...)
        for slot in buckets.indices { buckets[slot] = 0 }
    }

    private mutating func grow(to capacity: Int) {
        let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity * width)
        unsafe larger.initialize(repeating: Self.unknown, count: capacity * width)
        if stateCapacity > 0 { unsafe larger.update(from: table, count: stateCapacity * width) }
        unsafe table.deallocate()
        unsafe table = larger
        stateCapacity = capacity
        keys.reserveCapacity(capacity * key.count)
        var size = 16
        while size < capacity * 2 { size *= 2 }
        buckets = Array(repeating: 0, count: size)
        for number in 1..<stateCount {
            var slot = Self.hash(keys, at: number * key.count, count: key.count) & (size - 1)
            while buckets[slot] != 0 { slot = (slot + 1) & (size - 1) }
            buckets[slot] = UInt32(number)
        }
    }

    private static func hash(_ key: [UInt64]) -> Int { hash(key, at: 0, count: key.count) }

    private static func hash(_ words: [UInt64], at start: Int, count: Int) -> Int {
        var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
        for word in start..<start + count {
            hash = (hash ^ words[word]) &* 0xbf58_476d_1ce4_e5b9
            hash ^= hash >> 29
        }
        return Int(truncatingIfNeeded: hash >> 1)
    }
}
