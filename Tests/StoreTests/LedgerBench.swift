import Engine
import Foundation
import Store
import Tenancy
import TestKit
import Testing

/// A ledger in a folder of its own, with tenants, and scopes made by the real policy.
struct LedgerBench {
    static let acme = tenant("acme")
    static let birch = tenant("birch")

    let folder: String
    let ledger: Ledger

    static func tenant(_ text: String) -> TenantID {
        guard let tenant = TenantID(text) else { preconditionFailure("a test's tenant") }
        return tenant
    }

    static let keys: LedgerKeys = {
        let signing = (0..<32).map { UInt8($0) }
        guard let keys = LedgerKeys(signing: signing, sealing: signing.reversed()) else {
            preconditionFailure("32 bytes are a key")
        }
        return keys
    }()

    static func folder() throws -> String {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("kagari-ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    /// Calls `body` with a fresh ledger that has the tenants `acme` and `birch`, and removes it afterwards.
    static func with<Value>(
        headInterval: Duration = .seconds(60), _ body: (LedgerBench) async throws -> Value
    ) async throws -> Value {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledger = try await Ledger.open(
            in: folder, keys: keys, now: at(0), random: SplitMix64(seed: 1),
            headInterval: headInterval)
        let bench = LedgerBench(folder: folder, ledger: ledger)
        for tenant in [acme, birch] {
            try await ledger.create(
                TenantRecord(id: tenant, name: tenant.text.capitalized), now: at(0),
                in: bench.scope(.create, .tenants, [Ledger.provider]))
        }
        let value = try await body(bench)
        try await ledger.close(now: at(9000))
        return value
    }

    /// Seconds after the beginning of 2026.
    static func at(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: (1_767_225_600 + seconds) * 1_000_000_000)
    }

    func scope(
        _ action: Permission.Action, _ resource: Permission.Resource,
        _ tenants: [TenantID] = [LedgerBench.acme], as name: String = "anna"
    ) throws -> TenantScope {
        guard let id = PrincipalID(name) else { throw CocoaError(.coderInvalidValue) }
        // One of these roles has the right; which one is for the policy to say.
        var last: (any Error)?
        for role in [Role.providerAdmin, .lead, .service] {
            let person = Principal(
                id: id, name: name, grants: [Principal.Grant(role, in: .all)])
            do {
                return try Policy().authorize(
                    person, to: Permission(action, resource), in: tenants)
            } catch { last = error }
        }
        throw last ?? CocoaError(.coderInvalidValue)
    }

    static func alertID(_ number: Int) -> AlertID {
        let hex = String(number, radix: 16)
        return AlertID(String(repeating: "0", count: 32 - hex.count) + hex)
            ?? { preconditionFailure("32 hex digits") }()
    }

    static func incidentID(_ number: Int) -> IncidentID {
        let hex = String(number, radix: 16)
        return IncidentID("a" + String(repeating: "0", count: 31 - hex.count) + hex)
            ?? { preconditionFailure("32 hex digits") }()
    }

    static func alert(_ number: Int, suppression: String? = nil) -> KeptAlert {
        KeptAlert(
            id: alertID(number), rule: "rule-\(number % 3)", title: "Rule \(number % 3)",
            level: .high, host: "ws-\(number)", user: "maria", time: at(Int64(number)),
            received: at(Int64(number) + 1), alerted: at(Int64(number) + 2),
            suppression: suppression, body: #"{"number":\#(number),"rate":0.5}"#)
    }

    static func incident(
        _ number: Int, alerts: [Int], risk: Int = 50, title: String = "An attack"
    ) -> ToldIncident {
        ToldIncident(
            id: incidentID(number), title: title, level: .high, risk: risk, confidence: 80,
            firstSeen: at(1), lastSeen: at(100 + Int64(number)), story: ["It began.", "It ended."],
            techniques: ["T1059.001"], entities: ["ws-\(number)", "maria"],
            alerts: alerts.map(alertID), details: #"{"graph":[]}"#)
    }

    @discardableResult
    func keep(
        alerts: [KeptAlert] = [], incidents: [ToldIncident] = [],
        merges: [FindingBatch.Merge] = [], through: UInt64 = 1,
        of tenant: TenantID = LedgerBench.acme, now: Timestamp = LedgerBench.at(10)
    ) async throws -> KeepOutcome {
        try await ledger.keep(
            FindingBatch(
                alerts: alerts, incidents: incidents, merges: merges, through: through),
            of: tenant, now: now, in: scope(.create, .incidents, [tenant], as: "kagari-service"))
    }

    @discardableResult
    func act(
        _ act: CaseAct, on number: Int = 1, ifRevision: UInt64? = nil,
        now: Timestamp = LedgerBench.at(20), as name: String = "anna"
    ) async throws -> CaseOutcome {
        try await ledger.perform(
            act, on: IncidentKey(Self.incidentID(number), of: Self.acme), ifRevision: ifRevision,
            now: now,
            in: scope(act.permission.action, act.permission.resource, as: name))
    }

    func view(_ number: Int = 1) async throws -> IncidentView {
        try await ledger.incident(
            IncidentKey(Self.incidentID(number), of: Self.acme), in: scope(.read, .incidents))
    }

    func alerts(of incident: IncidentID) async throws -> Set<AlertID> {
        let page = try await ledger.alerts(
            matching: AlertQuery(incident: incident, limit: 500), in: scope(.read, .alerts))
        return Set(page.alerts.map(\.id))
    }

    /// Two incidents of three alerts each.
    func keepTwo() async throws {
        try await keep(
            alerts: (1...6).map { Self.alert($0) },
            incidents: [
                Self.incident(1, alerts: [1, 2, 3], risk: 40),
                Self.incident(2, alerts: [4, 5, 6], risk: 70),
            ], through: 6)
    }

    /// Every kind of work once, so that every kind of entry is there.
    func workThrough() async throws {
        try await keepTwo()
        try await act(.see)
        try await act(.assign(PrincipalID("ben")))
        try await act(.comment("It is real."))
        try await act(.editComment(1, "It is very real."))
        try await act(.addTask("Ask the user"))
        try await act(.setTask(1, done: true))
        try await act(
            .addEvidence(
                EvidenceNote(
                    note: "The mail", digest: LedgerDigest(of: [1, 2, 3]), sequences: [3, 7])))
        try await act(.tag("phishing"))
        try await act(.tag("mail"))
        try await act(.untag("mail"))
        try await act(.decide(.truePositive, reason: "Seen it."))
        try await act(.record(.contained, Self.at(30)))
        try await act(.close)
        try await act(.reopen(reason: "There is more."))
        let scope = try scope(.update, .incidents)
        let merge = try await ledger.merge(
            Self.incidentID(1), into: Self.incidentID(2), of: Self.acme, reason: "One mail",
            now: Self.at(40), in: scope)
        _ = try await ledger.undo(
            merge.position, of: Self.acme, reason: "Two mails", now: Self.at(41), in: scope)
        _ = try await ledger.split(
            [Self.alertID(5)], from: IncidentKey(Self.incidentID(2), of: Self.acme),
            title: "Another matter", reason: "Not the same", now: Self.at(42), in: scope)
        let person = try await keepPerson()
        try await ledger.keepSecret(
            Array("$scrypt$…".utf8), .passwordVerifier, of: person, now: Self.at(43),
            in: self.scope(.update, .people, [Self.acme]))
        _ = try await ledger.tell(
            "search-run", about: "events", .object(["rows": .integer(7)]), of: Self.acme,
            now: Self.at(44), in: self.scope(.read, .events))
    }

    func keepPerson(_ name: String = "carl") async throws -> PrincipalRecord {
        let id = try #require(PrincipalID(name))
        let person = PrincipalRecord(
            id: id, tenant: Self.acme, login: "\(name)@example.com", name: name,
            grants: [GrantRecord(.customerViewer, tenants: [Self.acme])])
        try await ledger.create(person, now: Self.at(5), in: scope(.create, .people))
        return person
    }
}

/// The code of the failure that `body` throws; nil where it throws none.
func code(_ body: () async throws -> Void) async throws -> StoreFailure.Code? {
    do {
        try await body()
        return nil
    } catch let failure as StoreFailure { return failure.code }
}
