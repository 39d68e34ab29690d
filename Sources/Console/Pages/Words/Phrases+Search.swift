/// The search.
extension Phrase {
    static let searchHint = Phrase(
        "host:ws-01 failed -user:backup", "例: host:ws-01 failed -user:backup")
    static let words = Phrase("Words", "検索条件")
    static let range = Phrase("Time", "期間")
    static let lastHour = Phrase("Last hour", "過去 1 時間")
    static let lastDay = Phrase("Last 24 hours", "過去 24 時間")
    static let lastWeek = Phrase("Last 7 days", "過去 7 日間")
    static let lastMonth = Phrase("Last 30 days", "過去 30 日間")
    static let allTime = Phrase("All time", "全期間")
    static let chosenRange = Phrase("Between two times", "期間を指定")
    static let from = Phrase("From", "開始")
    static let to = Phrase("To", "終了")
    static let howToAsk = Phrase("How to ask", "検索の書き方")
    static let asksBoth = Phrase("both, somewhere in the event", "両方の語を含む")
    static let asksTogether = Phrase("these words together", "この語句を含む")
    static let asksField = Phrase(
        "a field with this value, in any case", "フィールドの値が一致（大文字・小文字を区別しない）")
    static let asksPart = Phrase("ends with, begins with, contains", "後方一致・前方一致・部分一致")
    static let asksThere = Phrase("the field is there", "フィールドが存在する")
    static let asksNumber = Phrase("as numbers", "数値の比較")
    static let asksEither = Phrase("either, not, together", "いずれか・除外・グループ化")
    static let savedSearches = Phrase("Saved searches", "保存した検索")
    static let saveSearch = Phrase("Keep this search", "この検索を保存")
    static let shareIt = Phrase("For everybody in the tenant", "テナント内で共有")
    static let shared = Phrase("shared", "共有")
    static let noEvents = Phrase("Nothing fits", "該当するログはありません")
    static let noEventsCure = Phrase(
        "Take a word away, or look at more time.", "条件を減らすか、期間を広げてください。")
    static let searchAllTime = Phrase("Search all time", "全期間で検索")
    static let tookTooLong = Phrase(
        "This took longer than it may. Look at less time, or for a rarer thing.",
        "制限時間内に完了しませんでした。期間を短くするか、条件を絞ってください。")
    static let fields = Phrase("Fields", "フィールド")
    static func ofNewest(_ count: Int) -> Phrase {
        Phrase(
            "of the newest \(Phrase.grouped(count)) events",
            "新しい \(Phrase.grouped(count)) 件を集計")
    }
    static let only = Phrase("only", "この値に絞り込む")
    static let without = Phrase("without", "この値を除外")
    static let overTime = Phrase("Events over time", "件数の推移")
    static let overTimeHint = Phrase(
        "Drag over the bars to look closer; or type times above.",
        "グラフをドラッグすると期間を絞り込めます。上の欄に日時を入力することもできます。")
    static let event = Phrase("Event", "ログ")
    static let recordGone = Phrase(
        "The archive does not have it any more; retention let it go.",
        "保存期間を過ぎたため、アーカイブに残っていません。")
    static let recordCut = Phrase(
        "It is longer; these are its first 64 KiB.", "先頭の 64 KiB だけを表示しています。")
    static let wholeRecord = Phrase("The whole record", "全文を取得")
    static let addToSearch = Phrase("Search for it", "この値で検索")
    static let olderEvents = Phrase("Older events", "以前のログ")
    static func bucket(_ seconds: Int64) -> Phrase {
        seconds % 86_400 == 0
            ? Phrase("\(seconds / 86_400) d a bar", "1 本 = \(seconds / 86_400) 日")
            : seconds % 3600 == 0
                ? Phrase("\(seconds / 3600) h a bar", "1 本 = \(seconds / 3600) 時間")
                : seconds % 60 == 0
                    ? Phrase("\(seconds / 60) min a bar", "1 本 = \(seconds / 60) 分")
                    : Phrase("\(seconds) s a bar", "1 本 = \(seconds) 秒")
    }
    static func histogramText(_ count: UInt64, _ from: String, _ to: String, most: UInt64) -> Phrase
    {
        Phrase(
            "\(Phrase.grouped(Int(clamping: count))) events from \(from) to \(to), at most \(Phrase.grouped(Int(clamping: most))) in one bar",
            "\(from) から \(to) まで \(Phrase.grouped(Int(clamping: count))) 件、1 本あたり最大 \(Phrase.grouped(Int(clamping: most))) 件"
        )
    }
}
