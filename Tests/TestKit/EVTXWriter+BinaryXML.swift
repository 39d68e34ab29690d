/// Binary XML to be written: an element, or something in its content.
package indirect enum EVTXNode: Hashable, Sendable {
    package struct Attribute: Hashable, Sendable {
        package var name: String
        package var content: [EVTXNode]

        package init(name: String, content: [EVTXNode]) {
            self.name = name
            self.content = content
        }
    }

    case element(String, [Attribute], [EVTXNode])
    case text(String)
    case substitution(Int, type: UInt8, optional: Bool = false)
    case cdata(String)
    case character(UInt16)
    case entity(String)
    case instruction(target: String, data: String)
    /// A template instance in the content.
    case instance(EVTXNode, [EVTXValue])
    /// Tokens as they stand.
    case raw([UInt8])
}

/// A substitution value: its type and how it is written.
package indirect enum EVTXValue: Hashable, Sendable {
    case null
    case string(String)
    case units([UInt16])
    case ansi([UInt8])
    case int8(Int8), uint8(UInt8), int16(Int16), uint16(UInt16)
    case int32(Int32), uint32(UInt32), int64(Int64), uint64(UInt64)
    case real32(Float), real64(Double)
    case boolean(Int32)
    case binary([UInt8])
    case guid([UInt8])
    case size32(UInt32), size64(UInt64)
    case filetime(UInt64)
    /// Year, month, day of the week, day, hour, minute, second, millisecond.
    case systemTime([UInt16])
    case sid(authority: UInt8, [UInt32])
    case hex32(UInt32), hex64(UInt64)
    case strings([String])
    /// Items of one type, whose bytes follow one another.
    case array([EVTXValue])
    /// A fragment that is an instance of a template.
    case fragment(EVTXNode, [EVTXValue])
    /// A fragment that is spelt out.
    case content(EVTXNode)
    case raw(type: UInt8, [UInt8])

    package var type: UInt8 {
        switch self {
        case .null: 0x00
        case .string, .units: 0x01
        case .ansi: 0x02
        case .int8: 0x03
        case .uint8: 0x04
        case .int16: 0x05
        case .uint16: 0x06
        case .int32: 0x07
        case .uint32: 0x08
        case .int64: 0x09
        case .uint64: 0x0a
        case .real32: 0x0b
        case .real64: 0x0c
        case .boolean: 0x0d
        case .binary: 0x0e
        case .guid: 0x0f
        case .size32, .size64: 0x10
        case .filetime: 0x11
        case .systemTime: 0x12
        case .sid: 0x13
        case .hex32: 0x14
        case .hex64: 0x15
        case .fragment, .content: 0x21
        case .strings: 0x81
        case .array(let items): 0x80 | (items.first?.type ?? 0x01)
        case .raw(let type, _): type
        }
    }

    /// The value's bytes; nil for fragments, whose bytes depend on where they stand.
    var plain: [UInt8]? {
        var bytes: [UInt8] = []
        switch self {
        case .null: break
        case .string(let text): for unit in text.utf16 { bytes.add(unit) }
        case .units(let units): for unit in units { bytes.add(unit) }
        case .ansi(let text), .binary(let text), .guid(let text), .raw(_, let text): bytes = text
        case .int8(let value): bytes.add(value)
        case .uint8(let value): bytes.add(value)
        case .int16(let value): bytes.add(value)
        case .uint16(let value): bytes.add(value)
        case .int32(let value), .boolean(let value): bytes.add(value)
        case .uint32(let value), .hex32(let value), .size32(let value): bytes.add(value)
        case .int64(let value): bytes.add(value)
        case .uint64(let value), .hex64(let value), .size64(let value), .filetime(let value):
            bytes.add(value)
        case .real32(let value): bytes.add(value.bitPattern)
        case .real64(let value): bytes.add(value.bitPattern)
        case .systemTime(let parts): for part in parts { bytes.add(part) }
        case .sid(let authority, let parts):
            bytes = [1, UInt8(parts.count), 0, 0, 0, 0, 0, authority]
            for part in parts { bytes.add(part) }
        case .strings(let items):
            for item in items {
                for unit in item.utf16 { bytes.add(unit) }
                bytes.add(UInt16(0))
            }
        case .array(let items): for item in items { bytes += item.plain ?? [] }
        case .fragment, .content: return nil
        }
        return bytes
    }
}

extension EVTXWriter.Chunk {
    /// Writes a fragment that instantiates `template`, with its definition when it is new here.
    mutating func writeInstance(_ template: EVTXNode, _ values: [EVTXValue]) {
        bytes += [0x0f, 1, 1, 0]
        writeInstanceToken(template, values)
        bytes.append(0)
    }

