import ArgumentParser
import Engine
import Store
import Tenancy
import Watch

/// `kagari archive`: what was received, as it lies on the disk.
struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Lists, checks and packs what was received.",
        subcommands: [ArchiveList.self, ArchiveVerify.self, ArchiveCompact.self])
}

struct ArchiveList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the segments of archives.",
        discussion: "Reads headers only, needs no key, and may run beside the service.")

    @OptionGroup var options: DataOptions
    @Option(help: "One tenant; all without it.") var tenant: String?

    func run() async throws {
        try await Keep.run {
            let data = try options.folder()
            for tenant in try data.tenants(named: tenant) {
                let listing = try ArchiveListing(folder: data.archive(tenant), tenant: tenant)
                options.answer(listing.json, listing.text)
            }
        }
    }
}

extension ArchiveListing {
    fileprivate var text: String {
        var text =
            "\(tenant): \(segments.count) segments, \(bytesText(byteCount)), records up to "
            + "\(lastSequence), \(removals.count) segments let go\n"
        for segment in segments {
            let range = segment.sequences.map { "\($0.lowerBound) to \($0.upperBound)" }
            let marks = [
                segment.isSealed ? "sealed" : "plain", segment.isCompacted ? "compacted" : nil,
            ].compactMap { $0 }.joined(separator: ", ")
            text +=
                "  \(segment.file)  \(range ?? "no records")  \(bytesText(segment.byteCount))  "
                + "\(segment.latestReceived.map { "until \($0.text)" } ?? "-")  \(marks)\n"
        }
        return text
    }

    fileprivate var json: CanonicalJSON {
        .object([
            "tenant": .text(tenant.text), "bytes": .integer(Int64(byteCount)),
            "last": .integer(Int64(lastSequence)), "let_go": .integer(Int64(removals.count)),
            "segments": .list(
                segments.map { segment in
                    .object([
                        "file": .text(segment.file),
                        "first": segment.sequences.map { .integer(Int64($0.lowerBound)) } ?? .null,
                        "last": segment.sequences.map { .integer(Int64($0.upperBound)) } ?? .null,
                        "bytes": .integer(Int64(segment.byteCount)),
                        "latest": segment.latestReceived.map { .text($0.text) } ?? .null,
                        "sealed": .flag(segment.isSealed),
                        "compacted": .flag(segment.isCompacted),
                    ])
                }),
        ])
    }
}

struct ArchiveVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks every byte of archives.",
        discussion: """
            Checksums, order, the chain of hashes, and with the tenant's key every seal and record. The chain must pass through each end that \
            the ledger was told (`anchors`): an archive that was written anew does not. May run beside the service. \
            A torn end of the last segment is no fault: nobody was told that it is kept, and the next start cuts it off.

            Exit code 0: all sound. 2: damage was found; the first place is named first. 1: could not be checked.
            """)

    @OptionGroup var options: DataOptions
    @Option(help: "One tenant; all without it.") var tenant: String?

    func run() async throws {
        try await Keep.run {
            let data = try options.folder()
            var isSound = true
            for tenant in try data.tenants(named: tenant) {
                let archive = try data.archiveFolder(of: tenant)
                let progress = WorkProgress("checking \(tenant)")
                let report = try archive.verify(heads: heads(of: tenant, data)) {
                    segments, records in
                    progress.show("\(segments) segments, \(records) records")
                }
                progress.clear()
                isSound = isSound && report.isSound
                options.answer(report.json, report.text)
            }
            guard isSound else { throw ExitCode(2) }
        }
    }

    private func heads(of tenant: TenantID, _ data: DataFolder) throws -> [ChainHead] {
        guard StateFiles.exists(data.ledger + "/ledger.sqlite") else { return [] }
        return try data.ledgerCopy().archiveHeads(
            of: tenant, in: FirstStart.scope(Permission(.read, .ledger), in: tenant))
    }
}

extension ArchiveReport {
    var json: CanonicalJSON {
        .object([
            "tenant": .text(tenant.text), "sound": .flag(isSound),
            "segments": .integer(Int64(segmentCount)), "records": .integer(Int64(recordCount)),
            "bytes": .integer(Int64(byteCount)), "head": .integer(Int64(head.sequence)),
            "chain": .text("\(head.hash)"), "unopened": .integer(Int64(unopenedCount)),
            "let_go": .integer(Int64(removals.count)),
            "anchors": .integer(Int64(headsFound)),
            "anchors_let_go": .integer(Int64(headsGone)),
            "problems": .list(problems.map { .text(Self.text(of: $0)) }),
            "problem_count": .integer(Int64(problemCount)),
        ])
    }
}

struct ArchiveCompact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Packs closed segments tighter.",
        discussion: """
            Writes closed segments anew in larger frames, the same records under the same numbers; takes the old one's place only when every \
            record was read back and compared. The service does this by itself; by hand it may run beside it.

            Exit code 0: done. 2: a segment is damaged and stays as it is.
            """)

    @OptionGroup var options: DataOptions
    @Option(help: "One tenant; all without it.") var tenant: String?
    @Option(help: ArgumentHelp("At most so many segments of each.", valueName: "count"))
    var segments = 1_000_000

    func validate() throws {
        guard segments > 0 else { throw ValidationError("--segments is at least 1") }
    }

    func run() async throws {
        try await Keep.run {
            let data = try options.folder()
            var isWhole = true
            for tenant in try data.tenants(named: tenant) {
                let archive = try data.archiveFolder(of: tenant)
                guard archive.isKeyed else {
                    throw UserError(
                        "tenant \(tenant) has no key in \(data.keys); its segments cannot be read")
                }
                let progress = WorkProgress("packing \(tenant)")
                var outcomes: [CompactionOutcome] = []
                var passed: Set<String> = []
                while outcomes.count < segments,
                    let outcome = try archive.compact(
                        segmentsMax: 1, passing: passed, now: Machine.now,
                        chance: SystemRandomNumberGenerator()
                    ).first
                {
                    outcomes.append(outcome)
                    passed.insert(outcome.segment)
                    progress.show("\(outcomes.count) segments")
                }
                progress.clear()
                isWhole = tell(outcomes, of: tenant) && isWhole
            }
            guard isWhole else { throw ExitCode(2) }
        }
    }

    private func tell(_ outcomes: [CompactionOutcome], of tenant: TenantID) -> Bool {
        var written = 0
        var saved: UInt64 = 0
        var damaged: [String] = []
        for outcome in outcomes {
            switch outcome.result {
            case .written(let before, let after):
                written += 1
                saved += before - after
            case .damaged(let damage): damaged.append("\(outcome.segment): \(damage.rawValue)")
            case .noGain: break
            }
        }
        let json = CanonicalJSON.object([
            "tenant": .text(tenant.text), "compacted": .integer(Int64(written)),
            "saved_bytes": .integer(Int64(saved)),
            "damaged": .list(damaged.map { .text($0) }),
        ])
        options.answer(
            json,
            "\(tenant): \(written) segments packed, \(bytesText(saved)) saved\n"
                + damaged.map { "  damaged, left as it is: \($0)\n" }.joined())
        return damaged.isEmpty
    }
}
