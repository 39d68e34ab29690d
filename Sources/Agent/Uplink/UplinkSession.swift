internal import Engine
internal import FoundationEssentials
internal import Link
internal import SwiftProtobuf
internal import Wire

/// One connection to the server, from hello to its end.
actor UplinkSession {
    /// Content of one frame of records; with its frame well below the telemetry frame's bound, unless one record is larger.
    static let batchBytesMax = 128 << 10
    /// Told between two regular healths where something changed.
    static let changeSeconds = 1

    private let service: AgentService
    private let link: Link
    private let setting: AgentSetting
    private let identity: AgentIdentity
    private var sentThrough: UInt64 = 0
    private var isOpen = false
    private var isPumping = false
    private var wantsPump = false
    private var bulk = BulkAssembly(bytesMax: ["policy": PolicyBook.bytesMax])
    private var healthSeconds = 15
    private var ticks = 0
    private var told: WireHealth?
    private var clockStep: Int64 = 0
    /// The key of a certificate that was asked for.
    private var renewing: AgentKey?

    init(_ service: AgentService, _ link: Link, _ setting: AgentSetting, _ identity: AgentIdentity)
    {
        self.service = service
        self.link = link
        self.setting = setting
        self.identity = identity
    }

    /// Says goodbye where the task was cancelled.
    ///
    /// - Returns: why it ended.
    func run(_ hello: WireHello) async -> String {
        await link.send(.hello(hello))
        let end = await withTaskGroup(of: String?.self) { group in
            group.addTask { await self.listen() }
            group.addTask {
                for await _ in await self.service.spool.follow() { await self.pump() }
                return nil
            }
            group.addTask {
                for await receipt in self.service.receipts() { await self.send(receipt) }
                return nil
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(Self.changeSeconds))
                    await self.tick()
                }
                return nil
            }
            var end: String?
            while end == nil, let one = await group.next() { end = one }
            group.cancelAll()
            return end
        }
        if isOpen, Task.isCancelled {
            var goodbye = WireGoodbye()
            goodbye.reason = .stopping
            await link.send(.goodbye(goodbye))
        }
        await link.close()
        return end ?? "the connection was closed"
    }

    private func listen() async -> String {
        for await event in link.events {
            switch event {
            case .room: await pump()
            case .ended(let end): return end.description
            case .message(let message, let charge):
                if let end = await take(message) {
                    link.consumed(charge)
                    return end
                }
                link.consumed(charge)
            }
        }
        return "the connection was closed"
    }

    /// - Returns: why the connection shall end; nil where it goes on.
    private func take(_ message: WireMessage) async -> String? {
        switch message {
        case .welcome(let welcome): await open(welcome)
        case .acknowledgement(let acknowledgement): await acknowledge(acknowledgement.through)
        case .order(let order): await perform(order)
        case .receiptTaken(let taken):
            complain { try service.remember { try $0.orders.taken(taken.order) } }
        case .renewed(let renewed): return renew(renewed)
        case .bulkBegin(let begin):
            do throws(BulkAssembly.Failure) { try bulk.take(begin) } catch {
                setting.log("the server sent an object `\(begin.kind)` that is not taken here")
            }
        case .bulkPiece(let piece):
            if let object = try? bulk.take(piece) { await takePolicy(object.bytes) }
        default: break
        }
        return nil
    }

    private func open(_ welcome: WireWelcome) async {
        healthSeconds = min(60, max(1, Int(welcome.healthSeconds)))
        sentThrough = welcome.acknowledged
        await acknowledge(welcome.acknowledged, isWelcome: true)
        isOpen = true
        setting.log("connected to \(identity.server)")
        service.tell {
            $0.isConnected = true
            $0.connection = "connected to \(identity.server)"
        }
        for receipt in (try? service.remember { try $0.orders.waiting() }) ?? [] {
            await link.send(.receipt(receipt))
        }
        await tick(isFirst: true)
        await pump()
    }

    private func acknowledge(_ through: UInt64, isWelcome: Bool = false) async {
        do throws(AgentFailure) {
            let isKnown = try await service.spool.acknowledge(through: through)
            if !isKnown { setting.log("the server has more records than this spool gave") }
        } catch { setting.log("\(error)") }
        service.tell { $0.acknowledged = max($0.acknowledged, through) }
        if !isWelcome { service.remember { $0.backoff.reset() } }
    }

    // MARK: telemetry

    /// Sends what the window takes. Only one does at a time.
    private func pump() async {
        guard isOpen else { return }
        wantsPump = true
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        while wantsPump {
            wantsPump = false
            while await sendNext() {}
        }
    }

    private func sendNext() async -> Bool {
        let room = await link.room(on: .telemetry)
        guard room > 0 else { return false }
        let piece: Spool.Piece?
        do throws(AgentFailure) {
            piece = try await service.spool.next(
                after: sentThrough, bytesMax: min(room, Self.batchBytesMax),
                recordsMax: WireLimits.recordsMax)
        } catch {
            setting.log("\(error)")
            return false
        }
        guard let piece, await link.send(Self.message(of: piece)) else { return false }
        sentThrough = piece.last
        return true
    }

    private static func message(of piece: Spool.Piece) -> WireMessage {
        switch piece {
        case .records(let first, let list):
            var records = WireRecords()
            records.first = first
            records.records = list.map { one in
                var record = WireRecord()
                record.content = Data(one.content)
                record.format = one.format
                record.timeNanoseconds = one.time.nanoseconds
                return record
            }
            return .records(records)
        case .gap(let lost):
            var gap = WireGap()
            gap.first = lost.first
            gap.last = lost.last
            gap.reason = lost.reason == .full ? .full : .damaged
            return .gap(gap)
        }
    }

    // MARK: what the server wants

    private func takePolicy(_ bytes: [UInt8]) async {
        do {
            let isNew = try service.remember { try $0.policy.take(bytes) }
            guard isNew, let policy = service.policy else { return }
            setting.log("policy \(policy.version) is in force")
            await service.spool.detect(by: policy, as: identity.agent)
            let most = policy.limits.spoolBytes
            await service.spool.bound(
                bytesMax: most == 0 ? SpoolLimits.bytesMax : Int(clamping: most))
            await tick(isFirst: true)
        } catch { setting.log("refused: \(error)") }
    }

    private func perform(_ order: WireSignedOrder) async {
        do throws(AgentFailure) {
            let now = setting.wall().nanoseconds
            let book = service.remember { $0.orders }
            switch try book.judge(order, nanoseconds: now) {
            case .answer(let receipt): await link.send(.receipt(receipt))
            case .refuse(let reason): setting.log("an order was refused: \(reason)")
            case .perform, .resume:
                try book.begin(order.order)
                let receipt = await setting.perform(order, service.policy)
                try book.keep(receipt)
                await link.send(.receipt(receipt))
            }
        } catch { setting.log("\(error)") }
    }

    /// One that came of a standing order; before the server said welcome it waits with the others.
    private func send(_ receipt: WireOrderReceipt) async {
        guard isOpen else { return }
        await link.send(.receipt(receipt))
    }

    private func renew(_ renewed: WireRenewed) -> String? {
        guard let key = renewing else { return nil }
        renewing = nil
        var identity = service.identity
        identity.certificate = Array(renewed.certificate)
        identity.keyPEM = key.pem
        guard (try? identity.authority.judge(agent: identity.certificate, now: setting.date)) != nil
        else { return "the server sent a certificate that is not good" }
        do throws(AgentFailure) { try identity.keep(in: setting.folder) } catch {
            setting.log("\(error)")
            return nil
        }
        service.remember {
            $0.identity = identity
            $0.backoff.reset()
        }
        setting.log("the certificate was renewed")
        return "connecting anew with the renewed certificate"
    }

    // MARK: time

    private func tick(isFirst: Bool = false) async {
        ticks += 1
        clockStep += service.remember {
            $0.clock.look(wall: setting.wall(), steady: .now)
        }
        guard isOpen else { return }
        if ticks % 5 == 0 { service.remember { $0.policy.examine() } }
        await askRenewal()
        let health = await health()
        let isDue = isFirst || ticks % healthSeconds == 0 || told.map { !health.isLike($0) } ?? true
        guard isDue, await link.send(.health(health)) else { return }
        told = health
        clockStep = 0
    }

    private func askRenewal() async {
        guard renewing == nil,
            let certificate = AgentCertificate(der: identity.certificate),
            setting.date >= certificate.renewAfter
        else { return }
        let key = AgentKey()
        guard let request = key.request() else { return }
        renewing = key
        var renew = WireRenew()
        renew.request = Data(request)
        await link.send(.renew(renew))
    }

    private func health() async -> WireHealth {
        let figures = await service.spool.figures
        let sensor = setting.sensor()
        var complaints: [String] = []
        if let failure = await service.spool.failure {
            complaints.append("spool: \(failure.message)")
        }
        if figures.evicted > 0 { complaints.append("spool: \(figures.evicted) records had to go") }
        if figures.damaged > 0 {
            complaints.append("spool: \(figures.damaged) records are damaged")
        }
        let problems = await service.spool.ruleProblemCount
        if problems > 0 { complaints.append("rules: \(problems) of the policy cannot be used") }
        let unknown = await service.spool.containmentProblemCount
        if unknown > 0 {
            complaints.append("containment: \(unknown) of the policy are not done by this agent")
        }
        let (version, complaint) = service.remember { ($0.policy.version, $0.policy.complaint) }
        if let complaint { complaints.append("policy: \(complaint)") }
        let now = setting.wall()
        var health = WireHealth()
        health.tier = sensor.tier
        health.program = setting.program
        health.wallNanoseconds = now.nanoseconds
        health.spoolBytes = UInt64(figures.bytes)
        health.spoolBytesMax = UInt64(figures.bytesMax)
        health.spoolRecords = figures.waiting
        health.lagMilliseconds = UInt64(
            max(0, (now.nanoseconds - (figures.oldest ?? now).nanoseconds) / 1_000_000))
        health.drops = sensor.drops
        health.cuts = sensor.cuts
        health.alerts = sensor.alerts + (await service.spool.alertCount)
        health.policyVersion = version
        health.complaints = complaints.map { String(decoding: $0.utf8.prefix(250), as: UTF8.self) }
        health.clockStepMilliseconds = clockStep
        let ends = AgentCertificate(der: identity.certificate)?.notAfter
        service.tell {
            $0.policyVersion = version
            $0.complaints = complaints
            $0.certificateEnds = ends.map {
                Timestamp(nanoseconds: Int64($0.timeIntervalSince1970) * 1_000_000_000)
            }
        }
        return health
    }

    private func complain(_ body: () throws -> Void) {
        do { try body() } catch { setting.log("\(error)") }
    }
}

extension WireHealth {
    /// Whether nothing changed that should be told at once.
    fileprivate func isLike(_ other: WireHealth) -> Bool {
        tier == other.tier && drops == other.drops && cuts == other.cuts && alerts == other.alerts
            && policyVersion == other.policyVersion && complaints == other.complaints
            && clockStepMilliseconds == 0
    }
}
