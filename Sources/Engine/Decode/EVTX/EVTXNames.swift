/// The words of the event schema that decide how a record becomes fields.
enum EVTXWord: UInt8 {
    case other
    case event, system, eventData, userData, renderingInfo
    case data, eventID, timeCreated, message
    case name, systemTime, qualifiers, namespace

    init(_ name: String) {
        switch name {
        case "Event": self = .event
        case "System": self = .system
        case "EventData": self = .eventData
        case "UserData": self = .userData
        case "RenderingInfo": self = .renderingInfo
        case "Data": self = .data
        case "EventID": self = .eventID
        case "TimeCreated": self = .timeCreated
        case "Message": self = .message
        case "Name": self = .name
        case "SystemTime": self = .systemTime
        case "Qualifiers": self = .qualifiers
        case "xmlns": self = .namespace
        default: self = name.hasPrefix("xmlns:") ? .namespace : .other
        }
    }
}

/// Element and attribute names met so far, found again by their UTF-16 bytes.
///
/// They outlive the chunk, so that a name is converted and interned once in a decoder's life. The
/// field ids are those of one event buffer's ``FieldNames``.
///
/// - Bounds: ``countMax`` names of at most `EVTX.nameUnitsMax` units; what is beyond is looked at
///   anew each time.
struct EVTXNames {
    static let countMax = 16_384
    static let textBytesMax = 4 << 20

    struct Entry {
        var hash: UInt32
        var start: UInt32
        var bytes: UInt32
        /// The local name without white space.
        var field: FieldID
        var word: EVTXWord
        /// Its text is kept, to be compared with later.
        var isKept = true
    }

    private var entries: [Entry] = []
    private var text: [UInt8] = []
    /// The field of the newest entry.
    private var witness: (FieldID, String)?
    private var table = [UInt16](repeating: .max, count: 32_768)
    /// Fields named after two names, such as `Provider_Name`.
    private var pairs: [UInt64: FieldID] = [:]

    /// Whether `names` are those that the fields here were interned in: their last name is there.
    func belongs(to names: FieldNames) -> Bool {
        guard let (field, name) = witness else { return true }
        return Int(field.rawValue) < names.count && names.name(field) == name
    }

    /// Reads the name structure at `offset`: next (4), hash (2), units (2), text, NUL.
    mutating func entry(
        at offset: Int, in bytes: EVTXBytes, names: inout FieldNames, warnings: inout EVTXWarnings
    ) throws(DecodeFailure) -> Entry {
        let units = Int(bytes.u16(orZero: offset + 6))
        guard units > 0, units <= EVTX.nameUnitsMax, bytes.holds(units * 2, at: offset + 8) else {
            throw DecodeFailure(offset: offset, reason: "EVTX name outside its bounds")
        }
        var slot = Self.slot(offset + 8, units: units, in: bytes)
        let stated = bytes.u16(orZero: offset + 4)
        while table[slot] != .max {
            let known = entries[Int(table[slot])]
            if Int(known.bytes) == units * 2,
                bytes.equals(offset + 8, size: units * 2, text, from: Int(known.start))
            {
                if UInt16(truncatingIfNeeded: known.hash) != stated { warnings.nameHashes += 1 }
                return known
            }
            slot = (slot + 1) & 32_767
        }
        var hash: UInt32 = 0
        for index in 0..<units {
            hash = hash &* 65599 &+ UInt32(bytes.u16(orZero: offset + 8 + index * 2))
        }
        if UInt16(truncatingIfNeeded: hash) != stated { warnings.nameHashes += 1 }
        var utf8: [UInt8] = []
        bytes.appendUTF16(offset + 8, units: units, to: &utf8)
        var entry = Entry(
            hash: hash, start: UInt32(text.count), bytes: UInt32(units * 2),
            field: Self.field(ofLocal: utf8, names: &names),
            word: EVTXWord(String(decoding: utf8, as: UTF8.self)))
        witness = (entry.field, names.name(entry.field))
        if entries.count < Self.countMax && text.count < Self.textBytesMax {
            table[slot] = UInt16(entries.count)
            entries.append(entry)
            bytes.append(offset + 8, size: units * 2, to: &text)
        } else {
            entry.isKept = false
        }
        return entry
    }

    /// Where in the table a name is looked for: by its length, first and last four units.
    private static func slot(_ offset: Int, units: Int, in bytes: EVTXBytes) -> Int {
        let first = bytes.number(at: offset, size: min(units * 2, 8))
        let last = bytes.u64(orZero: offset + max(0, units * 2 - 8))
        var mixed = first &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(units)
        if units >= 4 { mixed = (mixed ^ (mixed >> 32) ^ last) &* 0xbf58_476d_1ce4_e5b9 }
        return Int(truncatingIfNeeded: mixed >> 48) & 32_767
    }

    /// Whether the name structure at `offset` holds the name of `entry`.
    func isEqual(_ entry: Entry, at offset: Int, in bytes: EVTXBytes) -> Bool {
        Int(bytes.u16(orZero: offset + 6)) * 2 == Int(entry.bytes)
            && bytes.equals(
                offset + 8, size: Int(entry.bytes), text, from: Int(entry.start))
    }

    /// Where a token goes on behind its reference to a name. A name's first use holds the name:
    /// 8 bytes, the text, a NUL.
    static func end(ofReference offset: Int, to target: Int, _ entry: Entry) -> Int {
        target == offset + 4 ? offset + 14 + Int(entry.bytes) : offset + 4
    }

    /// A name without its namespace prefix and without white space, as rules write it.
    static func field(ofLocal name: [UInt8], names: inout FieldNames) -> FieldID {
        let local = name.lastIndex(of: 0x3a).map { $0 + 1 } ?? 0
        return field(of: local < name.count ? name[local...] : name[...], names: &names)
    }

    /// A name without white space: Defender's `Threat Name` is `ThreatName` to rules.
    static func field(of name: ArraySlice<UInt8>, names: inout FieldNames) -> FieldID {
        let clean = name.filter { $0 > 0x20 }
        return intern(clean.span, &names)
    }

    static func intern(_ name: Span<UInt8>, _ names: inout FieldNames) -> FieldID {
        name.count > EVTX.fieldNameBytesMax ? FieldNames.overflow : names.intern(name)
    }

    /// `first_second`.
    mutating func pair(_ first: FieldID, _ second: FieldID, names: inout FieldNames) -> FieldID {
        let key = UInt64(first.rawValue) << 32 | UInt64(second.rawValue)
        if let known = pairs[key] { return known }
        let text = "\(names.name(first))_\(names.name(second))"
        let field = Self.intern(text.utf8Span.span, &names)
        if pairs.count < Self.countMax { pairs[key] = field }
        return field
    }
}
