/// The queue.
extension Phrase {
    static let stateLive = Phrase("Live", "未クローズ")
    static let stateAll = Phrase("All", "すべて")
    static let levelFrom = Phrase("Severity from", "重大度（以上）")
    static let levelAny = Phrase("Any severity", "すべての重大度")
    static let owner = Phrase("Assignee", "担当者")
    static let ownerAny = Phrase("Anybody's", "全員")
    static let ownerMine = Phrase("Mine", "自分")
    static let ownerNobody = Phrase("Unassigned", "未割り当て")
    static let filterText = Phrase(
        "Filter by host, user, technique, title", "ホスト・ユーザー・手法・件名で絞り込み")
    static let state = Phrase("State", "状態")
    static let clear = Phrase("Clear", "解除")
    static let risk = Phrase("Risk", "リスク")
    static let severity = Phrase("Severity", "重大度")
    static let incident = Phrase("Incident", "インシデント")
    static let tenant = Phrase("Tenant", "テナント")
    static let decideWithin = Phrase("Time left", "判定期限")
    static let lastSeen = Phrase("Last seen", "最終検知")
    static func alertCount(_ count: Int) -> Phrase {
        let number = grouped(count)
        return Phrase(
            count, one: "1 alert", many: "\(number) alerts", "アラート \(number) 件")
    }
    static func incidentCount(_ count: Int) -> Phrase {
        let number = grouped(count)
        return Phrase(
            count, one: "1 incident", many: "\(number) incidents", "インシデント \(number) 件")
    }
    static func left(_ span: Phrase) -> Phrase {
        Phrase("\(span.english) left", "残り\(span.japanese)")
    }
    static func over(_ span: Phrase) -> Phrase {
        Phrase("\(span.english) over", "\(span.japanese)超過")
    }
    static let decidedInTime = Phrase("in time", "期限内")
    static let decidedLate = Phrase("late", "期限超過")
    static func select(_ title: String) -> Phrase {
        Phrase("Select \(title)", "\(title) を選択")
    }
    static let queueEmpty = Phrase("Nothing burns", "対応が必要なインシデントはありません")
    static let queueEmptyCure = Phrase(
        "New incidents appear here by themselves, those of the highest risk first.",
        "新しいインシデントは、リスクの高い順に自動で表示されます。")
    static let queueNoFit = Phrase("No incident fits", "条件に一致するインシデントがありません")
    static let queueNoFitCure = Phrase(
        "Take away a filter, or look at all states.", "絞り込み条件を変更してください。")
    static let clearFilters = Phrase("Clear all filters", "絞り込みをすべて解除")
    static let loadMore = Phrase("Show more", "さらに表示")
}

/// What is done to incidents.
extension Phrase {
    static let acts = Phrase("Acts", "操作")
    static func selected(_ count: Int) -> Phrase {
        Phrase("\(count) selected", "\(count) 件選択中")
    }
    static let clearSelection = Phrase("Clear the selection", "選択を解除")
    static let claim = Phrase("Claim", "自分が担当")
    static let assign = Phrase("Assign", "担当者を割り当て")
    static let assignNobody = Phrase("Nobody", "担当者なし")
    static let you = Phrase("you", "自分")
    static let decide = Phrase("Verdict", "判定")
    static let verdict = Phrase("Verdict", "判定")
    static let reason = Phrase("Reason", "理由")
    static let reasonHint = Phrase("What it was, and how you know", "判断の内容と根拠")
    static let giveVerdict = Phrase("Give verdict", "判定を記録")
    static let giveVerdictAndClose = Phrase("Give verdict and close", "判定を記録してクローズ")
    static let closeIncident = Phrase("Close", "クローズ")
    static let closeDecided = Phrase("Close", "クローズ")
    static let reopen = Phrase("Reopen", "再オープン")
    static func done(_ act: Phrase, _ count: Int) -> Phrase {
        Phrase("\(act.english): \(count) done", "\(act.japanese): \(count) 件完了")
    }
    static func notDone(_ count: Int) -> Phrase {
        Phrase("\(count) not done", "\(count) 件は実行されませんでした")
    }
    static let nothingSelected = Phrase(
        "Select incidents first (x).", "インシデントを選択してください（x キー）。")
    static let next = Phrase("Next", "次へ")
    static let previous = Phrase("Previous", "前へ")
    static let openIt = Phrase("Open", "開く")
    static let selectIt = Phrase("Select", "選択")
    static let newOnes = Phrase("changed", "件更新")
}
