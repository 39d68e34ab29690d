import Collect
import Engine
import Foundation
import TestKit
import Testing

@testable import Collect

@Suite struct `Paths` {
    private let line = "<1>1 - - - - - - x\n"

    @Test func `a folder is read in the order of its paths' bytes`() throws {
        let folder = try TemporaryFolder()
        for name in ["b/2.log", "b/10.log", "a.log", "Z.log", "b.log", "é.log"] {
            try folder.write("in/" + name, line)
        }
        let reading = Reading([folder.path + "/in"])
        let names = ["Z.log", "a.log", "b.log", "b/10.log", "b/2.log", "é.log"]
        #expect(reading.sources.map(\.path) == names.map { folder.path + "/in/" + $0 })
        #expect(reading.texts.count == 6)
        #expect(reading.total == UInt64(6 * line.utf8.count))
        #expect(reading.consumed == reading.total)
    }

    @Test func `what is no log in a folder is passed over, and named it is a problem`() throws {
        let folder = try TemporaryFolder()
        let picture = try folder.write("in/picture", [0x89, 0x50, 0x4e, 0x47, 1, 2, 3])
        try folder.write("in/notes.txt", "just words\nand more\n")
        try folder.write("in/.hidden", line)
        try folder.write("in/.git/a.log", line)
        try folder.write("in/empty.log", "")
        try folder.write("in/a.log", line)
        try folder.link("in/link.log", to: "a.log")
        try folder.link("in/circle", to: ".")
        let reading = Reading([folder.path + "/in"])
        #expect(
            reading.names == [
                ".git", ".hidden", "a.log", "circle", "empty.log", "link.log", "notes.txt",
                "picture",
            ])
        #expect(reading.texts.count == 1)
        let passedOver = reading.sources.map(\.isPassedOver)
        #expect(passedOver == [true, true, false, true, false, true, true, true])
        #expect(reading.sources[4].problem == nil)
        #expect(reading.sources[7].problem == "not recognised: PNG image")
        let named = Reading([picture])
        #expect(named.sources.map(\.isPassedOver) == [false])
        #expect(named.problems == ["not recognised: PNG image"])
    }

    @Test func `a named link is followed`() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.log", line)
        try folder.link("link", to: "a.log")
        #expect(Reading([folder.path + "/link"]).texts.count == 1)
    }

    @Test func `the same file is read once`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("in/a.log", line)
        try folder.link("link", to: "in/a.log")
        let reading = Reading([path, folder.path + "/in", path, folder.path + "/link"])
        #expect(reading.texts.count == 1)
        #expect(reading.sources.map(\.isPassedOver) == [false, true, true, true])
    }

    @Test func `what is not there is told, and the rest is read`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.log", line)
        let reading = Reading([folder.path + "/none", folder.path + "/*.none", path])
        #expect(reading.problems.count == 2)
        #expect(reading.problems.first?.contains("no such file") == true)
        #expect(reading.sources.map(\.isPassedOver) == [false, false, false])
        #expect(reading.texts.count == 1)
    }

    @Test func `what may not be read is told`() throws {
        // Root may read everything, so there is nothing to see then.
        guard getuid() != 0 else { return }
        let folder = try TemporaryFolder()
        let path = try folder.write("a.log", line)
        chmod(path, 0)
        #expect(Reading([path]).problems.first?.contains("permission denied") == true)
    }

    @Test func `an empty folder is told`() throws {
        let folder = try TemporaryFolder()
        #expect(Reading([folder.path]).problems.count == 1)
    }

    @Test func `more files than the limit are told`() throws {
        let folder = try TemporaryFolder()
        for index in 0..<9 { try folder.write("\(index).log", line) }
        let reading = Reading([folder.path]) { $0.filesMax = 4 }
        #expect(reading.texts.count == 4)
        #expect(reading.problems.count == 1)
    }

    @Test func `standard input is read through a pipe`() throws {
        var maker = TarMaker()
        maker.add("a.log", Array(line.utf8))
        var zip = ZipMaker()
        zip.add("a.log", Array(line.utf8))
        let forms: [(String, [UInt8])] = [
            ("-", Array(line.utf8)), ("-", Compress.gzip(Array(line.utf8))),
            ("-!a.log", Compress.gzip(maker.finished())), ("-!a.log", zip.finished()),
        ]
        for (name, bytes) in forms {
            let pipe = Pipe()
            try pipe.fileHandleForWriting.write(contentsOf: Data(bytes))
            try pipe.fileHandleForWriting.close()
            let reading = Reading(["-"], standardInput: pipe.fileHandleForReading.fileDescriptor)
            #expect(reading.sources.map(\.path) == [name])
            #expect(reading.texts == [String(line.dropLast())])
            #expect(reading.total == nil)
            #expect(reading.problems.isEmpty)
        }
    }

    @Test func `a pattern is expanded when no shell has done so`() throws {
        let folder = try TemporaryFolder()
        for name in ["a1.log", "a2.log", "b1.log", "s/a3.log", "s/t/a4.log", ".a5.log"] {
            try folder.write(name, line)
        }
        let cases: [(String, [String])] = [
            ("a*.log", ["a1.log", "a2.log"]), ("?1.log", ["a1.log", "b1.log"]),
            ("[!b]*.log", ["a1.log", "a2.log"]), ("a[2-9].log", ["a2.log"]),
            ("**/*3.log", ["s/a3.log"]),
            ("**/a*.log", ["a1.log", "a2.log", "s/a3.log", "s/t/a4.log"]),
            ("*/a*.log", ["s/a3.log"]), (".*.log", [".a5.log"]),
            ("s/**", ["s/a3.log", "s/t/a4.log"]),
            ("**/**/**/a[34].log", ["s/a3.log", "s/t/a4.log"]),
        ]
        for (pattern, names) in cases {
            let paths = Reading([folder.path + "/" + pattern]).sources.map(\.path)
            #expect(paths == names.map { folder.path + "/" + $0 }, "\(pattern)")
        }
    }

    @Test func `a name with a wildcard's character in it is taken as it is`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a[1]*.log", line)
        #expect(Reading([path]).texts.count == 1)
    }

    static let names: [(String, String, Bool)] = [
        ("abc", "abc", true), ("abc", "a*c", true), ("abc", "*", true), ("", "*", true),
        ("abc", "a?c", true), ("aéc", "a?c", true), ("ac", "a?c", false), ("abc", "a[b]c", true),
        ("abc", "a[!b]c", false), ("a-c", "a[a-]c", true), ("a]c", "a[]]c", true),
        ("a[c", "a[c", true), ("abcbc", "a*bc", true), ("abcbd", "a*bc", false),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "a*a*a*a*a*a*a*a*a*c", false),
    ]

    @Test(arguments: names)
    func `a wildcard matches within a name`(name: String, pattern: String, isMatch: Bool) {
        #expect(PathPattern.matches(Array(name.utf8), Array(pattern.utf8)) == isMatch)
    }
}

