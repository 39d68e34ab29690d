import Crypto
import Glibc
import Testing

@testable import Act

@Suite struct `A triage package` {
    @Test
    func `holds what was asked for with digests, signed by the host, and says what it left out`()
        throws
    {
        let scratch = try Scratch()
        try scratch.write("/tmp/evil", "evil")
        try scratch.write("/etc/crontab", "x")
        symlink("evil", scratch.root + "/tmp/link")
        let into = scratch.folder + "/package"
        let files = try ["/tmp/evil", "/tmp/none", "/tmp/link"].map { try HostPath($0) }
        let made = try TriagePackage.collect(
            into: into, files: files, desk: scratch.desk(), at: 1_000)
        #expect(made.left.count == 2)
        let manifest = try #require(
            try JournalFolder.read(into + "/manifest.jsonl", bytesMax: 1 << 20))
        #expect(Scratch.hostKey.publicKey.isValidSignature(made.signature, for: manifest))
        #expect(FileDraft.digest(manifest) == made.digest)
        var named: [String] = []
        for line in manifest.split(separator: 0x0A).dropLast() {
            let json = try JSONReader.value(of: Array(line))
            let name = try #require(json["name"]?.text)
            let bytes = try #require(try JournalFolder.read("\(into)/\(name)", bytesMax: 1 << 26))
            #expect(json["sha256"]?.text == FileDraft.digest(bytes))
            named.append(name)
        }
        #expect(named == ["processes.jsonl", "facts.json", "autoruns.jsonl", "files/0"])
        #expect(throws: ActFailure.self) {
            try TriagePackage.collect(into: into, files: [], desk: scratch.desk(), at: 1_000)
        }
    }
}
