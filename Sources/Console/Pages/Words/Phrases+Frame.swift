/// What stands around every page.
extension Phrase {
    static let skip = Phrase("Skip to the content", "本文へ移動")
    static let navigation = Phrase("Views", "画面")
    static let queue = Phrase("Queue", "キュー")
    static let search = Phrase("Search", "検索")
    static let entities = Phrase("Entities", "エンティティ")
    static let coverage = Phrase("Coverage", "検知範囲")
    static let sources = Phrase("Sources", "ログソース")
    static let rules = Phrase("Rules", "検知ルール")
    static let tenants = Phrase("Tenants", "テナント")
    static let people = Phrase("People", "ユーザー")
    static let audit = Phrase("Audit", "監査証跡")
    static let health = Phrase("Health", "稼働状況")
    static let account = Phrase("Your account", "アカウント")
    static let signOut = Phrase("Sign out", "サインアウト")
    static let allTenants = Phrase("All tenants", "すべてのテナント")
    static let switchTenant = Phrase("Switch tenant", "テナントを切り替え")
    static let tenantName = Phrase("Tenant id", "テナント ID")
    static let go = Phrase("Go", "移動")
    static let appearance = Phrase("Appearance", "表示設定")
    static let theme = Phrase("Theme", "配色")
    static let themeAuto = Phrase("As the system", "システムに合わせる")
    static let themeLight = Phrase("Light", "ライト")
    static let themeDark = Phrase("Dark", "ダーク")
    static let density = Phrase("Density", "表示密度")
    static let densityRoomy = Phrase("Roomy", "標準")
    static let densityCompact = Phrase("Compact", "高密度")
    static let language = Phrase("Language", "言語")
    static let menu = Phrase("Menu", "メニュー")
    static let commands = Phrase("Commands", "コマンド")
    static let commandsHint = Phrase(
        "Type a view, an incident or an act", "画面・インシデント・操作を入力")
    static let nothingFits = Phrase("Nothing fits", "該当なし")
    static let shortcuts = Phrase("Keyboard shortcuts", "キーボードショートカット")
    static let close = Phrase("Close", "閉じる")
    static let live = Phrase("Live", "ライブ")
    static let offline = Phrase("Not live, trying again", "切断中・再接続しています")
    static let unknown = Phrase("unknown", "不明")
    static let none = Phrase("none", "なし")
    static let more = Phrase("More", "続きを表示")
    static let cancel = Phrase("Cancel", "キャンセル")
    static let save = Phrase("Save", "保存")
    static let loading = Phrase("Loading", "読み込み中")
    static let loadFailed = Phrase(
        "This could not be loaded. Try again.", "読み込めませんでした。再試行してください。")
    static let tryAgain = Phrase("Try again", "再試行")
    static let utc = Phrase("UTC", "UTC")
}

/// What pages say where something cannot be shown or done.
extension Phrase {
    static let noRights = Phrase("Your role does not see this", "閲覧権限がありません")
    static let noRightsCure = Phrase(
        "Ask whoever governs your account for a role that may.",
        "必要な権限を持つロールの付与を、アカウントの管理者に依頼してください。")
    static let notFound = Phrase("There is nothing here", "ページが見つかりません")
    static let notFoundCure = Phrase(
        "It was let go, merged, or never was; or it is not for you to see.",
        "削除または統合されたか、存在しないか、閲覧権限がない可能性があります。")
    static let failed = Phrase("Something is wrong on our side", "サーバー側で問題が発生しました")
    static func failedCure(_ id: String) -> Phrase {
        Phrase(
            "Try again; the server's log has the reason under \(id).",
            "再試行してください。原因はサーバーのログに記録されています（ID: \(id)）。")
    }
    static let unavailable = Phrase("Not just now", "現在利用できません")
    static let unavailableCure = Phrase(
        "The store or the disk refuses for now. Try again in some seconds.",
        "ストアまたはディスクが一時的に応答していません。数秒後に再試行してください。")
    static let throttled = Phrase("Too many requests", "リクエストが多すぎます")
    static let throttledCure = Phrase(
        "Wait a minute, then go on.", "1 分ほど待ってから操作してください。")
    static let changed = Phrase("Somebody was faster", "他のユーザーが先に更新しました")
    static let changedCure = Phrase(
        "It has changed since you saw it. Look again, then decide.",
        "表示後に内容が更新されています。再読み込みして確認してください。")
    static let refused = Phrase("That may not be so", "この内容では受け付けられません")
    static let refusedCure = Phrase(
        "Mend what is named below and send it again.",
        "下記の内容を修正して、もう一度送信してください。")
    static let stale = Phrase("Prove again who you are", "本人確認が必要です")
    static let staleCure = Phrase(
        "This needs a proof not older than ten minutes; give it on the page of your account.",
        "この操作には 10 分以内の本人確認が必要です。アカウント画面で確認してください。")
    static let backToQueue = Phrase("Back to the queue", "キューに戻る")
}
