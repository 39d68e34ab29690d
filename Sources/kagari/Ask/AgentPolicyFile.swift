import ArgumentParser
import Foundation

/// A policy as it is sent: a file's JSON, with rules and mappings of other files put in.
enum AgentPolicyFile {
    /// - Parameters:
    ///   - rules: files and folders of Sigma rules.
    ///   - mappings: files and folders of mappings.
    static func read(_ path: String, _ rules: [String], _ mappings: [String]) throws -> Answer {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UserError("\(path) cannot be read")
        }
        guard case .object(var members)? = try? JSONDecoder().decode(Answer.self, from: data) else {
            throw UserError("\(path) is no JSON object; the form is in docs/agent-enrolment.md")
        }
        let added =
            try texts(of: rules, named: "") + texts(of: mappings, named: "mappings/")
        guard !added.isEmpty else { return .object(members) }
        guard case .list(let known) = members["rules"] ?? .list([]) else {
            throw UserError("`rules` of \(path) is no list")
        }
        members["rules"] = .list(known + added)
        return .object(members)
    }

    private static func texts(of paths: [String], named prefix: String) throws -> [Answer] {
        var found: [Answer] = []
        for path in paths {
            for file in try files(at: path) {
                guard let data = FileManager.default.contents(atPath: file),
                    let text = String(data: data, encoding: .utf8)
                else { throw UserError("\(file) cannot be read as UTF-8") }
                let name = URL(filePath: file).lastPathComponent
                found.append(["name": .string(prefix + name), "text": .string(text)])
            }
        }
        return found
    }

    private static func files(at path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ValidationError("There is no \(path).")
        }
        guard isFolder.boolValue else { return [path] }
        let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }.sorted()
            .map { path + "/" + $0 }
    }
}
