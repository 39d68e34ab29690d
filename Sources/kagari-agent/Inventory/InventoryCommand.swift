internal import Act
internal import ArgumentParser
internal import Glibc

struct InventoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory",
        abstract:
            "Says what starts by itself on this host, or what changed there since an earlier inventory.",
        discussion: """
            Without options: one line a file. With --json: a baseline for a later --diff, one JSON object a line.
            Exit code of --diff: 0 where nothing changed, 1 where something did.
            """)

    @Option(help: "Folder below which it is looked.")
    var root = "/"

    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(help: "File of an earlier --json to compare with.")
    var diff: String?

    @Flag(help: "With --diff: the action that would take away what is new, for `act apply`.")
    var asAction = false

    @Flag(help: "Do not walk the disk for set-user-id files and capabilities.")
    var quick = false

    @Flag(help: "Packages, users, groups, ports, kernel, mounts and containers instead.")
    var facts = false

    func run() throws {
        let isSame = try report { () throws -> Bool in
            let folder = RootFolder(root)
            if facts {
                say(try HostFacts(folder).json())
                return true
            }
            let scan = try AutorunScan(folder, withElevated: !quick)
            for problem in scan.problems { complain(problem) }
            let now = Baseline(at: ActOptions.now, footholds: scan.footholds)
            guard let diff else {
                if json { put(now.bytes) } else { for one in now.footholds { put(line("", one)) } }
                return true
            }
            guard let bytes = try InventoryFile.read(diff) else {
                throw ActFailure(.missing, "there is no file \(diff)")
            }
            var earlier = try Baseline(bytes)
            if quick { earlier.footholds.removeAll { $0.place == .elevated } }
            let difference = earlier.difference(to: now)
            try tell(difference, in: folder)
            return difference.isEmpty
        }
        if !isSame { throw ExitCode(1) }
    }

    private func tell(_ difference: Baseline.Difference, in folder: RootFolder) throws {
        let (removals, beyond) = try difference.removals(in: folder)
        if asAction {
            for sentence in beyond { complain(sentence) }
            guard !removals.isEmpty else { return }
            say(
                .members([
                    "kind": .string(Action.Kind.removePersistence.rawValue),
                    "items": .array(removals.map(\.json)),
                ]))
            return
        }
        let kinds = [("added", difference.added), ("removed", difference.removed)]
        for (kind, footholds) in kinds {
            for one in footholds {
                if json {
                    say(.members(["change": .string(kind), "now": one.json]))
                } else {
                    put(line(kind, one))
                }
            }
        }
        for (before, after) in difference.changed {
            if json {
                say(
                    .members([
                        "change": .string("changed"), "before": before.json, "now": after.json,
                    ]))
            } else {
                put(line("changed", after))
            }
        }
        guard !json else { return }
        for removal in removals {
            if case .lines(let lines) = removal.part {
                for line in lines {
                    put(Array("new line in \(removal.path): ".utf8) + line + [0x0A])
                }
            }
        }
    }

    private func line(_ change: String, _ one: Foothold) -> [UInt8] {
        let head = change.isEmpty ? "" : change + " "
        let mode = String(one.mode, radix: 8)
        return Array(
            "\(head)\(one.place.rawValue) \(mode) \(one.owner):\(one.group) \(one.digest.prefix(16)) \(one.path)\n"
                .utf8)
    }

    private func put(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
    }

    private func complain(_ sentence: String) {
        let bytes = Array("kagari-agent: \(sentence)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }
}
