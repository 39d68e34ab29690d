internal import Engine
internal import FoundationEssentials
internal import Link
internal import Logging
internal import Store
internal import Tenancy
internal import Wire

/// One first contact: a join token and a key for a certificate.
struct RegistrarSession: Sendable {
    private let hub: AgentHub
    private let link: Link
    private var setting: AgentHubSetting { hub.setting }

    init(_ hub: AgentHub, _ link: Link) {
        self.hub = hub
        self.link = link
    }

    private struct Refusal: Error {
        var reason: WireRefusalReason
        var detail: String

        init(_ reason: WireRefusalReason, _ detail: String) {
            self.reason = reason
            self.detail = detail
        }
    }

    func run() async {
        for await event in link.events {
            guard case .message(.enrol(let enrol), let charge) = event else { continue }
            do {
                let enrolled = try await enrolled(enrol)
                await link.send(.enrolled(enrolled))
                hub.count { $0.enrolled += 1 }
                setting.log.notice(
                    "an agent was let in",
                    metadata: ["agent": "\(enrolled.agent)", "tenant": "\(enrolled.tenant)"])
            } catch let refusal as Refusal {
                refuse(refusal)
            } catch {
                setting.log.error("an agent cannot be let in", metadata: ["cause": "\(error)"])
                refuse(Refusal(.stopping, "the server cannot keep it now; try again"))
            }
            link.consumed(charge)
        }
    }

    private func refuse(_ refusal: Refusal) {
        hub.count { $0.refused[refusal.reason, default: 0] += 1 }
        link.refuse(refusal.reason, refusal.detail)
    }

    private func enrolled(_ enrol: WireEnrol) async throws -> WireEnrolled {
        guard let request = KeyRequest(der: Array(enrol.request)),
            let key = LedgerDigest(hex: request.fingerprint)
        else {
            throw Refusal(
                .request, "the request for a certificate is not of a P-256 key that signed it")
        }
        let now = setting.clock()
        let token = try await token(enrol.token, now: now)
        guard let agent = LogSourceID("h-" + request.fingerprint.prefix(20)) else {
            preconditionFailure("hex digits make a name")
        }
        try await use(token, for: agent, key, now: now)
        let tenant = token.value.tenant
        guard
            let certificate = setting.authority.issuer.certify(
                request, agent: agent.text, tenant: tenant.text,
                seconds: setting.certificateSeconds, now: now.date)
        else { throw Refusal(.request, "no certificate can be made; try again") }
        try await keep(agent, of: tenant, host: Self.name(enrol.host), certificate, now: now)
        var enrolled = WireEnrolled()
        enrolled.agent = agent.text
        enrolled.tenant = tenant.text
        enrolled.certificate = Data(certificate)
        enrolled.authority = Data(setting.authority.issuer.authority.der)
        enrolled.signingKey = Data(setting.authority.signer.publicKey)
        return enrolled
    }

    private func token(
        _ text: String, now: Timestamp
    ) async throws -> Registered<JoinTokenRecord> {
        let unknown = Refusal(
            .token, "the join token is unknown, used up or too old; ask for another")
        guard let token = try? SecretToken(parsing: text), token.kind == .join,
            let digest = LedgerDigest(token.digest.bytes)
        else { throw unknown }
        let scope = try setting.scope(.read, .agents, in: Ledger.provider)
        guard
            let found = try await setting.ledger.find(JoinTokenRecord.self, by: digest, in: scope),
            now < found.value.expires
        else { throw unknown }
        return found
    }

    /// Uses the token up, before anything comes of it: of two that come at once, one gets it.
    private func use(
        _ token: Registered<JoinTokenRecord>, for agent: LogSourceID, _ key: LedgerDigest,
        now: Timestamp
    ) async throws {
        var record = token.value
        if let used = record.usedKey {
            guard used.equalsInConstantTime(key) else {
                throw Refusal(
                    .token, "the join token is unknown, used up or too old; ask for another")
            }
            return
        }
        record.usedBy = agent
        record.usedKey = key
        let scope = try setting.scope(.update, .agents, in: record.tenant)
        do throws(StoreFailure) {
            try await setting.ledger.update(
                record, ifRevision: token.revision, now: now, in: scope)
        } catch {
            guard error.code == .conflict else { throw error }
            throw Refusal(.token, "the join token is unknown, used up or too old; ask for another")
        }
    }

    private func keep(
        _ agent: LogSourceID, of tenant: TenantID, host: String, _ certificate: [UInt8],
        now: Timestamp
    ) async throws {
        let digest = LedgerDigest(of: certificate)
        let reading = try setting.scope(.read, .agents, in: tenant)
        if var known = try await setting.ledger.value(
            AgentRecord.self, agent.text, of: tenant, in: reading)?.value
        {
            guard known.revoked == nil else { throw Refusal(.revoked, "this agent was revoked") }
            known.certificate = digest
            known.nextCertificate = nil
            let scope = try setting.scope(.update, .agents, in: tenant)
            try await setting.ledger.update(known, now: now, in: scope)
            await hub.changed(known)
        } else {
            let record = AgentRecord(
                id: agent, tenant: tenant, name: host, host: host, certificate: digest)
            let scope = try setting.scope(.create, .agents, in: tenant)
            try await setting.ledger.create(record, now: now, in: scope)
            await hub.changed(record)
        }
    }

    /// A host's own word, without what would be in the way of reading it.
    private static func name(_ host: String) -> String {
        let shown = host.unicodeScalars.filter { $0.value > 0x20 && $0.value != 0x7F }
        let text = String(String.UnicodeScalarView(shown.prefix(200)))
        return text.isEmpty ? "unnamed" : text
    }
}
