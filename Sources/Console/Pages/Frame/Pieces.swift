import Engine
import Store

/// Pieces that views share. `pieces.css` says how they look.
extension Markup {
    /// In the place of content: nothing there, no right, an error.
    ///
    /// - Parameters:
    ///   - detail: what the server said of it, in English.
    ///   - acts: buttons and links that help.
    mutating func state(
        _ title: Phrase, _ cure: Phrase, detail: String? = nil,
        _ acts: (inout Markup) -> Void = { _ in }
    ) {
        element("section", [.class("state")]) { state in
            state.flame()
            state.element("h1", say: title)
            state.element("p", say: cure)
            if let detail {
                state.element("p", [.class("detail"), .set("lang", "en")]) {
                    $0.text(detail, atMost: 500)
                }
            }
            state.element("div", [.class("acts")]) { acts(&$0) }
        }
    }

    /// A level by shape, colour and word. The more corners and the more ink, the worse.
    mutating func level(_ level: CaseLevel) {
        element("span", [.class("level level-\(level.name)")]) { chip in
            chip.element("i", [.class("mark")], text: "")
            chip.say(level.phrase)
        }
    }

    /// A moment. Without a script it stands in UTC; with one, in the zone of the browser, and UTC on hover.
    mutating func moment(_ time: Timestamp, _ form: MomentForm = .minute) {
        element(
            "time", [.set("datetime", time.text), .set("data-form", form.rawValue)],
            text: form.text(of: time))
    }

    /// A length of time, short: `3 d 4 h`, `12 min`.
    mutating func span(seconds: Int64) { say(.span(seconds: seconds)) }

    /// A number of 0 to 100, written and drawn.
    mutating func risk(_ risk: Int) {
        let band = risk >= 85 ? "4" : risk >= 65 ? "3" : risk >= 40 ? "2" : "1"
        element("span", [.class("risk risk-\(band)")]) { piece in
            piece.element("b", text: String(risk))
            piece.bar(risk)
        }
    }
}

/// How much of a moment is written.
enum MomentForm: String, Sendable {
    case day, minute, second

    func text(of time: Timestamp) -> String {
        let text = time.text
        let day = text.prefix(10)
        switch self {
        case .day: return String(day)
        case .minute: return "\(day) \(text.dropFirst(11).prefix(5)) UTC"
        case .second: return "\(day) \(text.dropFirst(11).prefix(8)) UTC"
        }
    }
}

extension CaseLevel {
    var phrase: Phrase {
        switch self {
        case .informational: Phrase("Informational", "情報")
        case .low: Phrase("Low", "低")
        case .medium: Phrase("Medium", "中")
        case .high: Phrase("High", "高")
        case .critical: Phrase("Critical", "重大")
        }
    }
}

extension CaseState {
    var phrase: Phrase {
        switch self {
        case .new: Phrase("New", "新規")
        case .open: Phrase("Open", "対応中")
        case .closed: Phrase("Closed", "クローズ")
        }
    }
}

extension Verdict {
    var phrase: Phrase {
        switch self {
        case .truePositive: Phrase("True positive", "真陽性")
        case .benignTruePositive: Phrase("Benign true positive", "正当な操作（良性の真陽性）")
        case .falsePositive: Phrase("False positive", "誤検知")
        case .undetermined: Phrase("Undetermined", "判断不能")
        }
    }
}

extension Phrase {
    static func span(seconds: Int64) -> Phrase {
        let minutes = max(0, seconds) / 60
        let (days, hours) = (minutes / 1440, minutes / 60 % 24)
        if days > 0 {
            return Phrase(
                hours > 0 && days < 10 ? "\(days) d \(hours) h" : "\(days) d",
                hours > 0 && days < 10 ? "\(days)日\(hours)時間" : "\(days)日")
        }
        if hours > 0 {
            return Phrase("\(hours) h \(minutes % 60) min", "\(hours)時間\(minutes % 60)分")
        }
        return Phrase("\(minutes) min", "\(minutes)分")
    }
}
