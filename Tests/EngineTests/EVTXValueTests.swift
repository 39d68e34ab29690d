import Engine
import TestKit
import Testing

@Suite struct `EVTX values` {
    struct Case: Sendable, CustomTestStringConvertible {
        var value: EVTXValue
        var text: String?
        var kind: ValueKind
        var testDescription: String { "\(value)" }

        init(_ value: EVTXValue, _ text: String?, _ kind: ValueKind = .string) {
            self.value = value
            self.text = text
            self.kind = kind
        }
    }

    static let scalars: [Case] = [
        Case(.null, nil, .null),
        Case(.string("plain"), "plain"),
        Case(.string(""), ""),
        Case(
            .string("Grüße, 世界 🔥, and more than eight units"),
            "Grüße, 世界 🔥, and more than eight units"),
        Case(.units([0x41, 0xd800, 0x42]), "A\u{fffd}B"),
        Case(.units([0xdc00, 0xd83d]), "\u{fffd}\u{fffd}"),
        Case(.units([0x41, 0, 0x42]), "A"),
        Case(.ansi([0x41, 0x80, 0xe4, 0]), "A€ä"),
        Case(.int8(-128), "-128", .number),
        Case(.uint8(255), "255", .number),
        Case(.int16(-32768), "-32768", .number),
        Case(.uint16(65535), "65535", .number),
        Case(.int32(.min), "-2147483648", .number),
        Case(.uint32(.max), "4294967295", .number),
        Case(.int64(.min), "-9223372036854775808", .number),
        Case(.uint64(.max), "18446744073709551615", .number),
        Case(.uint64(0), "0", .number),
        Case(.real32(1.5), "1.5", .number),
        Case(.real64(-0.1), "-0.1", .number),
        Case(.boolean(0), "false", .boolean),
        Case(.boolean(1), "true", .boolean),
        Case(.boolean(65536), "65536", .boolean),
        Case(.boolean(-1), "-1", .boolean),
        Case(.binary([0x00, 0xab, 0xff]), "00ABFF"),
        Case(.binary([]), nil, .null),
        Case(.guid(Array(0..<16)), "03020100-0504-0706-0809-0A0B0C0D0E0F"),
        Case(.size32(0xff), "0xff"),
        Case(.size64(0x1_0000_0000), "0x100000000"),
        Case(.filetime(0), "1601-01-01T00:00:00.000000Z"),
        Case(.filetime(132_000_000_001_234_567), "2019-04-17T18:40:00.123456Z"),
        Case(.filetime(.max), "60056-05-28T05:36:10.955161Z".suffixed),
        Case(.systemTime([2024, 2, 4, 29, 23, 59, 58, 7]), "2024-02-29T23:59:58.007000Z"),
        Case(.systemTime([0, 0, 0, 0, 0, 0, 0, 0]), "1601-01-01T00:00:00.000000Z"),
        Case(.sid(authority: 5, [21, 1, 2, 500]), "S-1-5-21-1-2-500"),
        Case(.sid(authority: 0, []), "S-1-0"),
        Case(.hex32(0xdead_beef), "0xdeadbeef"),
        Case(.hex32(0), "0x0"),
        Case(.hex64(.max), "0xffffffffffffffff"),
        Case(.raw(type: 0x23, [0x3c, 0, 0x61, 0, 0x3e, 0]), "<a>"),
        Case(.raw(type: 0x0d, [1]), "true", .boolean),
        Case(.raw(type: 0x08, [1, 2]), "513", .number),
        Case(.raw(type: 0x08, [1, 0, 0, 0, 9]), "1", .number),
        Case(.raw(type: 0x04, [1, 9]), "1", .number),
        Case(.raw(type: 0x05, [0xff, 0xff, 1]), "-1", .number),
        Case(.raw(type: 0x09, [UInt8](repeating: 0xff, count: 9)), "-1", .number),
        Case(.raw(type: 0x0d, [1, 0, 0, 0, 7, 7, 7, 7]), "true", .boolean),
        Case(.raw(type: 0x14, [1, 0, 0, 0, 9]), "0x1"),
        Case(.raw(type: 0x0f, [1, 2]), "0102"),
        Case(.raw(type: 0x13, [1, 2]), "0102"),
        Case(.raw(type: 0x13, [1, 9, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0]), "S-1-5-1"),
        Case(.raw(type: 0x7f, [1, 2]), "0102"),
    ]

    @Test(arguments: scalars)
    func `a value is shown as the record says it`(sample: Case) {
        #expect(
            EVTXReading.data(sample.value)
                == [.init(name: "X", text: sample.text, kind: sample.kind)])
    }

    static let arrays: [(EVTXValue, [String])] = [
        (.strings(["one", "", "three"]), ["one", "", "three"]),
        (.raw(type: 0x81, [0x61, 0, 0, 0, 0x62, 0]), ["a", "b"]),
        (.raw(type: 0x82, [0x61, 0, 0x62, 0x63]), ["a", "bc"]),
        (.array([.int8(-1), .int8(2)]), ["-1", "2"]),
        (.array([.uint16(7), .uint16(65535)]), ["7", "65535"]),
        (.array([.uint32(1), .uint32(2), .uint32(3)]), ["1", "2", "3"]),
        (.array([.int64(-5)]), ["-5"]),
        (.array([.real64(0.5), .real64(2)]), ["0.5", "2.0"]),
        (.array([.boolean(1), .boolean(0)]), ["true", "false"]),
        (
            .array([.guid(Array(0..<16)), .guid([UInt8](repeating: 0, count: 16))]),
            ["03020100-0504-0706-0809-0A0B0C0D0E0F", "00000000-0000-0000-0000-000000000000"]
        ),
        (.array([.filetime(0)]), ["1601-01-01T00:00:00.000000Z"]),
        (
            .array([.systemTime([2024, 1, 1, 1, 0, 0, 0, 0])]), ["2024-01-01T00:00:00.000000Z"]
        ),
        (
            .array([.sid(authority: 5, [18]), .sid(authority: 5, [32, 544])]),
            ["S-1-5-18", "S-1-5-32-544"]
        ),
        (.array([.hex32(1), .hex32(0xff)]), ["0x1", "0xff"]),
        (.array([.hex64(1)]), ["0x1"]),
        (.array([.size64(16)]), ["0x10"]),
        (.raw(type: 0x8e, [1, 2, 3]), ["010203"]),
        (.raw(type: 0x88, [1, 0, 0, 0, 2]), ["1", "2"]),
    ]

    @Test(arguments: arrays)
    func `an array repeats its field`(value: EVTXValue, texts: [String]) {
        let fields = EVTXReading.data(value)
        #expect(fields.map(\.text) == texts)
        #expect(fields.allSatisfy { $0.name == "X" })
    }

    @Test func `an empty array is null`() {
        #expect(EVTXReading.data(.strings([])).map(\.kind) == [.null])
    }

    @Test func `any type of any size is shown or left out, never a crash`() {
        var random = SplitMix64(seed: 7)
        for type in UInt8.min...UInt8.max where type != 0x21 {
            var data: [(String, EVTXValue)] = []
            for size in [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 28, 70] {
                let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                data.append(("X", .raw(type: type, bytes)))
            }
            data.append(("Y", .uint8(9)))
            let reading = EVTXReading(file: EVTXWriter().record(data: data).bytes())
            #expect(reading.events.first?["Y"] == ["9"])
            #expect((reading.events.first?["X"].count ?? 0) >= 13)
        }
    }
}

extension String {
    /// A year beyond 9999 keeps its last four digits.
    fileprivate var suffixed: String { String(dropFirst(1)) }
}
