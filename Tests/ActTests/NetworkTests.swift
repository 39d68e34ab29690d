import Crypto
import Glibc
import Testing

@testable import Act

@Suite struct `The network table` {
    private func range(_ text: String) throws -> AddressRange { try AddressRange(text) }

    @Test func `is a function of what holds, whatever its order`() throws {
        var holds = [
            NetworkHold(
                isIsolation: true, reach: [Reach(range: try range("10.0.0.0/8"))], until: 2_000),
            NetworkHold(isIsolation: false, ranges: [try range("192.0.2.0/24")], until: nil),
            NetworkHold(isIsolation: false, ranges: [try range("192.0.2.9")], until: 1_500),
        ]
        let one = NetworkTable(holds, server: [], answers: [], at: 1_000)
        holds.reverse()
        let other = NetworkTable(holds, server: [], answers: [], at: 1_000)
        #expect(one == other)
        #expect(one.blocked.map(\.range.description) == ["192.0.2.0/24"])
    }

    @Test func `keeps a narrower block for as long as it was wanted`() throws {
        let holds = [
            NetworkHold(isIsolation: false, ranges: [try range("192.0.2.0/24")], until: 1_500),
            NetworkHold(isIsolation: false, ranges: [try range("192.0.2.9")], until: 3_000),
        ]
        let table = NetworkTable(holds, server: [], answers: [], at: 1_000)
        #expect(table.blocked == [.init(range: try range("192.0.2.0/24"), until: 3_000)])
        let later = NetworkTable(holds, server: [], answers: [], at: 1_500)
        #expect(later.blocked == [.init(range: try range("192.0.2.9"), until: 3_000)])
    }

    @Test func `lets an isolated host reach only what every isolation allows, and the server`()
        throws
    {
        let server = Reach(range: try range("192.0.2.7"), transport: .tcp, port: 8443)
        let shared = Reach(range: try range("10.0.0.0/8"))
        let holds = [
            NetworkHold(
                isIsolation: true, reach: [shared, Reach(range: try range("10.9.0.0/16"))],
                until: nil),
            NetworkHold(isIsolation: true, reach: [shared], until: 5_000),
        ]
        let table = NetworkTable(holds, server: [server], answers: [], at: 1_000)
        #expect(table.isolation == .init(reach: [shared, server], until: nil))
    }

    @Test func `ends with its time`() throws {
        let hold = NetworkHold(isIsolation: true, until: 2_000)
        #expect(!NetworkTable([hold], server: [], answers: [], at: 1_999).isEmpty)
        #expect(NetworkTable([hold], server: [], answers: [], at: 2_000).isEmpty)
    }

    @Test func `blocks what a domain's answers named, and below it, not beside it`() throws {
        let hold = NetworkHold(
            isIsolation: false, domains: [try DomainName("evil.example")], until: nil)
        let answers = try [
            ("a.evil.example", "192.0.2.1"), ("notevil.example", "192.0.2.2"),
            ("evil.example", "2001:db8::1"),
        ]
        .map { DomainAnswer(name: try DomainName($0.0), range: try range($0.1), until: 2_000) }
        let table = NetworkTable([hold], server: [], answers: answers, at: 1_000)
        #expect(table.blocked.map(\.range.description) == ["192.0.2.1", "2001:db8::1"])
        #expect(NetworkTable([hold], server: [], answers: answers, at: 2_000).isEmpty)
    }

    @Test(arguments: [
        "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0", "::/129", "", "a", "1.2.3.4 }",
        "10.0.0.0/8/8",
    ])
    func `takes no address that is none`(text: String) {
        #expect(throws: ActFailure.self) { try AddressRange(text) }
    }

    @Test func `compares listings without time and order`() {
        let one = "set a { elements = { ip timeout 1h expires 59m3s,\n\t ip6 timeout 1h } }"
        let other = "set a { elements = { ip6 timeout 59m, ip timeout 2s } }"
        #expect(NetworkReach.still(one) == NetworkReach.still(other))
        #expect(
            NetworkReach.still(one) != NetworkReach.still("set a { elements = { ip timeout 1h } }"))
    }
}

/// A network namespace with its own loopback, removed at the end.
final class Namespace {
    static let isThere =
        geteuid() == 0 && ["ip", "nft", "unshare"].allSatisfy { Tool.path(of: $0) != nil }
    let name: String

    /// Named after the scratch folder, which no other test has.
    init(_ scratch: Scratch) throws {
        name = "kagari-" + scratch.folder.suffix(6)
        try #require(try Tool.run(["ip", "netns", "add", name]).code == 0)
    }

    var reach: NetworkReach { NetworkReach(prefix: ["ip", "netns", "exec", name]) }

    func nft(_ words: String...) throws -> Int32 {
        try Tool.run(["ip", "netns", "exec", name, "nft"] + words).code
    }

    deinit { _ = try? Tool.run(["ip", "netns", "delete", name]) }
}

