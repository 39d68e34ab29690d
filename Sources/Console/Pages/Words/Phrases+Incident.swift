import Engine
import Store

/// One incident.
extension Phrase {
    static let tabOverview = Phrase("Overview", "概要")
    static let tabGraph = Phrase("Storyline", "ストーリーライン")
    static let tabProcesses = Phrase("Processes", "プロセスツリー")
    static let tabTimeline = Phrase("Timeline", "タイムライン")
    static let tabAlerts = Phrase("Alerts", "アラート")
    static let tabRecord = Phrase("Record", "監査証跡")
    static let parts = Phrase("Parts of the incident", "インシデントの表示切り替え")
    static let whatHappened = Phrase("What happened", "何が起きたか")
    static let whoAffected = Phrase("Who and what is affected", "影響を受けた対象")
    static let howFar = Phrase("How far it went", "どこまで進行したか")
    static let sinceWhen = Phrase("Since when", "いつからか")
    static let story = Phrase("The story", "経緯")
    static let noStory = Phrase("The engine tells no story of it", "経緯の記録はありません")
    static let noStoryCure = Phrase(
        "A person split it off; its alerts say what it is made of.",
        "手動で分割されたインシデントです。内容はアラートを確認してください。")
    static let entitiesOf = Phrase("Entities", "関連エンティティ")
    static let related = Phrase("Also on the same entities", "同じエンティティの関連インシデント")
    static let noRelated = Phrase(
        "No other incident names its hosts or accounts.",
        "同じホスト・アカウントの他のインシデントはありません。")
    static let attack = Phrase("ATT&CK", "ATT&CK")
    static let firstSeen = Phrase("First seen", "最初の検知")
    static let lasted = Phrase("Lasted", "継続時間")
    static let confidence = Phrase("Confidence", "確度")
    static let mergedAway = Phrase(
        "It is part of another incident now.", "このインシデントは別のインシデントに統合されています。")
    static let seeOther = Phrase("Go to that one", "統合先を開く")
    static func hosts(_ count: Int) -> Phrase {
        Phrase(count, one: "1 host", many: "\(count) hosts", "ホスト \(count) 台")
    }
    static func accounts(_ count: Int) -> Phrase {
        Phrase(count, one: "1 account", many: "\(count) accounts", "アカウント \(count) 件")
    }
    static func addresses(_ count: Int) -> Phrase {
        Phrase(count, one: "1 address", many: "\(count) addresses", "アドレス \(count) 件")
    }
    static func tacticsReached(_ count: Int) -> Phrase {
        Phrase(count, one: "1 tactic", many: "\(count) tactics", "戦術 \(count) 種")
    }
    static func rootOf(_ label: String) -> Phrase {
        Phrase("It goes back to \(label)", "起点: \(label)")
    }
}

/// What is done to one incident.
extension Phrase {
    static let work = Phrase("Case", "対応")
    static let tasks = Phrase("Tasks", "タスク")
    static let newTask = Phrase("What is to be done", "実施する作業")
    static let addTask = Phrase("Add task", "タスクを追加")
    static let markDone = Phrase("Mark as done", "完了にする")
    static let markUndone = Phrase("Mark as not done", "未完了に戻す")
    static let comments = Phrase("Comments", "コメント")
    static let newComment = Phrase("Write a comment", "コメントを入力")
    static let addComment = Phrase("Comment", "コメントを追加")
    static let edited = Phrase("edited", "編集済み")
    static let evidence = Phrase("Evidence", "証拠")
    static let noEvidence = Phrase(
        "Records are kept as evidence from the timeline.",
        "タイムラインからログを証拠として保全できます。")
    static let evidenceNote = Phrase("Why it matters", "証拠とする理由")
    static let keepEvidence = Phrase("Keep as evidence", "証拠として保全")
    static func records(_ count: Int) -> Phrase {
        Phrase(count, one: "1 record", many: "\(count) records", "ログ \(count) 件")
    }
    static let tags = Phrase("Tags", "タグ")
    static let newTag = Phrase("Tag", "タグ")
    static let addTag = Phrase("Add", "追加")
    static func removeTag(_ tag: String) -> Phrase {
        Phrase("Take away \(tag)", "\(tag) を外す")
    }
    static let times = Phrase("Clock", "対応時刻")
    static let recordNow = Phrase("Now", "現在時刻を記録")
    static let exports = Phrase("Export", "エクスポート")
    static let joins = Phrase("Merge and split", "統合と分割")
    static let mergeInto = Phrase("Id of the incident to merge into", "統合先のインシデント ID")
    static let merge = Phrase("Merge", "統合")
    static let mergeHint = Phrase("Why they are one", "統合する理由")
    static let splitTitle = Phrase("Title of the new incident", "新しいインシデントの件名")
    static let splitHint = Phrase("Why they are apart", "分割する理由")
    static let splitOff = Phrase("Split off the selected alerts", "選択したアラートを分割")
    static let undo = Phrase("Take back", "取り消す")
    static let undone = Phrase("taken back", "取り消し済み")
    static let undoHint = Phrase("Why it is taken back", "取り消す理由")
    static let reopenHint = Phrase("Why it is opened again", "再オープンの理由")
    static let verdictBy = Phrase("by", "判定者:")
    static let actDone = Phrase("Done", "完了しました")
    static let noneYet = Phrase("None yet.", "まだありません。")
}

