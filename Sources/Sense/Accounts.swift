/// Names of accounts, from /etc/passwd.
///
/// - Bounds: 1 MiB of the file, 16,384 accounts. Directory services are not asked: that would mean the network inside of the sensor.
package struct Accounts: Sendable {
    package static let countMax = 16_384
    private var names: [UInt32: [UInt8]] = [:]
    private var seen: SystemFile.Identity?
    private let path: String

    package init(path: String = "/etc/passwd") {
        self.path = path
        refresh()
    }

    package subscript(_ uid: UInt32) -> [UInt8]? { names[uid] }

    /// Reads the file again where it is another one than before.
    package mutating func refresh() {
        let found = SystemFile.identity(path)
        guard found != seen, let text = SystemFile.read(path, countMax: 1 << 20) else { return }
        seen = found
        names.removeAll(keepingCapacity: true)
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(
                separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count > 3, names.count < Self.countMax,
                let uid = UInt32(String(decoding: fields[2], as: UTF8.self))
            else { continue }
            // The first of several with one number is the one the system shows.
            if names[uid] == nil { names[uid] = Array(fields[0]) }
        }
    }
}
