import Testing

@testable import Engine

@Suite struct `Enrich names` {
    private func bytes(_ text: String) -> ArraySlice<UInt8> { ArraySlice(text.utf8) }

    @Test(arguments: [
        ("4242", 4242), ("0x1092", 4242), ("0X1f", 31), ("18446744073709551615", UInt64.max),
    ])
    func `reads numbers as logs write them`(text: String, number: UInt64) {
        #expect(Names.number(bytes(text)) == number)
    }

    @Test(arguments: ["", "0x", "12a", "-1", "18446744073709551616", "0x1ffffffffffffffff", " 1"])
    func `refuses what is not a number`(text: String) {
        #expect(Names.number(bytes(text)) == nil)
    }

    @Test(arguments: [
        ("10.0.0.5", "10.0.0.5"), ("::ffff:10.0.0.5", "10.0.0.5"), ("10.0.0.5:443", "10.0.0.5"),
        ("[2001:DB8::1]:443", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"), ("::1", "::1"),
    ])
    func `writes an address in one way`(text: String, address: String) {
        #expect(Names.address(bytes(text)).map { String(decoding: $0, as: UTF8.self) } == address)
    }

    @Test(arguments: ["", "-", "LOCAL", "256.1.1.1", "1.2.3", "1.2.3.4.5", "ec2.amazonaws.com"])
    func `refuses what is not an address`(text: String) {
        #expect(Names.address(bytes(text)) == nil)
    }

    @Test(arguments: [
        ("CORP\\Alice", "corp", "alice"), ("Alice@corp.example.com", "corp", "alice"),
        ("alice", "", "alice"), (".\\Bob", "", "bob"),
    ])
    func `writes an account in one way`(text: String, domain: String, name: String) {
        let account = Names.account(bytes(text), domain: nil)
        #expect(String(decoding: account.domain, as: UTF8.self) == domain)
        #expect(String(decoding: account.name, as: UTF8.self) == name)
    }

    @Test func `a path's key does not depend on case, quotes or device prefix`() {
        let host = ContentKey(high: 1, low: 2)
        let plain = Names.pathKey(bytes(#"C:\Windows\a.exe"#), host: host)
        for other in [
            #""c:\windows\A.EXE""#, #"\??\C:\Windows\a.exe"#, #"%SystemRoot%\a.exe"#,
            "C:/Windows/a.exe", #"C:\\Windows\\a.exe"#,
        ] {
            #expect(Names.pathKey(bytes(other), host: host) == plain, "\(other)")
        }
        #expect(Names.pathKey(bytes(#"C:\Windows\a.exe"#), host: .none) != plain)
    }

    @Test(arguments: [
        ("nt authority", "system", nil), ("", "ws01$", nil), ("", "x", "S-1-5-18"),
        ("font driver host", "umfd-0", nil), ("", "dwm-1", nil), ("", "www-data", nil),
    ])
    func `knows the accounts a system gives itself`(domain: String, name: String, sid: String?) {
        #expect(
            Hubs.isServiceAccount(
                domain: Array(domain.utf8), name: Array(name.utf8), sid: sid.map { bytes($0) }))
    }

    @Test(arguments: ["127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.251", "::1", "8.8.8.8"])
    func `knows the addresses that say nothing`(text: String) {
        #expect(Hubs.isAddress(Array(text.utf8)))
    }

    @Test func `a GUID is its bits in any spelling`() {
        let key = Names.guid(bytes("{A1B2C3D4-0000-0000-0000-00000000000F}"))
        #expect(key == Names.guid(bytes("a1b2c3d400000000000000000000000f")))
        #expect(Names.guidText(key) == "{a1b2c3d4-0000-0000-0000-00000000000f}")
        #expect(Names.guid(bytes("zz")) != Names.guid(bytes("zy")))
    }

    @Test func `text is cut at a character and kept once`() {
        var pool = TextPool()
        let cut = pool.intern(bytes("aé"), bytesMax: 2)
        #expect(pool.string(cut) == "a")
        #expect(pool.intern(bytes("a"), bytesMax: 10) == cut)
        #expect(!pool.intern(bytes(""), bytesMax: 10).isKnown)
    }
}