@Suite struct `Rule folders` {
    private let rule = Array("title: x\n".utf8)

    @Test func `give the rule files below them, sorted`() throws {
        let folder = try TemporaryFolder()
        for name in ["b/2.yml", "a.YAML", "notes.md", ".git/x.yml", "b/1.yml"] {
            try folder.write("r/" + name, rule)
        }
        let listing = RuleFolder.files(at: folder.path + "/r")
        #expect(
            listing.files.map(\.path)
                == ["a.YAML", "b/1.yml", "b/2.yml"].map { folder.path + "/r/" + $0 })
        #expect(listing.files.allSatisfy { $0.bytes == rule })
        #expect(listing.problems.isEmpty)
    }

    @Test func `may be a zip or a tar.gz of a release`() throws {
        let folder = try TemporaryFolder()
        var zip = ZipMaker()
        zip.add("sigma/rules/b.yml", rule)
        zip.add("sigma/rules/a.yml", rule)
        zip.add("__MACOSX/sigma/a.yml", rule)
        zip.add("sigma/README.md", rule)
        var tar = TarMaker()
        tar.add("./sigma/a.yml", rule)
        tar.add("./sigma/b.txt", rule)
        let zipped = RuleFolder.files(at: try folder.write("r.zip", zip.finished()))
        #expect(
            zipped.files.map { $0.path.split(separator: "!")[1] } == [
                "sigma/rules/a.yml", "sigma/rules/b.yml",
            ])
        let tarred = RuleFolder.files(at: try folder.write("r.tgz", Compress.gzip(tar.finished())))
        #expect(tarred.files.map(\.bytes) == [rule])
        #expect(tarred.problems.isEmpty)
    }

    @Test func `tell what is too large or not there`() throws {
        let folder = try TemporaryFolder()
        try folder.write("r/a.yml", rule)
        try folder.write("r/b.yml", [UInt8](repeating: 0x20, count: RuleFolder.fileBytesMax + 1))
        let listing = RuleFolder.files(at: folder.path + "/r")
        #expect(listing.files.count == 1)
        #expect(listing.problems.map(\.failure.code) == [.limit])
        let none = RuleFolder.files(at: folder.path + "/none")
        #expect(none.problems.map(\.failure.code) == [.notFound])
    }

    @Test func `may be one file`() throws {
        let folder = try TemporaryFolder()
        let listing = RuleFolder.files(at: try folder.write("a.yml", rule))
        #expect(listing.files.map(\.bytes) == [rule])
    }
}
