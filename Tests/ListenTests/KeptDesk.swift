import Engine
import Synchronization
import Tenancy

@testable import Listen

/// A desk that keeps records in memory, and does what a test wants of a desk.
final class KeptDesk: IntakeDesk {
    struct State {
        var deliveries: [Delivery] = []
        var keys: Set<RecordKey> = []
        var refusals: [IntakeRefusal] = []
        var takes = 0
    }

    let tokens: [String: SourceBinding]
    let listeners: [String: SourceBinding]
    let certificates: [String: SourceBinding]
    /// Waits before it keeps anything.
    let delay: Duration
    private let state = Mutex(State())

    init(
        tokens: [String: SourceBinding] = ["secret": .acme],
        listeners: [String: SourceBinding] = [:], certificates: [String: SourceBinding] = [:],
        refusals: [IntakeRefusal] = [], delay: Duration = .zero
    ) {
        self.tokens = tokens
        self.listeners = listeners
        self.certificates = certificates
        self.delay = delay
        state.withLock { $0.refusals = refusals }
    }

    func binding(forToken token: String) -> SourceBinding? { tokens[token] }
    func binding(forListener listener: String, peer: String) -> SourceBinding? {
        listeners[listener]
    }
    func binding(forCertificate fingerprint: String) -> SourceBinding? {
        certificates[fingerprint] ?? certificates["any"]
    }

    func take(_ delivery: Delivery) async throws(IntakeRefusal) -> [IntakeOutcome] {
        if delay > .zero { try? await Task.sleep(for: delay) }
        let result = state.withLock { state -> Result<[IntakeOutcome], IntakeRefusal> in
            state.takes += 1
            if !state.refusals.isEmpty { return .failure(state.refusals.removeFirst()) }
            var kept = delivery
            kept.records = []
            var outcomes: [IntakeOutcome] = []
            for record in delivery.records {
                if let key = record.key, !state.keys.insert(key).inserted {
                    outcomes.append(.duplicate)
                } else {
                    outcomes.append(.stored)
                    kept.records.append(record)
                }
            }
            state.deliveries.append(kept)
            return .success(outcomes)
        }
        return try result.get()
    }

    var takes: Int { state.withLock { $0.takes } }
    var deliveries: [Delivery] { state.withLock { $0.deliveries } }
    var records: [Delivery.Record] { deliveries.flatMap(\.records) }
    var texts: [String] { records.map { $0.text } }

    /// Waits until so many records are kept; a test that waits for what never comes ends in its time limit.
    func wait(for count: Int) async {
        while records.count < count {
            try? await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension Delivery.Record {
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var labelText: String { String(decoding: labels, as: UTF8.self) }
}

extension SourceBinding {
    static let acme = SourceBinding(
        tenant: TenantID("acme").unsafelyUnwrapped, source: LogSourceID("web").unsafelyUnwrapped)
    static let other = SourceBinding(
        tenant: TenantID("other").unsafelyUnwrapped, source: LogSourceID("web").unsafelyUnwrapped)
}

extension IntakeAnswer {
    var text: String { String(decoding: body, as: UTF8.self) }
}
