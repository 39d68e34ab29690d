/// What a value was before it became text. Matching is on the text, except for `null`.
package enum ValueKind: UInt8, Sendable { case string, number, boolean, null }

/// One field of the event in an ``EventBuffer``.
package struct EventField: Sendable {
    package var name: FieldID
    /// Where the value's UTF-8 bytes start: in the source when ``inSource``, else in the arena.
    package var start: UInt32
    package var count: UInt32
    package var kind: ValueKind
    package var inSource: Bool
    /// The next field with the same name, or `EventBuffer.none`.
    package var next: UInt16
}

/// One decoded event, in a buffer that is used again for the next.
///
/// A decoder calls ``begin(source:)`` with the bytes of its block, then appends fields in the order
/// of the record. A value is either a range of those bytes (no copy) or bytes copied into the
/// buffer's own arena. The block must stay where it is until the event has been processed.
///
/// - Bounds: ``fieldsMax`` fields, ``arenaBytesMax`` bytes; what is beyond is counted in
///   ``truncatedFields`` and left out, never the whole event.
/// - Allocation: none in steady state; the arena keeps its size.
@safe
package struct EventBuffer: ~Copyable {
    package static let fieldsMax = 4096
    package static let arenaBytesMax = 16 << 20
    package static let none = UInt16.max

    package var names: FieldNames
    /// When the event happened; nil while the decoder does not know (mappings may name a field).
    package var time: Timestamp?
    /// EVTX EventRecordID, else the 1-based line (or 1-based position in an array of records).
    package var recordNumber: UInt64 = 0
    /// Where the record starts in its file (after decompression), for evidence.
    package var recordOffset: UInt64 = 0
    /// The record's own bytes within the source; empty when it has no contiguous text form.
    package var rawRange: Range<Int> = 0..<0
    package private(set) var truncatedFields = 0
    package private(set) var fieldCount = 0

    private var sourceLow = Int.max
    private var sourceHigh = 0
    /// False where every byte of the arena that a search may look for stands in the source too.
    var arenaHidesText = true
    private var fields: UnsafeMutablePointer<EventField>
    private var source: UnsafePointer<UInt8>?
    private var sourceCount = 0
    private var arena: UnsafeMutablePointer<UInt8>
    private var arenaCount = 0
    private var arenaCapacity: Int
    private var slots: UnsafeMutablePointer<Slot>
    private var slotCapacity: Int
    private var epoch: UInt32 = 0

    private struct Slot {
        var epoch: UInt32
        var first: UInt16
        var last: UInt16
    }

    /// JSON paths met so far; kept here because each leads to a field of ``names``.
    var paths: PathTrie

    package init(names: FieldNames, paths rules: PathRules = PathRules([])) {
        self.names = names
        paths = PathTrie(rules: rules)
        unsafe fields = .allocate(capacity: Self.fieldsMax)
        arenaCapacity = 64 << 10
        unsafe arena = .allocate(capacity: arenaCapacity)
        slotCapacity = 4096
        unsafe slots = .allocate(capacity: slotCapacity)
        unsafe slots.initialize(
            repeating: Slot(epoch: 0, first: Self.none, last: Self.none), count: slotCapacity)
    }

    deinit {
        unsafe fields.deallocate()
        unsafe arena.deallocate()
        unsafe slots.deallocate()
    }

    /// Empties the buffer for the next event of the block whose bytes are `source`.
    package mutating func begin(source bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe source = $0.baseAddress
            sourceCount = $0.count
        }
        fieldCount = 0
        arenaCount = 0
        truncatedFields = 0
        time = nil
        recordNumber = 0
        recordOffset = 0
        rawRange = 0..<0
        sourceLow = .max
        sourceHigh = 0
        arenaHidesText = true
        startEpoch()
    }

    // MARK: appending

    /// Appends a value that stands in the source as it is.
    package mutating func append(
        _ name: FieldID, sourceRange: Range<Int>, kind: ValueKind = .string
    ) {
        precondition(
            sourceRange.lowerBound >= 0 && sourceRange.upperBound <= sourceCount,
            "a value must lie within the block")
        add(name, start: sourceRange.lowerBound, count: sourceRange.count, kind, inSource: true)
    }

    /// Appends a copy of `value`.
    package mutating func append(_ name: FieldID, _ value: Span<UInt8>, kind: ValueKind = .string) {
        let start = arenaCount
        guard reserve(value.count) else { return }
        unsafe value.withUnsafeBufferPointer {
            if let base = $0.baseAddress {
                unsafe (arena + start).update(from: base, count: $0.count)
            }
        }
        arenaCount += value.count
        add(name, start: start, count: value.count, kind, inSource: false)
    }

    package mutating func append(_ name: FieldID, _ value: String, kind: ValueKind = .string) {
        append(name, value.utf8Span.span, kind: kind)
    }

    package mutating func appendNull(_ name: FieldID) {
        add(name, start: arenaCount, count: 0, .null, inSource: false)
    }

    /// Builds a value piece by piece: call ``beginValue()``, ``put(_:)`` any number of times, then
    /// ``endValue(_:kind:)``.
    package mutating func beginValue() -> Int { arenaCount }

    package mutating func put(_ byte: UInt8) {
        guard reserve(1) else { return }
        unsafe arena[arenaCount] = byte
        arenaCount += 1
    }

    package mutating func put(_ bytes: Span<UInt8>) {
        guard reserve(bytes.count) else { return }
        let start = arenaCount
        unsafe bytes.withUnsafeBufferPointer {
            if let base = $0.baseAddress {
                unsafe (arena + start).update(from: base, count: $0.count)
            }
        }
        arenaCount += bytes.count
    }

    package mutating func put(_ text: StaticString) {
        guard reserve(text.utf8CodeUnitCount) else { return }
        unsafe (arena + arenaCount).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        arenaCount += text.utf8CodeUnitCount
    }

    /// Lets `body` write at most `count` bytes in place; it returns how many it wrote.
    mutating func put(atMost count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        guard reserve(count) else { return }
        let written = unsafe body(arena + arenaCount)
        precondition(written >= 0 && written <= count, "a writer must stay within its room")
        arenaCount += written
    }

    package mutating func endValue(_ name: FieldID, from start: Int, kind: ValueKind = .string) {
        add(name, start: start, count: arenaCount - start, kind, inSource: false)
    }

    /// - Parameter primary: becomes the first under its name, whatever is there already.
    @inline(__always)
    mutating func add(
        _ name: FieldID, start: Int, count: Int, _ kind: ValueKind, inSource: Bool,
        primary: Bool = false
    ) {
        guard fieldCount < Self.fieldsMax else {
            truncatedFields += 1
            return
        }
        let id = Int(name.rawValue)
        if id >= slotCapacity { growSlots(toHold: id) }
        if inSource {
            if start < sourceLow { sourceLow = start }
            if start + count > sourceHigh { sourceHigh = start + count }
        }
        let index = UInt16(fieldCount)
        var next = Self.none
        if unsafe slots[id].epoch == epoch {
            if primary {
                next = unsafe slots[id].first
                unsafe slots[id].first = index
            } else {
                unsafe fields[Int(slots[id].last)].next = index
                unsafe slots[id].last = index
            }
        } else {
            unsafe slots[id] = Slot(epoch: epoch, first: index, last: index)
        }
        unsafe fields[fieldCount] = EventField(
            name: name, start: UInt32(start), count: UInt32(count), kind: kind,
            inSource: inSource, next: next)
        fieldCount += 1
    }

    /// ``add(_:start:count:_:inSource:primary:)`` for a node of ``paths``: its field has a slot
    /// already, and its record's own range, which holds every value, is set when it is whole.
    ///
    /// Safety: ``pathNode(under:key:)`` made the slot; blocks and the arena are below 4 GiB.
    @inline(__always)
    mutating func place(
        _ node: UInt32, start: Int, count: Int, _ kind: ValueKind, inSource: Bool
    ) {
        guard fieldCount < Self.fieldsMax else {
            truncatedFields += 1
            return
        }
        let name = unsafe paths.nodes[Int(node)].field
        let index = UInt16(truncatingIfNeeded: fieldCount)
        let slot = unsafe slots + Int(name.rawValue)
        var next = Self.none
        if unsafe slot.pointee.epoch != epoch {
            unsafe slot.pointee = Slot(epoch: epoch, first: index, last: index)
        } else if unsafe paths.nodes[Int(node)].traits.contains(.primary) {
            next = unsafe slot.pointee.first
            unsafe slot.pointee.first = index
        } else {
            unsafe fields[Int(slot.pointee.last)].next = index
            unsafe slot.pointee.last = index
        }
        unsafe fields[fieldCount] = EventField(
            name: name, start: UInt32(truncatingIfNeeded: start),
            count: UInt32(truncatingIfNeeded: count), kind: kind, inSource: inSource, next: next)
        fieldCount += 1
    }

    /// Gives fields new names: by id, the new id plus one, 0 where there is no answer.
    ///
    /// - Returns: an id without an answer, nothing being changed then; nil when it is done.
    mutating func rename(by table: [UInt32]) -> FieldID? {
        var changes = false
        for index in 0..<fieldCount {
            let name = unsafe fields[index].name
            let id = Int(name.rawValue)
            guard id < table.count, table[id] != 0 else { return name }
            if table[id] - 1 != name.rawValue { changes = true }
        }
        guard changes else { return nil }
        startEpoch()
        for index in 0..<fieldCount {
            let name = unsafe FieldID(rawValue: table[Int(fields[index].name.rawValue)] - 1)
            let id = Int(name.rawValue)
            if id >= slotCapacity { growSlots(toHold: id) }
            unsafe fields[index].name = name
            unsafe fields[index].next = Self.none
            let position = UInt16(index)
            if unsafe slots[id].epoch == epoch {
                unsafe fields[Int(slots[id].last)].next = position
                unsafe slots[id].last = position
            } else {
                unsafe slots[id] = Slot(epoch: epoch, first: position, last: position)
            }
        }
        return nil
    }

    /// Makes all slots empty.
    private mutating func startEpoch() {
        epoch &+= 1
        if epoch == 0 {
            epoch = 1
            for index in 0..<slotCapacity { unsafe slots[index].epoch = 0 }
        }
    }

    /// Values that were placed stand in `range` of the source, too, outside of the record's own bytes.
    mutating func widenSource(to range: Range<Int>) {
        sourceLow = min(sourceLow, range.lowerBound)
        sourceHigh = max(sourceHigh, range.upperBound)
    }

    // MARK: for decoders of this room that write values in place

    var arenaMark: Int { arenaCount }
    var arenaEnd: UnsafeMutablePointer<UInt8> { unsafe arena + arenaCount }

    mutating func commit(_ count: Int) {
        precondition(arenaCount + count <= arenaCapacity, "written past the reservation")
        arenaCount += count
    }

    mutating func pathNode(under parent: UInt32, key: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let node = unsafe paths.node(under: parent, key: key, names: &names)
        let id = unsafe Int(paths.nodes[Int(node)].field.rawValue)
        if id >= slotCapacity { growSlots(toHold: id) }
        return node
    }

    /// The node of a pair's name; nil where it is new and there may be no more of them.
    mutating func pairNode(
        under parent: UInt32, _ name: UnsafeBufferPointer<UInt8>
    ) -> UInt32? {
        if let known = unsafe paths.find(under: parent, key: name) { return known }
        guard paths.pairs.takeName() else { return nil }
        return unsafe pathNode(under: parent, key: name)
    }

    mutating func pathNode(under parent: UInt32, arenaKeyAt start: Int, count: Int) -> UInt32 {
        unsafe pathNode(
            under: parent, key: UnsafeBufferPointer(start: arena + start, count: count))
    }

    /// Makes room for `count` bytes behind what is committed.
    @inline(__always)
    mutating func reserve(_ count: Int) -> Bool {
        arenaCount + count <= arenaCapacity || grow(by: count)
    }

    private mutating func grow(by count: Int) -> Bool {
        guard arenaCount + count <= Self.arenaBytesMax else {
            truncatedFields += 1
            return false
        }
        let capacity = max(arenaCapacity * 2, arenaCount + count)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        unsafe larger.update(from: arena, count: arenaCount)
        unsafe arena.deallocate()
        unsafe arena = larger
        arenaCapacity = capacity
        return true
    }

    private mutating func growSlots(toHold id: Int) {
        let capacity = max(slotCapacity * 2, id + 1)
        let larger = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
        unsafe larger.initialize(
            repeating: Slot(epoch: 0, first: Self.none, last: Self.none), count: capacity)
        unsafe larger.update(from: slots, count: slotCapacity)
        unsafe slots.deallocate()
        unsafe slots = larger
        slotCapacity = capacity
    }

    /// The part of the source that holds every value taken from it, and the record's own bytes.
    var sourceBytes: UnsafeBufferPointer<UInt8> {
        let low = rawRange.isEmpty ? sourceLow : min(sourceLow, rawRange.lowerBound)
        let high = max(sourceHigh, rawRange.upperBound)
        guard let source = unsafe source, low < high else {
            return unsafe UnsafeBufferPointer(start: nil, count: 0)
        }
        return unsafe UnsafeBufferPointer(start: source + low, count: high - low)
    }

    var arenaBytes: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: arena, count: arenaCount)
    }

    // MARK: reading

    package func field(at index: Int) -> EventField {
        precondition(index < fieldCount, "field index beyond the event")
        return unsafe fields[index]
    }

    /// The first field with this name; follow `next` for more. Nil when absent.
    package func first(_ name: FieldID) -> Int? {
        let id = Int(name.rawValue)
        guard id < slotCapacity, unsafe slots[id].epoch == epoch else { return nil }
        return unsafe Int(slots[id].first)
    }

    /// Absent (`first` is nil), or without any value but null.
    func isNull(_ first: Int?) -> Bool {
        var index = first
        while let current = index {
            let field = field(at: current)
            if field.kind != .null { return false }
            index = field.next == Self.none ? nil : Int(field.next)
        }
        return true
    }

    /// Makes the whole record a value without a name, so that keywords search it: for records that
    /// are lines of text, where what stands between the fields belongs to the message.
    mutating func appendRawLine() {
        guard !rawRange.isEmpty else { return }
        add(
            FieldNames.overflow, start: rawRange.lowerBound, count: rawRange.count, .string,
            inSource: true)
    }

    /// Lends the value's bytes; they are gone when the next event begins.
    package func withBytes<R>(of field: EventField, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R
    {
        unsafe body(bytes(of: field))
    }

    func bytes(of field: EventField) -> UnsafeBufferPointer<UInt8> {
        if field.inSource {
            guard let source = unsafe source else {
                return unsafe UnsafeBufferPointer(start: nil, count: 0)
            }
            return unsafe UnsafeBufferPointer(
                start: source + Int(field.start), count: Int(field.count))
        }
        return unsafe UnsafeBufferPointer(
            start: arena + Int(field.start), count: Int(field.count))
    }

    /// The value as text, invalid UTF-8 replaced. For tests and cold paths.
    package func text(_ name: String) -> String? {
        guard let id = names.find(name), let index = first(id) else { return nil }
        return unsafe String(decoding: bytes(of: field(at: index)), as: UTF8.self)
    }

    /// An owned copy that outlives the buffer.
    package func retained(source reference: RecordReference) -> RetainedEvent {
        var entries: [RetainedEvent.Field] = []
        entries.reserveCapacity(fieldCount)
        var total = 0
        for index in 0..<fieldCount {
            let field = unsafe fields[index]
            if field.name == FieldNames.overflow { continue }
            entries.append(
                .init(
                    name: names.name(field.name), start: UInt32(total), count: field.count,
                    kind: field.kind))
            total += Int(field.count)
        }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: total) { memory, count in
            for index in 0..<fieldCount {
                let field = unsafe fields[index]
                if field.name == FieldNames.overflow { continue }
                let value = unsafe self.bytes(of: field)
                guard let from = value.baseAddress, let to = memory.baseAddress else { continue }
                unsafe (to + count).update(from: from, count: value.count)
                count += value.count
            }
        }
        var raw: [UInt8] = []
        if !rawRange.isEmpty, let source = unsafe source {
            unsafe raw.append(
                contentsOf: UnsafeBufferPointer(
                    start: source + rawRange.lowerBound, count: rawRange.count))
        }
        return RetainedEvent(
            reference: reference, time: time, fields: entries, bytes: bytes, raw: raw)
    }
}
