import Engine
import HTTPTypes
import Logging
import Store
import Tenancy

/// Tells webhooks of changes of incidents: each from its own place in the ledger on, at least once, over restarts too.
actor WebhookSender {
    /// Of one tenant.
    static let perTenantMax = 32
    /// That are told at one time.
    static let atOnceMax = 64
    static let answerBytesMax = 64 << 10
    /// Changes read at once.
    static let batch = 100
    static let step = Duration.seconds(1)

    private let ledger: Ledger
    private let caller: OutsideCaller
    private let now: @Sendable () -> Timestamp
    private var lanes: [String: WebhookLane] = [:]
    private var underWay: Set<String> = []
    private(set) var sent: Int64 = 0
    private(set) var failed: Int64 = 0

    init(
        ledger: Ledger, reach: OutsideCaller.Reach, now: @escaping @Sendable () -> Timestamp
    ) {
        self.ledger = ledger
        self.now = now
        caller = OutsideCaller(reach: reach)
    }

    /// Until it is cancelled.
    func run(logger: Logger) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    for webhook in try await due() where underWay.count < Self.atOnceMax {
                        guard underWay.insert(webhook.id).inserted else { continue }
                        group.addTask { await self.tell(webhook, logger: logger) }
                    }
                } catch {
                    logger.error("Webhooks cannot be read: \(error)")
                }
                try? await Task.sleep(for: Self.step)
            }
        }
    }

    func lane(of id: String) -> WebhookLane { lanes[id] ?? WebhookLane() }

    /// It may be told at once again: it was enabled, or changed.
    func forget(_ id: String) { lanes[id] = nil }

    // MARK: - Deciding

    /// Those that are enabled and must not wait.
    func due() async throws -> [WebhookRecord] {
        var due: [WebhookRecord] = []
        var known: Set<String> = []
        for tenants in try await tenantPages() {
            let scope = try Service.reading(.webhooks, in: tenants)
            var last: (tenant: TenantID, id: String)?
            repeat {
                let page = try await ledger.values(WebhookRecord.self, after: last, in: scope)
                for webhook in page.map(\.value) {
                    known.insert(webhook.id)
                    guard !webhook.isDisabled else { continue }
                    if case .wait = lane(of: webhook.id).step(now: now()) { continue }
                    due.append(webhook)
                }
                last =
                    page.count == LedgerLimits.pageMax
                    ? page.last.map { ($0.value.tenant, $0.value.id) } : nil
            } while last != nil
        }
        lanes = lanes.filter { known.contains($0.key) }
        return due
    }

    private func tenantPages() async throws -> [[TenantID]] {
        let scope = try Service.reading(.tenants)
        var pages: [[TenantID]] = []
        var last: (tenant: TenantID, id: String)?
        while true {
            let page = try await ledger.values(TenantRecord.self, after: last, in: scope)
            if !page.isEmpty { pages.append(page.map(\.value.tenantID)) }
            guard page.count == LedgerLimits.pageMax, let end = page.last else { return pages }
            last = (end.value.tenant, end.value.id)
        }
    }

    // MARK: - Acting

    /// Tells one webhook what it was not told, until nothing is left or an attempt fails.
    func tell(_ webhook: WebhookRecord, logger: Logger) async {
        underWay.insert(webhook.id)
        defer { underWay.remove(webhook.id) }
        do {
            if case .disable = lane(of: webhook.id).step(now: now()) {
                try await disable(webhook)
                return
            }
            while try await tellBatch(webhook) {
                guard !Task.isCancelled else { return }
            }
            if case .disable = lane(of: webhook.id).step(now: now()) { try await disable(webhook) }
        } catch {
            logger.error(
                "A webhook cannot be told: \(error)", metadata: ["webhook": "\(webhook.id)"])
        }
    }

    /// False where nothing is left, or an attempt failed.
    private func tellBatch(_ webhook: WebhookRecord) async throws -> Bool {
        let scope = try Service.reading(.incidents, in: webhook.tenant)
        let reading = try Service.reading(.webhooks, in: webhook.tenant)
        let writing = try Service.writing(.webhooks, in: webhook.tenant)
        let through = try await ledger.mark(
            .webhookThrough, webhook.id, of: webhook.tenant, in: reading)
        let changes = try await ledger.changes(
            after: through ?? 0, limit: Self.batch, in: scope)
        guard !changes.isEmpty else { return false }
        guard
            let secret = try await ledger.secret(
                .webhook, of: webhook, in: Service.writing(.tenants, in: webhook.tenant))
        else {
            lanes[webhook.id, default: WebhookLane()].failed(
                status: 410, "it has no secret", now: now())
            return false
        }
        for change in changes {
            guard !Task.isCancelled else { return false }
            let type = WebhookMessage.type(of: change.kind)
            if webhook.events.isEmpty || webhook.events.contains(type) {
                let view = try? await ledger.incident(change.key, in: scope)
                let message = WebhookMessage(change, view?.summary, to: webhook)
                guard await isTaken(message, by: webhook, secret: secret) else { return false }
            }
            try await ledger.note(
                [Mark(.webhookThrough, webhook.id, of: webhook.tenant, change.ordinal)],
                in: writing)
        }
        return changes.count == Self.batch
    }

    private func isTaken(
        _ message: WebhookMessage, by webhook: WebhookRecord, secret: [UInt8]
    ) async -> Bool {
        var status: Int?
        let reason: String
        do throws(OutsideCaller.Failure) {
            let answer = try await caller.call(
                .post, webhook.url, headers: message.headers(secret: secret, now: now()),
                body: message.body, bytesMax: Self.answerBytesMax)
            if (200..<300).contains(answer.status) {
                lanes[webhook.id, default: WebhookLane()].succeeded()
                sent += 1
                return true
            }
            status = answer.status
            reason = "it answered \(answer.status)"
        } catch {
            reason = "\(error)"
        }
        failed += 1
        lanes[webhook.id, default: WebhookLane()].failed(status: status, reason, now: now())
        return false
    }

    /// The ledger has why, and the list shows that it is.
    private func disable(_ webhook: WebhookRecord) async throws {
        let scope = try Service.writing(.webhooks, in: webhook.tenant)
        var changed = webhook
        changed.isDisabled = true
        let lane = lane(of: webhook.id)
        _ = try await ledger.tell(
            "webhook-disabled", about: "webhook/\(webhook.id)",
            .object([
                "failures": .integer(Int64(lane.failures)),
                "last": .text(lane.lastFailure ?? "none"),
            ]), of: webhook.tenant, now: now(), in: scope)
        try await ledger.update(changed, now: now(), in: scope)
    }
}
