import Foundation
import Tenancy
import TestKit
import Testing

@Suite struct `Sessions` {
    private var random = SplitMix64(seed: 21)

    private mutating func started() throws -> (Session, SecretToken) {
        let issued = Session.start(
            for: try #require(PrincipalID("maria")), proofs: [.password, .oneTimeCode],
            now: Made.start, using: &random)
        return (issued.session, issued.token)
    }

    @Test mutating func `end after 30 minutes without a request`() throws {
        let (session, token) = try started()
        var early = session
        #expect(early.judge(token, now: Made.after(1_799.9)) != .end(.idle))
        var late = session
        #expect(late.judge(token, now: Made.after(1_800)) == .end(.idle))
    }

    @Test mutating func `end after 12 hours whatever happens`() throws {
        var (session, token) = try started()
        for minute in stride(from: 10.0, to: 720, by: 10) {
            let now = Made.after(minute * 60)
            switch session.judge(token, now: now) {
            case .proceed: break
            case .proceedAndRotate: token = session.rotate(now: now, using: &random)
            case .end(let ending): Issue.record("ended at minute \(minute): \(ending)")
            }
        }
        #expect(session.judge(token, now: Made.after(43_200)) == .end(.absolute))
    }

    @Test
    mutating func `change their token after 15 minutes, and take the old one 30 seconds more`()
        throws
    {
        var (session, first) = try started()
        #expect(session.judge(first, now: Made.after(899)) == .proceed)
        #expect(session.judge(first, now: Made.after(900)) == .proceedAndRotate)
        let second = session.rotate(now: Made.after(900), using: &random)
        #expect(session.retiredDigest == first.digest)
        #expect(session.judge(second, now: Made.after(901)) == .proceed)
        #expect(session.judge(first, now: Made.after(929.9)) == .proceed)
        #expect(session.judge(first, now: Made.after(930)) == .end(.replayed))
        #expect(session.judge(second, now: Made.after(931)) == .proceed)
    }

    @Test mutating func `end the old token at once when somebody may do more`() throws {
        var (session, first) = try started()
        let second = session.strengthen(with: [.passkey], now: Made.after(60), using: &random)
        #expect(session.judge(first, now: Made.after(60)) == .end(.replayed))
        #expect(session.proofs == [.password, .oneTimeCode, .passkey])
        let third = session.renewAfterGrantChange(now: Made.after(70), using: &random)
        #expect(session.judge(second, now: Made.after(70)) == .end(.replayed))
        #expect(session.judge(third, now: Made.after(71)) == .proceed)
        #expect(session.judge(first, now: Made.after(71)) == .end(.foreign))
    }

    @Test mutating func `ask again who it is 10 minutes after the last proof`() throws {
        var (session, _) = try started()
        #expect(session.isFresh(now: Made.after(599)))
        #expect(!session.isFresh(now: Made.after(600)))
        #expect(!session.isFresh(now: Made.after(-1)))
        _ = session.rotate(now: Made.after(900), using: &random)
        #expect(!session.isFresh(now: Made.after(901)))
        _ = session.strengthen(with: [.passkey], now: Made.after(1_000), using: &random)
        #expect(session.isFresh(now: Made.after(1_001)))
    }

    @Test mutating func `survive being kept, and what is kept signs nobody in`() throws {
        var (session, token) = try started()
        token = session.rotate(now: Made.after(1), using: &random)
        let stored = try JSONEncoder().encode(session)
        #expect(!String(decoding: stored, as: UTF8.self).contains(token.reveal().dropFirst(4)))
        #expect(try JSONDecoder().decode(Session.self, from: stored) == session)
    }

    @Test func `take limits within bounds only`() throws {
        #expect(throws: Never.self) {
            try SessionLimits(idle: .seconds(60), absolute: .seconds(300))
        }
        #expect(throws: SessionLimits.Failure.idle) { try SessionLimits(idle: .seconds(59)) }
        #expect(throws: SessionLimits.Failure.idle) {
            try SessionLimits(idle: .seconds(301), absolute: .seconds(300))
        }
        #expect(throws: Never.self) { try SessionLimits(absolute: .seconds(604_800)) }
        #expect(throws: SessionLimits.Failure.absolute) {
            try SessionLimits(absolute: .seconds(604_801))
        }
        #expect(throws: SessionLimits.Failure.rotation) {
            try SessionLimits(rotation: .seconds(59))
        }
        #expect(throws: SessionLimits.Failure.stepUp) { try SessionLimits(stepUp: .seconds(3_601)) }
    }
}

@Suite struct `Session cookie` {
    private var random = SplitMix64(seed: 22)

