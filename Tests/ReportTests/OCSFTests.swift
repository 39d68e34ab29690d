import Engine
import Foundation
import Report
import Testing

/// The mapping to OCSF. That every line is valid is said by Tests/Judges/ocsf_judge.py; here stands
/// which field goes where.
@Suite struct `OCSF export` {
    private func document(_ event: RetainedEvent, host: String? = nil) throws -> [String: Any] {
        let bytes = OCSFEvent(productVersion: "0.1.0")
            .bytes(of: event, uid: "file#1", host: host, user: nil)
        return try #require(
            JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test func `the usual event of each activity is told as committed`() throws {
        let writer = OCSFEvent(productVersion: "0.1.0")
        var bytes: [UInt8] = []
        for (number, activity) in Activity.allCases.enumerated() {
            let isCloud = [.cloudCall, .cloudSignIn, .assumeRole].contains(activity)
            let event = OCSFSamples.event(
                activity, isCloud ? .cloudtrail : .windows, OCSFSamples.usual(activity),
                number: UInt64(number))
            bytes += writer.bytes(of: event, uid: "made#\(number)", host: nil, user: nil)
            bytes.append(UInt8(ascii: "\n"))
        }
        let path = Folder.fixture("activities.ocsf")
        if Folder.writesGoldens { return try Folder.write(bytes, to: path) }
        #expect(Folder.read(path) == bytes, "KAGARI_GOLDEN=write shows how it differs")
    }

    @Test func `type is class times hundred plus activity, and the category follows`() {
        let categories = Set(OCSFClass.allCases.map(\.categoryUID))
        #expect(categories == [0, 1, 2, 3, 4, 6])
        #expect(OCSFClass.processActivity.typeUID(activity: 1) == 100_701)
        #expect(OCSFClass.authentication.typeUID(activity: 99) == 300_299)
        #expect(OCSFClass.registryValueActivity.typeUID(activity: 2) == 20_100_202)
        #expect(OCSFClass.registryValueActivity.categoryUID == 1)
    }

    @Test func `every sample says its class, its type and its time`() throws {
        for line in String(decoding: OCSFSamples.lines(), as: UTF8.self).split(separator: "\n") {
            let event = try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let kind = try #require((event["class_uid"] as? Int).flatMap(OCSFClass.init))
            let activity = try #require(event["activity_id"] as? Int)
            guard event["type_uid"] as? Int == kind.typeUID(activity: activity),
                event["category_uid"] as? Int == kind.categoryUID, event["time"] is Int
            else { return #expect(Bool(false), "\(line)") }
        }
    }

    @Test func `no value of an event is lost`() throws {
        for activity in Activity.allCases {
            let pairs = (0..<6).map { ("Unknown\($0)", "value-\($0)") } + [("Unknown0", "again")]
            let event = OCSFSamples.event(
                activity, .windows, OCSFSamples.usual(activity) + pairs, number: 1)
            let unmapped = try #require(try document(event)["unmapped"] as? [String: Any])
            #expect(unmapped["Unknown0"] as? [String] == ["value-0", "again"])
            #expect(unmapped["Unknown5"] as? String == "value-5")
        }
    }

    @Test func `a new process and its creator are told apart in Security 4688`() throws {
        let event = OCSFSamples.event(
            .processStart, .windows,
            [
                ("EventID", "4688"), ("NewProcessId", "0x1a2c"), ("NewProcessName", #"C:\new.exe"#),
                ("ProcessId", "0x10"), ("ParentProcessName", #"C:\old.exe"#),
                ("SubjectUserName", "alice"), ("SubjectDomainName", "ACME"),
            ], number: 1)
        let told = try document(event, host: "ws-1")
        let process = try #require(told["process"] as? [String: Any])
        let parent = try #require(process["parent_process"] as? [String: Any])
        #expect(process["pid"] as? Int == 0x1a2c)
        #expect(process["name"] as? String == "new.exe")
        #expect(parent["pid"] as? Int == 0x10)
        #expect(parent["name"] as? String == "old.exe")
    }

    @Test func `a failed logon is a failure, with its user and its origin`() throws {
        let event = OCSFSamples.event(
            .logonFailure, .windows,
            [
                ("TargetUserName", "bob"), ("TargetDomainName", "ACME"), ("LogonType", "3"),
                ("IpAddress", "::ffff:10.0.0.7"), ("IpPort", "50122"), ("Computer", "dc-1"),
            ], number: 1)
        let told = try document(event, host: "dc-1")
        #expect(told["type_uid"] as? Int == 300_201)
        #expect(told["status_id"] as? Int == 2)
        #expect((told["user"] as? [String: Any])?["name"] as? String == "bob")
        #expect((told["src_endpoint"] as? [String: Any])?["ip"] as? String == "10.0.0.7")
        #expect((told["dst_endpoint"] as? [String: Any])?["hostname"] as? String == "dc-1")
        #expect(told["logon_type_id"] as? Int == 3)
    }

    @Test func `a record without a time says so`() throws {
        let event = OCSFSamples.event(.other, .generic, [("a", "b")], number: 1, timed: false)
        let told = try document(event)
        #expect(told["time"] as? Int == 0)
        let metadata = try #require(told["metadata"] as? [String: Any])
        #expect(metadata["labels"] as? [String] == ["time-unknown"])
    }

    @Test func `huge values and records are cut, not refused`() throws {
        let huge = String(repeating: "x", count: 1 << 20)
        var event = OCSFSamples.event(.processStart, .windows, [("CommandLine", huge)], number: 1)
        event.raw = Array(huge.utf8)
        let told = try document(event)
        let line = (told["process"] as? [String: Any])?["cmd_line"] as? String
        #expect(line?.utf8.count == 32 << 10)
        #expect((told["raw_data"] as? String)?.utf8.count == OCSFEvent.rawBytesMax)
        #expect(told["raw_data_size"] as? Int == 1 << 20)
    }

    @Test(arguments: [
        ("10.0.0.1", true), ("255.255.255.255", true), ("1.2.3", false), ("1.2.3.256", false),
        ("01.2.3.4", false), ("::1", true), ("fe80::1", true), ("1:2:3:4:5:6:7:8", true),
        ("1:2:3", false), ("1::2::3", false), ("::::", false), ("g::1", false), ("", false),
        ("s3.amazonaws.com", false), ("::+1", false),
    ])
    func `addresses are told from names`(text: String, isAddress: Bool) {
        #expect(OCSF.isAddress(text) == isAddress)
    }

    @Test func `times before 1970 round down`() {
        #expect(OCSF.milliseconds(Timestamp(nanoseconds: -1)) == -1)
        #expect(OCSF.milliseconds(Timestamp(nanoseconds: 1_999_999)) == 1)
        #expect(OCSF.milliseconds(Timestamp(nanoseconds: .min)) < 0)
    }
}

@Suite struct `JSON writer` {
    @Test(arguments: [
        ("a\"b\\c", #""a\"b\\c""#), ("\u{8}\u{9}\u{a}\u{c}\u{d}\u{1f}", #""\b\t\n\f\r\u001f""#),
        ("\u{7f}\u{85}", #""\u007f\u0085""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#),
        ("\u{202e}", #""\u202e""#), ("\u{e0041}", #""\udb40\udc41""#), ("é日👍", #""é日👍""#),
        ("", #""""#),
    ])
    func `escapes what acts on a reader and nothing else`(text: String, json: String) {
        var writer = JSONWriter()
        writer.value(text)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == json)
    }

    @Test func `puts commas between and nowhere else`() {
        var writer = JSONWriter()
        writer.object {
            $0.member("a", Int64.min)
            $0.member("b", UInt64.max)
            $0.null("c")
            $0.array("d") { _ in }
            $0.object("e") { $0.member("f", ["x", "y"]) }
            $0.member("g", true)
        }
        let expected =
            #"{"a":-9223372036854775808,"b":18446744073709551615,"c":null,"d":[],"#
            + #""e":{"f":["x","y"]},"g":true}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }
}