/// The parts of one incident.
extension Phrase {
    static let graphHelp = Phrase(
        "Drag to move, wheel to zoom. Arrow keys walk from node to node, + and - zoom, 0 fits.",
        "ドラッグで移動、ホイールで拡大縮小。矢印キーでノード間を移動、+ / - で拡大縮小、0 で全体表示。")
    static let graphInWords = Phrase("What led to what, in words", "因果関係（テキスト）")
    static let graphEmpty = Phrase("There is no graph", "グラフはありません")
    static let graphEmptyCure = Phrase(
        "Nothing that its records name was tied together.",
        "このインシデントのログからは因果関係が得られませんでした。")
    static let zoomIn = Phrase("Zoom in", "拡大")
    static let zoomOut = Phrase("Zoom out", "縮小")
    static let zoomFit = Phrase("Fit all", "全体表示")
    static let hideHubs = Phrase("Hide hubs", "ハブを非表示")
    static let pickNode = Phrase(
        "Choose a node to see what is known of it.", "ノードを選択すると詳細を表示します。")
    static let searchEvents = Phrase("Search events", "イベントを検索")
    static let noProcesses = Phrase("No process is part of it", "関連するプロセスはありません")
    static let noProcessesCure = Phrase(
        "Its records tell of no process start.",
        "プロセスの起動を示すログがありません。")
    static let time = Phrase("Time", "時刻")
    static let rule = Phrase("Rule", "ルール")
    static let host = Phrase("Host", "ホスト")
    static let user = Phrase("User", "ユーザー")
    static let matched = Phrase("Matched", "一致した条件")
    static let evidenceFields = Phrase("Fields of the record", "ログのフィールド")
    static let rawRecord = Phrase("Raw record", "生ログ")
    static let noRaw = Phrase(
        "The record is not kept any more.", "このログはすでに保持されていません。")
    static let description = Phrase("Description", "説明")
    static let falsePositives = Phrase("Known false positives", "既知の誤検知要因")
    static let references = Phrase("References", "参考情報")
    static let onlyAlerts = Phrase("Alerts only", "アラートのみ")
    static let alertsAndEvents = Phrase("Alerts and events", "アラートとイベント")
    static let timelineEmpty = Phrase("Nothing is on the timeline", "タイムラインに項目がありません")
    static let timelineEmptyCure = Phrase(
        "Events are looked for on its hosts and accounts, from an hour before to an hour after.",
        "対象のホストとアカウントについて、前後 1 時間のイベントを表示します。")
    static let suppressed = Phrase("suppressed", "抑制済み")
    static let entryHash = Phrase("Hash", "ハッシュ")
    static let entryActor = Phrase("By", "実施者")
    static let entryWhat = Phrase("What", "内容")
    static let started = Phrase("started", "起動")
    static let sequence = Phrase("Record", "ログ番号")
    static let source = Phrase("Source", "ログソース")
}

extension Entity.Kind {
    var phrase: Phrase {
        switch self {
        case .host: Phrase("Host", "ホスト")
        case .process: Phrase("Process", "プロセス")
        case .user: Phrase("User", "ユーザー")
        case .session: Phrase("Session", "セッション")
        case .address: Phrase("Address", "アドレス")
        case .file: Phrase("File", "ファイル")
        case .domain: Phrase("Domain", "ドメイン")
        case .registryKey: Phrase("Registry key", "レジストリキー")
        case .service: Phrase("Service", "サービス")
        case .scheduledTask: Phrase("Scheduled task", "スケジュールタスク")
        case .cloudPrincipal: Phrase("Cloud principal", "クラウドプリンシパル")
        case .cloudResource: Phrase("Cloud resource", "クラウドリソース")
        }
    }
}