    @Test mutating func `is bound to this host, hidden from scripts and read back`() throws {
        let token = SecretToken(.session, using: &random)
        let set = SessionCookie.setting(token)
        #expect(set.hasPrefix("__Host-kagari=kgs_"))
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            #expect(set.contains(attribute))
            #expect(SessionCookie.clearing.contains(attribute))
        }
        #expect(!set.contains("Domain"))
        #expect(SessionCookie.clearing.contains("Max-Age=0"))
        let header = "theme=dark; __Host-kagari=\(token.reveal()); a=b"
        #expect(SessionCookie.token(inHeader: header)?.digest == token.digest)
    }

    @Test mutating func `is not read where it is doubled, of another kind, longer or another's`() {
        let token = SecretToken(.session, using: &random).reveal()
        let key = SecretToken(.apiKey, using: &random).reveal()
        for header in [
            "", "a=b", "__Host-kagari=", "__Host-kagari=\(key)", "x__Host-kagari=\(token)",
            "__Host-kagari=\(token); __Host-kagari=\(token)", "kagari=\(token)",
            "__Host-kagari=\(token); a=" + String(repeating: "b", count: 8_192),
        ] {
            #expect(SessionCookie.token(inHeader: header) == nil)
        }
    }
}

@Suite struct `Request guard` {
    private let guarded: RequestGuard
    private let session: Session
    private let other: Session

    init() throws {
        var random = SplitMix64(seed: 23)
        let maria = try #require(PrincipalID("maria"))
        guarded = try RequestGuard(
            key: Array(repeating: 7, count: 32), origins: ["https://soc.example.com"])
        func start() -> Session {
            Session.start(for: maria, proofs: [.passkey], now: Made.start, using: &random).session
        }
        session = start()
        other = start()
    }

    private func request(
        _ method: String = "POST", site: String? = "same-origin",
        origin: String? = "https://soc.example.com", token: String?
    ) -> RequestGuard.Request {
        RequestGuard.Request(method: method, fetchSite: site, origin: origin, token: token)
    }

    @Test func `lets our own pages through, with and without a browser's word`() {
        let token = guarded.token(for: session)
        #expect(guarded.judge(request(token: token), session: session) == .allowed)
        #expect(guarded.judge(request(site: nil, token: token), session: session) == .allowed)
        let rotated = { () -> Session in
            var random = SplitMix64(seed: 24)
            var session = session
            _ = session.rotate(now: Made.after(900), using: &random)
            return session
        }()
        #expect(guarded.judge(request(token: token), session: rotated) == .allowed)
    }

    @Test func `refuses everybody else and says why`() {
        let token = guarded.token(for: session)
        func verdict(_ request: RequestGuard.Request) -> RequestGuard.Verdict {
            guarded.judge(request, session: session)
        }
        for site in ["cross-site", "same-site", "none", "Same-Origin", ""] {
            #expect(verdict(request(site: site, token: token)) == .refused(.crossSite))
        }
        for origin in [
            "https://evil.example.com", "http://soc.example.com", "null", "",
            "https://soc.example.com.evil.com", "https://soc.example.com:8443",
        ] {
            #expect(verdict(request(origin: origin, token: token)) == .refused(.foreignOrigin))
        }
        #expect(verdict(request(origin: nil, token: token)) == .refused(.noOrigin))
        let changed = (token.first == "A" ? "B" : "A") + token.dropFirst()
        for wrong in [nil, "", "x", guarded.token(for: other), token + "A", changed] {
            #expect(verdict(request(token: wrong)) == .refused(.token))
        }
    }

    @Test func `asks nothing for reading, and for unknown methods as much as for writing`() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let read = request(method, site: "cross-site", origin: nil, token: nil)
            #expect(guarded.judge(read, session: session) == .allowed)
            #expect(guarded.judgeWithoutSession(read) == .allowed)
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "get", "TRACE", ""] {
            let write = request(method, token: nil)
            #expect(guarded.judge(write, session: session) == .refused(.token))
            #expect(guarded.judgeWithoutSession(write) == .allowed)
            let foreign = request(method, site: "cross-site", token: nil)
            #expect(guarded.judgeWithoutSession(foreign) == .refused(.crossSite))
        }
    }

    @Test func `takes a key of 32 bytes and 1 to 8 origins`() {
        let key = [UInt8](repeating: 1, count: 32)
        #expect(throws: RequestGuard.Failure.keyLength(31)) {
            try RequestGuard(key: Array(key.dropLast()), origins: ["https://a"])
        }
        #expect(throws: RequestGuard.Failure.origins) { try RequestGuard(key: key, origins: []) }
        #expect(throws: Never.self) {
            try RequestGuard(key: key, origins: (1...8).map { "https://\($0)" })
        }
        #expect(throws: RequestGuard.Failure.origins) {
            try RequestGuard(key: key, origins: (1...9).map { "https://\($0)" })
        }
    }
}
