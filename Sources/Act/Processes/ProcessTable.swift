internal import Glibc

/// What `/proc` says of processes now.
struct ProcessTable {
    struct Row {
        var identity: ProcessIdentity
        var parent: Int32
        var name: String
        /// The letter of `/proc/PID/stat`: R, S, D, T, t, Z, X, I.
        var letter: UInt8
        /// The user id its `/proc` folder has: its effective one.
        var user: UInt32

        var isStopped: Bool { letter == UInt8(ascii: "T") || letter == UInt8(ascii: "t") }
        var isGone: Bool { letter == UInt8(ascii: "Z") || letter == UInt8(ascii: "X") }
    }

    static let processesMax = 1 << 17

    /// Differs after each boot.
    static func boot() throws(ActFailure) -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        guard let bytes = try JournalFolder.read(path, bytesMax: 64) else {
            throw ActFailure(.missing, "there is no \(path); mount /proc")
        }
        return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    }

    /// Nil where there is no such process any more.
    static func row(_ pid: Int32) -> Row? {
        let folder = "/proc/\(pid)"
        var status = stat()
        guard unsafe stat(folder, &status) == 0,
            let file = Descriptor(unsafe open(folder + "/stat", O_RDONLY | O_CLOEXEC)),
            let bytes = try? file.readAll(bytesMax: 4096)
        else { return nil }
        // The name stands in brackets and may hold brackets and spaces itself.
        guard let opening = bytes.firstIndex(of: UInt8(ascii: "(")),
            let closing = bytes.lastIndex(of: UInt8(ascii: ")")), opening < closing
        else { return nil }
        let rest = bytes[(closing + 1)...].split(separator: 0x20).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard rest.count > 19, let letter = rest[0].utf8.first, let parent = Int32(rest[1]),
            let start = Int64(rest[19])
        else { return nil }
        return Row(
            identity: ProcessIdentity(pid: pid, start: start), parent: parent,
            name: String(decoding: bytes[(opening + 1)..<closing], as: UTF8.self), letter: letter,
            user: status.st_uid)
    }

    /// All processes but those that end meanwhile.
    static func all() throws(ActFailure) -> [Row] {
        var rows: [Row] = []
        for name in JournalFolder.names(in: "/proc") {
            guard let pid = Int32(name), let row = row(pid) else { continue }
            guard rows.count < processesMax else {
                throw ActFailure(.limit, "there are more than \(processesMax) processes")
            }
            rows.append(row)
        }
        return rows
    }

    /// The rows of those started, directly or not, by one of `roots`; the roots are not among them.
    static func descendants(of roots: Set<Int32>, in rows: [Row]) -> [Row] {
        var children: [Int32: [Row]] = [:]
        for row in rows { children[row.parent, default: []].append(row) }
        var found: [Row] = []
        var seen = roots
        var waiting = Array(roots)
        while let next = waiting.popLast() {
            for child in children[next] ?? [] where seen.insert(child.identity.pid).inserted {
                found.append(child)
                waiting.append(child.identity.pid)
            }
        }
        return found
    }
}
