internal import Engine
internal import FoundationEssentials
internal import Link
internal import Listen
internal import Logging
internal import Store
internal import Tenancy
internal import Watch
internal import Wire

/// One agent's connection, from hello to its end.
///
/// What it sends of its log goes one way (``intake``), in order, and waits for the disk; everything else is worked on as it comes.
actor AgentSession {
    /// The server's and the agent's clocks may differ so much.
    static let skewSeconds: Int64 = 60
    /// Told of lost events at most so often.
    static let dropsSeconds: Int64 = 300

    private nonisolated let hub: AgentHub
    private nonisolated let link: Link
    private nonisolated var setting: AgentHubSetting { hub.setting }
    private var key: AgentHub.Key?
    private var record: AgentRecord?
    private var certificate: AgentCertificate?
    private var isOpen = false
    private var isMeant = false
    private var hasRenewed = false
    private var told: Set<String> = []
    private var drops: UInt64 = 0
    private var dropsTold: Timestamp?
    private var bulk: [WireMessage] = []
    private var streams: UInt32 = 0
    private var policySent: Int64 = 0

    init(_ hub: AgentHub, _ link: Link) {
        self.hub = hub
        self.link = link
    }

    nonisolated func refuse(_ reason: WireRefusalReason, _ detail: String) {
        hub.count { $0.refused[reason, default: 0] += 1 }
        link.refuse(reason, detail)
    }

    func run() async {
        let (telemetry, toIntake) = AsyncStream<(WireMessage, WireCharge)>.makeStream()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.intake(telemetry) }
            for await event in link.events {
                switch event {
                case .message(let message, let charge):
                    if charge.channel == .telemetry {
                        toIntake.yield((message, charge))
                    } else {
                        await take(message)
                        link.consumed(charge)
                    }
                case .room: await sendBulk()
                case .ended(let end):
                    setting.log.debug(
                        "an agent's connection ended",
                        metadata: ["agent": "\(key?.agent.text ?? "?")", "cause": "\(end)"])
                }
            }
            toIntake.finish()
            // What came is worked on to its end: it was sent once, and an answer to nobody costs nothing.
            await group.waitForAll()
        }
        guard let key, isOpen else { return }
        let (isMeant, now) = (isMeant, setting.clock())
        if let book = try? await hub.book(of: key.tenant) {
            _ = await book.note(key.agent) { progress in
                progress.lastSeen = now
                if !isMeant { progress.presence = .away }
            }
        }
        await hub.leave(key, self, isMeant: isMeant)
    }

    private func take(_ message: WireMessage) async {
        switch message {
        case .hello(let hello): await greet(hello)
        case .health(let health): await heard(health)
        case .goodbye(let goodbye): await leave(goodbye)
        case .renew(let renew): await certify(renew)
        case .receipt(let receipt): await keep(receipt)
        case .bulkBegin, .bulkPiece:
            refuse(.protocol, "no objects are taken from agents by this server")
        default: break
        }
    }

    // MARK: greeting

    private func greet(_ hello: WireHello) async {
        guard let peer = link.peer, let shown = AgentCertificate(der: peer),
            let tenant = TenantID(shown.tenant), let agent = LogSourceID(shown.agent),
            let digest = LedgerDigest(hex: shown.fingerprint)
        else { return refuse(.unknownAgent, "its certificate names no agent") }
        let key = AgentHub.Key(tenant, agent)
        switch hub.directory.judge(key, certificate: digest) {
        case .revoked:
            return refuse(.revoked, "this agent was revoked; enrol it anew if it is wanted")
        case .unknown:
            return refuse(
                .unknownAgent, "this agent, or its certificate, is not known here; enrol it anew")
        case .wanted(let record): self.record = record
        }
        guard hello.versionMin <= WireLimits.version, hello.versionMax >= WireLimits.version else {
            return refuse(
                .version,
                "this server speaks version \(WireLimits.version); update the older of both")
        }
        await confirm(digest)
        self.key = key
        certificate = shown
        let spool = LinkHex.text(hello.spool)
        let now = setting.clock()
        guard let book = try? await hub.book(of: tenant),
            let (progress, isNewRun) = await book.note(
                agent,
                { progress -> (AgentProgress, Bool) in
                    let run = LinkHex.text(hello.run)
                    let isNewRun = progress.run != run
                    progress.run = run
                    progress.begin(spool: spool)
                    progress.presence = .connected
                    progress.lastSeen = now
                    progress.host = hello.host
                    progress.program = hello.program
                    return (progress, isNewRun)
                })
        else {
            return link.refuse(.stopping, "the server's disk refuses; try again", retrySeconds: 10)
        }
        guard await hub.enter(key, self, address: link.address) else {
            return refuse(.stopping, "the server stops")
        }
        isOpen = true
        await welcome(hello, progress, isNewRun: isNewRun)
    }

    private func welcome(
        _ hello: WireHello, _ progress: AgentProgress, isNewRun: Bool
    ) async {
        guard let key else { return }
        var welcome = WireWelcome()
        welcome.version = WireLimits.version
        welcome.acknowledged = progress.through
        welcome.wallNanoseconds = setting.clock().nanoseconds
        welcome.healthSeconds = setting.healthSeconds
        let policy = await hub.policy(of: key.tenant)
        welcome.policyVersion = UInt64(clamping: policy?.version ?? 0)
        await link.send(.welcome(welcome))
        if hello.previousEnd == .killed, isNewRun {
            await tell(.killed, "it was not ended by itself, and the machine ran on")
        }
        await compareClocks(hello.wallNanoseconds)
        if let policy, UInt64(clamping: policy.version) > hello.policyVersion {
            await send(policy: policy)
        }
        for order in await hub.orders(of: key) { await send(order: order) }
    }

    /// A renewed certificate that was shown is the only one from now on.
    private func confirm(_ shown: LedgerDigest) async {
        guard var record, record.nextCertificate == shown else { return }
        record.certificate = shown
        record.nextCertificate = nil
        do throws(StoreFailure) {
            let scope = try setting.scope(.update, .agents, in: record.tenant)
            try await setting.ledger.update(record, now: setting.clock(), in: scope)
            hub.directory.keep(record)
            self.record = record
        } catch {
            setting.log.error("a certificate cannot be confirmed", metadata: ["cause": "\(error)"])
        }
    }

    // MARK: the log

    private func intake(_ telemetry: AsyncStream<(WireMessage, WireCharge)>) async {
        for await (message, charge) in telemetry {
            let isDone =
                switch message {
                case .records(let records): await keep(records)
                case .gap(let gap): await keep(gap)
                default: true
                }
            guard isDone else { return refuse(.stopping, "the server cannot keep records now") }
            link.consumed(charge)
        }
    }

    /// - Returns: false where the connection shall end, nothing acknowledged.
    private func keep(_ records: WireRecords) async -> Bool {
        guard let key, let record, let book = try? await hub.book(of: key.tenant) else {
            return false
        }
        let now = setting.clock()
        // Asked on a copy, as nothing may be noted before the records are durable.
        var progress = await book.progress(of: key.agent)
        let count = records.records.count
        let (step, _) = progress.meet(first: records.first, count: count, now: now)
        guard case .take(let dropped) = step else {
            await acknowledge(progress.through)
            return true
        }
        let delivery = AgentDelivery(key, host: record.host, spool: progress.spool)
            .delivery(of: records, dropping: dropped)
        guard await deliver(delivery) else { return false }
        let last = records.first + UInt64(count) - 1
        let noted = await book.note(key.agent) { progress -> AgentProgress.Gap? in
            let (_, gap) = progress.meet(first: records.first, count: count, now: now)
            progress.kept(through: last, count: count - dropped)
            return gap
        }
        guard let noted else { return false }
        if let gap = noted { await tell(gap) }
        await acknowledge(last)
        return true
    }

    private func keep(_ gap: WireGap) async -> Bool {
        guard let key, let book = try? await hub.book(of: key.tenant) else { return false }
        let now = setting.clock()
        let reason: AgentProgress.Gap.Reason =
            switch gap.reason {
            case .full: .full
            case .damaged: .damaged
            default: .unexplained
            }
        let noted = await book.note(key.agent) { progress in
            (
                progress.lost(first: gap.first, last: gap.last, reason, now: now),
                progress.through
            )
        }
        guard let (found, through) = noted else { return false }
        for gap in found { await tell(gap) }
        await acknowledge(through)
        return true
    }

    /// Hands records in until they are durable, however long the tenant's quota or the disk lets them wait: the agent keeps them meanwhile.
    private func deliver(_ delivery: Delivery) async -> Bool {
        while true {
            switch await setting.take(delivery) {
            case .success(let outcomes):
                let stored = outcomes.count { $0 == .stored }
                hub.count {
                    $0.records += stored
                    $0.duplicates += outcomes.count - stored
                }
                return true
            case .failure(let refusal):
                let seconds: Int
                switch refusal {
                case .busy(let wait), .overQuota(let wait): seconds = max(1, wait)
                case .storage: seconds = 5
                case .closed:
                    refuse(.closed, "the tenant is closed")
                    return false
                }
                for _ in 0..<min(seconds, 60) where link.isOpen {
                    try? await Task.sleep(for: .seconds(1))
                }
                guard link.isOpen else { return false }
            }
        }
    }

    private func acknowledge(_ through: UInt64) async {
        var acknowledgement = WireAcknowledgement()
        acknowledgement.through = through
        await link.send(.acknowledgement(acknowledgement))
    }

    // MARK: how it does

    private func heard(_ health: WireHealth) async {
        guard let key else { return }
        await hub.heard(key, health)
        await compareClocks(health.wallNanoseconds)
        if health.clockStepMilliseconds != 0 {
            await tell(.clock, "the machine's clock stepped by \(health.clockStepMilliseconds) ms")
        }
        for complaint in health.complaints
        where complaint.hasPrefix("policy:") && told.insert(complaint).inserted {
            await tell(.tampered, complaint)
        }
        await compareDrops(health.drops)
        guard let book = try? await hub.book(of: key.tenant) else { return }
        let known = await book.progress(of: key.agent)
        guard
            known.tier != health.tier || known.policyVersion != health.policyVersion
                || known.program != health.program
        else { return }
        _ = await book.note(key.agent) {
            $0.tier = health.tier
            $0.policyVersion = health.policyVersion
            $0.program = health.program
        }
    }

    private func compareClocks(_ nanoseconds: Int64) async {
        let skew = (nanoseconds - setting.clock().nanoseconds) / 1_000_000_000
        guard abs(skew) > Self.skewSeconds, told.insert("clock").inserted else { return }
        await tell(
            .clock, "its clock is \(abs(skew)) s \(skew > 0 ? "ahead of" : "behind") the server's")
    }

    private func compareDrops(_ now: UInt64) async {
        guard now > drops else {
            drops = now
            return
        }
        let time = setting.clock()
        if let before = dropsTold, before.adding(seconds: Self.dropsSeconds) > time { return }
        let lost = now - drops
        drops = now
        dropsTold = time
        await tell(.drops, "\(lost) events were lost before they could be kept")
    }

    private func leave(_ goodbye: WireGoodbye) async {
        guard let key, let book = try? await hub.book(of: key.tenant) else { return }
        isMeant = true
        let isGone = goodbye.reason == .uninstalling
        _ = await book.note(key.agent) { $0.presence = isGone ? .uninstalled : .stopped }
        await tell(
            isGone ? .uninstalled : .stopped, isGone ? "it was removed" : "it was told to stop")
    }

    private func tell(_ gap: AgentProgress.Gap) async {
        await tell(
            .gap, "sequences \(gap.first) to \(gap.last) will never come (\(gap.reason.rawValue))")
    }

    private func tell(_ kind: AgentNotice.Kind, _ detail: String) async {
        guard let key, let record else { return }
        await setting.notice(
            AgentNotice(
                kind, agent: key.agent, host: record.name, time: setting.clock(), detail: detail),
            key.tenant)
    }

    // MARK: whether it is wanted

    /// Looks anew whether the agent is wanted, and its certificate good.
    func judge(now: Timestamp, _ key: AgentHub.Key) async {
        guard let certificate, let digest = LedgerDigest(hex: certificate.fingerprint) else {
            return
        }
        switch hub.directory.judge(key, certificate: digest) {
        case .revoked: refuse(.revoked, "this agent was revoked; enrol it anew if it is wanted")
        case .unknown: refuse(.unknownAgent, "this agent's certificate is not in force any more")
        case .wanted(let record):
            self.record = record
            if certificate.notAfter <= now.date {
                refuse(.unknownAgent, "this agent's certificate is too old; enrol it anew")
            }
        }
    }

    private func certify(_ renew: WireRenew) async {
        guard var record, let certificate, !hasRenewed,
            setting.clock().date >= certificate.renewAfter
        else { return refuse(.request, "a certificate is renewed once, after half of its time") }
        hasRenewed = true
        let now = setting.clock()
        guard let request = KeyRequest(der: Array(renew.request)),
            let made = setting.authority.issuer.certify(
                request, agent: record.id, tenant: record.tenant.text,
                seconds: setting.certificateSeconds, now: now.date)
        else {
            return refuse(
                .request, "the request for a certificate is not of a P-256 key that signed it")
        }
        record.nextCertificate = LedgerDigest(of: made)
        do throws(StoreFailure) {
            let scope = try setting.scope(.update, .agents, in: record.tenant)
            try await setting.ledger.update(record, now: now, in: scope)
        } catch {
            hasRenewed = false
            return setting.log.error(
                "a certificate cannot be renewed", metadata: ["cause": "\(error)"])
        }
        hub.directory.keep(record)
        self.record = record
        var renewed = WireRenewed()
        renewed.certificate = Data(made)
        await link.send(.renewed(renewed))
    }

    // MARK: what it is to do

    func send(policy: AgentPolicyRecord) async {
        guard isOpen, policy.version > policySent, let policyBytes = signed(policy) else { return }
        policySent = policy.version
        streams += 1
        bulk += BulkObject(kind: "policy", name: "\(policy.version)", bytes: policyBytes)
            .messages(stream: streams)
        await sendBulk()
    }

    private func signed(_ record: AgentPolicyRecord) -> [UInt8]? {
        do throws(AgentPolicyText.Failure) {
            let policy = try AgentPolicyText.policy(of: record)
            return AgentPolicyText.signed(policy, by: setting.authority.signer)
        } catch {
            setting.log.error("a policy cannot be sent", metadata: ["cause": "\(error)"])
            return nil
        }
    }

    private func sendBulk() async {
        while let next = bulk.first, await link.send(next) { bulk.removeFirst() }
    }

    func send(order: OrderRecord) async {
        guard isOpen, let key, let body = order.body.flatMap({ Base64URL.bytes($0) }),
            let signature = order.signature.flatMap({ Base64URL.bytes($0) }),
            setting.clock() < order.expires
        else { return }
        var signed = WireSignedOrder()
        signed.order = order.id
        signed.body = Data(body)
        signed.signature = Data(signature)
        signed.key = order.key ?? ""
        signed.expiresNanoseconds = order.expires.nanoseconds
        guard await link.send(.order(signed)), order.state == .queued else { return }
        var delivered = order
        delivered.state = .delivered
        delivered.delivered = setting.clock()
        await hub.keep(delivered, key)
    }

    private func keep(_ receipt: WireOrderReceipt) async {
        guard let key else { return }
        // A receipt of an order that is not waiting any more was kept before: its sender may forget it.
        if var order = await hub.orders(of: key).first(where: { $0.id == receipt.order }) {
            order.state = .answered
            order.answered = setting.clock()
            order.receipt = Base64URL.text(Array(receipt.body))
            order.receiptSignature = Base64URL.text(Array(receipt.signature))
            order.receiptKey = receipt.key
            guard await hub.keep(order, key) else { return }
        } else if !receipt.orderBody.isEmpty {
            guard await hub.keep(standing: receipt, key, host: record?.name ?? key.agent.text)
            else { return }
        }
        var taken = WireReceiptTaken()
        taken.order = receipt.order
        await link.send(.receiptTaken(taken))
    }
}
