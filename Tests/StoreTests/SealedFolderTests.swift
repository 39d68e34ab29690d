import Engine
import Foundation
import Tenancy
import TestKit
import Testing

@testable import Store

@Suite struct `A sealed folder` {
    private static func write(_ text: String, _ path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private static func sealed(_ scratch: ScratchFolder) throws -> SealedFolder {
        try write("one", scratch.path + "/from/a.txt")
        try write("two", scratch.path + "/from/inner/b.txt")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/from/link", withDestinationPath: "/etc/passwd")
        var draft = try SealedFolderDraft(scratch.path + "/to")
        try draft.addAll(below: scratch.path + "/from", as: "files")
        #expect(draft.leftOut == ["files/link"])
        return try draft.seal(
            kind: "test-1", facts: .object(["n": .integer(7)]), keys: LedgerBench.keys, now: start)
    }

    @Test func `proves its files, and gives them back as they were`() throws {
        let scratch = try ScratchFolder()
        let folder = try Self.sealed(scratch)
        #expect(folder.files.map(\.path) == ["files/a.txt", "files/inner/b.txt"])
        #expect(folder.facts["n"]?.integer == 7)
        #expect(folder.byteCount == 6)
        for file in folder.files {
            try folder.check(file)
            try folder.copy(file, to: scratch.path + "/back")
        }
        let back = try String(
            contentsOfFile: scratch.path + "/back/files/inner/b.txt", encoding: .utf8)
        #expect(back == "two")
    }

    @Test func `names the file that was changed, cut or taken away`() throws {
        let scratch = try ScratchFolder()
        let folder = try Self.sealed(scratch)
        let path = scratch.path + "/to/files/a.txt"
        for text in ["onf", "on", nil] {
            if let text {
                try Self.write(text, path)
            } else {
                try FileManager.default.removeItem(atPath: path)
            }
            do {
                try folder.check(folder.files[0])
                Issue.record("a changed file was taken for good")
            } catch {
                #expect(error.code == .damaged)
                #expect(error.message.contains("files/a.txt"))
            }
        }
        try folder.check(folder.files[1])
    }

    @Test func `refuses a list that was changed in any byte, or is of another kind`() throws {
        let scratch = try ScratchFolder()
        _ = try Self.sealed(scratch)
        var random = SplitMix64(seed: 5)
        let proof = LedgerBench.keys.proof
        for name in ["manifest.json", "manifest.sig"] {
            let url = URL(fileURLWithPath: scratch.path + "/to/" + name)
            let whole = try Data(contentsOf: url)
            for _ in 0..<20 {
                var bad = whole
                // The line feed behind the signature is not part of it.
                let place = Int.random(in: 0..<whole.count - 1, using: &random)
                bad[bad.startIndex + place] ^= 1 << UInt8.random(in: 0..<7, using: &random)
                try bad.write(to: url)
                let code = failure {
                    _ = try SealedFolder(
                        reading: scratch.path + "/to", kind: "test-1", publicKey: proof)
                }
                #expect(code == .damaged, "\(name) at \(place)")
            }
            try whole.write(to: url)
        }
        let other = failure {
            _ = try SealedFolder(reading: scratch.path + "/to", kind: "test-2", publicKey: proof)
        }
        #expect(other == .damaged)
    }

    @Test(arguments: [
        ("a", true), ("a/b.txt", true), ("", false), ("/a", false), ("a//b", false),
        ("../a", false), ("a/../b", false), ("a/.", false), ("a\u{0}b", false),
        (String(repeating: "a", count: 1_024), true),
        (String(repeating: "a", count: 1_025), false),
        (Array(repeating: "a", count: 32).joined(separator: "/"), true),
        (Array(repeating: "a", count: 33).joined(separator: "/"), false),
    ])
    func `takes no path that leads out of it`(path: String, isSafe: Bool) {
        #expect(SealedFolder.isSafe(path) == isSafe)
    }

    @Test func `is made in a new or empty folder only`() throws {
        let scratch = try ScratchFolder()
        try Self.write("x", scratch.path + "/full/x")
        let full = failure { _ = try SealedFolderDraft(scratch.path + "/full") }
        #expect(full == .conflict)
    }
}

@Suite struct `A ledger's copy` {
    @Test func `is verified and exported beside the running ledger`() async throws {
        try await LedgerBench.with { bench in
            try await bench.workThrough()
            let copy = try LedgerCopy(in: bench.folder, publicKey: LedgerBench.keys.proof)
            let report = try copy.verify(LedgerBench.acme, in: bench.scope(.read, .ledger))
            #expect(report.holds, "\(report)")
            #expect(report.entries > 20)
            #expect(
                try copy.projectionFaults(in: bench.scope(.read, .ledger, [Ledger.provider])) == [])
            #expect(try copy.tenants().map(\.tenantID) == [LedgerBench.acme, LedgerBench.birch])
            var text = ""
            try copy.export(LedgerBench.acme, in: bench.scope(.export, .ledger)) {
                text += $0 + "\n"
            }
            let path = bench.folder + "/export"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let known = try LedgerReport.ofExport(path, publicKey: LedgerBench.keys.proof)
            #expect(known == report)
            #expect(try LedgerReport.ofExport(path, publicKey: nil) == report)
            let altered = text.replacingOccurrences(of: "It is real.", with: "It is feal.")
            try Data(altered.utf8).write(to: URL(fileURLWithPath: path))
            let fault = try LedgerReport.ofExport(path, publicKey: nil).fault
            guard case .altered = fault else {
                Issue.record("\(String(describing: fault))")
                return
            }
            let elsewhere = try #require(throws: StoreFailure.self) {
                _ = try copy.verify(LedgerBench.acme, in: bench.scope(.read, .events))
            }
            #expect(elsewhere.code == .refused)
        }
    }
}
