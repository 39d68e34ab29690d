import TestKit
import Testing

@testable import Sense

enum HelloBytes {
    static func make(
        version: UInt16, ciphers: [UInt16], extensions: [(UInt16, [UInt8])]
    ) -> [UInt8] {
        var body = big(version) + [UInt8](repeating: 7, count: 32) + [0]
        body += big(UInt16(ciphers.count * 2)) + ciphers.flatMap(big) + [1, 0]
        let list = extensions.flatMap { big($0) + big(UInt16($1.count)) + $1 }
        body += big(UInt16(list.count)) + list
        let message = [1, 0] + big(UInt16(body.count)) + body
        return [0x16, 3, 1] + big(UInt16(message.count)) + message
    }

    static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }

    static func list(_ values: [UInt16]) -> [UInt8] {
        big(UInt16(values.count * 2)) + values.flatMap(big)
    }

    static func name(_ text: String) -> [UInt8] {
        big(UInt16(text.utf8.count + 3)) + [0] + big(UInt16(text.utf8.count)) + Array(text.utf8)
    }

    static func alpn(_ text: String) -> [UInt8] {
        big(UInt16(text.utf8.count + 1)) + [UInt8(text.utf8.count)] + Array(text.utf8)
    }

    /// The example of FoxIO's technical details, with GREASE strewn in as browsers do.
    static var browser: [UInt8] {
        let empty: [UInt16] = [0x0005, 0x0012, 0x0015, 0x0017, 0x001b, 0x0023, 0x002d, 0x0033]
        var extensions: [(UInt16, [UInt8])] = [(0x1a1a, []), (0, name("example.org"))]
        extensions += empty.map { ($0, []) }
        extensions += [
            (0x000a, list([0x2a2a, 29, 23, 24])), (0x000b, [1, 0]),
            (0x000d, list([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601])),
            (0x002b, [6] + [0x3a3a, 0x0304, 0x0303].flatMap(big)), (0x4469, []), (0xff01, [0]),
            (0x0010, alpn("h2")),
        ]
        return make(
            version: 0x0303,
            ciphers: [
                0x8a8a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
            ], extensions: extensions)
    }
}

@Suite struct `A TLS hello` {
    private func read(_ bytes: [UInt8]) throws -> ClientHello {
        try ClientHello(bytes.span, 0..<bytes.count)
    }

    /// FoxIO, "JA4: TLS Client Fingerprinting", technical details: the worked example.
    @Test func `has FoxIO's own JA4`() throws {
        let hello = try read(HelloBytes.browser)
        let wanted = "t13d1516h2_8daaf6152771_e5627efa2ab1"
        #expect(String(decoding: hello.ja4, as: UTF8.self) == wanted)
        #expect(hello.serverName == Array("example.org".utf8))
        #expect(hello.firstProtocol == Array("h2".utf8))
    }

    /// The example of the page that defines JA3.
    @Test func `has the JA3 of its definition`() throws {
        let hello = try read(
            HelloBytes.make(
                version: 769, ciphers: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
                extensions: [
                    (0, HelloBytes.name("x")), (10, HelloBytes.list([23, 24, 25])), (11, [1, 0]),
                ]))
        let text = "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"
        #expect(hello.ja3Text == text)
        #expect(String(decoding: hello.ja3, as: UTF8.self) == "ada70206e40642a3e4461f35503241d5")
    }

    @Test func `without extensions is an old client`() throws {
        let hello = try read(HelloBytes.make(version: 0x301, ciphers: [47], extensions: []))
        let ja4 = String(decoding: hello.ja4, as: UTF8.self)
        #expect(ja4.hasPrefix("t10i010000_"))
        #expect(ja4.hasSuffix("_000000000000"))
        #expect(hello.serverName == nil)
    }

    @Test func `that goes on in another packet says so`() throws {
        let whole = HelloBytes.browser
        #expect(try !read(whole).isCut)
        #expect(try read(Array(whole.dropLast(20))).isCut)
    }

    @Test func `that is none is refused`() {
        #expect(throws: ClientHello.Failure.noHandshake) { _ = try read(Array("GET / HTTP".utf8)) }
        #expect(throws: ClientHello.Failure.short) {
            _ = try read(Array(HelloBytes.browser.prefix(30)))
        }
    }

    @Test func `damaged in any way is read or refused`() {
        var random = SplitMix64(seed: 443)
        for _ in 0..<3_000 {
            var bytes = HelloBytes.browser
            for _ in 0...Int(random.next() % 5) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
            if let hello = try? read(bytes) {
                #expect(hello.ja3.count == 32)
                #expect(hello.ja4.count == 36)
                #expect(hello.ciphers.count <= ClientHello.listMax)
            }
        }
    }

    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
    ])
    func `is hashed with MD5 as RFC 1321 tests it`(text: String, wanted: String) {
        let digest = hexText(MD5.digest(Array(text.utf8)))
        #expect(String(decoding: digest, as: UTF8.self) == wanted)
    }
}

@Suite struct `SHA-256` {
    /// FIPS 180-4's examples, and a million letters a.
    @Test(arguments: [
        ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        ("a", 100_000, "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"),
    ])
    func `is that of the standard, in pieces of any size`(
        text: String, times: Int, wanted: String
    ) {
        let bytes = Array(String(repeating: text, count: times).utf8)
        var random = SplitMix64(seed: 180)
        var stream = SHA256Stream()
        var at = 0
        while at < bytes.count {
            let end = min(bytes.count, at + 1 + Int(random.next() % 200))
            stream.update(Array(bytes[at..<end]).span)
            at = end
        }
        #expect(String(decoding: hexText(stream.digest()), as: UTF8.self) == wanted)
    }
}
