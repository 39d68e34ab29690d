import Collect
import Engine
import Foundation
import Report
import Sigma

/// The folder with rules, mappings and ATT&CK names that belongs to this program.
struct Content {
    let folder: String

    /// `KAGARI_CONTENT`, else `Content/` beside the program or in a folder above it, else in the
    /// working folder.
    static func find() throws -> Content {
        if let named = ProcessInfo.processInfo.environment["KAGARI_CONTENT"], !named.isEmpty {
            guard isContent(named) else {
                throw UserError("KAGARI_CONTENT names \(named), which has no folder `mappings`")
            }
            return Content(folder: named)
        }
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        var folder = (program as NSString?)?.deletingLastPathComponent ?? "/"
        while true {
            for candidate in [folder + "/Content", folder + "/share/kagari/Content"]
            where isContent(candidate) {
                return Content(folder: candidate)
            }
            if folder == "/" || folder.isEmpty { break }
            folder = (folder as NSString).deletingLastPathComponent
        }
        if isContent("Content") { return Content(folder: "Content") }
        throw UserError(
            "cannot find the folder `Content` with rules and mappings; set KAGARI_CONTENT to it")
    }

    private static func isContent(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/mappings")
    }

    var mappingFolder: String { folder + "/mappings" }

    func mappingFiles() throws -> [RuleFolder.File] {
        let listing = RuleFolder.files(at: mappingFolder)
        if let problem = listing.problems.first {
            throw UserError("\(problem.path): \(problem.failure.description)")
        }
        return listing.files
    }

    static func mappings(_ files: [RuleFolder.File]) throws -> [Mapping] {
        try files.map {
            try MappingReader.read(path: $0.path, text: String(decoding: $0.bytes, as: UTF8.self))
        }
    }

    func mappings() throws -> [Mapping] { try Self.mappings(mappingFiles()) }

    var rules: String { folder + "/rules" }

    /// ATT&CK technique names; empty where the file is missing, ids then stand alone.
    func techniques() -> [String: Technique] {
        guard
            let text = try? String(
                contentsOfFile: folder + "/attack/techniques.tsv", encoding: .utf8)
        else { return [:] }
        var techniques: [String: Technique] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count >= 3 else { continue }
            techniques[String(parts[0])] = Technique(
                name: String(parts[1]), tactics: parts[2].split(separator: ",").map(String.init))
        }
        return techniques
    }
}

/// Something the person at the keyboard can put right; the message names the cure.
struct UserError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
