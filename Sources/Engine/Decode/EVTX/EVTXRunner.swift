/// Runs compiled templates against a record's substitution values and writes the event's fields.
///
/// What is kept between records (names) and between the records of a chunk (programs) lives here,
/// so that a record costs a walk over its values and nothing else.
struct EVTXRunner {
    var known = EVTXNames()
    var programs = EVTXPrograms()
    var compiler = EVTXCompiler()
    /// Values of the record and of the fragments being run in it, innermost last.
    private var values = [EVTXValue](repeating: .null, count: 256)
    private var valueCount = 0
    /// Refuse a template whose GUID does not begin with the id that the record asks for: where
    /// records are carved, something else may stand at the offset now. One of that id that was seen
    /// elsewhere is taken in its place.
    var provesTemplates = false
    static let foreignTemplate = "EVTX template of another record"
    private var recordWork = EVTX.recordWorkMax
    private var chunkWork = EVTX.chunkWorkMax
    /// What a `name` step found, for the value that follows.
    private var name = FieldNames.overflow

    /// - Postcondition: nothing of another chunk is looked up again.
    /// `keepsBudget`: what the last chunk had left to spend is all that this one has too.
    mutating func beginChunk(_ names: FieldNames, keepsBudget: Bool = false) {
        let tokensLeft = programs.tokensLeft
        if !known.belongs(to: names) {
            // Another buffer, or other rules: what was interned means something else now.
            known = EVTXNames()
            programs = EVTXPrograms()
        }
        programs.beginChunk()
        if keepsBudget {
            programs.tokensLeft = tokensLeft
        } else {
            chunkWork = EVTX.chunkWorkMax
        }
    }

    mutating func beginRecord() {
        valueCount = 0
        recordWork = min(EVTX.recordWorkMax, chunkWork)
    }

    mutating func endRecord() {
        chunkWork -= min(EVTX.recordWorkMax, chunkWork) - max(recordWork, 0)
    }

    private mutating func work(_ amount: Int, at offset: Int) throws(DecodeFailure) {
        recordWork -= amount
        guard recordWork >= 0 else {
            throw DecodeFailure(offset: offset, reason: "EVTX record with too many values")
        }
    }

    // MARK: fragments

    /// Reads the binary XML in `range`: as a rule one template instance.
    mutating func fragment(
        _ range: Range<Int>, of bytes: EVTXBytes, scope: EVTXScope, depth: Int,
        into event: inout EventBuffer
    ) throws(DecodeFailure) {
        guard depth < EVTX.nestingMax else {
            throw DecodeFailure(
                offset: range.lowerBound, reason: "EVTX fragments nested too deeply")
        }
        var at = range.lowerBound
        if bytes.u8(orZero: at) == 0x0f { at += 4 }
        guard at < range.upperBound else { return }
        if bytes.u8(orZero: at) == 0x0c {
            try instance(
                at + 1, limit: range.upperBound, of: bytes, scope: scope, depth: depth,
                into: &event)
            return
        }
        try content(at..<range.upperBound, of: bytes, scope: scope, depth: depth, into: &event)
    }

    /// Content that is spelt out in the record, as forwarded events are: compiled, run, forgotten.
    private mutating func content(
        _ range: Range<Int>, of bytes: EVTXBytes, scope: EVTXScope, depth: Int,
        into event: inout EventBuffer
    ) throws(DecodeFailure) {
        let firstStep = programs.steps.count
        let firstLiteral = programs.literalCount
        let steps: Range<Int>
        do {
            steps = try compiler.compile(
                range, of: bytes, scope: scope, hasDependencies: false, known: &known,
                names: &event.names, into: &programs)
        } catch {
            // Some writers put dependency identifiers here too. The first error is the one to tell.
            do {
                steps = try compiler.compile(
                    range, of: bytes, scope: scope, hasDependencies: true, known: &known,
                    names: &event.names, into: &programs)
            } catch _ {
                throw error
            }
        }
        let programCount = programs.programs.count
        let base = valueCount
        try run(steps, base: base, count: 0, of: bytes, depth: depth, into: &event)
        // A template compiled meanwhile stands behind these steps: then they stay with the chunk.
        if programs.programs.count == programCount && programs.steps.count == steps.upperBound {
            programs.steps.removeLast(programs.steps.count - firstStep)
            programs.literalCount = firstLiteral
        }
    }

