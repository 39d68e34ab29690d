/// What can be seen on this kernel: every program loaded and attached for a moment, and let go.
package struct SensorProbe: Sendable {
    package let report: SensorReport

    package static func run() -> SensorProbe {
        var settings = Sensor.Settings()
        settings.places = []
        do throws(Sensor.Failure) {
            let sensor = try Sensor(settings, agent: 0, take: { _ in })
            return SensorProbe(report: sensor.report)
        } catch {
            let programs = SensorProgram.all.map {
                SensorReport.Status(name: $0.name, sees: $0.sees, refusal: error.sentence)
            }
            let others =
                ProcessConnector() == nil
                ? "and there is no proc connector, so nothing can be seen; run it as root"
                : "processes alone can be seen, through the proc connector"
            return SensorProbe(
                report: SensorReport(
                    tier: .c, reason: "\(error.sentence); \(others)", programs: programs,
                    kernel: ControlGroups.kernelRelease(), controlGroup: ControlGroups.top()))
        }
    }

    package var text: String {
        var text = "tier \(report.tier.rawValue): \(report.reason)\n"
        text += "kernel \(report.kernel), packets of \(report.controlGroup ?? "no control group")\n"
        for program in report.programs {
            let name = program.name + String(repeating: " ", count: max(1, 16 - program.name.count))
            text +=
                "  \(name)\(program.refusal.map { "refused: \($0)" } ?? "sees \(program.sees)")\n"
        }
        return text
    }

    package var json: [UInt8] {
        var writer = LineWriter()
        writer.begin()
        writer.text("tier", report.tier.rawValue)
        writer.text("reason", report.reason)
        writer.text("kernel", report.kernel)
        if let group = report.controlGroup { writer.text("control_group", group) }
        writer.array("programs")
        for program in report.programs {
            writer.element()
            writer.begin()
            writer.text("name", program.name)
            writer.text("sees", program.sees)
            writer.truth("loaded", program.refusal == nil)
            if let refusal = program.refusal { writer.text("refusal", refusal) }
            writer.end()
        }
        writer.endArray()
        writer.endLine()
        return writer.bytes
    }
}

extension SensorStatistics {
    /// One line of figures.
    package var text: String {
        "records=\(records) lines=\(lines) bytes=\(bytes) lost=\(lost) missed=\(missed) "
            + "filtered=\(filtered) repeated=\(repeated) compat=\(compat) unread=\(unread) "
            + "malformed=\(malformed) unread_packets=\(unreadPackets)"
    }
}
