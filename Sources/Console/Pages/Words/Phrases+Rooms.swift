/// What several views say.
extension Phrase {
    static let first = Phrase("First seen", "初回検出")
    static let last = Phrase("Last seen", "最終検出")
    static let alerts = Phrase("Alerts", "アラート")
    static let incidents = Phrase("Incidents", "インシデント")
    static let name = Phrase("Name", "名前")
    static let kind = Phrase("Kind", "種別")
    static let address = Phrase("Address", "IP アドレス")
    static let when = Phrase("When", "日時")
    static let who = Phrase("Who", "実行者")
    static let what = Phrase("What", "操作")
    static let about = Phrase("About", "対象")
    static let details = Phrase("Details", "詳細")
    static let filter = Phrase("Filter", "絞り込み")
    static let all = Phrase("All", "すべて")
    static let level = Phrase("Level", "重大度")
    static let title = Phrase("Title", "タイトル")
    static let remove = Phrase("Remove", "削除")
    static let older = Phrase("Older", "以前の記録")
    static let newest = Phrase("Newest", "最新へ戻る")
    static let sampled = Phrase(
        "There are more; this is of the newest.", "件数が多いため、新しいものだけを集計しています。")
    static let chooseTenant = Phrase(
        "Choose a tenant above.", "上部のメニューでテナントを選択してください。")
    static func shown(_ count: Int, of all: Int) -> Phrase {
        Phrase(
            "\(Phrase.grouped(count)) of \(Phrase.grouped(all))",
            "全 \(Phrase.grouped(all)) 件中 \(Phrase.grouped(count)) 件")
    }
    static func count(_ count: Int, one: String, many: String, _ japanese: String) -> Phrase {
        Phrase(
            "\(Phrase.grouped(count)) \(count == 1 ? one : many)",
            "\(japanese) \(Phrase.grouped(count)) 件")
    }
    /// Bytes, short: `3.2 MiB`.
    static func bytes(_ bytes: UInt64) -> Phrase {
        guard bytes >= 1024 else { return .verbatim("\(bytes) B") }
        var rest = (bytes >> 10) * 10 + (bytes & 1023) * 10 / 1024
        var unit = 0
        while rest >= 10_240, unit < 4 {
            rest /= 1024
            unit += 1
        }
        let whole = rest >= 1000 ? "\(rest / 10)" : "\(rest / 10).\(rest % 10)"
        return .verbatim("\(whole) \(["KiB", "MiB", "GiB", "TiB", "PiB"][unit])")
    }
}

/// Hosts, users, addresses.
extension Phrase {
    static let entitiesNote = Phrase(
        "Hosts, users and addresses that alerts or incidents name, those at risk first.",
        "アラートやインシデントに現れたホスト・アカウント・IP アドレスを、リスクの高い順に表示します。")
    static let noEntities = Phrase("Nobody is named yet", "該当するエンティティはありません")
    static let noEntitiesCure = Phrase(
        "As soon as an alert names a host, a user or an address, it stands here.",
        "アラートにホスト・アカウント・IP アドレスが現れると、ここに表示されます。")
    static let partOfName = Phrase("Part of the name", "名前の一部")
    static let openIncidents = Phrase("Open incidents", "未クローズのインシデント")
    static let seenInEvents = Phrase("In the logs", "ログ上の期間")
    static let searchItsEvents = Phrase("Search its events", "このエンティティのログを検索")
    static let notNamed = Phrase(
        "No alert and no incident names it.", "アラートにもインシデントにも現れていません。")
    static let itsAlerts = Phrase("Its last alerts", "最近のアラート")
}

/// The matrix.
extension Phrase {
    static let coverageNote = Phrase(
        "What rules look for, by MITRE ATT&CK technique, with the last 30 days of its logs.",
        "MITRE ATT&CK のテクニックごとに、検知ルールと直近 30 日分のログから検知できる範囲を示します。")
    static let fired = Phrase("Fired", "検知あり")
    static let firedNote = Phrase("a rule made an alert", "ルールがアラートを発した")
    static let armed = Phrase("Armed", "監視中")
    static let armedNote = Phrase(
        "a rule looks for it in logs that come", "受信中のログをルールが監視している")
    static let unfed = Phrase("No logs", "ログなし")
    static let unfedNote = Phrase(
        "there are rules, and no log that feeds one", "ルールはあるが、必要なログを受信していない")
    static let uncovered = Phrase("No rule", "ルールなし")
    static let uncoveredNote = Phrase("no rule looks for it", "監視するルールがない")
    static let rulesForIt = Phrase("Rules that look for it", "対応する検知ルール")
    static let wouldArm = Phrase(
        "Logs of these kinds would arm more rules:", "次の種類のログを受信すると、さらにルールが有効になります:")
    static let kindsReceived = Phrase("Kinds of logs received", "受信中のログの種類")
    static let otherTechniques = Phrase("Outside of the matrix", "マトリクス外")
    static let withFeeds = Phrase("Logs that feed it", "必要なログ")
    static let canFire = Phrase("Can fire", "有効")
    static let cannotFire = Phrase("No logs feed it", "必要なログなし")
}

