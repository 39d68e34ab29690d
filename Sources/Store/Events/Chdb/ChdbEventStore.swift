package import Engine
package import Tenancy

/// Events in chDB (ClickHouse as a library), in a process of its own that may end without taking the service along.
///
/// Events are held back until a batch is whole (``batchEventsMax``), a second has passed, or somebody asks; what the
/// engine has not acknowledged when it ends is given to the next one. An event that is there already is not sent again.
package actor ChdbEventStore: EventStore {
    package struct Launch: Sendable {
        /// The program that serves the engine, and the arguments that make it do so; `--library`, `--folder`,
        /// `--links` and `--memory-bytes` are added.
        package var program: String
        package var arguments: [String]
        /// Path of `_chdb.abi3.so`.
        package var library: String
        /// What one statement may take.
        package var memoryBytes: Int

        package init(
            program: String, arguments: [String] = ["store-engine"], library: String,
            memoryBytes: Int = 400 << 20
        ) {
            self.program = program
            self.arguments = arguments
            self.library = library
            self.memoryBytes = memoryBytes
        }
    }

    /// Events of one insert.
    package static let batchEventsMax = 10_000
    /// Bytes of names and values of one insert, one event more not counted.
    static let batchBytesMax = 64 << 20
    static let heldBackMax = Duration.seconds(1)
    private static let links = 3

    package nonisolated let name: String
    let limits: EventLimits
    private let process: EngineProcess
    private let writer: EngineLink
    private let readers: [EngineLink]
    private var nextReader = 0
    private var lock: StoreLock?
    /// Neither acknowledged nor on the way.
    private var held: [StoredEvent] = []
    private var heldBytes = 0
    private var isWriting = false
    /// An insert was neither acknowledged nor looked up since.
    private var isUnsure = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var timer: Task<Void, Never>?
    /// By tenant the highest sequence in the table: what is above it cannot be there already.
    private var highest: [TenantID: UInt64] = [:]
    /// By tenant the highest sequence that was ever written, what was erased since included.
    private var written: [TenantID: UInt64] = [:]

    /// Starts the engine and tries it: opens, creates, inserts, searches.
    ///
    /// - Throws: ``StoreFailure``, which says why chDB cannot be used here.
    package init(
        folder: String, launch: Launch, limits: EventLimits = EventLimits()
    ) async throws(StoreFailure) {
        try StoreFailure.makeFolder(folder)
        let lock = try StoreLock(folder: folder)
        let process = EngineProcess(
            program: launch.program,
            arguments: launch.arguments + [
                "--library", launch.library, "--folder", folder + "/chdb",
                "--links", "\(Self.links)", "--memory-bytes", "\(launch.memoryBytes)",
            ], links: Self.links)
        var links: [EngineLink] = []
        for index in 0..<Self.links { links.append(try EngineLink(process, index: index)) }
        writer = links[0]
        readers = Array(links[1...])
        self.lock = lock
        self.limits = limits
        self.process = process
        do throws(StoreFailure) {
            name = try await Self.prepare(links[0], launch)
            try await readProgress()
        } catch {
            for link in links { link.close() }
            process.end()
            throw error
        }
    }

    /// The engine's process, while there is one.
    package nonisolated var enginePID: Int32? {
        let pid = process.pid
        return pid == 0 ? nil : pid
    }

    // MARK: writing

    package func write(_ events: [StoredEvent]) async throws(StoreFailure) {
        guard lock != nil else { throw StoreFailure(.refused, "the event store is closed") }
        for event in events { try event.check() }
        for event in events {
            held.append(event)
            heldBytes += event.bytes
            if held.count >= Self.batchEventsMax || heldBytes >= Self.batchBytesMax {
                try await flush()
            }
        }
        guard !held.isEmpty, timer == nil else { return }
        timer = Task { [weak self] in
            try? await Task.sleep(for: Self.heldBackMax)
            // What fails stays held back, and fails again where somebody waits for it.
            try? await self?.flushInTime()
        }
    }

    private func flushInTime() async throws(StoreFailure) {
        timer = nil
        try await flush()
    }

    /// Writes all that is held back. One at a time; those behind wait.
    private func flush() async throws(StoreFailure) {
        while isWriting { await withCheckedContinuation { waiters.append($0) } }
        guard !held.isEmpty else { return }
        isWriting = true
        let batch = held
        held = []
        heldBytes = 0
        defer {
            isWriting = false
            for waiter in waiters { waiter.resume() }
            waiters = []
        }
        do throws(StoreFailure) {
            try await insert(batch)
            for event in batch {
                highest[event.tenant] = max(highest[event.tenant] ?? 0, event.sequence)
                written[event.tenant] = max(written[event.tenant] ?? 0, event.sequence)
            }
        } catch {
            held = batch + held
            heldBytes = held.reduce(0) { $0 + $1.bytes }
            throw error
        }
    }

    /// An insert that was lost on the way may be there all the same, whole or in part; so it is looked up before the next.
    private func insert(_ batch: [StoredEvent]) async throws(StoreFailure) {
        for _ in 0..<EngineLink.attemptsMax {
            let new = try await withoutDoubles(batch)
            guard !new.isEmpty else {
                isUnsure = false
                return
            }
            isUnsure = true
            let bytes = EventColumns.bytes(of: new)
            if try await writer.askOnce(.insert, bytes, seconds: 300) != nil {
                isUnsure = false
                return
            }
        }
        throw EngineLink.lost
    }

    /// What of a batch is neither in the table nor twice in the batch. Asks only where sequences go back.
    private func withoutDoubles(_ batch: [StoredEvent]) async throws(StoreFailure) -> [StoredEvent]
    {
        var known: [TenantID: Set<UInt64>] = [:]
        var old: [TenantID: [UInt64]] = [:]
        for event in batch where isUnsure || event.sequence <= highest[event.tenant] ?? 0 {
            old[event.tenant, default: []].append(event.sequence)
        }
        for (tenant, sequences) in old {
            let list = sequences.map { "\($0)" }.joined(separator: ",")
            let rows = try await ask(
                """
                SELECT sequence FROM events WHERE tenant = \(ChdbSQL.quoted(tenant.text)) \
                AND sequence IN (\(list))
                """, on: writer)
            for row in rows { known[tenant, default: []].insert(try row[0].unsigned()) }
        }
        return batch.filter { known[$0.tenant, default: []].insert($0.sequence).inserted }
    }

    package func writtenUpTo(_ tenant: TenantID) async throws(StoreFailure) -> UInt64 {
        guard lock != nil else { throw StoreFailure(.refused, "the event store is closed") }
        try await flush()
        return written[tenant] ?? 0
    }

    // MARK: letting go

    package func erase(_ tenant: TenantID, before time: Timestamp) async throws(StoreFailure) {
        try await erase(tenant, where: "time < \(ChdbSQL.number(time.nanoseconds))")
    }

    package func erase(
        _ tenant: TenantID, through sequence: UInt64
    ) async throws(StoreFailure) {
        try await erase(tenant, where: "sequence <= \(sequence)")
    }

    private func erase(
        _ tenant: TenantID, where condition: String
    ) async throws(StoreFailure) {
        try await flush()
        guard let upTo = written[tenant] else { return }
        let id = ChdbSQL.quoted(tenant.text)
        let chosen = "tenant = \(id) AND \(condition)"
        // Erasing rewrites whole parts, also where nothing is to be erased.
        let found = try await ask(
            "SELECT toUInt64(count()) FROM events WHERE \(chosen)", on: writer)
        guard try found.first?.first?.unsigned() != 0 else { return }
        _ = try await ask("INSERT INTO progress VALUES (\(id), \(upTo))", on: writer)
        _ = try await ask("ALTER TABLE events DELETE WHERE \(chosen)", on: writer)
        try await readProgress()
    }

    package func erase(_ tenant: TenantID) async throws(StoreFailure) {
        try await flush()
        let id = ChdbSQL.quoted(tenant.text)
        for table in ["events", "progress"] {
            _ = try await ask("ALTER TABLE \(table) DELETE WHERE tenant = \(id)", on: writer)
        }
        try await readProgress()
    }

    package func close() async throws(StoreFailure) {
        timer?.cancel()
        timer = nil
        guard lock != nil else { return }
        var failure: StoreFailure?
        do throws(StoreFailure) { try await flush() } catch { failure = error }
        for link in [writer] + readers { link.close() }
        let process = process
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            let started = EngineThread.start {
                process.waitForEnd()
                done.resume()
            }
            if started == nil {
                process.end()
                done.resume()
            }
        }
        lock = nil
        if let failure { throw failure }
    }

    // MARK: the engine

    /// Rows of a statement that may be run twice.
    func ask(
        _ sql: String, on link: EngineLink
    ) async throws(StoreFailure) -> [[ChdbAnswer.Cell]] {
        try await Self.rows(
            of: sql, on: link, seconds: Int(limits.queryTime.components.seconds) + 300)
    }

    private static func rows(
        of sql: String, on link: EngineLink, seconds: Int
    ) async throws(StoreFailure) -> [[ChdbAnswer.Cell]] {
        let bytes = try await link.ask(.run, Array(sql.utf8), seconds: seconds)
        do throws(Bytes.Malformed) {
            return try ChdbAnswer.rows(bytes.span)
        } catch {
            throw StoreFailure(.refused, "the store engine answered in an unexpected form")
        }
    }

    /// Rows for a question, of what is written so far; within the time a question may take.
    func question(_ sql: String) async throws(StoreFailure) -> [[ChdbAnswer.Cell]] {
        try await flush()
        nextReader = (nextReader + 1) % readers.count
        let deadline = ContinuousClock.now + limits.queryTime
        let rows = try await ask(sql + " " + ChdbSQL.limits(limits), on: readers[nextReader])
        guard ContinuousClock.now <= deadline else { throw .tookTooLong }
        return rows
    }

    private func readProgress() async throws(StoreFailure) {
        highest = [:]
        written = [:]
        let rows = try await ask(
            """
            SELECT toUInt64(0), toString(tenant), max(sequence) \
            FROM events GROUP BY tenant \
            UNION ALL SELECT toUInt64(1), tenant, max(sequence) FROM progress GROUP BY tenant
            """, on: writer)
        for row in rows {
            guard let tenant = TenantID(try row[1].string()) else { continue }
            let sequence = try row[2].unsigned()
            if try row[0].unsigned() == 0 { highest[tenant] = sequence }
            written[tenant] = max(written[tenant] ?? 0, sequence)
        }
    }

    /// Makes the tables, and tries what the store rests on.
    private static func prepare(
        _ link: EngineLink, _ launch: Launch
    ) async throws(StoreFailure) -> String {
        func text(_ sql: String) async throws(StoreFailure) -> String {
            try await rows(of: sql, on: link, seconds: 120).first?.first?.string() ?? ""
        }
        for table in ChdbSQL.tables { _ = try await text(table) }
        let comment = try await text(
            "SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'events'"
        )
        guard comment == "kagari events \(ChdbSQL.version)" else {
            throw StoreFailure(
                .refused,
                "the event store was made by another version of Kagari; remove its"
                    + " folder and rebuild it")
        }
        _ = try await text("CREATE TEMPORARY TABLE trial (values String)")
        _ = try await text("INSERT INTO trial VALUES ('watch fire')")
        let found = try await text(
            "SELECT toString(count()) FROM trial WHERE values LIKE '%ch fi%'")
        let memory = try await text("SELECT toString(getSetting('max_memory_usage'))")
        _ = try await text("DROP TABLE trial")
        guard found == "1", memory == "\(launch.memoryBytes)" else {
            throw StoreFailure(.refused, "chDB failed its trial", cause: "\(found), \(memory)")
        }
        let version = try await text("SELECT version()")
        return "chdb " + version.split(separator: ".").prefix(2).joined(separator: ".")
    }
}

extension ChdbAnswer.Cell {
    private static var unexpected: StoreFailure {
        StoreFailure(.refused, "the store engine answered in an unexpected form")
    }

    func unsigned() throws(StoreFailure) -> UInt64 {
        guard case .unsigned(let number) = self else { throw Self.unexpected }
        return number
    }

    func signed() throws(StoreFailure) -> Int64 {
        guard case .signed(let number) = self else { throw Self.unexpected }
        return number
    }

    func bytes() throws(StoreFailure) -> [UInt8] {
        guard case .text(let bytes) = self else { throw Self.unexpected }
        return bytes
    }

    func string() throws(StoreFailure) -> String { String(decoding: try bytes(), as: UTF8.self) }

    /// Nil for null.
    func optional() throws(StoreFailure) -> String? { self == .null ? nil : try string() }
}
