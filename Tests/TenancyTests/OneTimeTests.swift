import Foundation
import Tenancy
import TestKit
import Testing

@Suite struct `One-time codes` {
    /// RFC 4226 appendix D.
    @Test(
        arguments: zip(
            UInt64(0)..<10,
            [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
                "399871", "520489",
            ]))
    func `by counter are those of RFC 4226`(counter: UInt64, code: String) {
        let secret = Array("12345678901234567890".utf8)
        #expect(OneTimePassword.code(secret: secret, counter: counter) == code)
    }

    /// RFC 6238 appendix B, the rows for SHA-1.
    @Test(arguments: [
        (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"), (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
    ])
    func `by time are those of RFC 6238`(seconds: UInt64, code: String) {
        let secret = Array("12345678901234567890".utf8)
        #expect(OneTimePassword.code(secret: secret, counter: seconds / 30, digits: 8) == code)
    }

    private func authenticator() throws -> Authenticator {
        try #require(Authenticator(secret: Array("12345678901234567890".utf8), lastStep: nil))
    }

    private func code(at seconds: Double) -> String {
        let step = UInt64((1_800_000_000 + seconds) / 30)
        return OneTimePassword.code(secret: Array("12345678901234567890".utf8), counter: step)
    }

    @Test(arguments: [(-60.0, false), (-30, true), (0, true), (30, true), (60, false)])
    func `are taken one step early or late and no more`(drift: Double, isTaken: Bool) throws {
        var app = try authenticator()
        #expect(app.accept(code(at: drift), now: Made.start) == isTaken)
    }

    @Test func `are taken once, and none before them after`() throws {
        var app = try authenticator()
        #expect(app.accept(code(at: 0), now: Made.start) == true)
        #expect(app.accept(code(at: 0), now: Made.after(1)) == false)
        #expect(app.accept(code(at: -30), now: Made.after(1)) == false)
        #expect(app.accept(code(at: 30), now: Made.after(1)) == true)
        var kept = try JSONDecoder().decode(Authenticator.self, from: JSONEncoder().encode(app))
        #expect(kept.accept(code(at: 30), now: Made.after(31)) == false)
    }

    @Test func `of any other form are refused`() throws {
        let right = code(at: 0)
        for wrong in ["", "12345", right + "0", String(right.dropLast()) + "x", "٣٤٥٦٧٨"] {
            var app = try authenticator()
            #expect(app.accept(wrong, now: Made.start) == false)
        }
        var app = try authenticator()
        #expect(app.accept("\(right.prefix(3)) \(right.suffix(3))", now: Made.start) == true)
    }

    @Test func `are set up by an address that apps read`() throws {
        let uri = try authenticator().provisioningURI(
            issuer: "Kagari SOC", account: "maria@example.com")
        #expect(
            uri == "otpauth://totp/Kagari%20SOC:maria%40example.com"
                + "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kagari%20SOC"
                + "&algorithm=SHA1&digits=6&period=30")
    }

    @Test func `have a secret of 20 bytes that does not show`() {
        var random = SplitMix64(seed: 41)
        let app = Authenticator(using: &random)
        #expect(app.secret.count == 20)
        var dumped = "\(app)"
        dump(app, to: &dumped)
        #expect(!dumped.contains("\(app.secret[0])") || !dumped.contains("secret"))
        #expect(Authenticator(secret: Array(repeating: 1, count: 15), lastStep: nil) == nil)
        #expect(Authenticator(secret: Array(repeating: 1, count: 65), lastStep: nil) == nil)
    }
}

@Suite struct `Recovery codes` {
    @Test func `work once each, however they are typed`() {
        var random = SplitMix64(seed: 42)
        let issued = RecoveryCodes.issue(using: &random)
        var kept = issued.kept
        #expect(Set(issued.codes).count == 10)
        for (index, code) in issued.codes.enumerated() {
            let typed = index % 2 == 0 ? code.uppercased() : code.replacing("-", with: " ")
            #expect(kept.accept(typed) == true)
            #expect(kept.accept(code) == false)
            #expect(kept.remaining == 9 - index)
        }
    }

    @Test func `are kept as digests, and no other is taken`() {
        var random = SplitMix64(seed: 43)
        let issued = RecoveryCodes.issue(using: &random)
        let stored = issued.kept.digests.joined()
        for code in issued.codes { #expect(!stored.contains(code.replacing("-", with: ""))) }
        var kept = issued.kept
        let other = RecoveryCodes.issue(using: &random).codes[0]
        let long = String(repeating: "0", count: 1_000_000)
        for wrong in ["", other, String(issued.codes[0].dropLast()), issued.kept.digests[0], long] {
            #expect(kept.accept(wrong) == false)
        }
        #expect(kept.remaining == 10)
    }
}
