import Foundation
import Tenancy
import TestKit
import Testing

@Suite struct `Secret tokens` {
    @Test(arguments: SecretToken.Kind.allCases)
    func `are read back as they were made`(kind: SecretToken.Kind) throws {
        var random = SplitMix64(seed: 1)
        var seen: Set<String> = []
        for _ in 0..<500 {
            let token = SecretToken(kind, using: &random)
            let text = token.reveal()
            #expect(text.utf8.count == SecretToken.textBytes)
            #expect(text.hasPrefix(kind.rawValue + "_"))
            let read = try SecretToken(parsing: text)
            #expect(read.kind == kind && read.digest == token.digest)
            #expect(TokenDigest(hex: token.digest.hex) == token.digest)
            seen.insert(text)
        }
        #expect(seen.count == 500)
    }

    @Test func `are refused after any single wrong letter`() {
        var random = SplitMix64(seed: 2)
        let text = Array(SecretToken(.apiKey, using: &random).reveal().utf8)
        let letters = Array("0123456789abcdefghijklmnopqrstuvwxyz_-A".utf8)
        var refused = 0
        for index in text.indices {
            for letter in letters where letter != text[index] {
                var wrong = text
                wrong[index] = letter
                let given = String(decoding: wrong, as: UTF8.self)
                // The kind's own letter may lead to another kind, whose checksum is another.
                #expect(throws: SecretToken.Failure.self) { try SecretToken(parsing: given) }
                refused += 1
            }
        }
        #expect(refused > 2_000)
    }

    @Test(arguments: [
        ("", SecretToken.Failure.length), (String(repeating: "a", count: 63), .length),
        ("kgx_" + String(repeating: "0", count: 58), .kind),
        ("kga-" + String(repeating: "0", count: 58), .kind),
        ("kga_" + String(repeating: "u", count: 58), .alphabet),
        // Letters whose last bits belong to no byte.
        ("kga_" + String(repeating: "0", count: 51) + "1000000", .alphabet),
        ("kga_" + String(repeating: "0", count: 58), .checksum),
    ])
    func `say what is wrong`(text: String, failure: SecretToken.Failure) {
        #expect(throws: failure) { try SecretToken(parsing: text) }
    }

    @Test func `show their beginning and no more`() {
        var random = SplitMix64(seed: 3)
        let token = SecretToken(.intake, using: &random)
        let hidden = token.reveal().dropFirst(8)
        var dumped = ""
        dump(token, to: &dumped)
        for shown in ["\(token)", String(reflecting: token), String(describing: [token]), dumped] {
            #expect(shown.contains(token.hint))
            #expect(!shown.contains(hidden))
        }
    }

    @Test func `keep a digest that is read in one form only`() {
        var random = SplitMix64(seed: 4)
        let digest = SecretToken(.intake, using: &random).digest
        #expect(TokenDigest(hex: digest.hex.uppercased()) == nil)
        #expect(TokenDigest(hex: String(digest.hex.dropLast(2))) == nil)
        #expect(TokenDigest(hex: digest.hex + "00") == nil)
        #expect(digest != SecretToken(.intake, using: &random).digest)
    }
}

@Suite struct `Invitations` {
    private func issued(_ purpose: Invitation.Purpose) -> Invitation.Issued {
        var random = SplitMix64(seed: 5)
        return Invitation.issue(for: purpose, now: Made.start, using: &random)
    }

    @Test func `work once`() {
        let made = issued(.firstAdministrator)
        var kept = made.invitation
        let first = kept.redeem(made.token, hasAccounts: false, now: Made.after(5))
        #expect(first == .accepted(.firstAdministrator))
        #expect(kept.redeem(made.token, hasAccounts: false, now: Made.after(6)) == .used)
    }

    @Test(arguments: [(86_399.0, true), (86_400.0, false)])
    func `end after 24 hours`(seconds: Double, isTaken: Bool) {
        let made = issued(.firstAdministrator)
        var kept = made.invitation
        let redemption = kept.redeem(made.token, hasAccounts: false, now: Made.after(seconds))
        #expect(redemption == (isTaken ? .accepted(.firstAdministrator) : .expired))
    }

    @Test func `make no second first administrator`() {
        let made = issued(.firstAdministrator)
        var kept = made.invitation
        #expect(kept.redeem(made.token, hasAccounts: true, now: Made.start) == .tooLate)
    }

    @Test func `know their own token only, and survive being kept`() throws {
        let by = try #require(PrincipalID("maria"))
        let purpose = Invitation.Purpose.account(
            grants: [Principal.Grant(.analyst, in: .all)], by: by)
        let made = issued(purpose)
        var random = SplitMix64(seed: 6)
        let stored = try JSONEncoder().encode(made.invitation)
        #expect(!String(decoding: stored, as: UTF8.self).contains(made.token.reveal().dropFirst(4)))
        var kept = try JSONDecoder().decode(Invitation.self, from: stored)
        let other = SecretToken(.invitation, using: &random)
        #expect(kept.redeem(other, hasAccounts: true, now: Made.start) == .unknown)
        #expect(kept.redeem(made.token, hasAccounts: true, now: Made.start) == .accepted(purpose))
    }
}
