/// Turns records of the kernel into lines, with what is known of the processes behind them.
///
/// It decides nothing and reads no clock: times come with the records. Files are read for what a record cannot hold: the
/// hash of a program, and processes that were there before.
///
/// - Budget: at most 30 µs of processor time a record, measured by the proof `sensor`.
package struct EventLines: Sendable {
    package var writer = LineWriter()
    package var table = ProcessTable()
    package var clock: LineClock
    package var accounts: Accounts
    var facts: ExecutableFacts
    var names = AddressNames()
    private let host: [UInt8]
    private let bootID: [UInt8]
    private let spaces: Spaces
    private let tellsForks: Bool
    private let readsFiles: Bool
    private let packageFolder: String?
    /// Read at the first program that is started, which takes a moment.
    private var owners: PackageOwners?
    package private(set) var sequence: UInt64 = 0
    /// Records that were none, and packets that could not be read.
    package private(set) var malformed: UInt64 = 0
    package private(set) var unreadPackets: UInt64 = 0

    /// Namespaces that are nothing special: the agent's own.
    package struct Spaces: Sendable {
        package var mount: UInt32 = 0
        package var pid: UInt32 = 0
        package var net: UInt32 = 0
        package var user: UInt32 = 0
        package init() {}
    }

    /// - Parameters:
    ///   - readsFiles: false in tests, where the records' processes and files are not of this machine.
    package init(
        host: [UInt8], bootID: [UInt8], clock: LineClock, spaces: Spaces = Spaces(),
        accounts: Accounts = Accounts(), tellsForks: Bool = false, readsFiles: Bool = true,
        hashCountMax: Int64 = ExecutableFacts.fileCountMaxUsual, packageFolder: String? = nil
    ) {
        self.host = host
        self.bootID = bootID
        self.clock = clock
        self.spaces = spaces
        self.accounts = accounts
        self.tellsForks = tellsForks
        self.readsFiles = readsFiles
        facts = ExecutableFacts(fileCountMax: hashCountMax)
        self.packageFolder = packageFolder
    }

    package mutating func reset() { writer.reset() }

    /// Appends the lines of one record: mostly one, for what is not worth a line none.
    package mutating func take(_ bytes: Span<UInt8>) {
        let record: KernelRecord
        do {
            record = try KernelRecord(bytes)
        } catch {
            malformed += 1
            return
        }
        switch record.kind {
        case .exec: start(record, bytes)
        case .fork: fork(record)
        case .exit: exit(record, bytes)
        case .open, .file, .path, .paths: file(record, bytes)
        case .connect, .accept, .listen: network(record, bytes)
        case .dns: lookup(record, bytes)
        case .tls: hello(record, bytes)
        case .call: call(record, bytes)
        case .mount: mount(record, bytes)
        }
    }

    // MARK: what every line has

    mutating func begin(_ event: StaticString, _ time: UInt64) {
        sequence += 1
        writer.begin()
        writer.word("kagari_event", event)
        writer.number("version", 1 as UInt64)
        clock.write(time, to: &writer)
        writer.text("host", host)
        writer.number("sequence", sequence)
    }

    mutating func end(_ record: KernelRecord) {
        if record.flags.contains(.cut) { writer.truth("cut", true) }
        if record.flags.contains(.deep) { writer.truth("path_cut", true) }
        writer.endLine()
    }

    /// `boot id-number-start`
    mutating func identity(_ name: StaticString, _ key: ProcessKey) {
        writer.key(name)
        writer.raw(UInt8(ascii: "\""))
        writer.raw(bootID)
        writer.raw(UInt8(ascii: "-"))
        writer.digits(UInt64(key.pid))
        writer.raw(UInt8(ascii: "-"))
        writer.digits(key.ticks)
        writer.raw(UInt8(ascii: "\""))
        writer.endValue()
    }

    /// The process from the table, else from /proc, else only what the record itself says.
    mutating func entry(_ key: ProcessKey, parent: ProcessKey, uid: UInt32) -> ProcessEntry {
        if let known = table[key] { return known }
        if readsFiles, key.pid != 0, var found = ProcFiles.entry(key.pid),
            found.key.ticks == key.ticks
        {
            if parent.pid != 0 { found.parent = parent }
            table.set(found)
            return found
        }
        var entry = ProcessEntry(key: key, parent: parent)
        entry.uid = uid
        return entry
    }

    mutating func user(_ name: StaticString, _ uid: UInt32) {
        if let known = accounts[uid] { writer.text(name, known) }
    }

    /// Who did it, and whose child that is.
    mutating func context(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let key = ProcessKey(pid: record.pid, start: record.start)
        let parent = ProcessKey(pid: record.parentPID, start: record.parentStart)
        let entry = entry(key, parent: parent, uid: record.uid)
        writer.object("process")
        identity("id", key)
        writer.number("pid", record.pid)
        writer.text("name", bytes.extracting(bytes.text(96..<112)))
        describe(entry)
        user("user", record.uid)
        writer.number("uid", record.uid)
        if record.euid != record.uid {
            writer.number("euid", record.euid)
            user("effective_user", record.euid)
        }
        writer.end()
        self.parent(entry.parent)
    }

    private mutating func describe(_ entry: ProcessEntry) {
        if !entry.executable.isEmpty { writer.text("executable", entry.executable) }
        if !entry.commandLine.isEmpty { writer.text("command_line", entry.commandLine) }
    }

    mutating func parent(_ key: ProcessKey) {
        let entry = entry(key, parent: ProcessKey(pid: 0, ticks: 0), uid: 0)
        writer.object("parent")
        identity("id", key)
        writer.number("pid", key.pid)
        describe(entry)
        if table[key] != nil {
            user("user", entry.uid)
            writer.number("uid", entry.uid)
        }
        writer.end()
    }

    /// Of a packet only the number of the socket's owner is known.
    mutating func owner(_ pid: UInt32) {
        guard pid != 0 else { return }
        var known = table.current(pid)
        if known == nil, readsFiles, let found = ProcFiles.entry(pid) {
            table.set(found)
            known = found
        }
        writer.object("process")
        if let known {
            identity("id", known.key)
            writer.number("pid", pid)
            describe(known)
            user("user", known.uid)
            writer.number("uid", known.uid)
        } else {
            writer.number("pid", pid)
        }
        writer.end()
        if let known { parent(known.parent) }
    }

    mutating func path(
        _ name: StaticString, _ range: Range<Int>, _ bytes: Span<UInt8>
    ) {
        var path: [UInt8] = []
        WalkedPath.append(range, of: bytes, to: &path)
        writer.text(name, path)
    }

    mutating func packageOwner(of path: [UInt8]) -> [UInt8]?? {
        guard let packageFolder else { return nil }
        if owners == nil { owners = PackageOwners(folder: packageFolder) }
        guard let owners, owners.isThere else { return nil }
        return .some(owners.owner(of: path))
    }

    mutating func sha256(
        _ identity: SystemFile.Identity, pid: UInt32, path: [UInt8]
    ) -> [UInt8]? {
        readsFiles ? facts.sha256(identity, pid: pid, path: path) : nil
    }

    mutating func countUnreadPacket() { unreadPackets += 1 }

    var ownSpaces: Spaces { spaces }
    var forksAreTold: Bool { tellsForks }

}
