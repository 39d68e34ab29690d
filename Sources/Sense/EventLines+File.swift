/// Files at watched places.
extension EventLines {
    mutating func file(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        switch record.kind {
        case .open: opened(record, bytes)
        case .file: marked(record, bytes)
        case .paths: named(record, bytes)
        default: pathCall(record, bytes)
        }
    }

    private mutating func opened(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        begin(record.flags.contains(.created) ? "file_create" : "file_write", record.time)
        context(record, bytes)
        writer.object("file")
        path("path", record.part(0), bytes)
        writer.number("inode", UInt64(bitPattern: record.value[0]))
        writer.mode(record.value[3])
        if record.flags.contains(.truncated), !record.flags.contains(.created) {
            writer.truth("emptied", true)
        }
        writer.end()
        end(record)
    }

    private mutating func marked(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let number = record.value[0]
        begin(Self.event(of: number), record.time)
        context(record, bytes)
        writer.object("file")
        path("path", record.part(0), bytes)
        writer.number("inode", UInt64(bitPattern: record.value[1]))
        if number == 91 { writer.mode(record.value[3]) }
        if number == 93 { owner("owner", record.value[3]) }
        attribute(record.part(1), bytes)
        writer.end()
        end(record)
    }

    /// Calls that name one file by a path as the program gave it.
    private mutating func pathCall(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let number = record.value[0]
        // AT_REMOVEDIR makes of unlinkat what rmdir is.
        let removesFolder = number == 84 || number == 263 && record.value[1] & 0x200 != 0
        begin(removesFolder ? "folder_delete" : Self.event(of: number), record.time)
        context(record, bytes)
        writer.object("file")
        writer.text("path", WalkedPath.resolve(record.part(0), base: record.part(1), of: bytes))
        switch number {
        case 90, 268, 452, 83, 258, 133, 259:
            writer.mode(record.value[1])
        case 92, 94, 260:
            owner("owner", record.value[1])
            owner("group", record.value[2])
        default: break
        }
        attribute(record.part(2), bytes)
        writer.end()
        end(record)
    }

    /// Calls with two paths: from and to.
    private mutating func named(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let number = record.value[0]
        begin(Self.event(of: number), record.time)
        context(record, bytes)
        writer.object("file")
        writer.text("path", WalkedPath.resolve(record.part(2), base: record.part(3), of: bytes))
        if number == 88 || number == 266 {
            // What a symbolic link says is not looked up.
            writer.text("target", bytes.extracting(bytes.text(record.part(0))))
        } else {
            writer.text(
                "from", WalkedPath.resolve(record.part(0), base: record.part(1), of: bytes))
        }
        writer.end()
        end(record)
    }

    private mutating func owner(_ name: StaticString, _ value: Int64) {
        let number = UInt32(truncatingIfNeeded: value)
        // -1 leaves it as it is.
        if number != .max { writer.number(name, number) }
    }

    private mutating func attribute(_ range: Range<Int>, _ bytes: Span<UInt8>) {
        let name = bytes.text(range)
        if !name.isEmpty { writer.text("attribute", bytes.extracting(name)) }
    }

    /// By call number of x86-64.
    private static func event(of call: Int64) -> StaticString {
        switch call {
        case 76, 77: "file_write"
        case 83, 258: "folder_create"
        case 84: "folder_delete"
        case 87, 263: "file_delete"
        case 90, 91, 268, 452: "file_mode"
        case 92, 93, 94, 260: "file_owner"
        case 133, 259: "file_create"
        case 188, 189, 190: "file_attribute"
        case 82, 264, 316: "file_rename"
        default: "file_link"
        }
    }
}