/// Rules.
extension Phrase {
    static let rulesNote = Phrase(
        "Rules in force, with what they found in the last 30 days.",
        "適用中の検知ルールと、過去 30 日の検知件数です。")
    static let noRules = Phrase("No rule fits", "該当するルールはありません")
    static let noRulesCure = Phrase(
        "Take a word away, or choose all.", "条件を減らすか、「すべて」を選択してください。")
    static let faults = Phrase("What is wrong with rule files", "ルールファイルの問題")
    static let refusedRule = Phrase("refused", "読み込み不可")
    static let warning = Phrase("warning", "警告")
    static let logsource = Phrase("Log source", "ログソース定義")
    static let hits = Phrase("Alerts, 30 days", "検知数（30 日）")
    static let lastHit = Phrase("Last", "最終検知")
    static let neverFired = Phrase("Never fired", "検知なし")
    static let asks = Phrase("What it asks", "検知条件")
    static let fieldsRead = Phrase("Fields it reads", "参照フィールド")
    static let fedBy = Phrase("Fed by", "対象ログ")
    static let notFed = Phrase(
        "Nothing: no mapped log offers this log source, so it cannot fire.",
        "対応するログがないため、このルールは検知できません。")
    static let itsText = Phrase("Its text", "ルール定義")
    static let textGone = Phrase(
        "The file cannot be shown: it is gone, packed, or too large.",
        "ファイルを表示できません（存在しない、圧縮済み、またはサイズ超過）。")
    static let author = Phrase("Author", "作成者")
    static let license = Phrase("Licence", "ライセンス")
    static let file = Phrase("File", "ファイル")
    static let reload = Phrase("Load rules anew", "ルールを再読み込み")
    static let correlation = Phrase("correlation", "相関ルール")
    static let suppressedPart = Phrase("suppressed", "抑制")
}

/// Sources.
extension Phrase {
    static let sourcesNote = Phrase(
        "Where logs come from, and how they do since the service started.",
        "ログの送信元と、サービス起動後の受信状況です。")
    static let noSources = Phrase("No logs come from anywhere yet", "ログソースがまだありません")
    static let noSourcesCure = Phrase(
        "Add a source: its page has what to paste into rsyslog, a HEC client or a script.",
        "ログソースを追加すると、rsyslog や HEC クライアントなどに貼り付ける設定が表示されます。")
    static let newSource = Phrase("Add a source", "ログソースを追加")
    static let sourceID = Phrase("Id (a-z, 0-9, - and _)", "ID（a-z、0-9、-、_）")
    static let sourceType = Phrase("What sends there", "送信元の種類")
    static let records = Phrase("Records", "レコード数")
    static let perMinute = Phrase("Events a minute, last hour", "毎分（直近 1 時間）")
    static let lag = Phrase("Behind", "遅延")
    static let unparsed = Phrase("Not understood", "解析不可")
    static let lastRecord = Phrase("Last record", "最終受信")
    static let silent = Phrase("Silent", "途絶")
    static let hearing = Phrase("Hearing", "受信中")
    static let notYet = Phrase("Nothing yet", "未受信")
    static let disabled = Phrase("Disabled", "無効")
    static let tokenOnce = Phrase(
        "This is its token. It is shown once: put it into the sender now.",
        "これがトークンです。一度しか表示されないため、今すぐ送信元に設定してください。")
    static let newToken = Phrase("Another token", "トークンを再発行")
    static let newTokenNote = Phrase(
        "The one before ends at once; senders that have it are refused.",
        "以前のトークンは直ちに無効になり、使用中の送信元は拒否されます。")
    static let copy = Phrase("Copy", "コピー")
    static let copied = Phrase("Copied", "コピーしました")
    static let pasteThis = Phrase("Paste this", "貼り付ける設定")
    static let pasteNote = Phrase(
        "Put this server's name in the place of localhost where the sender is another machine.",
        "送信元が別のマシンの場合は、localhost をこのサーバーの名前に置き換えてください。")
    static let tryIt = Phrase("Try it", "動作確認")
    static let whenItArrives = Phrase(
        "When the first record arrives, the source says “Hearing”.",
        "最初のレコードを受信すると、状態が「受信中」になります。")
    static let back = Phrase("Back", "戻る")
    static let duplicates = Phrase("Doubles", "重複")
    static let refusedDeliveries = Phrase("Refused", "拒否")
    static let received = Phrase("Received", "受信量")
}

