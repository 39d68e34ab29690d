/// Compiled templates that outlive their chunk.
///
/// The same template stands in chunk after chunk, each time with other offsets to its names. A
/// template is taken from here only when its definition was compared with the one that was
/// compiled: all bytes that decide, and every name. Its GUID alone would let one file forge
/// another's events.
///
/// - Bounds: emptied when it holds ``templatesMax`` templates or ``plainBytesMax`` bytes.
struct EVTXTemplateCache {
    static let templatesMax = 4096
    static let plainBytesMax = 4 << 20

    /// Bytes that must be equal, and what stands behind them.
    struct Segment {
        enum Kind: UInt8 {
            /// Four bytes that depend on where names stand: sizes of elements and attribute lists.
            case size
            /// A reference to a name, perhaps with the name.
            case name
            /// The definition ends here.
            case end
            /// The definition ends here, and so does its stated size.
            case exactEnd
        }
        var kind: Kind
        var plain: UInt32
        var name: EVTXNames.Entry?
    }

    private struct Template {
        var key: UInt64
        var scope: EVTXScope
        var firstSegment: Int
        var firstPlain: Int
        var steps: Range<Int>
        /// Another template of the same slot, or -1.
        var next: Int32
    }

    private var templates: [Template] = []
    private var segments: [Segment] = []
    private var plain: [UInt8] = []
    private var table = [Int32](repeating: -1, count: 1024)
    /// Templates by the first four bytes of their GUID, for carving.
    private var byID: [UInt64: Range<Int>] = [:]

    var isFull: Bool {
        templates.count >= Self.templatesMax || plain.count > Self.plainBytesMax
            || segments.count > Self.plainBytesMax / 16
    }

    mutating func removeAll() {
        templates.removeAll()
        segments.removeAll()
        plain.removeAll()
        byID.removeAll()
        for index in table.indices { table[index] = -1 }
    }

    private static func id(_ id: UInt32, _ scope: EVTXScope) -> UInt64 {
        UInt64(id) << 8 | UInt64(scope.rawValue)
    }

    /// A template whose GUID begins with `id`: good enough for a record whose own template is gone,
    /// and for nothing else, since whoever wrote the bytes chose the id.
    func find(id: UInt32, scope: EVTXScope) -> Range<Int>? { byID[Self.id(id, scope)] }

    private static func key(_ definition: Int, _ bytes: EVTXBytes) -> UInt64 {
        let mixed =
            bytes.u64(orZero: definition + 4) ^ bytes.u64(orZero: definition + 12) &* 0x9e37_79b9
        return mixed ^ (mixed >> 29)
    }

    /// The steps of the definition at `definition`, whose body of `size` bytes is known to lie
    /// within the chunk; nil when it is not known.
    func find(
        _ definition: Int, size: Int, of bytes: EVTXBytes, scope: EVTXScope, known: EVTXNames
    ) -> Range<Int>? {
        let key = Self.key(definition, bytes)
        var index = Int(table[Int(key & 1023)])
        // A forged file could chain many templates under one GUID: the search is short.
        for _ in 0..<8 where index >= 0 {
            let template = templates[index]
            if template.key == key, template.scope == scope,
                isEqual(template, definition + 24, size: size, of: bytes, known: known)
            {
                return template.steps
            }
            index = Int(template.next)
        }
        return nil
    }

    private func isEqual(
        _ template: Template, _ start: Int, size: Int, of bytes: EVTXBytes, known: EVTXNames
    ) -> Bool {
        var at = start
        var plainAt = template.firstPlain
        var index = template.firstSegment
        while true {
            let segment = segments[index]
            let count = Int(segment.plain)
            guard at + count <= start + size,
                bytes.equals(at, size: count, plain, from: plainAt)
            else { return false }
            at += count
            plainAt += count
            index += 1
            switch segment.kind {
            case .size: at += 4
            case .name:
                guard let name = segment.name else { return false }
                let target = Int(bytes.u32(orZero: at))
                guard known.isEqual(name, at: target, in: bytes) else { return false }
                at = EVTXNames.end(ofReference: at, to: target, name)
            case .end: return true
            case .exactEnd: return at == start + size
            }
        }
    }

    mutating func add(
        _ definition: Int, of bytes: EVTXBytes, scope: EVTXScope, _ trace: EVTXTrace,
        steps: Range<Int>
    ) {
        byID[Self.id(bytes.u32(orZero: definition + 4), scope)] = steps
        let key = Self.key(definition, bytes)
        let slot = Int(key & 1023)
        let template = Template(
            key: key, scope: scope, firstSegment: segments.count, firstPlain: plain.count,
            steps: steps, next: table[slot])
        table[slot] = Int32(templates.count)
        templates.append(template)
        segments += trace.segments
        plain += trace.plain
    }
}

/// What a compilation read, kept so that the cache can recognise the same definition elsewhere.
struct EVTXTrace {
    private(set) var segments: [EVTXTemplateCache.Segment] = []
    private(set) var plain: [UInt8] = []
    private var marked = 0
    /// False when the steps mean something in this chunk only.
    var isPortable = true

    private var isKept = false

    mutating func begin(at offset: Int, isKept: Bool) {
        self.isKept = isKept
        segments.removeAll(keepingCapacity: true)
        plain.removeAll(keepingCapacity: true)
        marked = offset
        isPortable = true
    }

    private mutating func close(
        _ kind: EVTXTemplateCache.Segment.Kind, at offset: Int, next: Int, of bytes: EVTXBytes,
        name: EVTXNames.Entry? = nil
    ) {
        guard isKept else { return }
        let count = max(0, offset - marked)
        bytes.append(marked, size: count, to: &plain)
        segments.append(
            EVTXTemplateCache.Segment(kind: kind, plain: UInt32(count), name: name))
        marked = next
    }

    mutating func size(at offset: Int, of bytes: EVTXBytes) {
        close(.size, at: offset, next: offset + 4, of: bytes)
    }

    mutating func name(at offset: Int, next: Int, _ entry: EVTXNames.Entry, of bytes: EVTXBytes) {
        if !entry.isKept { isPortable = false }
        close(.name, at: offset, next: next, of: bytes, name: entry)
    }

    mutating func end(at offset: Int, isExact: Bool, of bytes: EVTXBytes) {
        close(isExact ? .exactEnd : .end, at: offset, next: offset, of: bytes)
    }
}
