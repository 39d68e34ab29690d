import Report

/// One incident for a terminal.
struct IncidentText {
    var incident: Answer
    var alerts: [Answer]
    var hasMore: Bool

    var text: String {
        var text = ""
        func line(_ name: String, _ value: String?) {
            guard let value, value != "-" else { return }
            text += name.padding(toWidth: 12) + VisibleText(value).text + "\n"
        }
        text += VisibleText(incident["title"]?.cell ?? "").text + "\n\n"
        line("incident", "\(incident["tenant"]?.cell ?? "")/\(incident["id"]?.cell ?? "")")
        line(
            "risk",
            "\(incident["risk"]?.cell ?? "") of 100, confidence \(incident["confidence"]?.cell ?? "") %"
        )
        line("level", incident["level"]?.cell)
        line("state", incident["state"]?.cell)
        line("verdict", incident["verdict"]?.cell)
        line("because", incident["verdict_reason"]?.cell)
        line("assignee", incident["assignee"]?.cell)
        line("merged into", incident["merged_into"]?.cell)
        line("first seen", incident["first_seen"]?.cell)
        line("last seen", incident["last_seen"]?.cell)
        line("entities", incident["entities"]?.cell)
        line("ATT&CK", incident["techniques"]?.cell)
        line("tags", incident["tags"]?.cell)
        text += "\n"
        for step in incident["story"]?.list ?? [] {
            text += "  • " + VisibleText(step.cell).text + "\n"
        }
        for comment in incident["comments"]?.list ?? [] {
            guard let last = comment["versions"]?.list.last else { continue }
            text +=
                "\n  " + (last["time"]?.cell ?? "") + " " + (last["author"]?.cell ?? "") + ": "
                + VisibleText(last["text"]?.cell ?? "", keepingLines: true).text + "\n"
        }
        text += "\n" + Alerts.table.text(alerts)
        if hasMore { text += "…\n" }
        return text
    }
}

extension String {
    fileprivate func padding(toWidth width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
