/// Figures in the text format of Prometheus, version 0.0.4: each name once with its explanation, then its values.
enum Metrics {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    static func text(_ figures: [Figure]) -> String {
        var text = ""
        for (name, group) in Dictionary(grouping: figures, by: \.name).sorted(by: {
            $0.key < $1.key
        }) {
            guard let first = group.first else { continue }
            text += "# HELP \(name) \(escaped(first.explanation, quotes: false))\n"
            text += "# TYPE \(name) \(first.kind.rawValue)\n"
            for figure in group {
                text += name
                if !figure.labels.isEmpty {
                    let labels = figure.labels.map { label in
                        "\(label.name)=\"\(escaped(label.value, quotes: true))\""
                    }
                    text += "{\(labels.joined(separator: ","))}"
                }
                text += " \(figure.value)\n"
            }
        }
        return text
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        String(
            text.flatMap { letter -> String in
                switch letter {
                case "\\": "\\\\"
                case "\n": "\\n"
                case "\"" where quotes: "\\\""
                default: String(letter)
                }
            })
    }
}
