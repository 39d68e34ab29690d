/// Numbers as people read them, the same in every locale.
enum Figures {
    /// `12,345,678`
    static func grouped(_ number: some BinaryInteger) -> String {
        let digits = Array(String(number).utf8)
        var text: [UInt8] = []
        for (index, digit) in digits.enumerated() {
            let left = digits.count - index
            if index > 0, left % 3 == 0, digits[index - 1] != UInt8(ascii: "-") {
                text.append(UInt8(ascii: ","))
            }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `1 alert`, `2 alerts`
    static func counted(_ number: some BinaryInteger, _ one: String, _ many: String? = nil)
        -> String
    {
        "\(grouped(number)) \(number == 1 ? one : many ?? one + "s")"
    }

    /// `14.2 MB`: decimal units, three figures.
    static func bytes(_ count: Double) -> String {
        scaled(count, ["B", "kB", "MB", "GB", "TB", "PB"])
    }

    /// `312 k`: a rate or a large count in three figures.
    static func short(_ count: Double) -> String { scaled(count, ["", "k", "M", "G", "T"]) }

    private static func scaled(_ count: Double, _ units: [String]) -> String {
        guard count.isFinite, count >= 0 else { return "–" }
        var value = count
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let number = unit == 0 ? String(Int(min(value, 1e15).rounded())) : threeFigures(value)
        return units[unit].isEmpty ? number : "\(number) \(units[unit])"
    }

    private static func threeFigures(_ value: Double) -> String {
        if value >= 99.95 { return String(Int(min(value, 1e15).rounded())) }
        let scale = value >= 9.995 ? 10 : 100
        let whole = Int((value * Double(scale)).rounded())
        let fraction = String(whole % scale)
        let digits = scale == 10 ? 1 : 2
        let zeros = String(repeating: "0", count: max(0, digits - fraction.utf8.count))
        return "\(whole / scale).\(zeros)\(fraction)"
    }

    /// `3 h 04 min`, `2 min 05 s`, `12 s`, `120 ms`: the two largest parts.
    static func duration(seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "–" }
        if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
        let total = Int(min(seconds.rounded(), 1e12))
        let (days, hours, minutes) = (total / 86_400, total / 3600 % 24, total / 60 % 60)
        if days > 0 { return "\(grouped(days)) d \(hours) h" }
        if hours > 0 { return "\(hours) h \(twoDigits(minutes)) min" }
        if minutes > 0 { return "\(minutes) min \(twoDigits(total % 60)) s" }
        return seconds < 10 && Double(total) != seconds
            ? "\(threeFigures(seconds)) s" : "\(total) s"
    }

    static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
