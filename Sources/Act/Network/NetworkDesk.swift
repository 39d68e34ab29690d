/// The network part of a desk: what holds, made true in the kernel.
struct NetworkDesk {
    let reach: NetworkReach
    let server: [Reach]
    let answers: DomainAnswers

    private func table(_ holds: [NetworkHold], _ now: Int64) throws(ActFailure) -> NetworkTable {
        NetworkTable(holds, server: server, answers: try answers.read(), at: now)
    }

    func listing() throws(ActFailure) -> String { try reach.listing() }

    func load(_ holds: [NetworkHold], at now: Int64) throws(ActFailure) {
        try reach.load(try table(holds, now), at: now)
    }

    func isAsExpected(_ holds: [NetworkHold], at now: Int64) throws(ActFailure) -> Bool {
        let expected = try reach.expectation(of: try table(holds, now), at: now)
        return try reach.listing() == expected
    }

    /// Writes the table anew where it is not what it should be.
    ///
    /// - Returns: whether it had to.
    @discardableResult
    func heal(_ holds: [NetworkHold], at now: Int64) throws(ActFailure) -> Bool {
        if holds.isEmpty, Tool.path(of: "nft") == nil { return false }
        guard try !isAsExpected(holds, at: now) else { return false }
        try load(holds, at: now)
        return true
    }
}

/// Addresses that answers named for blocked domains: the file `answers` of the journal, so that they survive a restart.
struct DomainAnswers {
    static let answersMax = 10_000
    /// An answer is held at least this long: programs keep addresses beyond their time.
    static let secondsMin: Int64 = 300
    static let secondsMax: Int64 = 86_400

    let folder: String

    func read() throws(ActFailure) -> [DomainAnswer] {
        guard let bytes = try JournalFolder.read(folder + "/answers", bytesMax: 4 << 20) else {
            return []
        }
        var answers: [DomainAnswer] = []
        for item in try JSONReader.value(of: bytes).items ?? [] {
            guard let parts = item.items, parts.count == 3, let name = parts[0].text,
                let address = parts[1].text, let until = parts[2].whole
            else { throw ActFailure(.damaged, "\(folder)/answers is not what was written") }
            answers.append(
                DomainAnswer(
                    name: try DomainName(name), range: try AddressRange(address), until: until))
        }
        return answers
    }

    /// - Returns: how many had no room.
    func add(_ new: [DomainAnswer], at now: Int64) throws(ActFailure) -> Int {
        var kept = try read().filter { $0.until > now }
        var left = 0
        for answer in new {
            if let at = kept.firstIndex(where: {
                $0.name == answer.name && $0.range == answer.range
            }) {
                kept[at].until = max(kept[at].until, answer.until)
            } else if kept.count < Self.answersMax {
                kept.append(answer)
            } else {
                left += 1
            }
        }
        let items = kept.map { answer in
            JSONValue.array([
                .string(answer.name.text), .string(answer.range.description),
                .integer(answer.until),
            ])
        }
        try JournalFolder.write(JSONValue.array(items).bytes, as: "answers", in: folder)
        return left
    }
}

extension ActionDesk {
    var network: NetworkDesk {
        NetworkDesk(
            reach: endpoint.network, server: endpoint.server, answers: DomainAnswers(folder: folder)
        )
    }

    /// A DNS answer the sensor saw; blocked at once where its name is blocked.
    ///
    /// - Parameters:
    ///   - name: what was asked for.
    ///   - addresses: IPv4 and IPv6 addresses of the answer; others are passed over.
    ///   - seconds: the answer's time to live.
    /// - Returns: how many addresses are blocked for it, and how many found no room in the limit of 10,000.
    @discardableResult
    package func observe(
        answer name: String, addresses: [String], seconds: Int64, at now: Int64
    ) throws(ActFailure) -> (blocked: Int, left: Int) {
        guard let domain = try? DomainName(name) else { return (0, 0) }
        let lock = try DeskLock(folder)
        defer { withExtendedLifetime(lock) {} }
        let holds = try holds()
        guard holds.contains(where: { $0.domains.contains { $0.covers(domain) } }) else {
            return (0, 0)
        }
        let life = min(max(seconds, DomainAnswers.secondsMin), DomainAnswers.secondsMax)
        var new: [DomainAnswer] = []
        for address in addresses.prefix(NetworkHold.itemsMax) {
            guard let range = try? AddressRange(address), !isOwn(range) else { continue }
            new.append(DomainAnswer(name: domain, range: range, until: now + life))
        }
        guard !new.isEmpty else { return (0, 0) }
        let left = try network.answers.add(new, at: now)
        try network.load(holds, at: now)
        return (new.count - left, left)
    }

    /// An attacker's name must not make the host block its server or itself.
    private func isOwn(_ range: AddressRange) -> Bool {
        endpoint.server.contains { $0.range.contains(range) || range.contains($0.range) }
            || (range.isV4 && range.bytes.first == 127)
    }
}
