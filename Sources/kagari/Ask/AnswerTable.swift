import Report

/// Answers as a table for a terminal: a heading, a line each, the last column as wide as it needs.
struct AnswerTable: Sendable {
    struct Column: Sendable {
        var title: String
        var cell: @Sendable (Answer) -> String

        init(_ title: String, _ cell: @escaping @Sendable (Answer) -> String) {
            self.title = title
            self.cell = cell
        }

        /// The member of this name.
        init(_ title: String, _ member: String) {
            self.init(title) { $0[member]?.cell ?? "-" }
        }

        /// A time to the second, in UTC.
        static func time(_ title: String, _ member: String) -> Column {
            Column(title) { answer in
                guard let text = answer[member]?.string else { return "-" }
                return String(text.prefix(19)).replacing("T", with: " ")
            }
        }
    }

    var columns: [Column]

    init(_ columns: [Column]) { self.columns = columns }

    func text(_ rows: [Answer]) -> String {
        let cells = rows.map { row in columns.map { VisibleText($0.cell(row)).text } }
        var widths = columns.map(\.title.count)
        for row in cells {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
        }
        return ([columns.map(\.title)] + cells).map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }.joined(separator: "  ") + "\n"
        }.joined()
    }
}
