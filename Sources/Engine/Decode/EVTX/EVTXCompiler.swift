/// Turns binary XML into steps: reads each token once, resolves every name to a field.
///
/// - Input: a template's definition, or content that stands in a record without a template.
/// - Output: steps appended to an ``EVTXPrograms``; `System`'s first, whatever their order was.
/// - Throws: ``DecodeFailure`` with the offset of the token, when it cannot be what it says.
/// - Source: [MS-EVEN6] §2.2.12.
struct EVTXCompiler {
    struct Part {
        enum Kind: UInt8 { case literal, value }
        var kind: Kind
        /// A substitution's index, or where the literal starts.
        var index: UInt32
        var count: UInt32

        var literal: Range<Int> { Int(index)..<Int(index + count) }
    }

    struct Element {
        var name: EVTXNames.Entry
        /// Of the element itself, and of what is in it.
        var outer: EVTXScope
        var inner: EVTXScope
        /// The field that its text becomes.
        var field: FieldID
        /// The substitution that names it, when its name is not fixed.
        var namedBy: UInt32?
        var firstPart: Int
        var hasChild = false
        var hasAttribute = false
        var isNamed = false
    }

    var elements: [Element] = []
    var parts: [Part] = []
    /// The attribute being read and its first part.
    var attribute: EVTXNames.Entry?
    var attributeFirstPart = 0
    var dataField: FieldID?
    var steps: [EVTXStep] = []
    var trace = EVTXTrace()
    var warnings = EVTXWarnings()

    /// Compiles `range`. `hasDependencies`: elements carry a dependency identifier, as they do in
    /// template definitions.
    mutating func compile(
        _ range: Range<Int>, of bytes: EVTXBytes, scope: EVTXScope, hasDependencies: Bool,
        known: inout EVTXNames, names: inout FieldNames, into programs: inout EVTXPrograms
    ) throws(DecodeFailure) -> Range<Int> {
        elements.removeAll(keepingCapacity: true)
        parts.removeAll(keepingCapacity: true)
        steps.removeAll(keepingCapacity: true)
        attribute = nil
        // Only definitions are worth knowing again; content of records comes once.
        trace.begin(at: range.lowerBound, isKept: hasDependencies)
        var at = range.lowerBound
        while at < range.upperBound {
            guard programs.tokensLeft > 0 else {
                throw DecodeFailure(offset: at, reason: "EVTX chunk with too many tokens")
            }
            programs.tokensLeft -= 1
            let token = bytes.u8(orZero: at)
            if token == 0 { break }
            switch token {
            case 0x01, 0x41:
                at = try openElement(
                    at, bytes, scope, hasDependencies: hasDependencies, known: &known,
                    names: &names)
            case 0x02:
                try closeAttribute(at, known: &known, names: &names, programs: &programs)
                at += 1
            case 0x03, 0x04:
                try closeAttribute(at, known: &known, names: &names, programs: &programs)
                try closeElement(at, known: &known, names: &names, programs: programs)
                at += 1
            case 0x06, 0x46:
                try closeAttribute(at, known: &known, names: &names, programs: &programs)
                let (name, next) = try name(at + 1, bytes, known: &known, names: &names)
                attribute = name
                attributeFirstPart = parts.count
                at = next
            default:
                at = try content(
                    token, at, bytes, scope, known: &known, names: &names, programs: &programs)
            }
            guard at <= range.upperBound else {
                throw DecodeFailure(offset: at, reason: "EVTX token beyond its fragment")
            }
        }
        guard elements.isEmpty, attribute == nil else {
            throw DecodeFailure(offset: at, reason: "EVTX element not closed")
        }
        let isExact = at >= range.upperBound
        trace.end(at: isExact ? at : at + 1, isExact: isExact, of: bytes)
        finishText()
        return place(into: &programs)
    }

    /// Text that stands outside of any element of a fragment.
    private mutating func finishText() {
        // A lone substitution at the root of a template is a fragment: `<Event>` itself.
        for part in parts where part.kind == .value {
            steps.append(
                EVTXStep(
                    kind: .value, scope: .root, field: FieldNames.overflow, index: part.index))
        }
        parts.removeAll(keepingCapacity: true)
    }

    /// Moves the steps to their place, System's first: of two equal names a rule sees System's
    /// first.
    private func place(into programs: inout EVTXPrograms) -> Range<Int> {
        let start = programs.steps.count
        for step in steps where step.inSystem { programs.steps.append(step) }
        for step in steps where !step.inSystem { programs.steps.append(step) }
        return start..<programs.steps.count
    }

    // MARK: names and elements

    /// The name that the token's body at `offset` refers to, and where the token goes on.
    mutating func name(
        _ offset: Int, _ bytes: EVTXBytes, known: inout EVTXNames, names: inout FieldNames
    ) throws(DecodeFailure) -> (EVTXNames.Entry, next: Int) {
        guard bytes.holds(4, at: offset) else {
            throw DecodeFailure(offset: offset, reason: "EVTX name outside its bounds")
        }
        let target = Int(bytes.u32(orZero: offset))
        let entry = try known.entry(at: target, in: bytes, names: &names, warnings: &warnings)
        let next = EVTXNames.end(ofReference: offset, to: target, entry)
        trace.name(at: offset, next: next, entry, of: bytes)
        return (entry, next)
    }

