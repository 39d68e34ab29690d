import Foundation
import Yams

/// Settings by name, from what is said nearest: a flag, then `KAGARI_NAME`, then the file, then the default.
///
/// A name has words joined with `-`: `syslog-udp` is the flag `--syslog-udp`, the variable `KAGARI_SYSLOG_UDP` and the key `syslog-udp` of the file.
struct Configuration {
    /// Where a value was said, for messages about it.
    enum Place: Equatable, CustomStringConvertible {
        case flag, variable
        case file(String, line: Int, column: Int)
        case standard

        var description: String {
            switch self {
            case .flag: "a flag"
            case .variable: "the environment"
            case .file(let path, let line, let column): "\(path):\(line):\(column)"
            case .standard: "the default"
            }
        }
    }

    struct Value: Equatable {
        var texts: [String]
        var place: Place
    }

    private var flags: [String: [String]]
    private let environment: [String: String]
    private var file: [String: Value] = [:]
    private let names: Set<String>

    /// - Parameters:
    ///   - names: every setting there is; the file may have no other.
    ///   - path: of the file; nil for none.
    /// - Throws: where the file cannot be read, is not a list of settings, or has one that does not exist; with its place.
    init(
        names: [String], flags: [String: [String]], environment: [String: String], path: String?
    ) throws {
        self.names = Set(names)
        self.flags = flags
        self.environment = environment
        if let path { file = try Self.read(path, names: self.names) }
    }

    /// The settings of `serve`, as another command is given them.
    static func of(_ flags: [String: [String]], config: String?) throws -> Configuration {
        try Configuration(
            names: Serve.settingNames, flags: flags,
            environment: ProcessInfo.processInfo.environment, path: config)
    }

    private static func read(_ path: String, names: Set<String>) throws -> [String: Value] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw UserError("cannot read the configuration \(path); see that it is there and UTF-8")
        }
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw UserError("\(path) is not YAML: \(error)")
        }
        guard let root else { return [:] }
        guard let mapping = root.mapping else {
            throw UserError("\(path): expected settings as `name: value`, one a line")
        }
        var found: [String: Value] = [:]
        for (key, node) in mapping {
            let mark = key.mark
            let place = Place.file(path, line: mark?.line ?? 0, column: mark?.column ?? 0)
            guard let name = key.string, names.contains(name) else {
                let near = names.sorted().first { $0.hasPrefix((key.string ?? "").prefix(3)) }
                let hint = near.map { "; did you mean `\($0)`?" } ?? ""
                throw UserError("\(place): there is no setting `\(key.string ?? "?")`\(hint)")
            }
            if let list = node.sequence {
                found[name] = Value(texts: list.map { $0.string ?? "" }, place: place)
            } else if let text = node.string {
                found[name] = Value(texts: [text], place: place)
            } else {
                throw UserError("\(place): `\(name)` is a text or a list of texts")
            }
        }
        return found
    }

    func value(_ name: String) -> Value? {
        precondition(names.contains(name), "settings are declared before they are asked for")
        if let flag = flags[name], !flag.isEmpty { return Value(texts: flag, place: .flag) }
        let variable = "KAGARI_" + name.uppercased().replacingOccurrences(of: "-", with: "_")
        if let text = environment[variable], !text.isEmpty {
            return Value(texts: [text], place: .variable)
        }
        return file[name]
    }

    func text(_ name: String) -> String? { value(name)?.texts.last }
    func texts(_ name: String) -> [String] { value(name)?.texts ?? [] }

    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let value = value(name), let text = value.texts.last else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UserError(
                "\(name) (\(value.place)): expected a number from \(range.lowerBound) to "
                    + "\(range.upperBound), found `\(text)`")
        }
        return number
    }

    func choice(_ name: String, of choices: [String]) throws -> String? {
        guard let value = value(name), let text = value.texts.last else { return nil }
        guard choices.contains(text) else {
            throw UserError(
                "\(name) (\(value.place)): expected \(choices.joined(separator: ", ")), found "
                    + "`\(text)`")
        }
        return text
    }

    /// `HOST:PORT`, `[V6]:PORT` or `PORT` alone, which is of 127.0.0.1; `off` is none.
    func address(_ name: String, default standard: String?) throws -> (host: String, port: Int)? {
        let value = value(name)
        guard let text = value?.texts.last ?? standard, text != "off" else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var host = parts.dropLast().joined(separator: ":")
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard let port = parts.last.flatMap({ Int($0) }), (0...65_535).contains(port) else {
            throw UserError(
                "\(name) (\((value?.place ?? .standard))): expected HOST:PORT, PORT or `off`, found "
                    + "`\(text)`")
        }
        return (host.isEmpty ? "127.0.0.1" : host, port)
    }
}
