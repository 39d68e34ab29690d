import Engine
import Foundation
import Testing

/// Archives written by others, where their programs are installed.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/env")))
struct `Archives made by others` {
    private let script = """
        import gzip, io, sys, tarfile, zipfile
        folder = sys.argv[1]
        text = "".join("<1>1 - - - - - - line %d\\n" % n for n in range(5000)).encode()
        with zipfile.ZipFile(folder + "/a.zip", "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("logs/a.log", text)
            with z.open("logs/b.log", "w", force_zip64=True) as member: member.write(text)
        class Pipe(io.RawIOBase):
            def __init__(self, path): self.file = open(path, "wb")
            def writable(self): return True
            def write(self, data): return self.file.write(data)
        pipe = Pipe(folder + "/b.zip")
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("a.log", text)
            z.writestr("b.log", text)
        pipe.file.close()
        for name, kind in (("u", tarfile.USTAR_FORMAT), ("g", tarfile.GNU_FORMAT),
                           ("p", tarfile.PAX_FORMAT)):
            with tarfile.open(folder + "/" + name + ".tar.gz", "w:gz", format=kind) as t:
                for member in ("a.log", "d/" * 60 + "b.log"):
                    header = tarfile.TarInfo(member)
                    header.size = len(text)
                    header.mtime = 1.5
                    t.addfile(header, io.BytesIO(text))
        with gzip.open(folder + "/a.log.gz", "wb") as g: g.write(text)
        with gzip.open(folder + "/a.log.gz", "ab") as g: g.write(text)
        """

    @Test func `are read as their makers meant`() throws {
        let folder = try TemporaryFolder()
        let program = Process()
        program.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        program.arguments = ["python3", "-c", script, folder.path]
        program.standardError = FileHandle.nullDevice
        try program.run()
        program.waitUntilExit()
        // Without Python there is no maker to compare with.
        guard program.terminationStatus != 127 else { return }
        #expect(program.terminationStatus == 0)
        for name in ["a.zip", "b.zip", "u.tar.gz", "g.tar.gz", "p.tar.gz", "a.log.gz"] {
            let reading = Reading([folder.path + "/" + name])
            #expect(reading.problems == [], "\(name)")
            #expect(reading.texts.count == 10_000, "\(name)")
            #expect(reading.formats.allSatisfy { $0 == .syslog })
        }
    }
}
