package import Engine
package import Logging
package import Store
import Synchronization
package import Tenancy

/// Everything the console works with. Time and chance come from outside.
package struct ConsoleParts: Sendable {
    package let ledger: Ledger
    package let events: any EventStore
    package let desk: any WatchDesk
    package let settings: ConsoleSettings
    package let now: @Sendable () -> Timestamp
    package let bell = LiveBell()
    let chance: Chance
    let guardian: RequestGuard
    let accounts: Accounts
    let providers: ProviderDesk
    let webhooks: WebhookSender
    let answers: AnswerBook
    let rates: RatePool
    let counts: RequestCounts
    let feeds: FeedSeats

    /// - Throws: ``RequestGuard/Failure`` where an origin is none.
    package init(
        ledger: Ledger, events: any EventStore, desk: any WatchDesk, settings: ConsoleSettings,
        now: @escaping @Sendable () -> Timestamp,
        random: any RandomNumberGenerator & Sendable
    ) throws(RequestGuard.Failure) {
        self.ledger = ledger
        self.events = events
        self.desk = desk
        self.settings = settings
        self.now = now
        chance = Chance(random)
        // The same after a restart, as sessions are: a form that was open then can still be sent.
        guardian = try RequestGuard(
            key: ledger.keys.derived(for: "page token"), origins: settings.origins)
        accounts = Accounts(
            ledger: ledger, chance: chance, cost: settings.passwordCost,
            relyingParty: settings.relyingParty)
        providers = ProviderDesk(settings.providers, chance: chance)
        webhooks = WebhookSender(
            ledger: ledger, reach: settings.webhooksGoAnywhere ? .anywhere : .publicOnly, now: now)
        answers = AnswerBook()
        rates = RatePool(perMinute: settings.requestsPerMinute)
        counts = RequestCounts()
        feeds = FeedSeats(seatsMax: settings.feedsMax)
    }

    /// Takes up what a restart must not end. To be called once, before the first request.
    package func restore() async throws { try await accounts.restore(now: now()) }

    /// Tells webhooks of changes, until it is cancelled.
    package func tellWebhooks(logger: Logger) async { await webhooks.run(logger: logger) }
}

package struct ConsoleSettings: Sendable {
    /// Where pages are read from, as browsers send it: `https://soc.example.com`.
    package var origins: [String]
    package var isTLS: Bool
    /// Of one principal.
    package var requestsPerMinute: Int
    /// Live feeds at one time.
    package var feedsMax: Int
    /// How long one feed lives before its reader must come back and is judged anew.
    package var feedLifetime: Duration
    package var passwordCost: PasswordVerifier.Cost
    /// At most 16 are shown.
    package var providers: [IdentityProvider]
    /// Also to addresses of this machine and its network, and without TLS.
    package var webhooksGoAnywhere: Bool
    /// Where senders of this machine send to: shown to whoever adds a source.
    package var intake = "http://localhost:8088"
    package var serviceLevels = ServiceLevels()

    package init(
        origins: [String], isTLS: Bool = false, requestsPerMinute: Int = 1200,
        feedsMax: Int = 256, feedLifetime: Duration = .seconds(900),
        passwordCost: PasswordVerifier.Cost = .standard, providers: [IdentityProvider] = [],
        webhooksGoAnywhere: Bool = false
    ) {
        self.origins = origins
        self.isTLS = isTLS
        self.requestsPerMinute = requestsPerMinute
        self.feedsMax = feedsMax
        self.feedLifetime = feedLifetime
        self.passwordCost = passwordCost
        self.providers = providers
        self.webhooksGoAnywhere = webhooksGoAnywhere
    }
}

extension ConsoleSettings {
    /// Whom passkeys are bound to: the first origin with a name. Nil where all are bare addresses.
    var relyingParty: RelyingParty? {
        for origin in origins {
            guard let mark = origin.firstRange(of: "://") else { continue }
            let host = origin[mark.upperBound...].prefix { $0 != ":" && $0 != "/" }
            let isAddress = host.hasPrefix("[") || host.allSatisfy { $0.isNumber || $0 == "." }
            guard !isAddress else { continue }
            let own = origins.filter { other in
                guard let mark = other.firstRange(of: "://") else { return false }
                return other[mark.upperBound...].prefix { $0 != ":" && $0 != "/" } == host
            }
            return RelyingParty(id: host.lowercased(), origins: own)
        }
        return nil
    }
}

/// The one source of chance, shared.
final class Chance: Sendable {
    private let source: Mutex<any RandomNumberGenerator & Sendable>

    init(_ source: any RandomNumberGenerator & Sendable) { self.source = Mutex(source) }

    func bytes(_ count: Int) -> [UInt8] {
        source.withLock { source in
            (0..<count).map { _ in UInt8.random(in: 0...255, using: &source) }
        }
    }

    /// A generator for one use, which draws from the source.
    var generator: Draw { Draw(chance: self) }

    /// Twenty letters and digits: the id of something new.
    func name() -> String {
        let letters = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        return String(decoding: bytes(20).map { letters[Int($0 & 31)] }, as: UTF8.self)
    }

    struct Draw: RandomNumberGenerator, Sendable {
        let chance: Chance

        mutating func next() -> UInt64 {
            chance.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
