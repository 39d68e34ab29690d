/// Agents on hosts, and what is done there.
extension Phrase {
    static let agents = Phrase("Agents", "エージェント")
    static let agentsNote = Phrase(
        "Hosts that tell what happens on them, and that act on orders.",
        "ホスト上のイベントを送信し、指示された対応を実行するエージェントの一覧です。")
    static let noAgents = Phrase("No host has an agent yet", "エージェントはまだありません")
    static let noAgentsCure = Phrase(
        "Let a host in: a token, once, and one command on the host.",
        "「ホストを登録」で発行したトークンを使い、ホスト上でコマンドを実行すると登録されます。")
    static let noAgentListener = Phrase(
        "This server takes no agents. Start it with --agents HOST:PORT.",
        "このサーバーはエージェントを受け付けていません。--agents HOST:PORT を付けて起動してください。")
    static let letHostIn = Phrase("Let a host in", "ホストを登録")
    static let tokenOnceHost = Phrase(
        "This token is shown once and lets one host in within a day.",
        "このトークンは一度だけ表示されます。24 時間以内に 1 台のホストを登録できます。")
    static let onTheHost = Phrase(
        "On the host, as root; the token is asked for:",
        "ホスト上で root として実行し、トークンを入力してください:")
    static let observesOnly = Phrase(
        "Without --act the agent only observes. With it, orders from here are done.",
        "--act を付けない場合は監視のみを行い、付けるとこのコンソールからの指示を実行します。")
    static let tier = Phrase("Tier", "階層")
    static let lastSeenAgent = Phrase("Last seen", "最終通信")
    static let missing = Phrase("Missing records", "欠落レコード")
    static let waitsOnHost = Phrase("Waits on the host", "ホスト側の未送信")
    static let lostEvents = Phrase("Lost events", "取りこぼし")
    static let policy = Phrase("Policy", "ポリシー")
    static let program = Phrase("Program", "プログラム")
    static let hostAlerts = Phrase("Alerts of the host", "ホスト側アラート")
    static let connected = Phrase("connected", "接続中")
    static let stopped = Phrase("stopped", "停止")
    static let uninstalled = Phrase("uninstalled", "アンインストール済み")
    static let revoked = Phrase("revoked", "失効")
    static func noneMissing(_ sequence: Int) -> Phrase {
        Phrase(
            "None: all up to sequence \(grouped(sequence)) is kept.",
            "なし: シーケンス \(grouped(sequence)) まですべて保存されています。")
    }
    static let firstSequence = Phrase("From sequence", "開始シーケンス")
    static let lastSequence = Phrase("To sequence", "終了シーケンス")
    static let why = Phrase("Why", "理由")
    static func hours(_ count: Int) -> Phrase {
        Phrase(count == 1 ? "1 hour" : "\(count) hours", "\(count) 時間")
    }
    static let forHowLong = Phrase("For how long", "期間")
}

/// Orders.
extension Phrase {
    static let doneThere = Phrase("What was done there", "実行した対応")
    static let nothingDone = Phrase("Nothing was done there", "まだ何も実行されていません")
    static let nothingDoneCure = Phrase(
        "Orders to this host and what it did by itself stand here, each with its receipt.",
        "このホストへの指示と、ホストが自ら実行した対応が、結果とともに表示されます。")
    static let isolate = Phrase("Isolate the host", "ホストを隔離")
    static let isolateNote = Phrase(
        "It then reaches this server and nobody else, until it is taken back or the time is over.",
        "取り消すか期限が切れるまで、このサーバー以外との通信をすべて遮断します。")
    static let byItself = Phrase("by itself, by the policy", "ポリシーにより自動実行")
    static let orderDone = Phrase("done", "完了")
    static let orderUndone = Phrase("undone", "復元済み")
    static let orderLeaseOver = Phrase("over", "期間終了")
    static let orderRefused = Phrase("refused", "拒否")
    static let orderStuck = Phrase("needs a person", "要対応")
    static let orderExpired = Phrase("expired", "期限切れ")
    static let orderDelivered = Phrase("delivered", "配信済み")
    static let orderWaits = Phrase("waits for the agent", "エージェント待ち")
    static let quarantined = Phrase("Quarantine files", "ファイルを隔離")
    static let processesHeld = Phrase("Hold processes", "プロセスを一時停止")
    static let killed = Phrase("End processes", "プロセスを終了")
    static let blocked = Phrase("Block addresses", "通信先を遮断")
    static let userDisabled = Phrase("Disable a user", "ユーザーを無効化")
    static let sessionsEnded = Phrase("End sessions", "セッションを終了")
    static let keysRevoked = Phrase("Revoke keys", "SSH 鍵を失効")
    static let persistenceRemoved = Phrase("Remove footholds", "永続化を除去")
    static let filesRestored = Phrase("Restore files", "ファイルを復元")
    static let takenBack = Phrase("Undo an order", "指示を取り消し")
}
