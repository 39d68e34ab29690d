import TestKit
import Testing

@testable import Engine

@Suite struct `Timestamp text` {
    @Test(arguments: [
        ("2020-10-18T16:52:45.123Z", "2020-10-18T16:52:45.123Z"),
        ("2020-10-18t16:52:45z", "2020-10-18T16:52:45Z"),
        ("2020-10-18 16:52:45", "2020-10-18T16:52:45Z"),
        ("2020-10-18 16:52", "2020-10-18T16:52:00Z"),
        ("2020-10-18", "2020-10-18T00:00:00Z"),
        ("2020/10/18 16:52:45", "2020-10-18T16:52:45Z"),
        ("2020-10-18 16:52:45,123", "2020-10-18T16:52:45.123Z"),
        ("2020-10-18T16:52:45.123456789Z", "2020-10-18T16:52:45.123456789Z"),
        ("2020-10-18T16:52:45.1234567899Z", "2020-10-18T16:52:45.123456789Z"),
        ("2020-10-18T16:52:45.1+09:00", "2020-10-18T07:52:45.100Z"),
        ("2020-10-18T16:52:45-0730", "2020-10-19T00:22:45Z"),
        ("2020-10-18T16:52:45+09", "2020-10-18T07:52:45Z"),
        ("2020-10-18 16:52:45 +0000", "2020-10-18T16:52:45Z"),
        ("2020-10-18 16:52:45.123 UTC", "2020-10-18T16:52:45.123Z"),
        ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z"),
        ("20201018T165245Z", "2020-10-18T16:52:45Z"),
        ("20201018", "2020-10-18T00:00:00Z"),
        ("20201018165245", "2020-10-18T16:52:45Z"),
        ("20200923153000.000000+060", "2020-09-23T14:30:00Z"),
        ("10/18/2020 4:52:45 PM", "2020-10-18T16:52:45Z"),
        ("10/18/2020 12:00:01 AM", "2020-10-18T00:00:01Z"),
        ("10/18/2020 12:00:01 pm", "2020-10-18T12:00:01Z"),
        ("10/18/2020 16:52:45.25", "2020-10-18T16:52:45.250Z"),
        ("1/2/2020", "2020-01-02T00:00:00Z"),
        ("10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z"),
        ("[10/Oct/2000:13:55:36.5 +0000]", "2000-10-10T13:55:36.500Z"),
        ("18-Oct-2020 16:52:45.123", "2020-10-18T16:52:45.123Z"),
        ("Tue, 10 Oct 2000 13:55:36 GMT", "2000-10-10T13:55:36Z"),
        ("Wed Oct 11 14:32:52.123456 2000", "2000-10-11T14:32:52.123456Z"),
        ("Oct 11 2000 14:32:52", "2000-10-11T14:32:52Z"),
        ("Oct  1 2000 14:32:52.5 UTC", "2000-10-01T14:32:52.500Z"),
        ("Oct 1, 2000 2:32:52 PM", "2000-10-01T14:32:52Z"),
        ("2020-10-18 4:52:45 PM", "2020-10-18T16:52:45Z"),
        ("1600000000", "2020-09-13T12:26:40Z"),
        ("1600000000.123456", "2020-09-13T12:26:40.123456Z"),
        ("1600000000123", "2020-09-13T12:26:40.123Z"),
        ("1600000000123.5", "2020-09-13T12:26:40.123500Z"),
        ("1600000000123456", "2020-09-13T12:26:40.123456Z"),
        ("1600000000123456789", "2020-09-13T12:26:40.123456789Z"),
        ("132444736000000000", "2020-09-13T12:26:40Z"),
        ("0", "1970-01-01T00:00:00Z"),
        ("/Date(1600000000123)/", "2020-09-13T12:26:40.123Z"),
        (#"\/Date(-1000+0900)\/"#, "1969-12-31T23:59:59Z"),
        ("  \"2020-10-18T16:52:45Z\" ", "2020-10-18T16:52:45Z"),
    ])
    func `reads every known form`(text: String, expected: String) {
        #expect(TimestampText.parse(text)?.text == expected)
    }

    @Test(arguments: [
        "", " ", "-", "never", "2020-13-01", "2020-02-30", "2021-02-29T00:00:00Z",
        "2020-10-18T24:00:00Z", "2020-10-18T16:60:00Z", "2020-10-18T16:52:61Z",
        "2020-10-18T16:52:45+25:00", "2020-10-18T16:52:45 and more", "18/10/2020 16:52:45",
        "10/18/2020 13:00:00 PM", "10/18/2020 0:00:00 AM", "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "99999999999999999999", "-1", "1e9", "1600000000.", "1.2.3.4",
        "/Date(x)/", "/Date(999999999999999999)/", "Oct 11 22:14:15", "Foo 11 2000 22:14:15",
        "10/Foo/2000:13:55:36 -0700", "2262-12-31T00:00:00Z",
    ])
    func `refuses what is no moment`(text: String) {
        #expect(TimestampText.parse(text) == nil)
    }

    @Test(arguments: [
        ("Oct 11 22:14:15 host", "2026-11-23T00:00:00Z", "2026-10-11T22:14:15Z", 15),
        ("Dec 31 23:59:59 host", "2026-11-23T00:00:00Z", "2025-12-31T23:59:59Z", 15),
        ("Jan  1 00:00:01 host", "2025-12-31T12:00:00Z", "2026-01-01T00:00:01Z", 15),
        ("Nov 23 20:00:00 host", "2026-11-23T00:00:00Z", "2026-11-23T20:00:00Z", 15),
        ("Nov 24 00:00:01 host", "2026-11-23T00:00:00Z", "2025-11-24T00:00:01Z", 15),
        ("Feb 29 01:02:03 host", "2026-11-23T00:00:00Z", "2024-02-29T01:02:03Z", 15),
        ("Feb 29 01:02:03 host", "1903-11-23T00:00:00Z", "1896-02-29T01:02:03Z", 15),
        ("Oct 11 22:14:15.003 h", "2026-11-23T00:00:00Z", "2026-10-11T22:14:15.003Z", 19),
        ("Oct 11 2003 22:14:15 h", "2026-11-23T00:00:00Z", "2003-10-11T22:14:15Z", 20),
        ("Oct 11 22:14:15 2003 h", "2026-11-23T00:00:00Z", "2003-10-11T22:14:15Z", 20),
        ("Sat Oct 11 22:14:15 2003", "2026-11-23T00:00:00Z", "2003-10-11T22:14:15Z", 24),
        ("Oct 11 22:14:15 CET: %SYS", "2026-11-23T00:00:00Z", "2026-10-11T22:14:15Z", 19),
    ])
    func `a date without a year is in the newest year that is not ahead`(
        text: String, reference: String, expected: String, count: Int
    ) throws {
        let reference = try #require(TimestampText.parse(reference))
        let bytes = Array(text.utf8)
        let found = TimestampText.syslogPrefix(
            bytes.span, in: 0..<bytes.count, reference: reference)
        #expect(found?.time.text == expected)
        #expect(found?.count == count)
    }

    @Test func `a W3C date and time make one moment`() {
        let bytes = Array("2020-10-18 16:52:45".utf8)
        #expect(
            TimestampText.parse(bytes.span, date: 0..<10, time: 11..<19)?.text
                == "2020-10-18T16:52:45Z")
        #expect(TimestampText.parse(bytes.span, date: 0..<9, time: 12..<15) == nil)
    }

