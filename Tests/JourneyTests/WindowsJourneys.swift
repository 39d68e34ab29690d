import Engine
import TestKit

extension Journey {
    private static let channel = "Microsoft-Windows-Sysmon/Operational"
    private static let processes = "product: windows, category: process_creation"
    private static let whoami = "Image|endswith: '\\whoami.exe', CommandLine|contains: '/all'"

    /// The same process start as each shipper tells it, after one that must not fire.
    static let windows: [Journey] = [
        Journey(
            "EVTX", bytes: evtx(), format: .evtx, logsource: processes, selection: whoami,
            host: "WS-07", user: "CORP\\erin", time: "2024-03-01T08:30:00.1234567Z", record: 2),
        Journey(
            "evtx_dump JSON", lines(nested), format: .json, logsource: processes,
            selection: whoami, host: "WS-07", user: "CORP\\erin",
            time: "2024-03-01T08:30:00.123456Z", record: 2),
        Journey(
            "Winlogbeat JSON", lines(winlogbeat), format: .json, logsource: processes,
            selection: whoami, host: "WS-07", user: "CORP\\erin", time: "2024-03-01T08:30:00.123Z",
            record: 2),
        Journey(
            "Mordor flat JSON", lines(mordor), format: .json, logsource: processes,
            selection: whoami, host: "WS-07", user: "CORP\\erin", record: 2),
        Journey(
            "Splunk export JSON", lines(splunk), format: .json, logsource: processes,
            selection: whoami, host: "WS-07", user: "CORP\\erin",
            time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "Windows events in syslog",
            lines(mordor).split(separator: "\n").map {
                "<14>Mar  1 08:30:01 relay nxlog: \($0)\n"
            }.joined(), format: .syslog, logsource: processes, selection: whoami, host: "WS-07",
            user: "CORP\\erin", record: 2),
        Journey(
            "Windows events in CSV",
            """
            EventRecordID,Channel,EventID,Computer,User,Image,CommandLine
            41,\(channel),1,WS-07,CORP\\erin,C:\\Windows\\cmd.exe,cmd
            42,\(channel),1,WS-07,CORP\\erin,C:\\Windows\\System32\\whoami.exe,"whoami ""x"" /all"
            """, format: .csv, logsource: processes, selection: whoami, host: "WS-07",
            user: "CORP\\erin", record: 3),
    ]

    static func evtx() -> [UInt8] {
        var writer = EVTXWriter()
        for (image, command) in [
            ("cmd.exe", "cmd /c dir"), ("System32\\whoami.exe", "whoami /all"),
        ] {
            writer = writer.record(
                time: Timestamp(nanoseconds: 1_709_281_800_123_456_700), channel: channel,
                provider: "Microsoft-Windows-Sysmon", eventID: 1, computer: "WS-07",
                data: [
                    ("Image", .string("C:\\Windows\\\(image)")), ("CommandLine", .string(command)),
                    ("User", .string("CORP\\erin")),
                ])
        }
        return writer.bytes()
    }

    private static func lines(_ line: (String, String, Int) -> String) -> String {
        line("C:\\\\Windows\\\\cmd.exe", "cmd /c dir", 41) + "\n"
            + line("C:\\\\Windows\\\\System32\\\\whoami.exe", "whoami /all", 42) + "\n"
    }

    private static func nested(_ image: String, _ command: String, _ number: Int) -> String {
        ##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"##
            + ##""EventID":1,"TimeCreated":{"##
            + ##""#attributes":{"SystemTime":"2024-03-01T08:30:00.123456Z"}},"EventRecordID":"##
            + ##"\##(number),"Channel":"\##(channel)","Computer":"WS-07"},"EventData":{"Image":"##
            + ##""\##(image)","CommandLine":"\##(command)","User":"CORP\\erin"}}}"##
    }

    private static func winlogbeat(_ image: String, _ command: String, _ number: Int) -> String {
        #"{"@timestamp":"2024-03-01T08:30:00.123Z","event":{"code":"1","provider":"x"},"#
            + #""host":{"name":"WS-07"},"winlog":{"channel":"\#(channel)","event_id":"1","#
            + #""computer_name":"WS-07","record_id":"\#(number)","event_data":{"Image":"\#(image)","#
            + #""CommandLine":"\#(command)","User":"CORP\\erin"}}}"#
    }

    private static func mordor(_ image: String, _ command: String, _ number: Int) -> String {
        #"{"EventID":1,"Channel":"\#(channel)","Hostname":"WS-07","RecordNumber":\#(number),"#
            + #""SourceName":"Microsoft-Windows-Sysmon","Image":"\#(image)","#
            + #""CommandLine":"\#(command)","User":"CORP\\erin","#
            + #""UtcTime":"2024-03-01 08:30:00.123"}"#
    }

    private static func splunk(_ image: String, _ command: String, _ number: Int) -> String {
        #"{"preview":false,"result":{"EventCode":"1","Channel":"\#(channel)","#
            + #""Computer":"WS-07","EventRecordID":"\#(number)","Image":"\#(image)","#
            + #""CommandLine":"\#(command)","User":"CORP\\erin","#
            + #""_time":"2024-03-01T08:30:00.000+00:00"}}"#
    }
}
