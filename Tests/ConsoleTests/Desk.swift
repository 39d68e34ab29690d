import Engine
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Report
import Store
import Synchronization
import Tenancy
import TestKit
import Testing

@testable import Console

/// A console over a real ledger and a real event store in a folder of its own, with a clock that tests set.
struct Desk {
    static let acme = tenant("acme")
    static let birch = tenant("birch")
    static let origin = "http://127.0.0.1"

    let parts: ConsoleParts
    let ledger: Ledger
    let clock: Clock

    final class Clock: Sendable {
        private let moment = Mutex(Desk.at(1000))
        var now: Timestamp { moment.withLock { $0 } }
        func go(_ seconds: Int64) {
            moment.withLock {
                $0 = Timestamp(nanoseconds: $0.nanoseconds + seconds * 1_000_000_000)
            }
        }
    }

    /// Seconds after the beginning of 2026.
    static func at(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: (1_767_225_600 + seconds) * 1_000_000_000)
    }

    static func tenant(_ text: String) -> TenantID {
        guard let tenant = TenantID(text) else { preconditionFailure("a test's tenant") }
        return tenant
    }

    /// Calls `body` with a console of the tenants `acme` and `birch`, each with three incidents, over HTTP in memory.
    static func with(
        perMinute: Int = 100_000, feedsMax: Int = 8,
        _ body: @Sendable (Desk, any TestClientProtocol) async throws -> Void
    ) async throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("kagari-console-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        let keys = try #require(
            LedgerKeys(
                signing: [UInt8](repeating: 3, count: 32),
                sealing: [UInt8](repeating: 4, count: 32)))
        let ledger = try await Ledger.open(
            in: url.path, keys: keys, now: at(0), random: SplitMix64(seed: 7))
        let clock = Clock()
        let settings = ConsoleSettings(
            origins: [origin], requestsPerMinute: perMinute, feedsMax: feedsMax,
            feedLifetime: .milliseconds(500),
            passwordCost: try #require(PasswordVerifier.Cost(logN: 10, r: 8, p: 1)))
        let events = try SQLiteEventStore(folder: url.path + "/events")
        let parts = try ConsoleParts(
            ledger: ledger, events: events, desk: QuietWatch(), settings: settings,
            now: { clock.now }, random: SplitMix64(seed: 11))
        let desk = Desk(parts: parts, ledger: ledger, clock: clock)
        try await desk.found()
        let app = Application(
            router: ConsoleApplication.router(parts), logger: Logger(label: "test"))
        try await app.test(.router) { client in try await body(desk, client) }
        try await events.close()
        try await ledger.close(now: at(9000))
    }

    func scope(
        _ action: Permission.Action, _ resource: Permission.Resource, _ tenant: TenantID,
        as role: Role = .providerAdmin
    ) throws -> TenantScope {
        let id = try #require(PrincipalID("tester"))
        return try Policy().authorize(
            Principal(id: id, name: "Tester", grants: [Principal.Grant(role, in: .all)]),
            to: Permission(action, resource), in: [tenant])
    }

    private func found() async throws {
        for tenant in [Self.acme, Self.birch] {
            try await ledger.create(
                TenantRecord(id: tenant, name: tenant.text), now: Self.at(0),
                in: scope(.create, .tenants, Ledger.provider))
            try await tell((1...3).map { Self.incident($0, of: tenant) }, of: tenant)
        }
    }

    func tell(_ incidents: [ToldIncident], of tenant: TenantID) async throws {
        let alerts = incidents.flatMap(\.alerts).map { id in
            KeptAlert(
                id: id, rule: "rule", title: "Rule of \(tenant)", level: .high,
                host: "ws <b>", time: Self.at(1), received: Self.at(2), alerted: Self.at(3),
                body: #"{"of":"\#(tenant)","rate":0.5}"#)
        }
        _ = try await ledger.keep(
            FindingBatch(alerts: alerts, incidents: incidents, through: 1), of: tenant,
            now: Self.at(10), in: scope(.create, .incidents, tenant, as: .service))
    }

    /// Its id, and its one alert's: the same in every tenant, so that a mix-up of tenants shows.
    static func incident(_ number: Int, of tenant: TenantID) -> ToldIncident {
        guard let id = IncidentID("incident-\(number)"), let alert = AlertID("alert-\(number)")
        else { preconditionFailure("a test's names") }
        return ToldIncident(
            id: id, title: "Attack <script> on \(tenant)", level: .high, risk: 10 * number,
            confidence: 80, firstSeen: at(1), lastSeen: at(100), story: ["It began."],
            techniques: ["T1059"], entities: ["ws"], alerts: [alert], details: #"{"x":0.5}"#)
    }

    /// A key for somebody of this role: everything a key may, in `tenants`, or everywhere.
    func key(_ role: Role, _ tenants: Set<TenantID> = []) async throws -> String {
        let name = "\(role.rawValue)-\(tenants.map(\.text).sorted().joined(separator: "-"))"
        let person = PrincipalRecord(
            id: try #require(PrincipalID(name)), tenant: Ledger.provider, login: name,
            name: name,
            grants: [GrantRecord(role, isEverywhere: tenants.isEmpty, tenants: tenants)])
        try await ledger.create(
            person, now: Self.at(0), in: scope(.create, .people, Ledger.provider))
        var random = SplitMix64(seed: UInt64(name.utf8.reduce(0) { $0 &* 31 &+ Int($1) }.magnitude))
        let token = SecretToken(.apiKey, using: &random)
        try await ledger.create(
            KeyRecord(
                id: "key-\(name)", tenant: Ledger.provider, owner: person.principal, name: name,
                prefix: "kga_", digest: try #require(LedgerDigest(token.digest.bytes)),
                permissions: Permission.all.filter { AccessMatrix.allows(.apiClient, $0) },
                reach: GrantRecord(
                    .auditor, isEverywhere: tenants.isEmpty, tenants: tenants), expires: nil),
            now: Self.at(0), in: scope(.create, .tokens, Ledger.provider))
        return token.reveal()
    }
}

/// A watch with nothing to tell.
struct QuietWatch: WatchDesk {
    func record(
        _ sequence: UInt64, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> RawRecord? { nil }
    func sourceHealth(in scope: TenantScope) async throws(StoreFailure) -> [SourceHealth] { [] }
    func rules(in scope: TenantScope) async throws(StoreFailure) -> [RuleInForce] { [] }
    func rule(
        _ id: String, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> RuleReading? { nil }
    func ruleFaults(in scope: TenantScope) async throws(StoreFailure) -> [RuleFault] { [] }
    var techniques: [String: Technique] { [:] }
    func lanes(in scope: TenantScope) async throws(StoreFailure) -> [LaneHealth] { [] }
    func machine() async -> MachineHealth { MachineHealth() }
    func reloadRules(in scope: TenantScope) async throws(StoreFailure) -> RuleReload {
        RuleReload(inForce: 0, faults: [])
    }
    /// Somebody else's.
    static let takenCertificate = String(repeating: "ab", count: 32)
    func binding(
        forCertificate fingerprint: String
    ) -> (tenant: TenantID, source: LogSourceID)? {
        guard fingerprint == Self.takenCertificate else { return nil }
        return (TenantID("somebody")!, LogSourceID("else")!)
    }
    func complaints() async -> [String] { [] }
    func figures() async -> [Figure] { [] }
}

extension TestClientProtocol {
    /// One request with a key, and a body of JSON where there is one.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, key: String? = nil, body: String? = nil,
        headers more: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = more
        if let key { headers[.authorization] = "Bearer \(key)" }
        if body != nil { headers[.contentType] = "application/json" }
        return try await execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }
    /// Members of the body; empty where it is no object.
    var members: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [String: Any]
            ?? [:]
    }
}