    private mutating func openElement(
        _ offset: Int, _ bytes: EVTXBytes, _ scope: EVTXScope, hasDependencies: Bool,
        known: inout EVTXNames, names: inout FieldNames
    ) throws(DecodeFailure) -> Int {
        guard elements.count < EVTX.elementDepthMax else {
            throw DecodeFailure(offset: offset, reason: "EVTX elements nested too deeply")
        }
        try closeAttributeLeftOpen(offset)
        let body = offset + (hasDependencies ? 7 : 5)
        trace.size(at: body - 4, of: bytes)
        var (entry, next) = try name(body, bytes, known: &known, names: &names)
        if bytes.u8(orZero: offset) == 0x41 {
            trace.size(at: next, of: bytes)
            next += 4
        }
        let outer = elements.last?.inner ?? scope
        if !elements.isEmpty { elements[elements.count - 1].hasChild = true }
        var field = entry.field
        if outer == .rendering && entry.word != .message {
            let prefix = names.intern("RenderingInfo")
            field = known.pair(prefix, field, names: &names)
        }
        elements.append(
            Element(
                name: entry, outer: outer, inner: outer.child(entry.word), field: field,
                firstPart: parts.count))
        return next
    }

    private func closeAttributeLeftOpen(_ offset: Int) throws(DecodeFailure) {
        if attribute != nil {
            throw DecodeFailure(offset: offset, reason: "EVTX element within an attribute")
        }
    }

    private mutating func closeElement(
        _ offset: Int, known: inout EVTXNames, names: inout FieldNames, programs: EVTXPrograms
    ) throws(DecodeFailure) {
        guard let element = elements.popLast() else {
            throw DecodeFailure(offset: offset, reason: "EVTX end of an element never opened")
        }
        defer { dropParts(from: element.firstPart) }
        let inSystem = element.inner == .system
        var model = EVTXStep(kind: .null, scope: element.inner, field: element.field)
        model.inSystem = inSystem
        let content = element.firstPart..<parts.count
        let isFrame = element.outer == .root || element.outer == .event
        if content.isEmpty && (isFrame || inSystem || element.hasChild || element.hasAttribute) {
            return
        }
        model.omitsNull = isFrame
        if element.hasChild && isBlank(content, programs) { return }
        if let index = element.namedBy {
            steps.append(
                EVTXStep(kind: .name, scope: element.inner, field: element.field, index: index))
            model.isNamed = true
        }
        write(content, as: model)
    }

    /// Line breaks and indents between child elements are no value.
    private func isBlank(_ content: Range<Int>, _ programs: EVTXPrograms) -> Bool {
        for index in content {
            if parts[index].kind == .value { return false }
            for byte in parts[index].literal where programs.literals[byte] > 0x20 { return false }
        }
        return true
    }

    private mutating func dropParts(from first: Int) {
        while parts.count > first { parts.removeLast() }
    }

    // MARK: attributes

    private mutating func closeAttribute(
        _ offset: Int, known: inout EVTXNames, names: inout FieldNames,
        programs: inout EVTXPrograms
    ) throws(DecodeFailure) {
        guard let name = attribute else { return }
        let top = elements.count - 1
        guard top >= 0 else {
            throw DecodeFailure(offset: offset, reason: "EVTX attribute outside an element")
        }
        attribute = nil
        defer { dropParts(from: attributeFirstPart) }
        let content = attributeFirstPart..<parts.count
        if name.word == .namespace { return }
        let inSystem = elements[top].inner == .system
        let word = elements[top].name.word
        if word == .data && name.word == .name && !inSystem {
            try setName(from: content, at: offset, names: &names, programs: &programs)
            return
        }
        elements[top].hasAttribute = true
        if content.isEmpty { return }
        var model = EVTXStep(kind: .value, scope: elements[top].inner, field: name.field)
        model.omitsNull = true
        model.inSystem = inSystem
        if inSystem && name.word == .systemTime && word == .timeCreated {
            model.isTime = true
        } else if !(inSystem && name.word == .qualifiers && word == .eventID) {
            model.field = known.pair(elements[top].field, name.field, names: &names)
        }
        write(content, as: model)
    }

    /// Takes the value of the attribute `Name` as the name of the innermost element.
    private mutating func setName(
        from content: Range<Int>, at offset: Int, names: inout FieldNames,
        programs: inout EVTXPrograms
    ) throws(DecodeFailure) {
        let top = elements.count - 1
        if content.count == 1 && parts[content.lowerBound].kind == .value {
            elements[top].namedBy = parts[content.lowerBound].index
            return
        }
        // The name without its white space is put together behind the literals and not kept there.
        let start = programs.literalCount
        var end = start
        for index in content where parts[index].kind == .literal {
            try programs.reserveLiteral(end - start + Int(parts[index].count), at: offset)
            for byte in parts[index].literal where programs.literals[byte] > 0x20 {
                programs.literals[end] = programs.literals[byte]
                end += 1
            }
        }
        if end > start {
            let text = programs.literals.span.extracting(start..<end)
            elements[top].field = EVTXNames.intern(text, &names)
        }
    }

    // MARK: values

    /// Writes the steps for one value, whose name and place `model` has.
    private mutating func write(_ content: Range<Int>, as model: EVTXStep) {
        var step = model
        guard !content.isEmpty else {
            step.kind = .null
            steps.append(step)
            return
        }
        if content.count == 1 {
            let first = parts[content.lowerBound]
            step.kind = first.kind == .literal ? .literal : .value
            step.index = first.index
            step.count = first.count
            steps.append(step)
            return
        }
        step.kind = .open
        steps.append(step)
        for index in content {
            let part = parts[index]
            step.kind = part.kind == .literal ? .partLiteral : .partValue
            step.index = part.index
            step.count = part.count
            steps.append(step)
        }
        step.kind = .close
        steps.append(step)
    }
}
