/// Shapes of an inline SVG. Numbers are written with one decimal, the same on every machine.
extension HTMLWriter {
    mutating func rect(
        x: Double, y: Double, width: Double, height: Double, radius: Double = 0, _ style: String
    ) {
        element(
            "rect",
            [
                .class(style), .set("x", Self.number(x)), .set("y", Self.number(y)),
                .set("width", Self.number(width)), .set("height", Self.number(height)),
                .set("rx", Self.number(radius)),
            ], { _ in })
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        element(
            "line",
            [
                .class(style), .set("x1", Self.number(x1)), .set("y1", Self.number(y1)),
                .set("x2", Self.number(x2)), .set("y2", Self.number(y2)),
            ], { _ in })
    }

    mutating func circle(x: Double, y: Double, radius: Double, _ style: String) {
        element(
            "circle",
            [
                .class(style), .set("cx", Self.number(x)), .set("cy", Self.number(y)),
                .set("r", Self.number(radius)),
            ], { _ in })
    }

    /// - Parameter path: made by this program from numbers and letters only.
    mutating func path(_ path: String, _ style: String) {
        element("path", [.class(style), .set("d", path)], { _ in })
    }

    mutating func label(
        _ text: String, x: Double, y: Double, _ style: String, size: Int? = nil,
        anchor: String = "start"
    ) {
        var attributes: [Attribute] = [
            .class(style), .set("x", Self.number(x)), .set("y", Self.number(y)),
        ]
        if let size { attributes.append(.set("font-size", size)) }
        if anchor != "start" { attributes.append(.set("text-anchor", anchor)) }
        element("text", attributes, text: text)
    }

    static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "0" }
        let tenths = Int((value * 10).rounded())
        let whole = String(abs(tenths) / 10)
        let sign = tenths < 0 ? "-" : ""
        return tenths % 10 == 0 ? sign + whole : "\(sign)\(whole).\(abs(tenths) % 10)"
    }
}
