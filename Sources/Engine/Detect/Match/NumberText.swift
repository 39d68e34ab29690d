/// Numbers as logs write them.
enum NumberText {
    /// - Input: decimal with optional sign, fraction and exponent, or `0x` and hex digits; at most
    ///   64 bytes; nothing around it.
    /// - Output: nil when it is no such number or not finite.
    static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        guard !bytes.isEmpty, bytes.count <= 64 else { return nil }
        if bytes.count > 2, unsafe bytes[0] == UInt8(ascii: "0"),
            unsafe bytes[1] | 0x20 == UInt8(ascii: "x")
        {
            return unsafe hex(bytes)
        }
        var index = 0
        var negative = false
        if unsafe bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") {
            negative = unsafe bytes[0] == UInt8(ascii: "-")
            index = 1
        }
        var whole: UInt64 = 0
        let start = index
        while index < bytes.count, unsafe bytes[index] &- UInt8(ascii: "0") < 10 {
            guard index - start < 18 else { return unsafe slowly(bytes) }
            whole = unsafe whole * 10 + UInt64(bytes[index] - UInt8(ascii: "0"))
            index += 1
        }
        if index == bytes.count, index > start {
            return negative ? -Double(whole) : Double(whole)
        }
        return unsafe slowly(bytes)
    }

    private static func hex(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        guard bytes.count <= 18 else { return nil }
        var value: UInt64 = 0
        for index in 2..<bytes.count {
            let byte = unsafe bytes[index]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt64(digit)
        }
        return Double(value)
    }

    private static func slowly(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        for index in bytes.indices {
            switch unsafe bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
                continue
            default: return nil
            }
        }
        guard let number = unsafe Double(String(decoding: bytes, as: UTF8.self)), number.isFinite
        else { return nil }
        return number
    }
}