extension CausalEdge.Reason {
    var phrase: Phrase {
        switch self {
        case .spawned: Phrase("started", "起動")
        case .wrote: Phrase("wrote", "書き込み")
        case .wroteThenRan: Phrase("wrote, then ran", "書き込み後に実行")
        case .loaded: Phrase("loaded", "読み込み")
        case .injected: Phrase("injected into", "インジェクション")
        case .accessed: Phrase("opened", "アクセス")
        case .loggedOnFrom: Phrase("logged on from", "ログオン元")
        case .loggedOn: Phrase("logged on", "ログオン")
        case .ranAs: Phrase("ran as", "実行ユーザー")
        case .remoteService: Phrase("made a service on", "リモートサービス作成")
        case .remoteTask: Phrase("made a task on", "リモートタスク作成")
        case .remoteWMI: Phrase("ran by WMI on", "リモート WMI 実行")
        case .remoteShell: Phrase("opened a shell on", "リモートシェル")
        case .connected: Phrase("connected to", "接続")
        case .resolved: Phrase("resolved", "名前解決")
        case .downloaded: Phrase("downloaded", "ダウンロード")
        case .persisted: Phrase("persisted by", "永続化")
        case .stole: Phrase("stole", "窃取")
        case .deleted: Phrase("deleted", "削除")
        case .assumedRole: Phrase("assumed", "ロール引き受け")
        case .signedInFrom: Phrase("signed in from", "サインイン元")
        case .called: Phrase("called", "API 呼び出し")
        case .ranOn: Phrase("ran on", "実行先")
        }
    }

    /// As it was told; a reason that this program does not know is said as it is.
    static func phrase(of text: String) -> Phrase {
        CausalEdge.Reason(rawValue: text)?.phrase ?? .verbatim(text)
    }
}

extension Tactic {
    var phrase: Phrase {
        let japanese =
            switch self {
            case .reconnaissance: "偵察"
            case .resourceDevelopment: "リソース開発"
            case .initialAccess: "初期アクセス"
            case .execution: "実行"
            case .persistence: "永続化"
            case .privilegeEscalation: "権限昇格"
            case .defenseEvasion: "防御回避"
            case .stealth: "隠蔽"
            case .defenseImpairment: "防御妨害"
            case .credentialAccess: "認証情報アクセス"
            case .discovery: "探索"
            case .lateralMovement: "横展開"
            case .collection: "収集"
            case .commandAndControl: "C2 通信"
            case .exfiltration: "持ち出し"
            case .impact: "影響"
            }
        return Phrase(name, japanese)
    }
}

extension Tactic {
    /// For narrow places; the whole name is its title.
    var short: Phrase {
        let english =
            switch self {
            case .reconnaissance: "Recon"
            case .resourceDevelopment: "Resources"
            case .privilegeEscalation: "Privileges"
            case .defenseEvasion: "Evasion"
            case .defenseImpairment: "Impairment"
            case .credentialAccess: "Credentials"
            case .lateralMovement: "Lateral"
            case .commandAndControl: "C2"
            case .exfiltration: "Exfiltration"
            default: name
            }
        let japanese = self == .credentialAccess ? "認証情報" : phrase.japanese
        return Phrase(english, japanese)
    }
}

extension CaseTime {
    var phrase: Phrase {
        switch self {
        case .event: Phrase("First event", "最初のイベント")
        case .received: Phrase("Received", "受信")
        case .alert: Phrase("First alert", "最初のアラート")
        case .seen: Phrase("Seen", "確認")
        case .decided: Phrase("Decided", "判定")
        case .contained: Phrase("Contained", "封じ込め")
        case .eradicated: Phrase("Eradicated", "根絶")
        case .restored: Phrase("Restored", "復旧")
        }
    }
}

extension EntryKind {
    var phrase: Phrase {
        switch self {
        case .alertKept: Phrase("Alert kept", "アラート記録")
        case .incidentTold: Phrase("Told by the engine", "エンジンによる更新")
        case .incidentReopened: Phrase("Reopened", "再オープン")
        case .incidentSeen: Phrase("Seen", "確認")
        case .incidentAssigned: Phrase("Assigned", "担当者の割り当て")
        case .incidentDecided: Phrase("Verdict given", "判定")
        case .incidentClosed: Phrase("Closed", "クローズ")
        case .incidentTimed: Phrase("Time recorded", "対応時刻の記録")
        case .incidentsMerged: Phrase("Merged", "統合")
        case .incidentSplit: Phrase("Split", "分割")
        case .joinUndone: Phrase("Merge or split taken back", "統合・分割の取り消し")
        case .commentWritten: Phrase("Comment", "コメント")
        case .taskAdded: Phrase("Task added", "タスク追加")
        case .taskSet: Phrase("Task set", "タスク更新")
        case .evidenceAdded: Phrase("Evidence kept", "証拠保全")
        case .tagAdded: Phrase("Tag added", "タグ追加")
        case .tagRemoved: Phrase("Tag taken away", "タグ解除")
        case .valueKept: Phrase("Setting kept", "設定の変更")
        case .valueRemoved: Phrase("Setting removed", "設定の削除")
        case .secretKept: Phrase("Secret kept", "秘密情報の変更")
        case .secretRemoved: Phrase("Secret removed", "秘密情報の削除")
        case .tenantErased: Phrase("Tenant erased", "テナントの消去")
        case .actTold: Phrase("Act told", "操作の記録")
        }
    }
}
