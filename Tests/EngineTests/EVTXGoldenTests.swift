import Engine
import TestKit
import Testing

@Suite struct `EVTX golden` {
    /// The written form of three usual events; a change here changes what rules see.
    private static let expected = """
        1 @4608 2020-09-13T12:26:40.123456700Z
          Provider_Name='Microsoft-Windows-Sysmon' string
          Provider_Guid='03020100-0504-0706-0809-0A0B0C0D0E0F' string
          EventID='1' number
          Version='0' number
          Level='4' number
          Task='0' number
          Opcode='0' number
          Keywords='0x8020000000000000' string
          SystemTime='2020-09-13T12:26:40.123456Z' string
          EventRecordID='1' number
          Execution_ProcessID='4' number
          Execution_ThreadID='8' number
          Channel='Microsoft-Windows-Sysmon/Operational' string
          Computer='WS01.example.test' string
          Security_UserID='S-1-5-18' string
          UtcTime='2020-09-13 12:26:40.123' string
          ProcessId='4242' number
          Image='C:\\Windows\\System32\\whoami.exe' string
          CommandLine='whoami /all' string
          Initiated='true' boolean
        2 @6504 2020-09-13T12:26:41Z
          Provider_Name='Microsoft-Windows-Eventlog' string
          Provider_Guid='03020100-0504-0706-0809-0A0B0C0D0E0F' string
          EventID='104' number
          Version='0' number
          Level='4' number
          Task='0' number
          Opcode='0' number
          Keywords='0x8020000000000000' string
          SystemTime='2020-09-13T12:26:41.000000Z' string
          EventRecordID='2' number
          Execution_ProcessID='4' number
          Execution_ThreadID='8' number
          Channel='System' string
          Computer='WS01.example.test' string
          Security_UserID='S-1-5-18' string
          SubjectUserName='admin' string
          Channel='Security' string
          BackupPath=null null
        """

    @Test func `usual events look as rules expect them`() {
        let later = Timestamp(nanoseconds: 1_600_000_001_000_000_000)
        let cleared = EVTXNode.element(
            "UserData", [],
            [
                .element(
                    "LogFileCleared", [.init(name: "xmlns", content: [.text("urn:log")])],
                    [
                        .element("SubjectUserName", [], [.substitution(17, type: 1)]),
                        .element("Channel", [], [.substitution(18, type: 1)]),
                        .element("BackupPath", [], [.substitution(19, type: 1)]),
                    ])
            ])
        let file = EVTXWriter()
            .record(
                channel: "Microsoft-Windows-Sysmon/Operational",
                provider: "Microsoft-Windows-Sysmon", eventID: 1, computer: "WS01.example.test",
                data: [
                    ("UtcTime", .string("2020-09-13 12:26:40.123")), ("ProcessId", .uint32(4242)),
                    ("Image", .string(#"C:\Windows\System32\whoami.exe"#)),
                    ("CommandLine", .string("whoami /all")), ("Initiated", .boolean(1)),
                ]
            )
            .record(
                time: later, template: EVTXWriter.event([cleared]),
                values: EVTXWriter.system(
                    time: later, channel: "System", provider: "Microsoft-Windows-Eventlog",
                    eventID: 104, computer: "WS01.example.test", number: 2)
                    + [.string("admin"), .string("Security"), .null]
            )
            .bytes()
        let text = EVTXReading(file: file).events.map { event in
            let time = event.time.map { "\($0.text)" } ?? "-"
            return
                (["\(event.number) @\(event.offset) \(time)"]
                + event.fields.map { "  \($0)" }).joined(separator: "\n")
        }.joined(separator: "\n")
        #expect(text == Self.expected)
    }
}
