import Engine
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Store
import Tenancy
import Testing

@testable import Console

@Suite struct `The queue's page` {
    @Test func `shows the worst first, as text, and each filter in its address`() async throws {
        try await Desk.with { desk, client in
            let page = try await client.page("/", key: try await desk.key(.analyst))
            #expect(page.contains("Attack &lt;script&gt; on acme"))
            #expect(!page.contains("<script>"))
            let places = ["incident-3", "incident-2", "incident-1"].compactMap {
                page.range(of: "acme/\($0)/")?.lowerBound
            }
            #expect(places.count == 3)
            #expect(places == places.sorted())
            #expect(page.contains("href=\"/?state=closed\""))
            #expect(page.contains("href=\"/?level=high\""))
            #expect(page.utf8.count < 60_000)
        }
    }

    @Test func `keeps what was chosen while another filter is chosen`() async throws {
        try await Desk.with { desk, client in
            let page = try await client.page(
                "/?tenant=acme&level=critical&text=a%26b", key: try await desk.key(.analyst))
            #expect(page.contains("No incident fits"))
            #expect(page.contains("/?tenant=acme&amp;level=critical&amp;text=a%26b&amp;state=all"))
            #expect(page.contains("value=\"a&amp;b\""))
            #expect(!page.contains("birch/"))
        }
    }

    @Test func `says in Japanese what it says in English`() async throws {
        try await Desk.with { desk, client in
            let page = try await client.page(
                "/", key: try await desk.key(.analyst), language: "ja")
            for word in ["未クローズ", "重大", "判定期限", "アラート 1 件", "自分が担当"] {
                #expect(page.contains(word), "\(word)")
            }
            for word in ["Severity", "Unassigned", "Claim", "Verdict", "left<", "1 alert"] {
                #expect(!page.contains(word), "\(word)")
            }
        }
    }

    @Test func `gives no acts to whoever may not act, and no tenant to whoever may not see it`()
        async throws
    {
        try await Desk.with { desk, client in
            let key = try await desk.key(.customerViewer, [Desk.acme])
            let page = try await client.page("/", key: key)
            #expect(!page.contains("name=\"act\""))
            #expect(!page.contains("birch"))
            let refused = try await client.ask(.get, "/?tenant=birch", key: key)
            #expect(refused.status == .notFound)
            #expect(refused.text.contains("There is nothing here"))
        }
    }

    @Test func `does to each what is asked, and tells of each that it could not`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            let both = "pick=acme/incident-1/1&pick=birch/incident-2/1"
            let claimed = try await client.send("/incidents/acts", both + "&act=claim", key)
            #expect(claimed.status == .seeOther)
            #expect(claimed.headers[.location] == "/?told=claim.2")
            let again = try await client.send("/incidents/acts", both + "&act=claim", key)
            #expect(again.text.contains("2 not done"))
            #expect(again.text.contains("Somebody was faster"))
            let revision = try await desk.revision("incident-1", Desk.acme)
            let closed = try await client.send(
                "/incidents/acts",
                "pick=acme/incident-1/\(revision)&act=finish&verdict=true-positive&reason=Seen.",
                key)
            #expect(closed.headers[.location] == "/?told=finish.1")
            let view = try await desk.view("incident-1", Desk.acme)
            #expect(view.summary.state == .closed)
            #expect(view.summary.verdict == .truePositive)
            #expect(view.summary.assignee?.text == "analyst-")
        }
    }

    @Test(arguments: [
        ("act=claim", 422), ("pick=acme/incident-1/1", 422),
        ("pick=acme/incident-1/1&act=finish&reason=x", 422),
        ("pick=acme/incident-1/1&act=burn", 422), ("pick=nothing&act=claim", 422),
        ("pick=acme/incident-1/1&assign=%00", 422),
    ])
    func `refuses what is no act`(form: String, status: Int) async throws {
        try await Desk.with { desk, client in
            let answer = try await client.send(
                "/incidents/acts", form, try await desk.key(.analyst))
            #expect(answer.status.code == status)
            #expect(try await desk.revision("incident-1", Desk.acme) == 1)
        }
    }

    @Test func `closes nothing of a tenant that is out of reach`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.customerAdmin, [Desk.acme])
            let answer = try await client.send(
                "/incidents/acts", "pick=birch/incident-1/1&act=claim", key)
            #expect(answer.text.contains("1 not done"))
            #expect(try await desk.view("incident-1", Desk.birch).summary.assignee == nil)
        }
    }
}

@Suite struct `A service level` {
    @Test(arguments: [
        (CaseLevel.critical, Int64(3599), ServiceLevels.Standing.left(1)),
        (.critical, 3600, .left(0)), (.critical, 3601, .over(1)),
        (.high, 3600, .left(3 * 3600)), (.informational, 0, .left(7 * 86_400)),
    ])
    func `counts from the first alert`(
        level: CaseLevel, seconds: Int64, standing: ServiceLevels.Standing
    ) {
        let told = ServiceLevels().standing(
            level, begun: Desk.at(0), decided: nil, now: Desk.at(seconds))
        #expect(told == standing)
    }

    @Test func `is set level by level, and nothing else is taken for one`() {
        var levels = ServiceLevels()
        let known = ["high=90m", "low=365d"].map { levels.set($0) }
        #expect(known == [true, true])
        #expect(levels[.high] == 5400)
        #expect(levels[.low] == ServiceLevels.secondsMax)
        let wrong = [
            "", "high", "high=", "high=m", "high=0h", "high=-1h", "high=366d", "no=1h", "high=4",
            "high=4w", "high=1h=2h", "high=99999999999999999999d",
        ]
        let taken = wrong.filter { levels.set($0) }
        #expect(taken.isEmpty)
        #expect(levels[.high] == 5400)
        #expect(levels[.critical] == 3600)
    }

    @Test func `is met or missed once a verdict is given`() {
        func told(decided: Int64) -> ServiceLevels.Standing {
            ServiceLevels().standing(
                .critical, begun: Desk.at(0), decided: Desk.at(decided), now: Desk.at(99_999))
        }
        #expect(told(decided: 3600) == .decidedInTime)
        #expect(told(decided: 3601) == .decidedLate)
    }
}

extension TestClientProtocol {
    /// A page as text, asked for with a key.
    func page(
        _ path: String, key: String, language: String = "en"
    ) async throws -> String {
        try await ask(
            .get, path, key: key, headers: [.acceptLanguage: language, .accept: "text/html"]
        ).text
    }

    /// A form, sent with a key.
    func send(_ path: String, _ form: String, _ key: String) async throws -> TestResponse {
        try await execute(
            uri: path, method: .post, headers: [.authorization: "Bearer \(key)"],
            body: ByteBuffer(string: form))
    }
}

extension Desk {
    func view(_ incident: String, _ tenant: TenantID) async throws -> IncidentView {
        try await ledger.incident(
            IncidentKey(try #require(IncidentID(incident)), of: tenant),
            in: scope(.read, .incidents, tenant))
    }

    func revision(_ incident: String, _ tenant: TenantID) async throws -> UInt64 {
        try await view(incident, tenant).summary.revision
    }
}
