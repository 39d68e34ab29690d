import Testing

@testable import Sense

@Suite struct `A path` {
    private func walked(_ names: [UInt8]) -> String {
        var path: [UInt8] = []
        WalkedPath.append(0..<names.count, of: names.span, to: &path)
        return String(decoding: path, as: UTF8.self)
    }

    @Test(arguments: ["/", "/a", "/usr/bin/id", "/a b/\u{1}/c"])
    func `walked from the leaf is told from the top`(path: String) {
        #expect(walked(RecordBytes.walked(path)) == path)
    }

    @Test func `of a file in memory is its name`() {
        #expect(walked(Array("memfd:x\0".utf8)) == "memfd:x")
        #expect(walked(Array("memfd:x\0tmp\0".utf8)) == "/tmp/memfd:x")
    }

    @Test func `is never longer than its bound`() {
        let names = [UInt8](repeating: 97, count: 9_000)
        #expect(walked(names + [0]).utf8.count == WalkedPath.countMax)
    }

    @Test(arguments: [
        ("/etc/passwd", "/home", "/etc/passwd"), ("x", "/home/amy", "/home/amy/x"),
        ("./a//b/./c", "/", "/a/b/c"), ("../../..", "/a", "/"), ("../b", "/a/x", "/a/b"),
        ("", "/a", "/a"), ("/a/../../b", "/", "/b"),
    ])
    func `as given starts from its folder`(given: String, base: String, wanted: String) {
        let text = Array(given.utf8) + [0]
        let folder = RecordBytes.walked(base)
        let bytes = text + folder
        let path = WalkedPath.resolve(
            0..<text.count, base: text.count..<bytes.count, of: bytes.span)
        #expect(String(decoding: path, as: UTF8.self) == wanted)
    }
}