@Suite(
    .enabled(if: Namespace.isThere, "needs root, ip and nft: network actions are NOT tested here"))
struct `Network actions` {
    private func desk(_ scratch: Scratch, _ namespace: Namespace) throws -> ActionDesk {
        let server = Reach(range: try AddressRange("192.0.2.7"), transport: .tcp, port: 8443)
        return try ActionDesk(
            folder: scratch.journal,
            endpoint: Endpoint(
                root: RootFolder(scratch.root), network: namespace.reach, server: [server]),
            hostKey: Array(Scratch.hostKey.rawRepresentation))
    }

    @Test func `heal what somebody removes, changes or adds, and end with their lease`() throws {
        let scratch = try Scratch()
        let namespace = try Namespace(scratch)
        let desk = try desk(scratch, namespace)
        let order = try Scratch.order(#"{"kind":"isolate_host"}"#, lease: 600)
        #expect(try desk.execute(order, at: 1_000).outcome == .done)
        let whole = try namespace.reach.listing()
        #expect(try !desk.tick(at: 1_001).healed)
        let attacks = [
            ["delete", "table", "inet", "kagari"],
            ["flush", "chain", "inet", "kagari", "outgoing"],
            ["insert", "rule", "inet", "kagari", "isolated_out", "accept"],
            ["delete", "element", "inet", "kagari", "lease", "{", "ip", "}"],
            ["add", "element", "inet", "kagari", "near4", "{", "198.51.100.1", "}"],
        ]
        for attack in attacks {
            #expect(try Tool.run(namespace.reach.prefix + ["nft"] + attack).code == 0)
            #expect(try namespace.reach.listing() != whole)
            #expect(try desk.tick(at: 1_002).healed, "\(attack)")
            #expect(try namespace.reach.listing() == whole)
        }
        #expect(try desk.tick(at: 1_600).released.map(\.outcome) == [.undone])
        #expect(try namespace.reach.listing() == "")
    }

    @Test func `are back after a reboot, which empties the kernel's tables`() throws {
        let scratch = try Scratch()
        let namespace = try Namespace(scratch)
        let order = try Scratch.order(#"{"kind":"isolate_host"}"#)
        _ = try desk(scratch, namespace).execute(order, at: 1_000)
        let whole = try namespace.reach.listing()
        #expect(try namespace.nft("flush", "ruleset") == 0)
        _ = try desk(scratch, namespace).recover(at: 1_001)
        #expect(try namespace.reach.listing() == whole)
        let receipt = try desk(scratch, namespace).undo("order-1", reason: "r", at: 1_002)
        #expect(receipt.isRestored)
    }

    @Test func `let go in the kernel where no agent runs`() throws {
        let scratch = try Scratch()
        let namespace = try Namespace(scratch)
        let order = try Scratch.order(#"{"kind":"isolate_host"}"#, lease: 1)
        _ = try desk(scratch, namespace).execute(order, at: 1_000)
        var waits = 0
        while waits < 1_000, try namespace.reach.listing().contains("elements = { ip") {
            poll(nil, 0, 50)
            waits += 1
        }
        #expect(try !namespace.reach.listing().contains("elements = { ip"))
    }

    @Test func `block a domain's addresses as answers name them, never the server's`() throws {
        let scratch = try Scratch()
        let namespace = try Namespace(scratch)
        let desk = try desk(scratch, namespace)
        let order = try Scratch.order(#"{"kind":"block_network","domains":["evil.example"]}"#)
        _ = try desk.execute(order, at: 1_000)
        let addresses = ["203.0.113.5", "192.0.2.7", "127.0.0.1", "2001:db8::5", "no address"]
        let seen = try desk.observe(
            answer: "cdn.evil.example.", addresses: addresses, seconds: 60, at: 1_000)
        #expect(seen.blocked == 2)
        #expect(
            try desk.observe(
                answer: "good.example", addresses: ["198.51.100.1"], seconds: 60, at: 1_000
            ).blocked == 0)
        let listing = try namespace.reach.listing()
        #expect(listing.contains("203.0.113.5") && listing.contains("2001:db8::5"))
        #expect(!listing.contains("192.0.2.7") && !listing.contains("198.51.100.1"))
        #expect(try !desk.tick(at: 1_010).healed)
        #expect(try desk.undo("order-1", reason: "r", at: 1_020).isRestored)
    }

    @Test(arguments: ["192.0.2.0/24", "192.0.2.7", "127.0.0.1", "10.0.0.0/7", "2000::/3"])
    func `do not block the server, the host itself or half of the world`(range: String) throws {
        let scratch = try Scratch()
        let namespace = try Namespace(scratch)
        let order = try Scratch.order(#"{"kind":"block_network","addresses":["\#(range)"]}"#)
        #expect(try desk(scratch, namespace).execute(order, at: 1_000).outcome == .refused)
    }
}
