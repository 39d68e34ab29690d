/// Tokens that stand in the content of elements and in the values of attributes.
extension EVTXCompiler {
    /// Reads the token at `offset` and returns where the next one stands.
    mutating func content(
        _ token: UInt8, _ offset: Int, _ bytes: EVTXBytes, _ scope: EVTXScope,
        known: inout EVTXNames, names: inout FieldNames, programs: inout EVTXPrograms
    ) throws(DecodeFailure) -> Int {
        switch token {
        case 0x05, 0x45:
            return try value(offset, bytes, scope, programs: &programs)
        case 0x07, 0x47:
            return try text(offset + 1, bytes, programs: &programs)
        case 0x08, 0x48:
            try character(bytes.u16(orZero: offset + 1), offset, programs: &programs)
            return offset + 3
        case 0x09, 0x49:
            let (entry, next) = try name(offset + 1, bytes, known: &known, names: &names)
            try entity(names.name(entry.field), offset, programs: &programs)
            return next
        case 0x0a:
            return try name(offset + 1, bytes, known: &known, names: &names).next
        case 0x0b:
            return offset + 3 + Int(bytes.u16(orZero: offset + 1)) * 2
        case 0x0c:
            guard attribute == nil else {
                throw DecodeFailure(offset: offset, reason: "EVTX template within an attribute")
            }
            return try instance(offset + 1, bytes, scope)
        case 0x0d, 0x0e:
            let index = UInt32(bytes.u16(orZero: offset + 1))
            parts.append(Part(kind: .value, index: index, count: 0))
            return offset + 4
        case 0x0f:
            return offset + 4
        default:
            throw DecodeFailure(offset: offset, reason: "EVTX token unknown")
        }
    }

    /// A literal value: a counted string, or another type in its natural size.
    private mutating func value(
        _ offset: Int, _ bytes: EVTXBytes, _ scope: EVTXScope, programs: inout EVTXPrograms
    ) throws(DecodeFailure) -> Int {
        switch bytes.u8(orZero: offset + 1) {
        case 0x01:
            return try text(offset + 2, bytes, programs: &programs)
        case 0x21:
            let size = Int(bytes.u16(orZero: offset + 2))
            guard bytes.holds(size, at: offset + 4) else {
                throw DecodeFailure(offset: offset, reason: "EVTX fragment outside its bounds")
            }
            child(.fragment, at: offset + 4, count: size, scope)
            return offset + 4 + size
        default:
            throw DecodeFailure(offset: offset, reason: "EVTX literal of an unexpected type")
        }
    }

    /// A count of UTF-16 units and the units.
    private mutating func text(
        _ offset: Int, _ bytes: EVTXBytes, programs: inout EVTXPrograms
    ) throws(DecodeFailure) -> Int {
        let units = Int(bytes.u16(orZero: offset))
        guard bytes.holds(2 + units * 2, at: offset) else {
            throw DecodeFailure(offset: offset, reason: "EVTX text outside its bounds")
        }
        let start = programs.literalCount
        try programs.reserveLiteral(units * 3, at: offset)
        programs.literalCount += bytes.writeUTF16(
            offset + 2, units: units, into: &programs.literals, from: start)
        addLiteral(from: start, programs)
        return offset + 2 + units * 2
    }

    private mutating func character(
        _ code: UInt16, _ offset: Int, programs: inout EVTXPrograms
    ) throws(DecodeFailure) {
        let scalar = Unicode.Scalar(code) ?? "\u{fffd}"
        try add(String(Character(scalar)), offset, programs: &programs)
    }

    private mutating func entity(
        _ name: String, _ offset: Int, programs: inout EVTXPrograms
    ) throws(DecodeFailure) {
        switch name {
        case "lt": try add("<", offset, programs: &programs)
        case "gt": try add(">", offset, programs: &programs)
        case "amp": try add("&", offset, programs: &programs)
        case "quot": try add("\"", offset, programs: &programs)
        case "apos": try add("'", offset, programs: &programs)
        default: try add("&\(name);", offset, programs: &programs)
        }
    }

    private mutating func add(
        _ text: String, _ offset: Int, programs: inout EVTXPrograms
    ) throws(DecodeFailure) {
        let start = programs.literalCount
        try programs.reserveLiteral(text.utf8.count, at: offset)
        for byte in text.utf8 {
            programs.literals[programs.literalCount] = byte
            programs.literalCount += 1
        }
        addLiteral(from: start, programs)
    }

    /// Literals that follow one another become one part, so that most values have a single part.
    private mutating func addLiteral(from start: Int, _ programs: EVTXPrograms) {
        let count = UInt32(programs.literalCount - start)
        let floor = attribute == nil ? (elements.last?.firstPart ?? 0) : attributeFirstPart
        if parts.count > floor, let last = parts.last, last.kind == .literal,
            Int(last.index + last.count) == start
        {
            parts[parts.count - 1].count += count
        } else {
            parts.append(Part(kind: .literal, index: UInt32(start), count: count))
        }
    }

    /// A template instance among the content: it is run in its place; here it is passed over.
    private mutating func instance(
        _ offset: Int, _ bytes: EVTXBytes, _ scope: EVTXScope
    ) throws(DecodeFailure) -> Int {
        let instance = try EVTXInstance(at: offset, in: bytes, limit: bytes.count)
        var end = instance.values
        for index in 0..<instance.count {
            end += Int(bytes.u16(orZero: instance.descriptors + index * 4))
        }
        child(.instance, at: offset, count: 0, scope)
        return end
    }

    private mutating func child(
        _ kind: EVTXStep.Kind, at offset: Int, count: Int, _ scope: EVTXScope
    ) {
        trace.isPortable = false
        let inner = elements.last?.inner ?? scope
        if !elements.isEmpty { elements[elements.count - 1].hasChild = true }
        var step = EVTXStep(
            kind: kind, scope: inner, field: elements.last?.field ?? FieldNames.overflow,
            index: UInt32(offset), count: UInt32(count))
        step.inSystem = inner == .system
        steps.append(step)
    }
}

/// The fixed part of a template instance, checked against the bytes it stands in.
struct EVTXInstance {
    /// Where the template's definition stands in the chunk.
    var definition: Int
    /// Number of substitution values, where their descriptors and where the values themselves
    /// start.
    var count: Int
    var descriptors: Int
    var values: Int

    /// - Parameter offset: of the byte behind the token 0x0c.
    @inline(__always)
    init(at offset: Int, in bytes: EVTXBytes, limit: Int) throws(DecodeFailure) {
        definition = Int(bytes.u32(orZero: offset + 5))
        var at = offset + 9
        if definition == at {
            let size = Int(bytes.u32(orZero: at + 20))
            guard bytes.holds(size, at: at + 24) else {
                throw DecodeFailure(offset: at, reason: "EVTX template outside its bounds")
            }
            at += 24 + size
        }
        guard at <= limit - 4, limit <= bytes.count else {
            throw DecodeFailure(offset: offset, reason: "EVTX template instance cut off")
        }
        count = Int(bytes.u32(orZero: at))
        descriptors = at + 4
        guard count <= (limit - descriptors) / 4 else {
            throw DecodeFailure(offset: at, reason: "EVTX substitutions beyond the record")
        }
        values = descriptors + count * 4
    }
}
