import Foundation
import Listen
import Logging
import NIOSSL
import Pull
import ServiceLifecycle
import Watch

/// What is pulled, and with which keys; from the settings.
struct PullSettings {
    var plans: [PullPlan] = []
    private var endpoint: String?
    private var region: String?
    private var trust: NIOSSLTrustRoots?
    private var credentials: @Sendable () -> AWSCredentials? = { nil }

    init(_ settings: Configuration) throws {
        plans = try settings.texts("pull").map { text in
            guard let plan = PullPlan(text) else {
                throw UserError("pull: expected TENANT/SOURCE=QUEUE-URL, found `\(text)`")
            }
            return plan
        }
        guard !plans.isEmpty else { return }
        endpoint = settings.text("pull-endpoint")
        region = settings.text("pull-region") ?? ProcessInfo.processInfo.environment["AWS_REGION"]
        for url in plans.map(\.queue) + (endpoint.map { [$0] } ?? []) { try Self.check(url) }
        if let region, !AWSRegion.isName(region) {
            throw UserError("pull-region: `\(region)` is no region")
        }
        for plan in plans where plan.region == nil && region == nil {
            throw UserError(
                "pull: the queue \(plan.queue) does not tell its region; set pull-region")
        }
        trust = settings.text("pull-ca").map { .file($0) }
        credentials = try Self.credentials(settings.text("pull-credentials"))
    }

    /// Keys and records do not go over a network in the clear.
    private static func check(_ url: String) throws {
        let parts = URL(string: url)
        let isLocal = ["127.0.0.1", "localhost", "::1"].contains(parts?.host ?? "")
        guard parts?.scheme == "https" || (parts?.scheme == "http" && isLocal) else {
            throw UserError("pull: `\(url)` is not https")
        }
    }

    /// Read anew for each request, since keys that are lent change.
    private static func credentials(
        _ file: String?
    ) throws -> @Sendable () -> AWSCredentials? {
        let environment = ProcessInfo.processInfo.environment
        let profile = environment["AWS_PROFILE"] ?? "default"
        if let file {
            let read: @Sendable () -> AWSCredentials? = {
                (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
                    AWSCredentials(file: $0, profile: profile)
                }
            }
            guard read() != nil else {
                throw UserError(
                    "pull-credentials: \(file) has no keys under [\(profile)]; it is a file as AWS's "
                        + "own tools keep it")
            }
            return read
        }
        let found = AWSCredentials(
            keyID: environment["AWS_ACCESS_KEY_ID"] ?? "",
            secret: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
            sessionToken: environment["AWS_SESSION_TOKEN"])
        guard let found else {
            throw UserError(
                "pull needs keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file "
                    + "with pull-credentials")
        }
        return { found }
    }

    func pullers(
        _ watch: Watch, _ setting: WatchSetting, _ logger: Logger
    ) throws -> [(plan: PullPlan, puller: Puller)] {
        try plans.map { plan in
            guard watch.tenant(plan.binding.tenant) != nil else {
                throw UserError(
                    "pull: there is no tenant `\(plan.binding.tenant)`; make it first")
            }
            let client = AWSClient(
                AWSClient.Endpoint(
                    base: endpoint, region: plan.region ?? region ?? "us-east-1", trust: trust),
                credentials: credentials, clock: setting.cadence.clock)
            let puller = Puller(
                plan, client: client,
                take: { delivery throws(IntakeRefusal) in try await watch.take(delivery) },
                pause: setting.cadence.pause, logger: logger)
            Machine.tell(
                "kagari: pulling \(plan.queue) as \(plan.binding.tenant)/\(plan.binding.source)\n")
            return (plan, puller)
        }
    }
}

/// Pulls what one queue announces until the service stops.
struct Pullers: Service {
    let puller: Puller

    func run() async throws {
        await cancelWhenGracefulShutdown { await puller.run() }
        await puller.close()
    }
}
