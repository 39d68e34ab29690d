import Crypto
package import Engine

/// Slows down guessing, by account and by address, and never shuts an account for good.
///
/// The first ``Pace/free`` failures cost nothing; each further one doubles the wait up to ``Pace/waitMax``. A quiet
/// ``Pace/halfLife`` halves what is remembered. An attempt is charged when it is admitted, before anybody checks the
/// password, so that a thousand at once are a thousand.
///
/// The table is bounded, and whoever fills it gains nothing by what it forgets. It has sets of ``ways`` places; the set
/// of a name follows from a keyed hash that only this process knows. In a full set a newcomer takes the place with the
/// fewest failures and *inherits* them, so a name that was put out and comes back has no fewer than it had (this is
/// the Space-Saving count of Metwally, Agrawal and El Abbadi, 2005). A flood makes newcomers wait, by at most
/// ``Pace/waitMax``; it never clears an account. Accounts and addresses have tables of their own. Names that nobody
/// has are kept like all others: the wait tells nothing about them.
package struct LoginThrottle: Sendable {
    package struct Pace: Hashable, Sendable {
        package let free: Int
        package let waitMax: Duration
        package let halfLife: Duration

        package static let account = Pace(
            free: 5, waitMax: .seconds(900), halfLife: .seconds(3_600))
        /// Many people share one address, so it may fail more often.
        package static let address = Pace(
            free: 30, waitMax: .seconds(900), halfLife: .seconds(600))
    }

    package enum Decision: Hashable, Sendable {
        /// Check the password. It has been charged.
        case admitted
        /// Do not check it. `retryAfter` is longer than zero.
        case refused(retryAfter: Duration)
    }

    package static let setsMax = 8_192
    package static let ways = 8
    /// Of an account's name; what is longer is cut.
    package static let nameBytesMax = 256

    private var accounts: ThrottleTable
    private var addresses: ThrottleTable

    /// - Parameter sets: 1...``setsMax``, of ``ways`` places each, for accounts and for addresses.
    package init(sets: Int = setsMax, using random: inout some RandomNumberGenerator) {
        precondition((1...Self.setsMax).contains(sets), "the table has a bound")
        accounts = ThrottleTable(sets: sets, pace: .account, key: random.bytes(32))
        addresses = ThrottleTable(sets: sets, pace: .address, key: random.bytes(32))
    }

    /// - Parameters:
    ///   - account: as typed; case does not matter.
    ///   - address: 4 or 16 bytes; of IPv6 the first 64 bits count, which is what one subscriber has.
    package mutating func admit(
        account: String, address: [UInt8], now: Timestamp
    ) -> Decision {
        let name = Self.name(account)
        let network = Self.network(address)
        let wait = max(accounts.wait(name, now: now), addresses.wait(network, now: now))
        guard wait == .zero else { return .refused(retryAfter: wait) }
        accounts.charge(name, now: now)
        addresses.charge(network, now: now)
        return .admitted
    }

    /// The admitted attempt was right: the account begins anew, and the address gets this one charge back. Not more: or
    /// somebody with an account of his own could wipe off his guesses at others'.
    package mutating func succeeded(account: String, address: [UInt8], now: Timestamp) {
        accounts.forget(Self.name(account))
        addresses.refund(Self.network(address), now: now)
    }

    /// Places in use, for `/metrics`.
    package var entries: Int { accounts.used + addresses.used }

    private static func name(_ account: String) -> [UInt8] {
        Array(account.lowercased().utf8.prefix(nameBytesMax))
    }

    static func network(_ address: [UInt8]) -> [UInt8] {
        guard address.count == 16 else { return address }
        let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        return address.starts(with: mapped) ? Array(address[12...]) : Array(address[..<8])
    }
}
