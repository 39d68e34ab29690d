import Foundation

/// Sessions of `kagari sign-in`, a line for each server: address, tab, cookie. Nobody else may read the file.
enum SessionFile {
    private static var path: String {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
            ?? (environment["HOME"] ?? "/tmp") + "/.local/state"
        return base + "/kagari/sessions"
    }

    static func session(for server: String) -> String? { sessions()[server] }

    private static func sessions() -> [String: String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [:] }
        var sessions: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1)
            if parts.count == 2 { sessions[String(parts[0])] = String(parts[1]) }
        }
        return sessions
    }

    /// - Parameter cookie: nil forgets the session.
    /// - Returns: false where it could not be kept.
    @discardableResult
    static func keep(_ cookie: String?, for server: String) -> Bool {
        var sessions = sessions()
        sessions[server] = cookie
        let text = sessions.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)\n" }.joined()
        let files = FileManager.default
        let folder = (path as NSString).deletingLastPathComponent
        try? files.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let draft = path + ".new"
        guard
            files.createFile(
                atPath: draft, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { return false }
        return unsafe rename(draft, path) == 0
    }
}
