import Engine
import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import Store
import Tenancy
import Testing

@testable import Console

@Suite struct `Webhooks` {
    @Test func `a message is signed as the specification's example`() {
        // Of the Standard Webhooks reference implementations' own tests.
        let key = Data(base64Encoded: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") ?? Data()
        let signature = WebhookMessage.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8), secret: Array(key))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `a lane waits longer each time, and ends after the last`() {
        var lane = WebhookLane()
        var now = Desk.at(0)
        for (number, seconds) in WebhookLane.pausesSeconds.enumerated() {
            #expect(lane.step(now: now) == .send)
            lane.failed(status: 500, "it answered 500", now: now)
            let next = Timestamp(nanoseconds: now.nanoseconds + seconds * 1_000_000_000)
            #expect(lane.step(now: now) == .wait(until: next), "after \(number + 1) failures")
            now = next
        }
        #expect(lane.step(now: now) == .send, "the last attempt")
        lane.failed(status: nil, "unreachable", now: now)
        #expect(lane.step(now: now) == .disable)
        lane.succeeded()
        #expect(lane.step(now: now) == .send)
        lane.failed(status: 410, "it answered 410", now: now)
        #expect(lane.step(now: now) == .disable, "gone is gone")
    }

    @Test func `a clock that was set back holds nobody up`() {
        var lane = WebhookLane()
        lane.failed(status: 500, "it answered 500", now: Desk.at(1_000_000))
        #expect(lane.step(now: Desk.at(0)) == .send)
    }

    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::",
        "::1", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "2001::1",
    ])
    func `an address of this network is not public`(text: String) throws {
        let bytes = try #require(PublicAddress.bytes(of: text))
        #expect(!PublicAddress.isPublic(bytes))
    }

    @Test(arguments: [
        "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "2002:101:101::",
        "64:ff9b::101:101",
    ])
    func `an address of the internet is public`(text: String) throws {
        let bytes = try #require(PublicAddress.bytes(of: text))
        #expect(PublicAddress.isPublic(bytes))
    }

    @Test func `host and port are read as they are called`() throws {
        #expect(try PublicAddress.target(of: "https://a.example/x?y") == ("a.example", 443))
        #expect(try PublicAddress.target(of: "http://[::1]:8080/") == ("::1", 8080))
        for wrong in ["ftp://a/", "https://u@a/", "https:///x", "https://a:0/", "https://a:99999/"]
        {
            #expect(throws: OutsideCaller.Failure.self) {
                _ = try PublicAddress.target(of: wrong)
            }
        }
    }

    @Test func `what stands for this machine is not called`() async throws {
        await #expect(throws: OutsideCaller.Failure.notPublic) {
            _ = try await OutsideCaller(reach: .publicOnly).call(
                .get, "http://localhost:9/", bytesMax: 10)
        }
    }

    @Test func `a tenant has its own, and a secret is shown once`() async throws {
        try await Desk.with { desk, client in
            let anna = try await Person.administrator(desk, client)
            let body = #"{"name":"Chat","url":"https://hooks.example.com/x"}"#
            let made = try await anna.ask(.post, "/api/v1/webhooks/acme", body: body)
            #expect(made.status == .created)
            let secret = try #require(made.members["secret"] as? String)
            #expect(secret.hasPrefix("whsec_"))
            let hook = try #require(made.members["webhook"] as? [String: Any])
            let id = try #require(hook["id"] as? String)
            let all = try await anna.ask(.get, "/api/v1/webhooks")
            #expect(!all.text.contains(secret))
            let acme = try await desk.key(.customerAdmin, [Desk.acme])
            let birch = try await desk.key(.customerAdmin, [Desk.birch])
            let own = try await client.ask(.get, "/api/v1/webhooks", key: acme)
            #expect(own.text.contains(id))
            let others = try await client.ask(.get, "/api/v1/webhooks", key: birch)
            #expect(!others.text.contains(id))
            for path in ["acme/\(id)", "birch/\(id)"] {
                let answer = try await client.ask(
                    .get, "/api/v1/webhooks/\(path)/state", key: birch)
                #expect(answer.status == .notFound)
            }
            let local = try await anna.ask(
                .post, "/api/v1/webhooks/acme",
                body: #"{"name":"x","url":"https://169.254.169.254/"}"#)
            #expect(local.members["pointer"] as? String == "/url")
            for _ in 1..<WebhookSender.perTenantMax {
                let more = try await anna.ask(.post, "/api/v1/webhooks/acme", body: body)
                #expect(more.status == .created)
            }
            let beyond = try await anna.ask(.post, "/api/v1/webhooks/acme", body: body)
            #expect(beyond.status == .conflict)
        }
    }

    @Test func `one that cannot be called is disabled in the end, and the ledger tells why`()
        async throws
    {
        try await Desk.with { desk, client in
            let anna = try await Person.administrator(desk, client)
            let made = try await anna.ask(
                .post, "/api/v1/webhooks/acme",
                body: #"{"name":"Chat","url":"https://localhost.localdomain./x"}"#)
            let hook = try #require(made.members["webhook"] as? [String: Any])
            let id = try #require(hook["id"] as? String)
            try await desk.tell([Desk.incident(7, of: Desk.acme)], of: Desk.acme)
            let sender = desk.parts.webhooks
            for _ in 0..<WebhookLane.attemptsMax {
                for due in try await sender.due() {
                    await sender.tell(due, logger: Logger(label: "test"))
                }
                desk.clock.go(7200)
            }
            #expect(try await sender.due().isEmpty)
            let key = try await desk.key(.customerAdmin, [Desk.acme])
            let list = try await client.ask(.get, "/api/v1/webhooks?tenant=acme", key: key)
            let shown = (list.members["webhooks"] as? [[String: Any]])?.first
            #expect(shown?["id"] as? String == id)
            #expect(shown?["disabled"] as? Bool == true)
            let ledger = try await client.ask(
                .get, "/api/v1/ledger?tenant=acme&limit=500", key: key)
            #expect(ledger.text.contains("webhook-disabled"))
        }
    }
}

@Suite struct `Tenants` {
    @Test func `groups and limits change, and each sees its own`() async throws {
        try await Desk.with { desk, client in
            let anna = try await Person.administrator(desk, client)
            let changed = try await anna.ask(
                .patch, "/api/v1/tenants/acme",
                body: #"{"group":"north","bytes_per_day_max":1000,"state":"suspended"}"#)
            #expect(changed.status == .ok)
            #expect(changed.members["state"] as? String == "suspended")
            let groups = try await anna.ask(.get, "/api/v1/tenant-groups")
            #expect(groups.text.contains(#"{"id":"north","tenants":["acme"]}"#))
            let resumed = try await anna.ask(
                .patch, "/api/v1/tenants/acme",
                body: #"{"group":null,"bytes_per_day_max":null,"state":"active"}"#)
            #expect(resumed.members["state"] as? String == "active")
            #expect(resumed.members["group"] is NSNull)
            let none = try await anna.ask(.get, "/api/v1/tenant-groups")
            #expect(none.text == #"{"groups":[]}"#)
        }
    }

    @Test func `usage is told by day, of one's own tenants`() async throws {
        try await Desk.with { desk, client in
            for tenant in [Desk.acme, Desk.birch] {
                for (kind, value) in [(Mark.Kind.usageRecords, Int64(7)), (.usageBytes, 900)] {
                    try await desk.ledger.note(
                        [Mark(kind, "2026-01-01", of: tenant, value)],
                        in: desk.scope(.update, .tenants, tenant))
                }
            }
            let key = try await desk.key(.customerViewer, [Desk.acme])
            let own = try await client.ask(.get, "/api/v1/usage", key: key)
            #expect(
                own.text
                    == #"{"days":[{"tenant":"acme","day":"2026-01-01","records":7,"bytes":900}]}"#)
            let later = try await client.ask(
                .get, "/api/v1/usage?since=2026-01-02T00:00:00Z", key: key)
            #expect(later.text == #"{"days":[]}"#)
        }
    }
}
