import ArgumentParser
import Engine
import Foundation
import Store
import Tenancy
import Watch

/// Which data folder a command works on.
struct DataOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the service keeps everything; KAGARI_DATA says it too. [var]",
            valueName: "folder"))
    var data: String?
    @Flag(help: "Answers in JSON, one value a line.") var json = false

    func folder() throws -> DataFolder {
        let named = data ?? ProcessInfo.processInfo.environment["KAGARI_DATA"]
        let path = named.flatMap { $0.isEmpty ? nil : $0 } ?? "var"
        guard FileManager.default.fileExists(atPath: path + "/.") else {
            throw UserError("there is no data folder \(path); name it with --data")
        }
        return DataFolder(path: path)
    }

    /// Says an answer: the JSON where it was asked for, else the text.
    func answer(_ json: CanonicalJSON, _ text: @autoclosure () -> String) {
        Machine.say(self.json ? json.string + "\n" : text())
    }
}

extension DataFolder {
    /// The tenants a command is for: the one named, else all that have an archive here.
    func tenants(named name: String?) throws -> [TenantID] {
        guard let name else {
            let all = archivedTenants
            guard !all.isEmpty else {
                throw UserError("no tenant has an archive in \(path); name the folder with --data")
            }
            return all
        }
        return [try Self.tenant(name)]
    }

    static func tenant(_ name: String) throws -> TenantID {
        guard let tenant = TenantID(name) else {
            throw UserError("`\(name)` is no name of a tenant")
        }
        return tenant
    }
}

/// What a command of keeping does with failures: damage is exit code 2, everything else the world refused is 1.
enum Keep {
    static func run(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let failure as StoreFailure {
            guard failure.code == .damaged else { throw UserError(failure.description) }
            Machine.tell("kagari: damaged: \(failure.description)\n")
            throw ExitCode(2)
        }
    }
}

/// How far a long work is, on standard error: in place on a terminal, else a line now and then.
final class WorkProgress {
    private let name: String
    private var last = ContinuousClock.now
    private let isTerminal = isatty(2) != 0
    private var isShown = false

    init(_ name: String) { self.name = name }

    func show(_ text: @autoclosure () -> String) {
        let now = ContinuousClock.now
        guard now - last > (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
        last = now
        isShown = isTerminal
        Machine.tell(isTerminal ? "\r\(name): \(text())\u{1B}[K" : "kagari: \(name): \(text())\n")
    }

    func clear() {
        if isShown { Machine.tell("\r\u{1B}[K") }
        isShown = false
    }
}

/// Sizes as people read them.
func bytesText(_ bytes: UInt64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
        value /= 1024
        unit += 1
    }
    return unit == 0 ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(units[unit])"
}
