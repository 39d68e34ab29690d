import Engine
import Testing

@testable import Listen

@Suite struct `HTTP event collector` {
    @Test func `objects one after another are records with their own text`() async {
        let ask = Asking()
        let answer = await ask(
            "POST", "/services/collector/event",
            #"{"time":1600000000.25,"host":"web-1","event":{"a": 1}} {"time":"1600000001","event":{"a":2}}"#
                + "\n" + #"{"event":{"a":3},"fields":{}}"#)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"text":"Success","code":0}"#)
        #expect(ask.desk.texts == [#"{"a": 1}"#, #"{"a":2}"#, #"{"a":3}"#])
        let first = ask.desk.records[0]
        #expect(first.format == .json)
        #expect(first.time == Timestamp(nanoseconds: 1_600_000_000_250_000_000))
        #expect(first.host == "web-1")
        #expect(ask.desk.records[1].time == Timestamp(nanoseconds: 1_600_000_001_000_000_000))
        #expect(ask.desk.records[2].labels == [])
    }

    @Test func `what the wrapper says beside goes to the labels`() async {
        let ask = Asking()
        _ = await ask(
            "POST", "/services/collector",
            #"{"event":"x","index":"main","source":"s","sourcetype":"st","fields":{"k":"v"},"time":"later"}"#
        )
        #expect(
            ask.desk.records[0].labelText
                == #"{"index":"main","source":"s","sourcetype":"st","fields":{"k":"v"},"time":"later"}"#
        )
        #expect(ask.desk.records[0].time == nil)
    }

