/// JA3 and JA4 of a client's hello.
extension ClientHello {
    /// What JA3 is the MD5 of.
    ///
    /// - Source: Salesforce, "TLS Fingerprinting with JA3 and JA3S".
    package var ja3Text: String {
        func list(_ values: [UInt16]) -> String {
            values.filter { !Self.isGrease($0) }.map(String.init).joined(separator: "-")
        }
        return [
            String(version), list(ciphers), list(extensions), list(curves),
            pointFormats.map { String($0) }.joined(separator: "-"),
        ].joined(separator: ",")
    }

    package var ja3: [UInt8] { hexText(MD5.digest(Array(ja3Text.utf8))) }

    /// Of TLS over TCP.
    ///
    /// - Source: FoxIO, "JA4: TLS Client Fingerprinting", technical details.
    package var ja4: [UInt8] {
        let suites = ciphers.filter { !Self.isGrease($0) }
        let known = extensions.filter { !Self.isGrease($0) }
        let first = versions.filter { !Self.isGrease($0) }.max() ?? version
        var text = "t" + Self.versionName(first) + (extensions.contains(0) ? "d" : "i")
        text += Self.twoDigits(suites.count) + Self.twoDigits(known.count) + alpn
        text += "_" + Self.shortHash(Self.hexList(suites.sorted()))
        var sorted = Self.hexList(known.filter { $0 != 0 && $0 != 16 }.sorted())
        let algorithms = Self.hexList(signatures.filter { !Self.isGrease($0) })
        if !algorithms.isEmpty { sorted += "_" + algorithms }
        text += "_" + Self.shortHash(sorted)
        return Array(text.utf8)
    }

    /// First and last letter of the first protocol; `00` where there is none. Where one of them is neither letter nor digit, the first and
    /// the last hexadecimal digit of the whole.
    private var alpn: String {
        guard let first = firstProtocol.first, let last = firstProtocol.last else { return "00" }
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: false
            }
        }
        if isPlain(first), isPlain(last) { return String(decoding: [first, last], as: UTF8.self) }
        let digits = hexText(firstProtocol)
        return String(decoding: [digits[0], digits[digits.count - 1]], as: UTF8.self)
    }

    private static func versionName(_ version: UInt16) -> String {
        switch version {
        case 0x0304: "13"
        case 0x0303: "12"
        case 0x0302: "11"
        case 0x0301: "10"
        case 0x0300: "s3"
        case 0x0002: "s2"
        default: "00"
        }
    }

    private static func twoDigits(_ count: Int) -> String {
        let bounded = min(count, 99)
        return bounded < 10 ? "0\(bounded)" : "\(bounded)"
    }

    private static func hexList(_ values: [UInt16]) -> String {
        values.map {
            String(
                decoding: hexText([UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)]), as: UTF8.self)
        }.joined(separator: ",")
    }

    private static func shortHash(_ text: String) -> String {
        guard !text.isEmpty else { return "000000000000" }
        var stream = SHA256Stream()
        stream.update(Array(text.utf8).span)
        return String(decoding: hexText(stream.digest()).prefix(12), as: UTF8.self)
    }
}

/// MD5, which JA3 is made with. It protects nothing here.
///
/// - Source: RFC 1321.
package enum MD5 {
    package static func digest(_ message: [UInt8]) -> [UInt8] {
        var bytes = message + [0x80]
        while bytes.count % 64 != 56 { bytes.append(0) }
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: (UInt64(message.count) * 8) >> UInt64(shift)))
        }
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
        for start in stride(from: 0, to: bytes.count, by: 64) {
            let words = (0..<16).map { bytes.span.load32(start + 4 * $0) }
            add(round(state, words), to: &state)
        }
        return state.flatMap { word in
            stride(from: 0, to: 32, by: 8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private static func add(_ words: [UInt32], to state: inout [UInt32]) {
        for index in state.indices { state[index] &+= words[index] }
    }

    private static func round(_ state: [UInt32], _ words: [UInt32]) -> [UInt32] {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        for step in 0..<64 {
            let mixed: UInt32
            let index: Int
            switch step / 16 {
            case 0: (mixed, index) = (b & c | ~b & d, step)
            case 1: (mixed, index) = (d & b | ~d & c, (5 * step + 1) % 16)
            case 2: (mixed, index) = (b ^ c ^ d, (3 * step + 5) % 16)
            default: (mixed, index) = (c ^ (b | ~d), 7 * step % 16)
            }
            let sum = a &+ mixed &+ sines[step] &+ words[index]
            let shift = shifts[step / 16 * 4 + step % 4]
            (a, d, c, b) = (d, c, b, b &+ (sum << shift | sum >> (32 - shift)))
        }
        return [a, b, c, d]
    }

    private static let shifts: [UInt32] = [
        7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21,
    ]

    /// The whole part of 2³² · |sin(i + 1)|.
    private static let sines: [UInt32] = [
        0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613,
        0xfd46_9501, 0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193,
        0xa679_438e, 0x49b4_0821, 0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d,
        0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8, 0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed,
        0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a, 0xfffa_3942, 0x8771_f681, 0x6d9d_6122,
        0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70, 0x289b_7ec6, 0xeaa1_27fa,
        0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665, 0xf429_2244,
        0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
        0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb,
        0xeb86_d391,
    ]
}
