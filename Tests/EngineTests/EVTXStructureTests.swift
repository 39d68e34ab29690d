import Engine
import TestKit
import Testing

@Suite struct `EVTX structure` {
    private func read(
        _ content: [EVTXNode], _ more: [EVTXValue] = []
    ) -> EVTXReading {
        EVTXReading(
            file: EVTXWriter().record(
                template: EVTXWriter.event(content), values: EVTXWriter.system() + more
            ).bytes())
    }

    private func value(_ index: Int, _ type: UInt8 = 1) -> EVTXNode {
        .substitution(17 + index, type: type)
    }

    private func named(_ name: String, _ content: [EVTXNode]) -> EVTXNode {
        .element("Data", [.init(name: "Name", content: [.text(name)])], content)
    }

    @Test func `System has Sigma's names, time and number`() throws {
        let time = Timestamp(nanoseconds: 1_600_000_000_123_456_700)
        let reading = EVTXReading(
            file: EVTXWriter().record(
                time: time, channel: "Security", provider: "P", eventID: 4688, computer: "H",
                data: [("A", .string("a"))]
            ).bytes())
        let event = try #require(reading.events.first)
        #expect(reading.failures.isEmpty && reading.warnings == EVTXWarnings())
        #expect(event.number == 1 && event.offset == 4096 + 512 && event.time == time)
        #expect(
            event.fields.map(\.description) == [
                "Provider_Name='P' string",
                "Provider_Guid='03020100-0504-0706-0809-0A0B0C0D0E0F' string",
                "EventID='4688' number", "Version='0' number", "Level='4' number",
                "Task='0' number", "Opcode='0' number",
                "Keywords='0x8020000000000000' string",
                "SystemTime='2020-09-13T12:26:40.123456Z' string", "EventRecordID='1' number",
                "Execution_ProcessID='4' number", "Execution_ThreadID='8' number",
                "Channel='Security' string", "Computer='H' string",
                "Security_UserID='S-1-5-18' string", "A='a' string",
            ])
    }

    @Test func `Qualifiers and EventID are two fields`() throws {
        var values = EVTXWriter.system(eventID: 7040)
        values[2] = .uint16(16384)
        let reading = EVTXReading(
            file: EVTXWriter().record(template: EVTXWriter.event([]), values: values).bytes())
        let event = try #require(reading.events.first)
        #expect(event["Qualifiers"] == ["16384"] && event["EventID"] == ["7040"])
    }

    @Test func `System comes first, whatever its place`() throws {
        let event = EVTXNode.element(
            "Event", [],
            [
                .element("UserData", [], [.element("Channel", [], [.text("cleared")])]),
                .element("System", [], [.element("Channel", [], [.text("System")])]),
            ])
        let reading = EVTXReading(
            file: EVTXWriter().record(template: event, values: []).bytes())
        #expect(reading.events.first?["Channel"] == ["System", "cleared"])
    }

    @Test func `names lose white space and prefix`() {
        let reading = read([
            .element(
                "EventData", [],
                [named("Threat Name", [.text("t")]), .element("ns:Binary", [], [.text("b")])])
        ])
        #expect(reading.events.first?.data.map(\.name) == ["ThreatName", "Binary"])
    }

    @Test func `unnamed Data repeats one field, an empty name counts as none`() {
        let reading = read([
            .element(
                "EventData", [],
                [
                    .element("Data", [], [.text("one")]), .element("Data", [], [.text("two")]),
                    named("", [.text("three")]), named("  ", [.text("four")]),
                ])
        ])
        #expect(reading.events.first?["Data"] == ["one", "two", "three", "four"])
    }

    @Test func `a name may itself be a value`() {
        let data = EVTXNode.element(
            "Data", [.init(name: "Name", content: [value(0)])], [value(1)])
        let reading = read(
            [.element("EventData", [], [data])], [.string("Some Name"), .string("v")])
        #expect(reading.events.first?["SomeName"] == ["v"])
    }

    @Test func `UserData gives leaves and their attributes, namespaces left out`() {
        let reading = read([
            .element(
                "UserData", [],
                [
                    .element(
                        "CertInfo", [.init(name: "xmlns", content: [.text("urn:x")])],
                        [
                            .element(
                                "URL", [.init(name: "scheme", content: [.text("http")])],
                                [.text("http://x/")]),
                            .element(
                                "Flags",
                                [
                                    .init(name: "value", content: [.text("5")]),
                                    .init(name: "xmlns:a", content: [.text("urn:y")]),
                                ], []),
                            .element("Empty", [], []),
                            .element(
                                "Group", [], [.text("\n  "), .element("In", [], [.text("1")])]),
                        ])
                ])
        ])
        #expect(
            reading.events.first?.data.map(\.description) == [
                "URL_scheme='http' string", "URL='http://x/' string", "Flags_value='5' string",
                "Empty=null null", "In='1' string",
            ])
    }

    @Test func `rendered text keeps Message, the rest is prefixed`() {
        let reading = read([
            .element(
                "RenderingInfo", [.init(name: "Culture", content: [.text("en-US")])],
                [
                    .element("Message", [], [.text("hello")]),
                    .element("Level", [], [.text("Information")]),
                ])
        ])
        #expect(
            reading.events.first?.data.map(\.name) == [
                "RenderingInfo_Culture", "Message", "RenderingInfo_Level",
            ])
        #expect(reading.events.first?["Level"] == ["4"])
    }

    @Test func `text is joined from literals, values, references and CDATA`() {
        let reading = read(
            [
                .element(
                    "EventData", [],
                    [
                        named(
                            "Mix",
                            [
                                .text("a"), .entity("lt"), .character(0x263a), .cdata("<&>"),
                                value(0, 8), .entity("amp"), .entity("unknown"), value(1, 0x81),
                            ]),
                        named("Gone", [value(2), value(2)]),
                        named("A&B", []),
                        .element(
                            "Data",
                            [
                                .init(
                                    name: "Name", content: [.text("P"), .entity("amp"), .text("Q")])
                            ], [.text("named")]),
                    ])
            ], [.uint32(7), .strings(["x", "y"]), .null])
        #expect(reading.failures.isEmpty)
        #expect(
            reading.events.first?.data.map(\.description) == [
                "Mix='a<☺<&>7&&unknown;x,y' string", "Gone=null null", "A&B=null null",
                "P&Q='named' string",
            ])
    }

    @Test func `attributes mix literals and values, and vanish when null`() {
        let element = EVTXNode.element(
            "Item",
            [
                .init(name: "a", content: [.text("v"), value(0, 8)]),
                .init(name: "b", content: [.substitution(18, type: 1, optional: true)]),
            ], [])
        let reading = read([.element("UserData", [], [element])], [.uint32(3), .null])
        #expect(reading.events.first?.data.map(\.description) == ["Item_a='v3' string"])
    }

    @Test func `instructions are passed over`() {
        let reading = read([
            .element(
                "EventData", [],
                [.instruction(target: "xml", data: "version"), named("A", [.text("1")])])
        ])
        #expect(reading.failures.isEmpty && reading.events.first?["A"] == ["1"])
    }

    @Test func `an absent substitution is null, an empty string is not`() {
        let reading = read(
            [
                .element(
                    "EventData", [],
                    [named("A", [value(0)]), named("B", [value(1)]), named("C", [value(99)])])
            ], [.null, .string("")])
        #expect(
            reading.events.first?.data.map(\.description) == [
                "A=null null", "B='' string", "C=null null",
            ])
    }

    @Test func `fragments nest, with their own templates`() {
        let inner = EVTXNode.element(
            "EventData", [], [named("In", [.substitution(0, type: 1)])])
        let reading = EVTXReading(
            file: EVTXWriter().record(
                template: EVTXWriter.event([value(0, 0x21)]),
                values: EVTXWriter.system() + [.fragment(inner, [.string("deep")])]
            ).record(
                template: EVTXWriter.event([value(0, 0x21)]),
                values: EVTXWriter.system() + [.fragment(inner, [.string("again")])]
            ).record(
                template: EVTXWriter.event([value(0, 0x21)]),
                values: EVTXWriter.system() + [
                    .content(.element("UserData", [], [.element("Spelt", [], [.text("out")])]))
                ]
            ).record(
                template: EVTXWriter.event([value(0, 0x21)]), values: EVTXWriter.system() + [.null]
            ).bytes())
        #expect(reading.failures.isEmpty)
        #expect(
            reading.events.map { $0.data.map(\.description) } == [
                ["In='deep' string"], ["In='again' string"], ["Spelt='out' string"], [],
            ])
    }

    @Test func `content without a template is read, and tells its time`() throws {
        func leaf(_ name: String, _ text: String) -> EVTXNode { .element(name, [], [.text(text)]) }
        let event = EVTXNode.element(
            "Event", [],
            [
                .element(
                    "System", [],
                    [
                        leaf("EventID", "4103"),
                        .element(
                            "TimeCreated",
                            [
                                .init(
                                    name: "SystemTime",
                                    content: [.text("2021-06-03T15:05:59.8094582+02:00")])
                            ], []), leaf("Channel", "Forwarded"),
                    ]), .element("EventData", [], [named("A", [.text("1")])]),
            ])
        let reading = EVTXReading(file: EVTXWriter().record(content: event).bytes())
        let first = try #require(reading.events.first)
        #expect(first["EventID"] == ["4103"] && first["A"] == ["1"])
        #expect(first.time?.text == "2021-06-03T13:05:59.809458200Z")
    }

    @Test func `a template instance may stand among the content`() {
        let inner = EVTXNode.element("EventData", [], [named("In", [.substitution(0, type: 8)])])
        let event = EVTXNode.element(
            "Event", [],
            [
                .element("System", [], [.element("EventID", [], [.text("1")])]),
                .instance(inner, [.uint32(5)]),
            ])
        let reading = EVTXReading(file: EVTXWriter().record(content: event).bytes())
        #expect(reading.failures.isEmpty)
        #expect(reading.events.first?["In"] == ["5"])
    }

    @Test func `a name beyond 256 bytes is not interned, its value stays`() {
        let long = String(repeating: "n", count: 257)
        let reading = read([
            .element("EventData", [], [named(long, [.text("v")]), named("A", [.text("w")])])
        ])
        #expect(reading.events.first?.data.map(\.description) == ["…='v' string", "A='w' string"])
    }

    @Test func `a decoder given another buffer starts anew`() throws {
        let chunk = EVTXWriter().record(data: [("A", .uint8(1))]).chunks()[0]
        var decoder = EVTXDecoder()
        for names in [[], ["x", "y", "z"], []] {
            var catalogue = FieldNames()
            for name in names { _ = catalogue.intern(name) }
            var buffer = EventBuffer(names: catalogue)
            decoder.begin(offset: 0)
            #expect(try decoder.next(in: chunk.span, into: &buffer))
            #expect(buffer.text("A") == "1" && buffer.text("EventID") == "1")
        }
    }

    @Test func `the same template is used again in later chunks`() {
        var writer = EVTXWriter()
        writer.recordsPerChunkMax = 3
        for index in 0..<10 {
            // A longer first record moves the template's names in each chunk.
            writer = writer.record(data: [("Pad\(index)", .string("x")), ("N", .uint32(1))])
            writer = writer.record(data: [("N", .uint32(UInt32(index)))])
        }
        let reading = EVTXReading(file: writer.bytes())
        #expect(reading.failures.isEmpty && reading.events.count == 20)
        for index in 0..<10 {
            #expect(reading.events[index * 2 + 1]["N"] == ["\(index)"])
            #expect(reading.events[index * 2]["Pad\(index)"] == ["x"])
        }
    }
}