/// Customers, people, the record, health.
extension Phrase {
    static let tenantsNote = Phrase("Customers, and what each handed in today.", "顧客と、本日の受信量です。")
    static let newTenant = Phrase("Take in a customer", "テナントを追加")
    static let group = Phrase("Group", "グループ")
    static let retention = Phrase("Kept for", "保存期間")
    static let quota = Phrase("Events a second at most", "毎秒上限")
    static let today = Phrase("Today", "本日")
    static func days(_ count: Int) -> Phrase {
        Phrase(count, one: "1 day", many: "\(count) days", "\(count) 日")
    }
    static let unlimited = Phrase("no limit", "無制限")
    static let peopleNote = Phrase("Who may sign in, and for whom.", "サインインできるユーザーと権限の範囲です。")
    static let newPerson = Phrase("Invite somebody", "ユーザーを招待")
    static let login = Phrase("Name to sign in with", "ユーザー名")
    static let role = Phrase("Role", "ロール")
    static let reach = Phrase("Where", "範囲")
    static let everywhere = Phrase("Everywhere", "すべてのテナント")
    static let inviteOnce = Phrase(
        "Send this link to them. It works once, within a day, and is shown now only.",
        "このリンクを本人に送ってください。1 日以内に 1 回だけ使用でき、今回しか表示されません。")
    static let disable = Phrase("Disable", "無効化")
    static let enable = Phrase("Enable", "有効化")
    static let resetPassword = Phrase("Reset", "リセット")
    static let signOutEverywhere = Phrase("Sign out", "全セッション終了")
    static let active = Phrase("Active", "有効")
    static let suspended = Phrase("Suspended", "停止中")
    static let leaving = Phrase("Leaving", "解約手続き中")
    static let deleted = Phrase("Deleted", "削除済み")
    static let auditNote = Phrase(
        "Every act, newest first. Each entry is chained to the one before and signed.",
        "すべての操作を新しい順に表示します。各記録は直前の記録と連結され、署名されています。")
    static let noEntries = Phrase("No act fits", "該当する記録はありません")
    static let noEntriesCure = Phrase(
        "Take a condition away.", "条件を減らしてください。")
    static let onlyActs = Phrase("What people and programs did", "人とプログラムの操作")
    static let everything = Phrase("Everything, the engine's findings too", "エンジンの検知結果を含むすべて")
    static let position = Phrase("Entry", "番号")
    static let verifyChain = Phrase("Verify", "検証")
    static let holds = Phrase("The record is as it was written.", "記録は改ざんされていません。")
    static let broken = Phrase("The record was changed.", "記録に改ざんの疑いがあります。")
    static let healthNote = Phrase(
        "Whether everything received is kept, looked at, and found again.",
        "受信したログが保存・検査・検索可能になっているかを示します。")
    static let allWell = Phrase("All is well", "正常に稼働しています")
    static let notWell = Phrase("Something needs a look", "確認が必要です")
    static let machine = Phrase("This server", "サーバー")
    static let eventStore = Phrase("Search engine", "検索エンジン")
    static let diskFree = Phrase("Disk free", "ディスク空き容量")
    static let memory = Phrase("Memory", "メモリ")
    static let since = Phrase("Runs since", "起動日時")
    static let signedIn = Phrase("Signed in", "サインイン中")
    static let listeners = Phrase("Listeners", "受信ポート")
    static let connections = Phrase("Connections", "接続数")
    static let stored = Phrase("Kept", "保存済み")
    static let logs = Phrase("Logs", "ログ")
    static let archive = Phrase("Archive", "アーカイブ")
    static let detectionLag = Phrase("Not looked at yet", "検査待ち")
    static let searchLag = Phrase("Not searchable yet", "検索反映待ち")
    static let waiting = Phrase("Waits to be written", "書き込み待ち")
    static let content = Phrase("Rules in force", "適用中のルール")
    static let silentSources = Phrase("Silent sources", "途絶したログソース")
}
