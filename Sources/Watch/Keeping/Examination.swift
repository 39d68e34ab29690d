package import Engine
package import Store
package import Tenancy

/// What `kagari doctor` finds: one line a check, with a cure where something is wrong.
package struct Examination: Sendable {
    package enum State: String, Hashable, Comparable, Sendable, CaseIterable {
        case ok, warn, fail

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
        private var rank: Int {
            switch self {
            case .ok: 0
            case .warn: 1
            case .fail: 2
            }
        }
    }

    package struct Finding: Hashable, Sendable {
        /// One of: config, data, lock, disk, clock, keys, ledger, archive, store, rules, sources, port, certificate.
        package let check: String
        package let state: State
        package let text: String
        /// Nil where nothing is wrong.
        package let cure: String?

        package var json: CanonicalJSON {
            .object([
                "check": .text(check), "state": .text(state.rawValue), "text": .text(text),
                "cure": cure.map { .text($0) } ?? .null,
            ])
        }
    }

    package private(set) var findings: [Finding] = []

    package init() {}

    /// The worst of all.
    package var state: State { findings.map(\.state).max() ?? .ok }

    package mutating func ok(_ check: String, _ text: String) {
        findings.append(Finding(check: check, state: .ok, text: text, cure: nil))
    }

    package mutating func warn(_ check: String, _ text: String, cure: String) {
        findings.append(Finding(check: check, state: .warn, text: text, cure: cure))
    }

    package mutating func fail(_ check: String, _ text: String, cure: String) {
        findings.append(Finding(check: check, state: .fail, text: text, cure: cure))
    }

    /// A failure says its own cure.
    package mutating func fail(_ check: String, _ failure: StoreFailure) {
        findings.append(
            Finding(check: check, state: .fail, text: failure.description, cure: failure.message))
    }
}

extension Examination {
    /// Below the first it warns, below the second it fails.
    package static let freeBytesWarn: UInt64 = 10 << 30
    package static let freeBytesFail: UInt64 = 1 << 30
    /// Of a record's receipt before the machine's time.
    package static let clockAheadNanoseconds: Int64 = 60_000_000_000
    /// The first moment of 2026: no machine that runs this is earlier.
    static let earliest = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
    package static let freshHours: Int64 = 24
    /// Records at the end of an archive that are looked through for sources.
    static let tailRecordsMax: UInt64 = 20_000

    /// - Parameter free: bytes that may still be written; nil where the system does not say.
    package mutating func disk(free: UInt64?, of total: UInt64, path: String) {
        guard let free else {
            return warn("disk", "the space of \(path) is not known", cure: "look at it with df")
        }
        let text = "\(free >> 20) MiB of \(total >> 20) MiB are free for \(path)"
        let cure = "free space, or set retention-days or retention-size"
        if free < Self.freeBytesFail {
            fail("disk", text, cure: cure)
        } else if free < Self.freeBytesWarn {
            warn("disk", text, cure: cure)
        } else {
            ok("disk", text)
        }
    }

    /// - Parameters:
    ///   - isSynchronised: nil where the system does not say.
    ///   - newest: receipt of the newest record that is kept; nil where there is none.
    package mutating func clock(now: Timestamp, isSynchronised: Bool?, newest: Timestamp?) {
        let cure = "set the clock and let it be kept, e.g. with chrony"
        guard now >= Self.earliest else {
            return fail("clock", "the machine says it is \(now.text)", cure: cure)
        }
        if let newest, newest.nanoseconds - now.nanoseconds > Self.clockAheadNanoseconds {
            return fail(
                "clock", "a record was received at \(newest.text), and it is \(now.text)",
                cure: cure)
        }
        guard isSynchronised != false else {
            return warn(
                "clock", "\(now.text); the machine's clock was not set by its time service yet",
                cure: cure)
        }
        ok("clock", now.text)
    }

    /// Each tenant's archive by its headers, and that its key is there; every byte is for `kagari archive verify`.
    ///
    /// - Returns: receipt of the newest record that is kept.
    package mutating func archives(
        of tenants: [TenantRecord], in data: DataFolder
    ) -> Timestamp? {
        var newest: Timestamp?
        for record in tenants where record.state != .deleted {
            let tenant = record.tenantID
            guard StateFiles.exists(data.archive(tenant)) else {
                ok("archive", "\(tenant): nothing was received yet")
                continue
            }
            do throws(StoreFailure) {
                let listing = try ArchiveListing(folder: data.archive(tenant), tenant: tenant)
                newest =
                    listing.segments.compactMap(\.latestReceived).max()
                    .map { max($0, newest ?? $0) } ?? newest
                judge(listing, data)
            } catch { fail("archive", error) }
        }
        return newest
    }

