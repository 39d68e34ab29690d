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

    /// A level by shape, colour and word.
    mutating func level(_ level: CaseLevel) {
        element("span", [.class("level level-\(level.name)")]) { chip in
            chip.levelMark(level)
            chip.element("span", say: level.phrase)
        }
    }

    /// Its shape alone; whoever uses it has the word beside it.
    mutating func levelMark(_ level: CaseLevel) {
        element(
            "svg",
            [
                .class("mark level-\(level.name)"), .set("viewBox", "0 0 12 12"),
                .set("aria-hidden", "true"),
            ]
        ) { svg in
            svg.element("path", [.set("d", level.shape)]) { _ in }
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
            piece.element(
                "svg", [.set("viewBox", "0 0 32 3"), .set("aria-hidden", "true")]
            ) { svg in
                svg.element(
                    "path", [.class("bed"), .set("d", "M0 1.5h32")]
                ) { _ in }
                svg.element(
                    "path", [.class("fill"), .set("d", "M0 1.5h\(risk * 32 / 100)")]
                ) { _ in }
            }
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

    /// A path on a field of 12 by 12: the more corners and the more ink, the worse.
    var shape: String {
        switch self {
        case .informational: "M6 3.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5"
        case .low: "M1.5 3.5h9L6 10.5z"
        case .medium: "M2 2h8v8H2z"
        case .high: "M6 1.5 11.5 10.5H.5z"
        case .critical: "M4 .5h4L11.5 4v4L8 11.5H4L.5 8V4z"
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