    private mutating func writeInstanceToken(_ template: EVTXNode, _ values: [EVTXValue]) {
        // The id must be the same in each run: a hash of the description, not Swift's seeded one.
        let id = EVTXWriter.crc32(Array("\(template)".utf8)[...])
        bytes += [0x0c, 1]
        bytes.add(id)
        if let known = templates[template] {
            bytes.add(UInt32(known))
        } else {
            let definition = bytes.count + 4
            templates[template] = definition
            bytes.add(UInt32(definition))
            let bucket = Int(id % 32)
            bytes.add(templateBuckets[bucket])
            templateBuckets[bucket] = UInt32(definition)
            bytes.add(id)
            bytes += [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
            bytes.add(UInt32(0))
            bytes += [0x0f, 1, 1, 0]
            write(template, inTemplate: true)
            bytes.append(0)
            bytes.put(UInt32(bytes.count - definition - 24), at: definition + 20)
        }
        bytes.add(UInt32(values.count))
        let descriptors = bytes.count
        for value in values {
            bytes.add(UInt16(0))
            bytes.append(value.type)
            bytes.append(0)
        }
        for (index, value) in values.enumerated() {
            let start = bytes.count
            switch value {
            case .fragment(let template, let values): writeInstance(template, values)
            case .content(let node):
                bytes += [0x0f, 1, 1, 0]
                write(node, inTemplate: false)
                bytes.append(0)
            default: bytes += value.plain ?? []
            }
            bytes.put(UInt16(bytes.count - start), at: descriptors + index * 4)
        }
    }

    /// Writes a token; elements in templates carry a dependency identifier.
    mutating func write(_ node: EVTXNode, inTemplate: Bool, more: Bool = false) {
        let flag: UInt8 = more ? 0x40 : 0
        switch node {
        case .element(let name, let attributes, let content):
            writeElement(name, attributes, content, inTemplate)
        case .text(let text):
            bytes += [0x05 | flag, 0x01]
            writeCounted(text)
        case .cdata(let text):
            bytes.append(0x07 | flag)
            writeCounted(text)
        case .character(let code):
            bytes.append(0x08 | flag)
            bytes.add(code)
        case .entity(let name):
            bytes.append(0x09 | flag)
            writeName(name)
        case .instruction(let target, let data):
            bytes.append(0x0a)
            writeName(target)
            bytes.append(0x0b)
            writeCounted(data)
        case .substitution(let index, let type, let optional):
            bytes.append(optional ? 0x0e : 0x0d)
            bytes.add(UInt16(index))
            bytes.append(type)
        case .instance(let template, let values): writeInstanceToken(template, values)
        case .raw(let tokens): bytes += tokens
        }
    }

    private mutating func writeElement(
        _ name: String, _ attributes: [EVTXNode.Attribute], _ content: [EVTXNode],
        _ inTemplate: Bool
    ) {
        bytes.append(attributes.isEmpty ? 0x01 : 0x41)
        if inTemplate { bytes.add(UInt16.max) }
        let size = bytes.count
        bytes.add(UInt32(0))
        writeName(name)
        if !attributes.isEmpty {
            let list = bytes.count
            bytes.add(UInt32(0))
            for (index, attribute) in attributes.enumerated() {
                bytes.append(index == attributes.count - 1 ? 0x06 : 0x46)
                writeName(attribute.name)
                for part in attribute.content { write(part, inTemplate: inTemplate) }
            }
            bytes.put(UInt32(bytes.count - list - 4), at: list)
        }
        if content.isEmpty {
            bytes.append(0x03)
        } else {
            bytes.append(0x02)
            for node in content { write(node, inTemplate: inTemplate) }
            bytes.append(0x04)
        }
        bytes.put(UInt32(bytes.count - size - 4), at: size)
    }

    private mutating func writeName(_ name: String) {
        if let known = names[name] {
            bytes.add(UInt32(known))
            return
        }
        let offset = bytes.count + 4
        names[name] = offset
        bytes.add(UInt32(offset))
        var hash: UInt32 = 0
        for unit in name.utf16 { hash = hash &* 65599 &+ UInt32(unit) }
        let bucket = Int(UInt16(truncatingIfNeeded: hash)) % 64
        bytes.add(nameBuckets[bucket])
        nameBuckets[bucket] = UInt32(offset)
        bytes.add(UInt16(truncatingIfNeeded: hash))
        writeCounted(name)
        bytes.add(UInt16(0))
    }

    private mutating func writeCounted(_ text: String) {
        bytes.add(UInt16(text.utf16.count))
        for unit in text.utf16 { bytes.add(unit) }
    }
}
