/// Which process an event speaks of, before it is known which start that was.
struct ProcessReference: Hashable, Sendable {
    var guid = ContentKey.none
    /// `UInt32.max` when not known.
    var pid = UInt32.max

    static let none = ProcessReference()
    var isKnown: Bool { guid != .none || pid != .max }

    func mix(into digest: inout ContentDigest) {
        digest.mix(guid)
        digest.mix(UInt64(pid))
    }
}

/// What an observation leaves behind. Facts are a set: the storyline is made from the whole set at
/// the end, so the order in which they came cannot matter.
protocol Fact: Sendable {
    /// Nanoseconds; `Int64.min` when the event had no time.
    var time: Int64 { get set }
    /// Digest of everything the fact says.
    var identity: ContentKey { get set }
    var host: TextID { get set }
    func moved(from pool: TextPool, to other: inout TextPool) -> Self
}

/// One process as one event told of it: its start, or (`isStart` false) a mention of it.
struct ProcessFact: Fact {
    var time: Int64
    var identity = ContentKey.none
    var host = TextID.none
    var process = ProcessReference.none
    var parent = ProcessReference.none
    /// Logon session on the host; 0 when not known.
    var session: UInt64 = 0
    var image = TextID.none
    var command = TextID.none
    var parentImage = TextID.none
    var parentCommand = TextID.none
    var user = TextID.none
    /// Of the image, when it does not lie in a system folder.
    var hash = ContentKey.none
    var isService = false
    var isStart = false
    var isPOSIX = false

    func identified(in pool: TextPool) -> ProcessFact {
        var digest = ContentDigest()
        digest.mix(UInt64(bitPattern: time))
        digest.mix(session)
        digest.mix(hash)
        digest.mix((isStart ? 1 : 0) | (isPOSIX ? 2 : 0))
        process.mix(into: &digest)
        parent.mix(into: &digest)
        for text in [host, image, command, parentImage, parentCommand, user] {
            digest.mix(pool.key(of: text))
        }
        var fact = self
        fact.identity = digest.key
        return fact
    }

    func moved(from pool: TextPool, to other: inout TextPool) -> ProcessFact {
        var fact = self
        fact.host = pool.copy(host, to: &other)
        fact.image = pool.copy(image, to: &other)
        fact.command = pool.copy(command, to: &other)
        fact.parentImage = pool.copy(parentImage, to: &other)
        fact.parentCommand = pool.copy(parentCommand, to: &other)
        fact.user = pool.copy(user, to: &other)
        return fact
    }
}

/// Something that ties two entities, kept without deciding yet whether it matters.
struct LinkFact: Fact {
    enum Kind: UInt8, Sendable {
        /// `a` user, `b` address, `c` host it said it came from, `number` logon type.
        case logon
        /// `a` user whose credentials were used, `c` host they were used on.
        case explicitCredentials
        /// `key` path.
        case wrote
        /// `a` address, `c` host, `number` port.
        case connected
        /// The host has address `a`.
        case owns
        case injected
        /// `a` name, `b` command.
        case service, task
        /// `a` principal, `b` principal it became, `c` access key it got.
        case assumed
        /// `a` account or principal, `b` address it came from.
        case used
        /// `a` account by its name, `b` the same by its number; `number` is 1 for a system's own.
        case named
    }

    var time: Int64
    var identity = ContentKey.none
    var host = TextID.none
    var kind: Kind
    var process = ProcessReference.none
    var other = ProcessReference.none
    var session: UInt64 = 0
    var key = ContentKey.none
    var a = TextID.none
    var b = TextID.none
    var c = TextID.none
    var number: UInt32 = 0

    func identified(in pool: TextPool) -> LinkFact {
        var digest = ContentDigest()
        digest.mix(UInt64(bitPattern: time))
        digest.mix(UInt64(kind.rawValue) << 32 | UInt64(number))
        digest.mix(session)
        digest.mix(key)
        process.mix(into: &digest)
        other.mix(into: &digest)
        for text in [host, a, b, c] { digest.mix(pool.key(of: text)) }
        var fact = self
        fact.identity = digest.key
        return fact
    }

    func moved(from pool: TextPool, to other: inout TextPool) -> LinkFact {
        var fact = self
        fact.host = pool.copy(host, to: &other)
        fact.a = pool.copy(a, to: &other)
        fact.b = pool.copy(b, to: &other)
        fact.c = pool.copy(c, to: &other)
        return fact
    }
}

/// One alert, with what its event says about who did what to what.
struct AlertFact: Fact {
    var time: Int64
    var identity = ContentKey.none
    var host = TextID.none
    /// Index in the run's alerts.
    var index = 0
    var rule = 0
    var level: UInt8 = 0
    var activity = Activity.other
    var source = SourceKind.unknown
    /// The process that acted, with its parent.
    var subject = ProcessFact(time: .min)
    /// The process acted on, for accesses and injections.
    var target = ProcessReference.none
    var targetImage = TextID.none
    /// The logon session acted in, or made.
    var session: UInt64 = 0
    var user = TextID.none
    var isService = false
    /// Where it came from and where it went, when another machine is involved.
    var origin = TextID.none
    var destination = TextID.none
    var port: UInt32 = 0
    var logonType: UInt32 = 0
    var workstation = TextID.none
    var objectKind: Entity.Kind?
    var object = TextID.none
    /// A service's or task's command, a script's text, a cloud call's resource.
    var detail = TextID.none
    var principal = TextID.none
    var accessKey = TextID.none
    /// What the principal became.
    var issued = TextID.none
    var issuedKey = TextID.none

    func moved(from pool: TextPool, to other: inout TextPool) -> AlertFact {
        var fact = self
        fact.subject = subject.moved(from: pool, to: &other)
        fact.host = pool.copy(host, to: &other)
        fact.targetImage = pool.copy(targetImage, to: &other)
        fact.user = pool.copy(user, to: &other)
        fact.origin = pool.copy(origin, to: &other)
        fact.destination = pool.copy(destination, to: &other)
        fact.workstation = pool.copy(workstation, to: &other)
        fact.object = pool.copy(object, to: &other)
        fact.detail = pool.copy(detail, to: &other)
        fact.principal = pool.copy(principal, to: &other)
        fact.accessKey = pool.copy(accessKey, to: &other)
        fact.issued = pool.copy(issued, to: &other)
        fact.issuedKey = pool.copy(issuedKey, to: &other)
        return fact
    }
}
