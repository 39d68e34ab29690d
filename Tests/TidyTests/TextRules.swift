/// What holds for every text file people write here: source, script or document.
enum TextRules {
    private static let written = [".swift", ".h", ".c", ".md", ".sh", ".py", ".yml", ".modulemap"]

    static func violations(in file: Checkout.File, checkout: String) -> [Violation] {
        guard isWritten(file.path), let text = file.text else { return [] }
        var found: [Violation] = []
        if let last = text.utf8.last, last != UInt8(ascii: "\n") {
            found.append(Violation(path: file.path, line: 0, message: "ends without a line end"))
        }
        if text.utf8.contains(UInt8(ascii: "\r")) {
            let message = "has carriage returns; end lines with a line feed alone"
            found.append(Violation(path: file.path, line: 0, message: message))
        }
        for (index, line) in file.lines.enumerated() {
            if let last = line.last, last == " " || last == "\t" {
                found.append(
                    Violation(path: file.path, line: index + 1, message: "spaces end the line"))
            }
        }
        guard !Checkout.isData(file.path) else { return found }
        for folder in machineFolders(checkout) where text.contains(folder) {
            for (index, line) in file.lines.enumerated() where line.contains(folder) {
                let message = "names a folder of one machine; say it from the checkout's root"
                found.append(Violation(path: file.path, line: index + 1, message: message))
            }
        }
        return found
    }

    private static func isWritten(_ path: String) -> Bool {
        if path.contains("/Fixtures/") || path.contains("/Goldens/") { return false }
        return written.contains { path.hasSuffix($0) }
            || ["dev", "kagari", ".ci/run"].contains(path)
    }

    /// Put together, so that this file does not hold them.
    private static func machineFolders(_ checkout: String) -> [String] {
        ["/wo" + "rk/", "/ro" + "ot/", checkout + "/"]
    }
}
