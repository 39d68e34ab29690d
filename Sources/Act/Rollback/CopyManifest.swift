internal import Glibc

/// What copies a guard has made on one filesystem, and which process opened what: sealed lines, see ``TransactionLog``.
///
/// Lines are handed to the system at once and reach the disk when it likes: they survive the end of the program, and a power cut takes the last
/// seconds.
///
/// - Limits: 100,000 copies, 400,000 touches, 256 MiB; at each start what was let go is left out.
struct CopyManifest {
    static let copiesMax = 100_000
    static let touchesMax = 400_000
    static let bytesMax = 256 << 20

    struct Copy: Equatable {
        var number: Int
        var state: FileState
        var at: Int64
    }

    /// A process opened a file of which there is a copy from before.
    struct Touch: Equatable {
        var copy: Int
        var path: HostPath
        var process: ProcessIdentity
    }

    let folder: String
    private let key: JournalKey
    private(set) var mount = ""
    private(set) var copies: [Int: Copy] = [:]
    /// In the order in which they came.
    private(set) var touches: [Touch] = []
    private var seal = Array("copies".utf8)
    private var file: Descriptor?

    /// Reads what there is.
    ///
    /// - Throws: ``ActFailure`` `damaged` where a line was changed.
    init(folder: String, key: JournalKey) throws(ActFailure) {
        self.folder = folder
        self.key = key
        let bytes = try JournalFolder.read(folder + "/manifest", bytesMax: Self.bytesMax) ?? []
        var number = 0
        for line in LineEdit.lines(of: bytes) where line.last == 0x0A {
            number += 1
            let text = Array(line.dropFirst(65).dropLast())
            guard line.count > 66, line[64] == 0x20,
                let seal = Hex.bytes(String(decoding: line[..<64], as: UTF8.self)),
                key.isSeal(seal, of: text, after: self.seal)
            else {
                throw ActFailure(
                    .damaged,
                    "line \(number) of \(folder)/manifest was changed; move the folder away")
            }
            self.seal = seal
            try take(try JSONReader.value(of: text))
        }
    }

    private mutating func take(_ json: JSONValue) throws(ActFailure) {
        let damaged = ActFailure(.damaged, "a line of \(folder)/manifest is not what was written")
        if let mount = json["mount"]?.text {
            self.mount = mount
        } else if let number = json["copy"]?.whole, let state = json["state"],
            let at = json["at"]?.whole
        {
            copies[Int(number)] = Copy(
                number: Int(number), state: try FileState(json: state), at: at)
        } else if let number = json["touch"]?.whole, let process = json["process"] {
            touches.append(
                Touch(
                    copy: Int(number), path: try HostPath(json: json["path"]),
                    process: try ProcessIdentity(json: process)))
        } else if let number = json["drop"]?.whole {
            copies[Int(number)] = nil
            touches.removeAll { $0.copy == Int(number) }
        } else {
            throw damaged
        }
    }

    /// Writes what is kept anew and opens it for more.
    mutating func begin(mount: String) throws(ActFailure) {
        try JournalFolder.make(folder)
        self.mount = mount
        seal = Array("copies".utf8)
        var bytes = sealed(.members(["mount": .string(mount)]))
        for copy in copies.values.sorted(by: { $0.number < $1.number }) {
            bytes += sealed(json(copy))
        }
        for touch in touches { bytes += sealed(json(touch)) }
        try JournalFolder.write(bytes, as: "manifest", in: folder)
        let flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC
        guard let file = Descriptor(unsafe open(folder + "/manifest", flags)) else {
            throw SystemProblem.failure("cannot write \(folder)/manifest")
        }
        self.file = file
    }

    private func json(_ copy: Copy) -> JSONValue {
        .members([
            "copy": .integer(Int64(copy.number)), "state": copy.state.json, "at": .integer(copy.at),
        ])
    }

    private func json(_ touch: Touch) -> JSONValue {
        .members([
            "touch": .integer(Int64(touch.copy)), "path": touch.path.json,
            "process": touch.process.json,
        ])
    }

    private mutating func sealed(_ json: JSONValue) -> [UInt8] {
        let text = json.bytes
        seal = key.seal(text, after: seal)
        return Array(Hex.text(seal).utf8) + [0x20] + text + [0x0A]
    }

    private mutating func append(_ json: JSONValue) throws(ActFailure) {
        try file?.write(sealed(json)[...])
        try take(json)
    }

    mutating func add(_ copy: Copy) throws(ActFailure) { try append(json(copy)) }

    mutating func add(_ touch: Touch) throws(ActFailure) { try append(json(touch)) }

    mutating func drop(_ number: Int) throws(ActFailure) {
        try append(.members(["drop": .integer(Int64(number))]))
    }
}
