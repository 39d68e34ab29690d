import Crypto
import Testing

@testable import Act

@Suite struct `Orders` {
    static let key = Array(Scratch.serverKey.publicKey.rawRepresentation)
    static let action = Scratch.quarantine("/tmp/a")

    private func refusal(
        _ body: [UInt8], _ signature: [UInt8], host: String = "host-1", now: Int64 = 1_000
    ) -> String? {
        do throws(ActFailure) {
            _ = try ActionOrder.verify(
                body, signature: signature, serverKey: Self.key, host: host, now: now)
            return nil
        } catch { return error.message }
    }

    @Test func `hold with the right key, host and time`() throws {
        let (body, signature) = try Scratch.signed(Self.action, lease: 60)
        #expect(refusal(body, signature) == nil)
        let order = try Scratch.order(Self.action, lease: 60)
        #expect(order.leaseSeconds == 60)
        #expect(order.action == .quarantineFile(paths: [try HostPath("/tmp/a")], digest: nil))
    }

    @Test func `are refused with any byte changed`() throws {
        let (body, signature) = try Scratch.signed(Self.action)
        for index in body.indices {
            var changed = body
            changed[index] ^= 1
            #expect(refusal(changed, signature) == "the order is not signed by the server's key")
        }
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x40
            #expect(refusal(body, changed) != nil)
        }
    }

    @Test func `are refused on another host`() throws {
        let (body, signature) = try Scratch.signed(Self.action, host: "host-2")
        #expect(refusal(body, signature) == "the order is for another host, not for host-1")
    }

    @Test(arguments: [(1_999, true), (2_000, false), (880, true), (879, false)])
    func `hold from their issue, less two minutes, to their end`(now: Int64, holds: Bool) throws {
        let (body, signature) = try Scratch.signed(Self.action)
        #expect((refusal(body, signature, now: now) == nil) == holds)
    }

    @Test(arguments: [
        #"{"kind":"quarantine_file","paths":["/a"],"unless":"friday"}"#,
        #"{"kind":"format_disk"}"#, #"{"kind":"quarantine_file","paths":[]}"#,
        #"{"kind":"quarantine_file","paths":["relative"]}"#,
        #"{"kind":"quarantine_file","paths":["/a/../b"]}"#,
        #"{"kind":"quarantine_file","paths":["/a","/a"]}"#,
        #"{"kind":"kill_processes","processes":[{"pid":0,"start":1}]}"#,
        #"{"kind":"block_network","addresses":["10.0.0.1/8"]}"#,
        #"{"kind":"block_network","addresses":["10.0.0.0/08"]}"#,
        #"{"kind":"block_network"}"#, #"{"kind":"block_network","domains":["com"]}"#,
        #"{"kind":"isolate_host","allow":[{"address":"10.0.0.1","port":5}]}"#,
        #"{"kind":"disable_user","user":"a:b"}"#, #"{"kind":"undo","order":1.5}"#,
        #"{"kind":"undo","order":"a","order":"b"}"#,
    ])
    func `are refused where the action is not understood`(action: String) throws {
        let (body, signature) = try Scratch.signed(action)
        #expect(refusal(body, signature) != nil)
    }

    @Test(arguments: ["", "a/b", "..", "a b", String(repeating: "a", count: 65)])
    func `are refused with an id that is no name`(id: String) throws {
        let (body, signature) = try Scratch.signed(Self.action, id: id, key: "k")
        #expect(refusal(body, signature) != nil)
    }

    @Test func `are refused beyond the longest life and lease`() throws {
        let week = ActionOrder.lifeSecondsMax
        #expect(try Scratch.order(Self.action, expires: 1_000 + week).expires == 1_000 + week)
        #expect(throws: ActFailure.self) {
            try Scratch.order(Self.action, expires: 1_001 + week)
        }
        let most = ActionOrder.leaseSecondsMax
        #expect(try Scratch.order(Self.action, lease: most).leaseSeconds == most)
        #expect(throws: ActFailure.self) { try Scratch.order(Self.action, lease: most + 1) }
    }
}

@Suite struct `JSON of orders` {
    @Test(arguments: [
        #"{"a":[1,-2,true,false,null,"x\n\u00e9\ud83d\ude00"],"b":{}}"#, "[]", "0", #""""#,
    ])
    func `is read and written back to the same value`(text: String) throws {
        let value = try JSONReader.value(of: Array(text.utf8))
        #expect(try JSONReader.value(of: value.bytes) == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "01", "1.0", "1e3", "+1", "9223372036854775808", #"{"a":1,"a":2}"#,
        "\"\u{1}\"", #""\x""#, #""\ud800""#, #""\udc00\ud800""#, "nul", "1 2", #"{"a" 1}"#,
    ])
    func `is refused where it is not strict`(text: String) {
        #expect(throws: ActFailure.self) { try JSONReader.value(of: Array(text.utf8)) }
    }

    @Test func `is read to 16 levels and not one more`() throws {
        let most = JSONReader.depthMax
        func nested(_ depth: Int) -> [UInt8] {
            Array(String(repeating: "[", count: depth).utf8)
                + Array(String(repeating: "]", count: depth).utf8)
        }
        #expect(try JSONReader.value(of: nested(most)) != .null)
        #expect(throws: ActFailure.self) { try JSONReader.value(of: nested(most + 1)) }
    }
}