    /// Runs the template instance whose token stands in front of `offset`.
    private mutating func instance(
        _ offset: Int, limit: Int, of bytes: EVTXBytes, scope: EVTXScope, depth: Int,
        into event: inout EventBuffer
    ) throws(DecodeFailure) {
        let instance = try EVTXInstance(at: offset, in: bytes, limit: limit)
        let steps: Range<Int>
        let id = bytes.u32(orZero: offset + 1)
        if provesTemplates, id != bytes.u32(orZero: instance.definition + 4) {
            guard let known = programs.cache.find(id: id, scope: scope) else {
                throw DecodeFailure(offset: offset, reason: Self.foreignTemplate)
            }
            steps = known
        } else {
            steps = try program(instance.definition, of: bytes, scope: scope, &event.names)
        }
        let base = valueCount
        let count = instance.count
        guard base + count <= EVTX.substitutionsMax else {
            throw DecodeFailure(offset: offset, reason: "EVTX record with too many values")
        }
        try work(count, at: offset)
        while values.count < base + count {
            values.append(contentsOf: repeatElement(.null, count: values.count))
        }
        var at = instance.values
        for index in 0..<count {
            let descriptor = bytes.u32(orZero: instance.descriptors + index * 4)
            let size = UInt16(truncatingIfNeeded: descriptor)
            let type = UInt8(truncatingIfNeeded: descriptor >> 16)
            values[base + index] = EVTXValue(
                offset: UInt32(truncatingIfNeeded: at), size: size, type: type)
            at += Int(size)
        }
        guard at <= limit else {
            throw DecodeFailure(offset: offset, reason: "EVTX values beyond the record")
        }
        valueCount = base + count
        try run(steps, base: base, count: count, of: bytes, depth: depth, into: &event)
        valueCount = base
    }

    private mutating func program(
        _ offset: Int, of bytes: EVTXBytes, scope: EVTXScope, _ names: inout FieldNames
    ) throws(DecodeFailure) -> Range<Int> {
        if let steps = programs.find(offset, scope) { return steps }
        let size = Int(bytes.u32(orZero: offset + 20))
        guard offset >= EVTX.chunkHeaderBytes, bytes.holds(24, at: offset),
            bytes.holds(size, at: offset + 24)
        else {
            throw DecodeFailure(offset: offset, reason: "EVTX template outside its bounds")
        }
        if let steps = programs.cache.find(
            offset, size: size, of: bytes, scope: scope, known: known)
        {
            try programs.add(offset, scope, steps: steps)
            return steps
        }
        let steps = try compiler.compile(
            offset + 24..<offset + 24 + size, of: bytes, scope: scope, hasDependencies: true,
            known: &known, names: &names, into: &programs)
        try programs.add(offset, scope, steps: steps)
        programs.keep(offset, of: bytes, scope: scope, compiler.trace, steps: steps)
        return steps
    }

    // MARK: steps

