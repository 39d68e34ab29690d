package import Crypto
package import Tenancy

/// What verifying a chain came to.
package struct LedgerReport: Hashable, Sendable, CustomStringConvertible {
    package let tenant: TenantID?
    package let entries: UInt64
    /// Entries whose words were erased with their tenant.
    package let erased: UInt64
    package let heads: UInt64
    /// The last position that a signature covers; 0 where none does.
    package let signedUpTo: UInt64
    /// The first thing that is wrong; nil where all holds.
    package let fault: LedgerFault?

    package var holds: Bool { fault == nil }

    /// One line, e.g. `acme: 120 entries, 4 heads, signed up to 118, holds`.
    package var description: String {
        let name = tenant?.text ?? "no tenant"
        let counts = "\(entries) entries, \(heads) heads, signed up to \(signedUpTo)"
        return "\(name): \(counts), \(fault.map { "\($0)" } ?? "holds")"
    }
}

/// What is wrong with a chain, and where.
package enum LedgerFault: Hashable, Sendable, CustomStringConvertible {
    case malformed(line: UInt64)
    case altered(position: UInt64)
    case missing(position: UInt64)
    case doubled(position: UInt64)
    case reordered(position: UInt64)
    /// A head's signature is not by the key.
    case wrongSignature(position: UInt64)
    /// A signed head has another hash than the entry: everything after the head before it was written anew.
    case rewritten(position: UInt64)
    /// A head signed for a later entry than the last one there is.
    case truncated(last: UInt64, signed: UInt64)
    case otherTenant(line: UInt64)

    package var description: String {
        switch self {
        case .malformed(let line): "line \(line) is not an export's"
        case .altered(let position): "entry \(position) is altered"
        case .missing(let position): "entry \(position) is missing"
        case .doubled(let position): "entry \(position) is there twice"
        case .reordered(let position): "entry \(position) is out of order"
        case .wrongSignature(let position): "the head of entry \(position) has a wrong signature"
        case .rewritten(let position): "entry \(position) is not the one that was signed"
        case .truncated(let last, let signed): "it ends at \(last), but \(signed) was signed"
        case .otherTenant(let line): "line \(line) is of another tenant"
        }
    }
}

/// Reads an export line by line, needs nothing else but the public key, and names the first fault.
///
/// Holds one entry's hash and the heads it was given; the export may be as long as it likes.
package struct LedgerVerifier {
    private let key: Curve25519.Signing.PublicKey
    private var known: [UInt64: [SignedHead]]
    private let knownLast: SignedHead?
    private var tenant: TenantID?
    private var lines: UInt64 = 0
    private var entries: UInt64 = 0
    private var erased: UInt64 = 0
    private var heads: UInt64 = 0
    private var signedUpTo: UInt64 = 0
    private var last: (position: UInt64, hash: LedgerDigest) = (0, .zero)
    private var fault: LedgerFault?
    /// The position that was not there when it should have been; whether it comes later decides what its absence was.
    private var absent: UInt64?

    /// - Parameter known: heads of the same tenant that were kept elsewhere.
    package init(publicKey: Curve25519.Signing.PublicKey, known: [SignedHead] = []) {
        key = publicKey
        self.known = Dictionary(grouping: known, by: \.position)
        knownLast = known.max { $0.position < $1.position }
        if let forged = known.first(where: { !$0.isSigned(by: publicKey) }) {
            fault = .wrongSignature(position: forged.position)
        }
    }

    /// Takes one line, without its end.
    package mutating func read(_ line: String) {
        lines += 1
        guard fault == nil || absent != nil else { return }
        guard
            let json = try? CanonicalJSON(
                reading: line, bytesMax: LedgerLimits.exportLineBytesMax)
        else { return find(.malformed(line: lines)) }
        if let member = json["entry"] {
            guard let entry = LedgerLines.entry(member) else {
                return find(.malformed(line: lines))
            }
            read(entry)
        } else if let member = json["head"] {
            guard let head = LedgerLines.head(member) else {
                return find(.malformed(line: lines))
            }
            read(head)
        } else if lines == 1, json["kagari_ledger"]?.integer == 1 {
            tenant = json["tenant"]?.text.flatMap(TenantID.init)
        } else {
            find(.malformed(line: lines))
        }
    }

    /// Nothing after the first fault is told, but an absence may yet turn out to be a wrong order.
    private mutating func find(_ found: LedgerFault) {
        if fault == nil { fault = found }
    }

    private mutating func read(_ entry: LedgerEntry) {
        if let absent {
            if entry.position == absent { fault = .reordered(position: absent) }
            return
        }
        if tenant == nil { tenant = entry.tenant }
        guard entry.tenant == tenant else { return find(.otherTenant(line: lines)) }
        guard entry.position == last.position + 1 else {
            if entry.position <= last.position {
                return find(.doubled(position: entry.position))
            }
            absent = last.position + 1
            return find(.missing(position: last.position + 1))
        }
        let bodyHolds = entry.body.map { $0.digest == entry.bodyDigest } ?? true
        guard bodyHolds, entry.hash == entry.computedHash, entry.previous == last.hash else {
            return find(.altered(position: entry.position))
        }
        entries += 1
        if entry.body == nil { erased += 1 }
        last = (entry.position, entry.hash)
        for head in known.removeValue(forKey: entry.position) ?? [] where head.hash != entry.hash {
            find(.rewritten(position: entry.position))
        }
    }

    private mutating func read(_ head: SignedHead) {
        guard absent == nil else { return }
        guard head.tenant == tenant else { return find(.otherTenant(line: lines)) }
        guard head.isSigned(by: key) else {
            return find(.wrongSignature(position: head.position))
        }
        guard head.position <= last.position else {
            return find(.truncated(last: last.position, signed: head.position))
        }
        // A head stands right behind its entry, so that one hash is all that is held.
        guard head.position == last.position else { return find(.malformed(line: lines)) }
        guard head.hash == last.hash else { return find(.rewritten(position: head.position)) }
        heads += 1
        signedUpTo = head.position
    }

    /// The report; call it once, after the last line.
    package mutating func finish() -> LedgerReport {
        if fault == nil, let knownLast, knownLast.position > last.position {
            fault = .truncated(last: last.position, signed: knownLast.position)
        }
        return LedgerReport(
            tenant: tenant, entries: entries, erased: erased, heads: heads,
            signedUpTo: signedUpTo, fault: fault)
    }
}
