import Engine
import Logging
import TestKit
import Testing

@testable import Listen

@Suite struct `Over HTTP` {
    private static let ok = #"{"text":"Success","code":0}"#

    @Test func `requests on one connection are answered in order, also sent at once`() async throws
    {
        try await Service.with { service in
            let wire = try service.wire()
            wire.send((0..<20).flatMap { Post.hec("{\"event\":{\"n\":\($0)}}") })
            for _ in 0..<20 { #expect(await wire.answer().body == Self.ok) }
            #expect(service.desk.texts == (0..<20).map { "{\"n\":\($0)}" })
            let tally = await service.tally()
            #expect(tally.requests == 20)
            #expect(tally.stored == 20)
            #expect(tally.connections == 1)
        }
    }

    @Test func `an answer comes only after the desk has kept the records`() async throws {
        try await Service.with(desk: KeptDesk(delay: .milliseconds(200))) { service in
            let wire = try service.wire()
            wire.send(Post.hec(#"{"event":1}"#))
            #expect(await wire.answer().status == 200)
            #expect(service.desk.records.count == 1)
        }
    }

    @Test func `chunks, Expect and gzip are understood together`() async throws {
        try await Service.with { service in
            let wire = try service.wire()
            let packed = Compress.gzip(Array(#"{"event":{"n":1}}"#.utf8))
            wire.send(
                "POST /services/collector HTTP/1.1\r\nHost: x\r\nAuthorization: Splunk secret\r\n"
                    + "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"
                    + "Expect: 100-continue\r\n\r\n")
            #expect(await wire.answer().status == 100)
            for piece in [packed[..<7], packed[7...]] {
                wire.send(String(piece.count, radix: 16) + "\r\n")
                wire.send(Array(piece) + Array("\r\n".utf8))
            }
            wire.send("0\r\n\r\n")
            #expect(await wire.answer().body == Self.ok)
            #expect(service.desk.texts == [#"{"n":1}"#])
        }
    }

    @Test func `a stranger's body is not read, and the connection goes on after a small one`()
        async throws
    {
        try await Service.with { service in
            let wire = try service.wire()
            wire.send("POST /services/collector HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            #expect(await wire.answer().status == 401)
            wire.send(Post.hec(#"{"event":1}"#))
            #expect(await wire.answer().status == 200)
            let second = try service.wire()
            second.send(
                "POST /services/collector HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n"
                    + "Expect: 100-continue\r\n\r\n")
            let answer = await second.answer()
            #expect(answer.status == 401)
            #expect(answer.head.contains("Connection: close"))
            #expect(await service.tally().refused == [.credential: 2])
        }
    }

    @Test func `a body beyond the limit is refused by its length or while it comes`() async throws {
        var limits = IntakeLimits()
        limits.bodyBytesMax = 1_000
        try await Service.with(limits: limits) { service in
            let wire = try service.wire()
            wire.send(Post.hec([UInt8](repeating: 0x20, count: 1_001)))
            #expect(await wire.answer().status == 413)
            wire.send(
                Post.hec(
                    Compress.gzip([UInt8](repeating: 0x20, count: 1_001)),
                    ["Content-Encoding: gzip"]))
            #expect(await wire.answer().status == 413)
            wire.send(Post.hec([UInt8](repeating: 0x20, count: 989) + Array(#"{"event":1}"#.utf8)))
            #expect(await wire.answer().status == 200)
            #expect(await service.tally().refused == [.tooLarge: 2])
        }
    }

    @Test func `damaged and unknown compression is refused`() async throws {
        try await Service.with { service in
            let wire = try service.wire()
            wire.send(Post.hec("no gzip", ["Content-Encoding: gzip"]))
            #expect(await wire.answer().status == 400)
            wire.send(Post.hec("x", ["Content-Encoding: br"]))
            #expect(await wire.answer().status == 415)
            wire.send(Post.hec(#"{"event":1}"#))
            #expect(await wire.answer().status == 200)
        }
    }

    @Test func `headers beyond the limit and what is no HTTP end the connection`() async throws {
        try await Service.with { service in
            let many = (0..<200).map { "X-\($0): 1\r\n" }.joined()
            let wide = "X: " + String(repeating: "x", count: 40_000) + "\r\n"
            for extra in [many, wide] {
                let wire = try service.wire()
                wire.send("GET / HTTP/1.1\r\nHost: x\r\n" + extra + "\r\n")
                let text = await wire.receiveAll()
                #expect(text.hasPrefix("HTTP/1.1 4"))
                #expect(text.contains("Connection: close"))
            }
            let wire = try service.wire()
            wire.send("\u{16}\u{3}\u{1} hello\r\n\r\n")
            #expect(await wire.receiveAll().hasPrefix("HTTP/1.1 400"))
        }
    }

    @Test func `a head or a body that stalls ends its connection alone`() async throws {
        var limits = IntakeLimits()
        limits.headSecondsMax = 1
        limits.stallSecondsMax = 1
        try await Service.with(limits: limits) { service in
            let head = try service.wire()
            let body = try service.wire()
            head.send("GET / HT")
            body.send(Post.hec(Array("{".utf8), length: 100))
            #expect(await head.receiveAll() == "")
            #expect(await body.receiveAll().hasPrefix("HTTP/1.1 408"))
            #expect(await service.tally().refused == [.slow: 2])
            let wire = try service.wire()
            wire.send(Post.hec(#"{"event":1}"#))
            #expect(await wire.answer().status == 200)
        }
    }

    @Test func `connections beyond the limit are closed, and one that ends makes room`()
        async throws
    {
        var limits = IntakeLimits()
        limits.connectionsPerPeerMax = 2
        try await Service.with(limits: limits) { service in
            var wires = [try service.wire(), try service.wire()]
            for wire in wires {
                wire.send(Post.hec(#"{"event":1}"#))
                #expect(await wire.answer().status == 200)
            }
            #expect(try await service.wire().receiveAll() == "")
            #expect(await service.tally().refused == [.connections: 1])
            wires.removeLast()
            while await service.tally().connectionsOpen > 1 {
                try await Task.sleep(for: .milliseconds(10))
            }
            let wire = try service.wire()
            wire.send(Post.hec(#"{"event":1}"#))
            #expect(await wire.answer().status == 200)
        }
    }

    @Test func `what is under way when the service stops is answered`() async throws {
        let desk = KeptDesk(delay: .milliseconds(300))
        try await Service.with(desk: desk) { service in
            let wire = try service.wire()
            wire.send(Post.hec(#"{"event":1}"#))
            while await service.tally().requests == 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            await service.server.stop(secondsMax: 5)
            let answer = await wire.answer()
            #expect(answer.status == 200)
            #expect(answer.head.contains("Connection: close"))
        }
    }

    @Test func `a journal comes in batches and is answered when the last is durable`() async throws
    {
        var limits = IntakeLimits()
        limits.batchRecordsMax = 10
        let desk = KeptDesk(listeners: ["http": .acme])
        try await Service.with(desk: desk, limits: limits) { service in
            let entries = (0..<95).map { "__CURSOR=c\($0)\nMESSAGE=m\($0)\n\n" }.joined()
            for _ in 0..<2 {
                let wire = try service.wire()
                wire.send(
                    "POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                        + "Content-Type: application/vnd.fdo.journal\r\nExpect: 100-continue\r\n\r\n"
                )
                #expect(await wire.answer().status == 100)
                var random = SplitMix64(seed: 41)
                for piece in pieces(Array(entries.utf8), &random, upTo: 500) {
                    wire.send(Array((String(piece.count, radix: 16) + "\r\n").utf8) + piece)
                    wire.send("\r\n")
                }
                wire.send("0\r\n\r\n")
                #expect(await wire.answer().status == 202)
            }
            #expect(service.desk.records.count == 95)
            #expect(service.desk.takes >= 4)
            #expect(await service.tally().duplicates == 95)
        }
    }

    @Test func `a listener beyond this machine asks for TLS`() async {
        let server = IntakeServer(
            http: [HTTPSettings(address: ListenAddress(host: "0.0.0.0", port: 0))],
            desk: KeptDesk(), log: .init(label: "test"))
        await #expect {
            _ = try await server.start()
        } throws: {
            ($0 as? ListenFailure)?.code == .plaintext
        }
    }
}

@Suite struct `Over streams` {
    private static let desk = ["syslog-tcp": SourceBinding.acme, "lumberjack": .acme]

    @Test func `syslog lines and octets are kept, and the last without its end`() async throws {
        let desk = KeptDesk(listeners: Self.desk)
        try await Service.with(desk: desk, streams: [.syslogTCP]) { service in
            for stream in ["<1>a\n<2>b\n<3>c", "4 <4>d4 <5>e"] {
                let wire = try service.wire("syslog-tcp")
                wire.send(stream)
                wire.finishSending()
                #expect(await wire.receiveAll() == "")
            }
            await desk.wait(for: 5)
            #expect(Set(desk.texts) == ["<1>a", "<2>b", "<3>c", "<4>d", "<5>e"])
            #expect(desk.records.allSatisfy { $0.format == .syslog })
        }
    }

    @Test func `a busy desk slows a sender and loses nothing`() async throws {
        let desk = KeptDesk(
            listeners: Self.desk, refusals: [.busy(retryAfterSeconds: 1)],
            delay: .milliseconds(20))
        try await Service.with(desk: desk, streams: [.syslogTCP]) { service in
            let wire = try service.wire("syslog-tcp")
            for number in 0..<5_000 { wire.send("<1>Oct 11 22:14:15 h p: \(number)\n") }
            wire.finishSending()
            await desk.wait(for: 5_000)
            #expect(Set(desk.texts).count == 5_000)
            #expect(await service.tally("syslog-tcp").refused == [.busy: 1])
        }
    }

    @Test func `a sender that no source is bound to is refused`() async throws {
        try await Service.with(streams: [.syslogTCP]) { service in
            let wire = try service.wire("syslog-tcp")
            wire.send("<1>a\n")
            #expect(await wire.receiveAll() == "")
            #expect(await service.tally("syslog-tcp").refused == [.binding: 1])
        }
    }

    @Test func `a Lumberjack window is acknowledged when it is durable`() async throws {
        let desk = KeptDesk(listeners: Self.desk, delay: .milliseconds(50))
        try await Service.with(desk: desk, streams: [.lumberjack]) { service in
            let wire = try service.wire("lumberjack")
            wire.send(Lumberjack.window(2) + Lumberjack.event(1, "{}") + Lumberjack.event(2, "{}"))
            #expect(await wire.acknowledgement() == Lumberjack.acknowledgement(2))
            #expect(desk.records.count == 2)
        }
    }

    @Test func `while a desk is slow the sender is told that it lives`() async throws {
        let desk = KeptDesk(
            listeners: Self.desk, refusals: [.busy(retryAfterSeconds: 4)])
        try await Service.with(desk: desk, streams: [.lumberjack]) { service in
            let wire = try service.wire("lumberjack")
            wire.send(Lumberjack.window(1) + Lumberjack.event(1, "{}"))
            #expect(await wire.receive(6) == Lumberjack.acknowledgement(0))
            #expect(await wire.acknowledgement() == Lumberjack.acknowledgement(1))
        }
    }
}
