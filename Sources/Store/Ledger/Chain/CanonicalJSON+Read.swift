extension CanonicalJSON {
    /// Where reading stopped, and why.
    package struct Failure: Error, Hashable, Sendable {
        package enum Reason: String, Hashable, Sendable {
            case unexpected, cutShort = "cut short", tooDeep = "too deep", tooLong = "too long"
            case notText = "not UTF-8", doubledName = "a name twice", range = "number out of range"
        }
        package let offset: Int
        package let reason: Reason
    }

    /// Reads one value; blanks around it are let pass, numbers with a fraction are not.
    ///
    /// - Input: at most `bytesMax` bytes, nested at most ``LedgerLimits/bodyDepthMax`` deep.
    package init(reading text: String, bytesMax: Int = LedgerLimits.bodyBytesMax) throws(Failure) {
        var reader = Reader(bytes: Array(text.utf8))
        guard reader.bytes.count <= bytesMax else {
            throw Failure(offset: bytesMax, reason: .tooLong)
        }
        self = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.at == reader.bytes.count else { throw reader.failure(.unexpected) }
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        func failure(_ reason: Failure.Reason) -> Failure {
            Failure(offset: at, reason: at >= bytes.count ? .cutShort : reason)
        }

        mutating func skipBlanks() {
            while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
        }

        private mutating func take(_ byte: Character) throws(Failure) {
            guard at < bytes.count, bytes[at] == byte.asciiValue else {
                throw failure(.unexpected)
            }
            at += 1
        }

        private mutating func takes(_ byte: Character) -> Bool {
            guard at < bytes.count, bytes[at] == byte.asciiValue else { return false }
            at += 1
            return true
        }

        mutating func value(depth: Int) throws(Failure) -> CanonicalJSON {
            guard depth < LedgerLimits.bodyDepthMax else { throw failure(.tooDeep) }
            skipBlanks()
            guard at < bytes.count else { throw failure(.cutShort) }
            switch bytes[at] {
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try list(depth: depth)
            case UInt8(ascii: "\""): return .text(try string())
            case UInt8(ascii: "t"): return try word("true", .flag(true))
            case UInt8(ascii: "f"): return try word("false", .flag(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: return try number()
            }
        }

        private mutating func word(
            _ word: String, _ value: CanonicalJSON
        ) throws(Failure) -> CanonicalJSON {
            for character in word { try take(character) }
            return value
        }

        private mutating func number() throws(Failure) -> CanonicalJSON {
            let start = at
            _ = takes("-")
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
            let digits = String(decoding: bytes[start..<at], as: UTF8.self)
            guard let number = Int64(digits), String(number) == digits else {
                throw at == start ? failure(.unexpected) : Failure(offset: start, reason: .range)
            }
            if at < bytes.count, [0x2E, 0x65, 0x45].contains(bytes[at]) { throw failure(.range) }
            return .integer(number)
        }

        private mutating func list(depth: Int) throws(Failure) -> CanonicalJSON {
            try take("[")
            var values: [CanonicalJSON] = []
            skipBlanks()
            if takes("]") { return .list(values) }
            repeat {
                values.append(try value(depth: depth + 1))
                skipBlanks()
            } while takes(",")
            try take("]")
            return .list(values)
        }

        private mutating func object(depth: Int) throws(Failure) -> CanonicalJSON {
            try take("{")
            var members: [String: CanonicalJSON] = [:]
            skipBlanks()
            if takes("}") { return .object(members) }
            repeat {
                skipBlanks()
                let name = try string()
                guard members[name] == nil else { throw failure(.doubledName) }
                skipBlanks()
                try take(":")
                members[name] = try value(depth: depth + 1)
                skipBlanks()
            } while takes(",")
            try take("}")
            return .object(members)
        }

        private mutating func string() throws(Failure) -> String {
            try take("\"")
            var text: [UInt8] = []
            while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
                guard bytes[at] >= 0x20 else { throw failure(.unexpected) }
                if bytes[at] == UInt8(ascii: "\\") {
                    at += 1
                    try escaped(into: &text)
                } else {
                    text.append(bytes[at])
                    at += 1
                }
            }
            try take("\"")
            guard let string = String(validating: text, as: UTF8.self) else {
                throw Failure(offset: at, reason: .notText)
            }
            return string
        }

        private mutating func escaped(into text: inout [UInt8]) throws(Failure) {
            guard at < bytes.count else { throw failure(.cutShort) }
            let letter = bytes[at]
            at += 1
            switch letter {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var code = try fourDigits()
                if (0xD800..<0xDC00).contains(code) {
                    try take("\\")
                    try take("u")
                    let low = try fourDigits()
                    guard (0xDC00..<0xE000).contains(low) else { throw failure(.notText) }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                }
                guard let scalar = Unicode.Scalar(code) else { throw failure(.notText) }
                text.append(contentsOf: Array(String(Character(scalar)).utf8))
            default: throw failure(.unexpected)
            }
        }

        private mutating func fourDigits() throws(Failure) -> UInt32 {
            guard at + 4 <= bytes.count else { throw Failure(offset: at, reason: .cutShort) }
            let digits = String(decoding: bytes[at..<(at + 4)], as: UTF8.self)
            guard digits.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
                let code = UInt32(digits, radix: 16)
            else { throw failure(.unexpected) }
            at += 4
            return code
        }
    }
}
