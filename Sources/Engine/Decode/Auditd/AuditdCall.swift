/// The system call of an audit event.
struct AuditdCall {
    /// What an open did to the file it names.
    enum Writing { case none, write, overwrite }

    var number: Int?
    var arch: UInt32?
    /// The call's name, where an enriched or interpreted log has it.
    var text: Range<Int>?
    /// Nil when the record does not say.
    var success: Bool?
    /// It returned EINPROGRESS.
    var inProgress = false
    private var second, third: Range<Int>?

    /// Takes one field of a SYSCALL record; false when it is none of the call's.
    mutating func note(_ token: AuditdToken, _ bytes: Span<UInt8>) -> Bool {
        let key = token.name
        let value = token.value
        if bytes.equals("success", key) {
            success = bytes.equals("yes", value)
        } else if bytes.equals("exit", key) {
            inProgress =
                bytes.equals("-115", value)
                || bytes.has("EINPROGRESS", at: value.lowerBound, before: value.upperBound)
        } else if bytes.equals("arch", key) {
            arch = Self.arch(bytes, value)
        } else if bytes.equals("syscall", key) {
            var digits = TextScanner(bytes, value)
            number = digits.number(1, 5)
            if number == nil { text = value }
        } else if bytes.equals("SYSCALL", key) {
            text = value
        } else if bytes.equals("a1", key) {
            second = value
        } else if bytes.equals("a2", key) {
            third = value
        } else {
            return false
        }
        return true
    }

    /// The name by number; nil when the log itself has the name or the number is unknown.
    var nameByNumber: StaticString? {
        guard text == nil, let number, let arch else { return nil }
        return AuditdSyscalls.name(arch: arch, number: number)
    }

    func isNamed(_ name: StaticString, _ bytes: Span<UInt8>) -> Bool {
        if let text { return bytes.equals(name, text) }
        guard let known = nameByNumber, known.utf8CodeUnitCount == name.utf8CodeUnitCount else {
            return false
        }
        // Both are literals of the same length.
        for index in 0..<name.utf8CodeUnitCount
        where unsafe known.utf8Start[index] != name.utf8Start[index] {
            return false
        }
        return true
    }

    /// Told by the flags of open(2), the same on every architecture that is known by number.
    func writing(_ bytes: Span<UInt8>) -> Writing {
        if isNamed("creat", bytes) || isNamed("truncate", bytes) { return .overwrite }
        guard let flags = isNamed("open", bytes) ? second : isNamed("openat", bytes) ? third : nil
        else { return .none }
        let value = Self.hexadecimal(bytes, flags) ?? 0
        let writes =
            value & 3 != 0 || bytes.contains("O_WRONLY", in: flags)
            || bytes.contains("O_RDWR", in: flags)
        guard writes else { return .none }
        return value & 0x200 != 0 || bytes.contains("O_TRUNC", in: flags) ? .overwrite : .write
    }

    private static func arch(_ bytes: Span<UInt8>, _ value: Range<Int>) -> UInt32? {
        if bytes.equals("x86_64", value) { return 0xc000_003e }
        if bytes.equals("aarch64", value) { return 0xc000_00b7 }
        return hexadecimal(bytes, value)
    }

    private static func hexadecimal(_ bytes: Span<UInt8>, _ value: Range<Int>) -> UInt32? {
        guard (1...8).contains(value.count) else { return nil }
        var code: UInt32 = 0
        for index in value {
            guard let digit = Ascii.hex(bytes[index]) else { return nil }
            code = code << 4 | UInt32(digit)
        }
        return code
    }
}
