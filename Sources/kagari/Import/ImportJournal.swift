import Engine
import Foundation

/// What earlier imports brought in, block by block, so that one that was broken off goes on where it was, however long ago.
///
/// A file of 16 bytes a block. It is written after the block is kept; a block that is missing in it is sent again, and the service knows its
/// records.
final class ImportJournal {
    /// 64 MiB; blocks beyond are not noted, and are sent again by a later run.
    static let marksMax = 4 << 20

    struct Mark: Hashable {
        var high: UInt64
        var low: UInt64
    }

    private var marks: Set<Mark> = []
    private let handle: FileHandle

    /// - Parameter name: what it is of; no part of it stands in the file's name as it is.
    init(folder: String, name: [String]) throws {
        var hash = StableHash()
        for part in name { hash.add(part) }
        let path = "\(folder)/import-\(hash.text()).done"
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw UserError("cannot make the folder \(folder): \(error.localizedDescription)")
        }
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(
                atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw UserError(
                "cannot write \(path), where it is noted what was imported; see that it may be, "
                    + "or give --again")
        }
        self.handle = handle
        try read()
    }

    static var homeFolder: String {
        let environment = ProcessInfo.processInfo.environment
        if let state = environment["XDG_STATE_HOME"], !state.isEmpty { return state + "/kagari" }
        return (environment["HOME"] ?? ".") + "/.local/state/kagari"
    }

    static func mark(of block: Block) -> Mark {
        var hash = StableHash()
        hash.add(block.format.rawValue)
        hash.add(block.offset)
        hash.add(block.preamble)
        hash.add(block.bytes)
        let (high, low) = hash.finish()
        return Mark(high: high, low: low)
    }

    func holds(_ mark: Mark) -> Bool { marks.contains(mark) }

    func add(_ mark: Mark) throws {
        guard marks.count < Self.marksMax, marks.insert(mark).inserted else { return }
        var bytes: [UInt8] = []
        for word in [mark.high, mark.low] {
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        try handle.write(contentsOf: Data(bytes))
    }

    private func read() throws {
        let bytes = [UInt8](try handle.readToEnd() ?? Data())
        let whole = min(bytes.count / 16, Self.marksMax)
        for index in 0..<whole {
            var words: [UInt64] = [0, 0]
            for place in 0..<16 {
                words[place / 8] |= UInt64(bytes[index * 16 + place]) << UInt64(place % 8 * 8)
            }
            marks.insert(Mark(high: words[0], low: words[1]))
        }
        // A mark that was cut short says nothing.
        try handle.truncate(atOffset: UInt64(whole * 16))
        try handle.seekToEnd()
    }
}
