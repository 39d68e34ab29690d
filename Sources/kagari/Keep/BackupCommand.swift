import ArgumentParser
import Engine
import Store
import Watch

/// `kagari backup`: a copy of everything that is kept.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies everything that is kept, while the service runs.",
        discussion: """
            Ledger, archives, tenants' rules and content versions go into a new folder with a signed list of all files. Events for search \
            are left out: they are made again.

            Keys are left out too, and without them nobody can read the backup. Keep a copy of the folder `keys` at another place, or say \
            --with-keys and guard the backup as you guard the keys.
            """)

    @Argument(help: ArgumentHelp("A folder that is new or empty.", valueName: "folder"))
    var target: String
    @Flag(help: "Copies the keys too.") var withKeys = false
    @OptionGroup var options: DataOptions

    func run() async throws {
        try await Keep.run {
            let data = try options.folder()
            let progress = WorkProgress("copying")
            let told = try await DataBackup.make(
                of: data, to: target, withKeys: withKeys, now: Machine.now,
                pause: { try? await Task.sleep(for: $0) }, told: { name in progress.show(name) })
            progress.clear()
            for path in told.leftOut {
                Machine.tell("kagari: left out, because it is no plain file: \(path)\n")
            }
            Machine.tell(
                withKeys
                    ? "kagari: the keys are in it: whoever has \(target) can read everything\n"
                    : "kagari: the keys are not in it: keep \(data.keys) at another place\n")
            options.answer(
                .object([
                    "backup": .text(target), "files": .integer(Int64(told.files)),
                    "bytes": .integer(told.byteCount), "keys": .flag(told.hasKeys),
                ]),
                "\(target): \(told.files) files, \(bytesText(UInt64(told.byteCount)))\n")
        }
    }
}

/// `kagari restore`: a data folder out of a backup.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Makes a data folder of a backup, or only checks one.",
        discussion: """
            Every file is compared with the signed list, the ledger's chains and the archives are verified, and only then the folder takes \
            its place: all of it, or nothing. The next start reads the logs anew and fills the event store.

            Exit code 0: done. 2: something in the backup is damaged, and nothing was restored. 1: could not be done.
            """)

    @Argument(help: ArgumentHelp("The backup.", valueName: "folder")) var backup: String
    @Option(
        help: ArgumentHelp(
            "The folder of keys, where they are not in the backup.", valueName: "folder"))
    var keys: String?
    @Flag(help: "Checks the backup and restores nothing.") var check = false
    @Option(help: ArgumentHelp("A folder that is not there, or empty. [var]", valueName: "folder"))
    var data: String?
    @Flag(help: "Answers in JSON.") var json = false

    func run() async throws {
        try await Keep.run {
            let progress = WorkProgress(check ? "checking" : "restoring")
            let path = data ?? "var"
            let proof =
                check
                ? try DataBackup.verify(backup, keys: keys) { name in progress.show(name) }
                : try DataBackup.restore(backup, into: DataFolder(path: path), keys: keys) {
                    name in progress.show(name)
                }
            progress.clear()
            for archive in proof.archives where !archive.isSound { Machine.tell(archive.text) }
            let records = proof.archives.reduce(0) { $0 + $1.recordCount }
            let answer = CanonicalJSON.object([
                "sound": .flag(proof.isSound), "made": .text(proof.time.text),
                "files": .integer(Int64(proof.files)), "records": .integer(Int64(records)),
                "tenants": .integer(Int64(proof.archives.count)),
                "unopened": .integer(
                    Int64(proof.archives.reduce(0) { $0 + $1.unopenedCount })),
            ])
            let what = check ? "\(backup) holds" : "\(backup) is restored to \(path)"
            let text =
                "\(proof.isSound ? what : "\(backup) is DAMAGED"): made \(proof.time.text), "
                + "\(proof.files) files, \(proof.archives.count) archives, \(records) records\n"
            Machine.say(json ? answer.string + "\n" : text)
            guard proof.isSound else { throw ExitCode(2) }
        }
    }
}
