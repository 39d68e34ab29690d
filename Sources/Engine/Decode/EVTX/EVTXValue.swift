/// Where a substitution value stands in its chunk, and what it is.
struct EVTXValue {
    var offset: UInt32
    var size: UInt16
    /// A type of [MS-EVEN6] §2.2.17; 0x80 is added for an array of it.
    var type: UInt8

    static let null = EVTXValue(offset: 0, size: 0, type: 0)

    var isArray: Bool { type & 0x80 != 0 }

    /// Null, or a type that cannot be shown; strings are never null, only empty.
    @inline(__always)
    var isNull: Bool { size == 0 ? type != 0x01 && type != 0x02 : type == 0 }

    /// What the value's text is to a comparison.
    @inline(__always)
    var kind: ValueKind {
        switch type & 0x7f {
        case 0x03...0x0c: return .number
        case 0x0d: return .boolean
        default: return .string
        }
    }

    /// Puts the text of a value that is no array and not null; ``docs/formats/evtx.md`` has the
    /// forms.
    @inline(__always)
    func put(of bytes: EVTXBytes, into event: inout EventBuffer) {
        let at = Int(offset)
        let size = Int(self.size)
        switch type {
        case 0x01, 0x23: bytes.putUTF16(at, units: size / 2, into: &event)
        case 0x08: putUnsigned(bytes, at: at, size: min(size, 4), into: &event)
        case 0x04: putUnsigned(bytes, at: at, size: min(size, 1), into: &event)
        case 0x06: putUnsigned(bytes, at: at, size: min(size, 2), into: &event)
        case 0x0a: putUnsigned(bytes, at: at, size: min(size, 8), into: &event)
        case 0x14:
            EVTXDigits.hexadecimal(bytes.number(at: at, size: min(size, 4)), into: &event)
        case 0x15, 0x10, 0x20:
            EVTXDigits.hexadecimal(bytes.number(at: at, size: min(size, 8)), into: &event)
        default: putRare(of: bytes, at: at, size: size, into: &event)
        }
    }

    /// A value that is larger than its type counts with the bytes of its type only.
    @inline(__always)
    private func putUnsigned(
        _ bytes: EVTXBytes, at: Int, size: Int, into event: inout EventBuffer
    ) {
        EVTXDigits.decimal(bytes.number(at: at, size: size), negative: false, into: &event)
    }

    private func putRare(
        of bytes: EVTXBytes, at: Int, size: Int, into event: inout EventBuffer
    ) {
        switch type {
        case 0x02: bytes.putANSI(at, size: size, into: &event)
        case 0x03, 0x05, 0x07, 0x09:
            // The types stand in the order of their sizes: 1, 2, 4, 8.
            let size = min(size, 1 << ((Int(type) - 3) / 2))
            let value = signed(bytes.number(at: at, size: size), size: size)
            EVTXDigits.decimal(value.magnitude, negative: value < 0, into: &event)
        case 0x0b where size == 4:
            let text = Float(bitPattern: bytes.u32(orZero: at)).description
            event.put(text.utf8Span.span)
        case 0x0c where size == 8:
            let text = Double(bitPattern: bytes.u64(orZero: at)).description
            event.put(text.utf8Span.span)
        case 0x0d:
            let size = min(size, 4)
            putBoolean(bytes.number(at: at, size: size), size: size, into: &event)
        case 0x0f where size == 16:
            EVTXDigits.guid(
                low: bytes.u64(orZero: at), high: bytes.u64(orZero: at + 8), into: &event)
        case 0x11 where size == 8: EVTXTime.put(filetime: bytes.u64(orZero: at), into: &event)
        case 0x12 where size == 16: EVTXTime.putSystemTime(bytes, at: at, into: &event)
        case 0x13 where size >= 8: putSID(bytes, at: at, size: size, into: &event)
        default: bytes.putHex(at, size: size, into: &event)
        }
    }

    /// Windows means true by every number but 0; one that is not 1 is shown as it stands, since
    /// it tells of a broken or foreign writer.
    private func putBoolean(_ value: UInt64, size: Int, into event: inout EventBuffer) {
        if value <= 1 {
            event.put(value == 0 ? "false" : "true")
        } else {
            let number = signed(value, size: size)
            EVTXDigits.decimal(number.magnitude, negative: number < 0, into: &event)
        }
    }

    private func signed(_ value: UInt64, size: Int) -> Int64 {
        switch size {
        case 1: return Int64(Int8(truncatingIfNeeded: value))
        case 2: return Int64(Int16(truncatingIfNeeded: value))
        case 4: return Int64(Int32(truncatingIfNeeded: value))
        default: return Int64(bitPattern: value)
        }
    }

    private func putSID(_ bytes: EVTXBytes, at: Int, size: Int, into event: inout EventBuffer) {
        let authority =
            UInt64(bytes.u16(orZero: at + 2).byteSwapped) << 32
            | UInt64(bytes.u32(orZero: at + 4).byteSwapped)
        event.put("S-")
        EVTXDigits.decimal(UInt64(bytes.u8(orZero: at)), negative: false, into: &event)
        event.put(0x2d)
        EVTXDigits.decimal(authority, negative: false, into: &event)
        let parts = min(Int(bytes.u8(orZero: at + 1)), (size - 8) / 4)
        for index in 0..<parts {
            event.put(0x2d)
            let part = bytes.u32(orZero: at + 8 + index * 4)
            EVTXDigits.decimal(UInt64(part), negative: false, into: &event)
        }
    }

    // MARK: arrays

    /// Calls `body` for each item of an array, in order.
    ///
    /// Items have their type's size; strings end with a NUL, the last perhaps without; SIDs say how
    /// long they are. Types whose items cannot be told apart are one item.
    func forEachItem(of bytes: EVTXBytes, _ body: (EVTXValue) -> Void) {
        let type = type & 0x7f
        var at = Int(offset)
        let end = at + Int(size)
        while at < end {
            let length = itemSize(type, at: at, end: end, bytes)
            let shown = type == 0x01 ? length.text : length.whole
            body(EVTXValue(offset: UInt32(at), size: UInt16(shown), type: type))
            at += length.whole
        }
    }

    private func itemSize(
        _ type: UInt8, at: Int, end: Int, _ bytes: EVTXBytes
    ) -> (text: Int, whole: Int) {
        var size = end - at
        switch type {
        case 0x01:
            var text = 0
            while text + 2 <= size, bytes.u16(orZero: at + text) != 0 { text += 2 }
            return (text, text + 2 <= size ? text + 2 : size)
        case 0x02:
            var text = 0
            while text < size, bytes.u8(orZero: at + text) != 0 { text += 1 }
            return (text, min(text + 1, size))
        case 0x03, 0x04: size = 1
        case 0x05, 0x06: size = 2
        case 0x07, 0x08, 0x0b, 0x0d, 0x14: size = 4
        case 0x09, 0x0a, 0x0c, 0x11, 0x15: size = 8
        case 0x0f, 0x12: size = 16
        case 0x10: size = Int(self.size) % 8 == 0 ? 8 : 4
        case 0x13: size = 8 + 4 * Int(bytes.u8(orZero: at + 1))
        default: break
        }
        let whole = min(size, end - at)
        return (whole, whole)
    }
}
