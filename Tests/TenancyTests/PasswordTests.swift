import Tenancy
import TestKit
import Testing

@Suite struct `Passwords` {
    private var random = SplitMix64(seed: 31)
    /// Little, so that tests are quick; the standard cost has a test of its own.
    private let cheap: PasswordVerifier.Cost
    private let decoy: PasswordVerifier

    init() throws {
        cheap = try #require(PasswordVerifier.Cost(logN: 10, r: 8, p: 1))
        decoy = PasswordVerifier.decoy(cost: cheap, using: &random)
    }

    @Test mutating func `are known again from what is kept, and nothing else is`() throws {
        let password = try Password(choosing: "correct horse battery")
        let made = try PasswordVerifier(of: password, cost: cheap, using: &random)
        let kept = try #require(PasswordVerifier(text: made.text))
        #expect(kept == made)
        func outcome(_ text: String) throws -> PasswordVerifier.Outcome {
            let given = try #require(Password(candidate: text))
            return try PasswordVerifier.check(given, against: kept, decoy: decoy)
        }
        #expect(try outcome("correct horse battery") == .right(isOutdated: false))
        for wrong in [
            "", "correct horse batterz", "correct horse battery ", "CORRECT HORSE BATTERY",
        ] {
            #expect(try outcome(wrong) == .wrong)
        }
    }

    @Test mutating func `are made at the stated cost, with a salt of their own`() throws {
        let password = try Password(choosing: "correct horse battery")
        let one = try PasswordVerifier(of: password, using: &random)
        #expect(one.text.hasPrefix("$scrypt$ln=15,r=8,p=3$"))
        let outcome = try PasswordVerifier.check(password, against: one, decoy: decoy)
        #expect(outcome == .right(isOutdated: true))
        let two = try PasswordVerifier(of: password, cost: cheap, using: &random)
        let three = try PasswordVerifier(of: password, cost: cheap, using: &random)
        #expect(two.text != three.text)
    }

    /// RFC 7914 §12, the vector with N = 1024, r = 8, p = 16 and salt `NaCl` cannot be a verifier of ours, whose salt
    /// has 16 bytes; OpenSSL made this one: `openssl kdf -keylen 32 -kdfopt pass:… -kdfopt hexsalt:… -kdfopt n:16384 SCRYPT`.
    @Test func `are the scrypt of others`() throws {
        let text =
            "$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$6W7GuoxjojaYIg83x_wEKSXUMMf-reyc6wSvA8q7ny8"
        let verifier = try #require(PasswordVerifier(text: text))
        let password = try Password(choosing: "correct horse battery")
        let outcome = try PasswordVerifier.check(password, against: verifier, decoy: decoy)
        #expect(outcome == .right(isOutdated: true))
    }

    @Test func `of nobody's account are checked all the same, and are wrong`() throws {
        let given = try #require(Password(candidate: "correct horse battery"))
        #expect(try PasswordVerifier.check(given, against: nil, decoy: decoy) == .wrong)
    }

    @Test mutating func `mean the same however their letters are composed`() throws {
        let composed = try Password(choosing: "gr\u{FC}ne W\u{E4}lder \u{E9}t\u{E9}")
        let apart = try #require(
            Password(candidate: "gru\u{308}ne Wa\u{308}lder e\u{301}te\u{301}"))
        let kept = try PasswordVerifier(of: composed, cost: cheap, using: &random)
        let outcome = try PasswordVerifier.check(apart, against: kept, decoy: decoy)
        #expect(outcome == .right(isOutdated: false))
    }

    @Test func `have 12 to 1024 bytes`() throws {
        let letters = String((0..<1_025).map { Character(UnicodeScalar(UInt8(33 + $0 * 37 % 90))) })
        #expect(throws: Password.Failure.tooShort) {
            try Password(choosing: String(letters.prefix(11)))
        }
        #expect(throws: Never.self) { try Password(choosing: String(letters.prefix(12))) }
        #expect(throws: Never.self) { try Password(choosing: String(letters.prefix(1_024))) }
        #expect(throws: Password.Failure.tooLong) { try Password(choosing: letters) }
        #expect(Password(candidate: letters) == nil)
        #expect(Password(candidate: String(repeating: "a", count: 10_000_000)) == nil)
    }

    @Test(arguments: [
        ("aaaaaaaaaaaaaaaa", Password.Failure.pattern), ("abcabcabcabcabc", .pattern),
        ("abcdefghijklmnop", .pattern), ("123456789012345", .pattern),
        ("qwertyuiopasdfgh", .pattern), ("1qaz2wsx3edc4rfv", .pattern),
        ("zyxwvutsrqponm1!", .pattern), ("password1234", .obvious), ("P@ssw0rd2026!!", .obvious),
        ("Welcome-2026!!", .obvious), ("kagariadmin2026", .obvious),
        ("Sommer2026!Sommer", .obvious), ("thisismypassword", .obvious),
        ("maria.keller.2026", .ownName), ("kellermaria!!!", .ownName),
        ("maria-password-1", .obvious),
    ])
    func `that everybody tries first are refused`(text: String, failure: Password.Failure) {
        #expect(throws: failure) {
            try Password(choosing: text, names: ["maria.keller@example.com"])
        }
    }

    @Test(arguments: [
        "correct horse battery", "Tannenzapfen im Regen", "vK3#r9!xQp2m", "9f8a7c6e1b2d",
        "three blue bicycles", "日本語の合言葉です", "my maria likes walnuts",
    ])
    func `that are not obvious are taken`(text: String) {
        #expect(throws: Never.self) {
            try Password(choosing: text, names: ["maria.keller@example.com"])
        }
    }

    @Test(arguments: [
        "", "$scrypt$", "$scrypt$ln=15,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$",
        "$scrypt$ln=19,r=8,p=1$S$H", "$scrypt$ln=18,r=9,p=1$S$H", "$scrypt$ln=15,r=8,p=17$S$H",
        "$scrypt$ln=15,r=17,p=1$S$H", "$scrypt$ln=9,r=8,p=1$S$H", "$scrypt$ln=15,r=0,p=1$S$H",
        "$scrypt$ln=-5,r=8,p=1$S$H", "$scrypt$ln=15,p=1,r=8$S$H", "$scrypt$ln=15,r=8$S$H",
        "$argon2$ln=15,r=8,p=1$S$H", "x$scrypt$ln=15,r=8,p=1$S$H", "$scrypt$ln=15,r=8,p=1$S$H$",
        "$scrypt$ln=15,r=8,p=1$short$H", "$scrypt$ln=015,r=8,p=+1$S$H",
    ])
    func `are read from no other form than ours, nor at a cost beyond bounds`(form: String) {
        let salt = "AAECAwQFBgcICQoLDA0ODw"
        let hash = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
        let text = form.replacing("$S", with: "$" + salt).replacing("$H", with: "$" + hash)
        #expect(PasswordVerifier(text: text) == nil)
        #expect(PasswordVerifier(text: "$scrypt$ln=15,r=8,p=1$\(salt)$\(hash)") != nil)
    }

    @Test mutating func `show themselves nowhere`() throws {
        let password = try Password(choosing: "correct horse battery")
        let kept = try PasswordVerifier(of: password, cost: cheap, using: &random)
        var dumped = ""
        dump([password], to: &dumped)
        dump([kept], to: &dumped)
        let shown = "\(password) \(kept)" + String(reflecting: password) + dumped
        #expect(!shown.contains("horse"))
        #expect(!shown.contains("$"))
    }
}