    @Test func `a string is kept in the format that its content tells`() async {
        let ask = Asking()
        _ = await ask(
            "POST", "/services/collector",
            #"{"event":"<34>Oct 11 22:14:15 host su[12]: m\"x\" \u00e9"}{"event":"plain\nwords"}{"event":"{\"EventID\":1}"}{"event":[1]}"#
        )
        #expect(ask.desk.records.map(\.format) == [.syslog, .json, .json, .json])
        #expect(
            ask.desk.texts == [
                "<34>Oct 11 22:14:15 host su[12]: m\"x\" é", #"{"message":"plain\nwords"}"#,
                #"{"EventID":1}"#, #"{"event":[1]}"#,
            ])
    }

    struct Bad: Sendable {
        var body: String
        var status: Int
        var text: String
        var kept: Int
    }

    static let bad = [
        Bad(body: "", status: 400, text: #"{"text":"No data","code":5}"#, kept: 0),
        Bad(
            body: #"{"event":1}{"event"#, status: 400,
            text: #"{"text":"Invalid data format","code":6,"invalid-event-number":1}"#, kept: 1),
        Bad(
            body: #"{"time":1}"#, status: 400,
            text: #"{"text":"Event field is required","code":12,"invalid-event-number":0}"#, kept: 0
        ),
        Bad(
            body: #"{"event":{}}{"event":" "}"#, status: 400,
            text: #"{"text":"Event field cannot be blank","code":13,"invalid-event-number":1}"#,
            kept: 1),
        Bad(
            body: "words", status: 400,
            text: #"{"text":"Invalid data format","code":6,"invalid-event-number":0}"#, kept: 0),
    ]

    @Test(arguments: bad) func `a bad event is named, and what stood before it is kept`(
        bad: Bad
    ) async {
        let ask = Asking()
        let answer = await ask("POST", "/services/collector/event/1.0", bad.body)
        #expect(answer.status == bad.status)
        #expect(answer.text == bad.text)
        #expect(ask.desk.records.count == bad.kept)
    }

    @Test func `raw lines are records with what the query says`() async {
        let ask = Asking()
        let answer = await ask(
            "POST", "/services/collector/raw?host=h%201&sourcetype=st&index=i",
            "one\r\n\ntwo words")
        #expect(answer.status == 200)
        #expect(ask.desk.texts == [#"{"message":"one"}"#, #"{"message":"two words"}"#])
        #expect(ask.desk.records[0].host == "h 1")
        #expect(ask.desk.records[1].labelText == #"{"index":"i","sourcetype":"st"}"#)
    }

    @Test func `the token decides, and every way of giving it is known`() async {
        let desk = KeptDesk()
        func status(_ header: String?, _ target: String = "/services/collector") async -> Int {
            await Asking(desk: desk)(
                "POST", target, #"{"event":1}"#,
                headers: header.map { [("Authorization", $0)] } ?? []
            ).status
        }
        #expect(await status("Splunk secret") == 200)
        #expect(await status("splunk secret") == 200)
        #expect(await status("Bearer secret") == 200)
        #expect(await status("Basic eDpzZWNyZXQ=") == 200)
        #expect(await status(nil) == 401)
        #expect(await status("Digest secret") == 401)
        #expect(await status("Splunk wrong") == 403)
        #expect(await status(nil, "/services/collector?token=secret") == 401)
        let open = Asking(desk: desk, allowsQueryToken: true)
        #expect(
            await open("POST", "/services/collector?token=secret", "{\"event\":1}", headers: [])
                .status == 200)
    }

    @Test func `health is told to anybody`() async {
        let answer = await Asking()("GET", "/services/collector/health/1.0", headers: [])
        #expect(answer.status == 200)
        #expect(answer.text == #"{"text":"HEC is healthy","code":17}"#)
    }

    @Test func `an acknowledgement id is true once it was given, on its channel alone`() async {
        let ask = Asking()
        let router = ask.router
        let headers = [("Authorization", "Splunk secret"), ("X-Splunk-Request-Channel", "AB-1")]
        for id in 0..<2 {
            let answer = await ask.answer(
                router, "POST", "/services/collector", Array(#"{"event":1}"#.utf8), headers)
            #expect(answer.text == "{\"text\":\"Success\",\"code\":0,\"ackId\":\(id)}")
        }
        let asked = Array(#"{"acks":[0,1,2]}"#.utf8)
        let answer = await ask.answer(
            router, "POST", "/services/collector/ack?channel=ab-1", asked)
        #expect(answer.text == #"{"acks":{"0":true,"1":true,"2":false}}"#)
        let elsewhere = await ask.answer(
            router, "POST", "/services/collector/ack?channel=cd", asked)
        #expect(elsewhere.text == #"{"acks":{"0":false,"1":false,"2":false}}"#)
        let none = await ask.answer(router, "POST", "/services/collector/ack", asked)
        #expect(none.text == #"{"text":"Data channel is missing","code":10}"#)
    }

    @Test func `beyond the limit the channel used longest ago is let go`() {
        let channels = HECChannels(limit: 2)
        _ = channels.acknowledge(.acme, "a")
        _ = channels.acknowledge(.acme, "b")
        _ = channels.acknowledge(.acme, "a")
        _ = channels.acknowledge(.acme, "c")
        #expect(channels.isDurable(1, .acme, "a"))
        #expect(!channels.isDurable(0, .acme, "b"))
        #expect(channels.isDurable(0, .acme, "c"))
        #expect(!channels.isDurable(0, .other, "c"))
    }

    @Test func `a busy desk is told with code 9 and when to come back`() async {
        let ask = Asking(desk: KeptDesk(refusals: [.busy(retryAfterSeconds: 3), .closed]))
        let answer = await ask("POST", "/services/collector", #"{"event":1}"#)
        #expect(answer.status == 503)
        #expect(answer.text == #"{"text":"Server is busy","code":9}"#)
        #expect(answer.headers["Retry-After"] == "3")
        #expect(await ask("POST", "/services/collector", #"{"event":1}"#).status == 403)
        #expect(ask.desk.records.isEmpty)
    }

    @Test func `labels at their limit are kept, and one beyond refuses the event`() async {
        let ask = Asking()
        let room = IntakeLimits.labelBytesMax - #"{"source":""}"#.utf8.count
        let fits = String(repeating: "s", count: room)
        #expect(
            await ask("POST", "/services/collector", "{\"event\":1,\"source\":\"\(fits)\"}").status
                == 200)
        let answer = await ask(
            "POST", "/services/collector", "{\"event\":1,\"source\":\"\(fits)s\"}")
        #expect(answer.status == 400)
        #expect(answer.text.contains(#""code":15"#))
    }

    @Test func `a record at its limit is kept, and one beyond is refused`() async {
        var limits = IntakeLimits()
        limits.recordBytesMax = 10
        limits.recordsMax = 2
        let ask = Asking(limits: limits)
        #expect(await ask("POST", "/services/collector", #"{"event":{"a":"12"}}"#).status == 200)
        #expect(await ask("POST", "/services/collector", #"{"event":{"a":"123"}}"#).status == 400)
        let three = String(repeating: #"{"event":1}"#, count: 3)
        #expect(await ask("POST", "/services/collector", three).status == 400)
        #expect(ask.desk.records.count == 3)
    }
}