    private mutating func run(
        _ steps: Range<Int>, base: Int, count: Int, of bytes: EVTXBytes, depth: Int,
        into event: inout EventBuffer
    ) throws(DecodeFailure) {
        var valueStart = 0
        var hasPart = false
        for position in steps {
            let step = programs.steps[position]
            let index = Int(step.index)
            try work(1, at: 0)
            switch step.kind {
            case .value:
                let value = index < count ? values[base + index] : .null
                try emit(value, step, of: bytes, depth: depth, into: &event)
            case .literal:
                try work(Int(step.count), at: 0)
                event.append(field(step), programs.literals.span.extracting(step.literal))
                if step.isTime { setTime(.null, of: nil, in: &event) }
            case .null:
                event.appendNull(field(step))
            case .open:
                valueStart = event.beginValue()
                hasPart = false
            case .partLiteral:
                try work(Int(step.count), at: 0)
                event.put(programs.literals.span.extracting(step.literal))
                hasPart = true
            case .partValue:
                let value = index < count ? values[base + index] : .null
                if value.isNull { continue }
                try work(Int(value.size), at: Int(value.offset))
                putJoined(value, of: bytes, into: &event)
                hasPart = true
            case .close:
                close(step, from: valueStart, hasPart: hasPart, into: &event)
            case .name:
                let value = index < count ? values[base + index] : .null
                try work(Int(value.size), at: Int(value.offset))
                name = dynamicName(value, of: bytes, fallback: step.field, &event.names)
            case .instance:
                guard depth + 1 < EVTX.nestingMax else {
                    throw DecodeFailure(offset: index, reason: "EVTX fragments nested too deeply")
                }
                try instance(
                    index, limit: bytes.count, of: bytes, scope: step.scope, depth: depth + 1,
                    into: &event)
            case .fragment:
                try fragment(
                    index..<index + Int(step.count), of: bytes, scope: step.scope,
                    depth: depth + 1, into: &event)
            }
        }
    }

    @inline(__always)
    private func field(_ step: EVTXStep) -> FieldID { step.isNamed ? name : step.field }

    /// Writes one value that is alone in its element or attribute.
    @inline(__always)
    private mutating func emit(
        _ value: EVTXValue, _ step: EVTXStep, of bytes: EVTXBytes, depth: Int,
        into event: inout EventBuffer
    ) throws(DecodeFailure) {
        try work(Int(value.size), at: Int(value.offset))
        if value.isNull {
            if !step.omitsNull { event.appendNull(field(step)) }
            return
        }
        if value.type == 0x21 {
            let start = Int(value.offset)
            try fragment(
                start..<start + Int(value.size), of: bytes, scope: step.scope, depth: depth + 1,
                into: &event)
            return
        }
        let field = field(step)
        if value.isArray {
            // One field for each item: a rule then matches any of them.
            value.forEachItem(of: bytes) { item in
                let start = event.beginValue()
                item.put(of: bytes, into: &event)
                event.endValue(field, from: start, kind: item.kind)
            }
            return
        }
        let start = event.beginValue()
        value.put(of: bytes, into: &event)
        event.endValue(field, from: start, kind: value.kind)
        if step.isTime { setTime(value, of: bytes, in: &event) }
    }

    private func putJoined(
        _ value: EVTXValue, of bytes: EVTXBytes, into event: inout EventBuffer
    ) {
        guard value.isArray else { return value.put(of: bytes, into: &event) }
        var isFirst = true
        value.forEachItem(of: bytes) { item in
            if !isFirst { event.put(0x2c) }
            isFirst = false
            item.put(of: bytes, into: &event)
        }
    }

    private func close(
        _ step: EVTXStep, from start: Int, hasPart: Bool, into event: inout EventBuffer
    ) {
        if hasPart {
            event.endValue(field(step), from: start)
            if step.isTime { setTime(.null, of: nil, in: &event) }
        } else if !step.omitsNull {
            event.appendNull(field(step))
        }
    }

    /// The event's time, from the value just written.
    private func setTime(_ value: EVTXValue, of bytes: EVTXBytes?, in event: inout EventBuffer) {
        if let bytes, value.type == 0x11, value.size == 8 {
            event.time = EVTXTime.timestamp(filetime: bytes.u64(orZero: Int(value.offset)))
            return
        }
        let field = event.field(at: event.fieldCount - 1)
        if let time = EVTXDigits.timestamp(field, in: event) { event.time = time }
    }

    private func dynamicName(
        _ value: EVTXValue, of bytes: EVTXBytes, fallback: FieldID, _ names: inout FieldNames
    ) -> FieldID {
        guard value.type == 0x01, value.size <= EVTX.nameUnitsMax * 2 else { return fallback }
        var text: [UInt8] = []
        bytes.appendUTF16(Int(value.offset), units: Int(value.size) / 2, to: &text)
        guard text.contains(where: { $0 > 0x20 }) else { return fallback }
        return EVTXNames.field(of: text[...], names: &names)
    }
}
