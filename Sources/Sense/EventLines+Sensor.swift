/// What the sensor says of itself.
extension EventLines {
    mutating func started(_ report: SensorReport, time: UInt64) {
        begin("sensor_start", time)
        writer.object("sensor")
        writer.text("tier", report.tier.rawValue)
        writer.text("reason", report.reason)
        writer.text("kernel", report.kernel)
        let refused = report.programs.filter { $0.refusal != nil }
        writer.number("programs", UInt64(report.programs.count - refused.count))
        writer.array("refused")
        for program in refused {
            writer.element()
            writer.quoted(Array(program.name.utf8).span)
        }
        writer.endArray()
        writer.end()
        writer.endLine()
    }

    /// - Parameter lost: by the number of the kind.
    mutating func lost(_ lost: [UInt64], missed: UInt64, seconds: UInt64, time: UInt64) {
        begin("sensor_drop", time)
        writer.object("sensor")
        writer.number("lost", lost.reduce(0, &+))
        if missed > 0 { writer.number("missed", missed) }
        writer.number("seconds", seconds)
        writer.object("lost_by_kind")
        for kind in KernelRecord.Kind.allCases where lost[Int(kind.rawValue)] > 0 {
            let name = Array(String(describing: kind).utf8)
            writer.member(name.span, Array(String(lost[Int(kind.rawValue)]).utf8).span)
        }
        writer.end()
        writer.end()
        writer.endLine()
    }
}