    private mutating func judge(_ listing: ArchiveListing, _ data: DataFolder) {
        let tenant = listing.tenant
        if let bad = listing.segments.first(where: { $0.sequences == nil && $0.created == nil }) {
            return fail(
                "archive", "\(tenant): the header of \(bad.file) is damaged",
                cure: "run `kagari archive verify --tenant \(tenant)`, then restore the file")
        }
        var expected = listing.removals.last.map { $0.lastSequence + 1 } ?? 1
        for segment in listing.segments {
            guard let sequences = segment.sequences else { continue }
            guard sequences.lowerBound == expected else {
                return fail(
                    "archive",
                    "\(tenant): records \(expected) to \(sequences.lowerBound - 1) are missing",
                    cure: "restore the segments before \(segment.file) from a backup")
            }
            expected = sequences.upperBound + 1
        }
        ok(
            "archive",
            "\(tenant): \(listing.segments.count) segments, \(listing.byteCount >> 20) MiB, records "
                + "up to \(listing.lastSequence)")
    }

    /// That each tenant's key is there and may be read by its owner alone.
    package mutating func keys(of tenants: [TenantRecord], in data: DataFolder) {
        do throws(StoreFailure) {
            let folder = try KeyFolder(data.keys)
            var count = 0
            for record in tenants where record.state != .deleted {
                let tenant = record.tenantID
                guard StateFiles.exists(data.archive(tenant)) else { continue }
                _ = try folder.load(for: tenant)
                count += 1
            }
            ok("keys", "\(count) keys of tenants, for their owner alone")
        } catch { fail("keys", error) }
    }

    /// Every chain of the ledger and the tables made from them.
    ///
    /// - Parameter authorize: makes the scope for `read ledger` in a tenant.
    package mutating func ledger(
        _ copy: LedgerCopy, _ authorize: (TenantID) throws(StoreFailure) -> TenantScope
    ) {
        do throws(StoreFailure) {
            let cure = "keep the file as evidence, then `kagari restore` the last backup"
            let chains = try copy.chains()
            var entries: UInt64 = 0
            for tenant in chains {
                let report = try copy.verify(tenant, in: authorize(tenant))
                entries += report.entries
                if !report.holds { return fail("ledger", "\(report)", cure: cure) }
            }
            let faults = try copy.projectionFaults(in: authorize(Ledger.provider))
            guard faults.isEmpty else {
                return fail(
                    "ledger", "tables were changed past the entries: \(faults)", cure: cure)
            }
            ok("ledger", "\(chains.count) chains, \(entries) entries, all hold")
        } catch { fail("ledger", error) }
    }

    /// Whether sources that a tenant knows are still heard: of the last records each source's newest.
    package mutating func sources(
        of tenant: TenantID, _ archive: ArchiveFolder, last: UInt64, now: Timestamp
    ) {
        do throws(StoreFailure) {
            let first = last > Self.tailRecordsMax ? last - Self.tailRecordsMax : 1
            let reader = try archive.reader(from: first)
            var heard: [LogSourceID: Timestamp] = [:]
            while true {
                let batch = try reader.next()
                guard !batch.isEmpty else { break }
                for record in batch.records {
                    guard case .record = record.content else { continue }
                    heard[record.source] = max(
                        record.received, heard[record.source] ?? record.received)
                }
            }
            judge(heard, of: tenant, now)
        } catch { fail("sources", error) }
    }

    private mutating func judge(
        _ heard: [LogSourceID: Timestamp], of tenant: TenantID, _ now: Timestamp
    ) {
        guard !heard.isEmpty else {
            return warn(
                "sources", "\(tenant): no records yet",
                cure: "send some; the token is told by the API and at the first start")
        }
        let hour: Int64 = 3_600_000_000_000
        for (source, time) in heard.sorted(by: { $0.key < $1.key }) {
            let hours = (now.nanoseconds - time.nanoseconds) / hour
            if hours >= Self.freshHours {
                warn(
                    "sources", "\(tenant)/\(source): last heard \(hours) hours ago",
                    cure: "look at the sender and at its network; if it is gone, disable the source"
                )
            } else {
                ok("sources", "\(tenant)/\(source): last heard \(time.text)")
            }
        }
    }
}