    @Test func `what is written is read again`() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<2000 {
            let time = Timestamp(
                nanoseconds: Int64.random(
                    in: -9_000_000_000_000_000_000...9_000_000_000_000_000_000, using: &random))
            #expect(TimestampText.parse(time.text) == time)
        }
    }

    @Test func `survives any damage to a good text`() {
        let seeds = [
            "2020-10-18T16:52:45.123456789+09:00", "10/18/2020 4:52:45 PM",
            "10/Oct/2000:13:55:36 -0700", "Wed Oct 11 14:32:52.123456 2000", "1600000000123456789",
            "/Date(1600000000123+0000)/", "Oct 11 22:14:15 CET: x", "20200923153000.000000+060",
        ]
        var random = SplitMix64(seed: 3)
        var read = 0
        for round in 0..<8000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                case 1:
                    bytes.insert(
                        UInt8(ascii: "9"), at: Int.random(in: 0...bytes.count, using: &random))
                default: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            if TimestampText.parse(bytes.span) != nil { read += 1 }
            _ = TimestampText.syslogPrefix(
                bytes.span, in: 0..<bytes.count, reference: Timestamp(nanoseconds: .max))
            _ = TimestampText.isoPrefix(bytes.span, in: 0..<bytes.count)
        }
        #expect(read > 0)
    }
}
