import Testing

@testable import Engine

@Suite struct `CSV decoder` {
    private func events(_ text: String, offset: Int = 0, preamble: String = "") -> [String] {
        var buffer = EventBuffer(names: FieldNames())
        return TextDecoding.events(
            TextDecoding.block(
                .csv, Array(text.utf8), offset: offset, firstLine: 7,
                preamble: Array(preamble.utf8)),
            &buffer)
    }

    @Test func `a block without a header is refused once`() {
        #expect(events("a,b\nc,d\n", offset: 99) == ["!! 99 CSV block without a header\n"])
    }

    @Test(arguments: ["x,y\r\n", "\u{FEFF}x,y", "\"x\",y\n"])
    func `a later block takes its names from the preamble`(preamble: String) {
        let found = events("1,2\n", offset: 99, preamble: preamble)
        #expect(found == ["-- record 7 at 99 raw 3 time none\nx=1\ny=2\n"])
    }

    @Test(arguments: ["x,y\n", "\u{FEFF}x,y\n"], ["x,y", "\u{FEFF}x,y\n", ""])
    func `the header of the first block is no event`(head: String, preamble: String) {
        let found = events(head + "1,2\n", preamble: preamble)
        #expect(found.count == 1 && found[0].hasSuffix("x=1\ny=2\n"))
    }

    @Test(arguments: ["a;b;c,d", "a\tb\tc;d", "a|b|c,d", "\"a,a,a\";b;c"])
    func `the separator is the one the header holds most of`(header: String) {
        let separator = header.first { !"abc\",".contains($0) } ?? ","
        let found = events("\(header)\n1\(separator)2\(separator)3\n")
        #expect(found.count == 1 && found[0].contains("b=2\n"))
    }
}
