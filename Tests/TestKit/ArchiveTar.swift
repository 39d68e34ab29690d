/// Writes tar archives.
package struct TarMaker {
    private var body: [UInt8] = []

    package init() {}

    /// - Parameter kind: `0` file, `5` folder, `2` link, `x` pax, `L` GNU long name …
    package mutating func add(
        _ name: String, _ content: [UInt8], kind: Character = "0", prefix: String = "",
        magic: String = "ustar\u{0}00", statedSize: Int? = nil
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at: Int) {
            for (index, byte) in text.utf8.enumerated() { header[at + index] = byte }
        }
        put(String(name.prefix(100)), at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(Self.octal(statedSize ?? content.count, 11), at: 124)
        put("14000000000", at: 136)
        put("        ", at: 148)
        header[156] = kind.asciiValue ?? 0
        put(magic, at: 257)
        put(prefix, at: 345)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(Self.octal(sum, 6) + "\u{0} ", at: 148)
        body += header + content + Self.padding(content.count)
    }

    /// A pax header for the member that follows.
    package mutating func addPax(_ attributes: [(String, String)]) {
        var lines: [UInt8] = []
        for (name, value) in attributes {
            let rest = " \(name)=\(value)\n".utf8.count
            var count = rest + 1
            while "\(count)".utf8.count + rest != count { count += 1 }
            lines += Array("\(count) \(name)=\(value)\n".utf8)
        }
        add("PaxHeader", lines, kind: "x")
    }

    /// A GNU long name for the member that follows.
    package mutating func addLongName(_ name: String) {
        add("././@LongLink", Array(name.utf8) + [0], kind: "L", magic: "ustar  \u{0}")
    }

    package func finished() -> [UInt8] { body + [UInt8](repeating: 0, count: 1024) }

    /// Without the records of zeros at the end.
    package var unfinished: [UInt8] { body }

    private static func octal(_ number: Int, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static func padding(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: (512 - count % 512) % 512)
    }
}
