/// Writes zip files, in the forms that real writers use and a few that they should not.
package struct ZipMaker {
    package struct Options: Sendable {
        package var isDeflated = true
        /// Sizes and CRC-32 after the data, as streaming writers do.
        package var hasDescriptor = false
        /// Numbers in the zip64 extra field.
        package var isZip64 = false
        package var isEncrypted = false
        /// Instead of stored or deflated; the data is then written as it is.
        package var method: Int?
        /// Written instead of the right one.
        package var crc: UInt32?
        package init(
            isDeflated: Bool = true, hasDescriptor: Bool = false, isZip64: Bool = false,
            isEncrypted: Bool = false, method: Int? = nil, crc: UInt32? = nil
        ) {
            self.isDeflated = isDeflated
            self.hasDescriptor = hasDescriptor
            self.isZip64 = isZip64
            self.isEncrypted = isEncrypted
            self.method = method
            self.crc = crc
        }
    }

    private var body = ByteWriter()
    private var directory = ByteWriter()
    private var entries = 0
    private var last: Listed?

    private struct Listed {
        var flags: Int
        var method: Int
        var crc: UInt32
        var data: Int
        var content: Int
        var offset: Int
    }

    /// Bytes before the archive that its offsets do not count.
    private let uncounted: Int

    /// - Parameter countsPrefix: whether offsets count from the file's start, or the archive's.
    package init(prefix: [UInt8] = [], countsPrefix: Bool = true) {
        body.add(prefix)
        uncounted = countsPrefix ? 0 : prefix.count
    }

    package mutating func add(_ name: String, _ content: [UInt8], _ options: Options = Options()) {
        let method = options.method ?? (options.isDeflated ? 8 : 0)
        let data = method == 8 ? Compress.deflate(content) : content
        let flags = (options.isEncrypted ? 1 : 0) | (options.hasDescriptor ? 8 : 0) | 0x800
        let crc = options.crc ?? Compress.crc32(content)
        let nameBytes = Array(name.utf8)
        let offset = body.bytes.count - uncounted

        body.u32(0x0403_4b50)
        body.u16(options.isZip64 ? 45 : 20)
        body.u16(flags)
        body.u16(method)
        body.u32(0x5a21_6000)
        body.u32(options.hasDescriptor ? 0 : crc)
        var extra = ByteWriter()
        if options.isZip64 {
            body.u32(UInt32.max)
            body.u32(UInt32.max)
            extra.u16(1)
            extra.u16(16)
            extra.u64(options.hasDescriptor ? 0 : content.count)
            extra.u64(options.hasDescriptor ? 0 : data.count)
        } else {
            body.u32(options.hasDescriptor ? 0 : data.count)
            body.u32(options.hasDescriptor ? 0 : content.count)
        }
        body.u16(nameBytes.count)
        body.u16(extra.bytes.count)
        body.add(nameBytes)
        body.add(extra.bytes)
        body.add(data)
        if options.hasDescriptor {
            body.u32(0x0807_4b50)
            body.u32(crc)
            if options.isZip64 {
                body.u64(data.count)
                body.u64(content.count)
            } else {
                body.u32(data.count)
                body.u32(content.count)
            }
        }
        last = Listed(
            flags: flags, method: method, crc: crc, data: data.count, content: content.count,
            offset: offset)
        addToDirectory(
            nameBytes, flags: flags, method: method, crc: crc, data: data.count,
            content: content.count, offset: offset, isZip64: options.isZip64)
    }

    /// Lists the last member once more under another name; its data is there only once.
    package mutating func addAgain(_ name: String) {
        guard let last else { return }
        addToDirectory(
            Array(name.utf8), flags: last.flags, method: last.method, crc: last.crc,
            data: last.data, content: last.content, offset: last.offset, isZip64: false)
    }

    private mutating func addToDirectory(
        _ name: [UInt8], flags: Int, method: Int, crc: UInt32, data: Int, content: Int, offset: Int,
        isZip64: Bool
    ) {
        entries += 1
        directory.u32(0x0201_4b50)
        directory.u16(0x0314)
        directory.u16(isZip64 ? 45 : 20)
        directory.u16(flags)
        directory.u16(method)
        directory.u32(0x5a21_6000)
        directory.u32(crc)
        directory.u32(isZip64 ? UInt32.max : UInt32(data))
        directory.u32(isZip64 ? UInt32.max : UInt32(content))
        directory.u16(name.count)
        directory.u16(isZip64 ? 28 : 0)
        directory.u16(0)
        directory.u16(0)
        directory.u16(0)
        directory.u32(0)
        directory.u32(isZip64 ? UInt32.max : UInt32(offset))
        directory.add(name)
        if isZip64 {
            directory.u16(1)
            directory.u16(24)
            directory.u64(content)
            directory.u64(data)
            directory.u64(offset)
        }
    }

    /// The whole file.
    package func finished(comment: String = "", isZip64: Bool = false) -> [UInt8] {
        var whole = body
        let start = body.bytes.count - uncounted
        whole.add(directory.bytes)
        if isZip64 {
            let at = whole.bytes.count
            whole.u32(0x0606_4b50)
            whole.u64(44)
            whole.u16(45)
            whole.u16(45)
            whole.u32(0)
            whole.u32(0)
            whole.u64(entries)
            whole.u64(entries)
            whole.u64(directory.bytes.count)
            whole.u64(start)
            whole.u32(0x0706_4b50)
            whole.u32(0)
            whole.u64(at)
            whole.u32(1)
        }
        whole.u32(0x0605_4b50)
        whole.u16(0)
        whole.u16(0)
        whole.u16(isZip64 ? 0xffff : entries)
        whole.u16(isZip64 ? 0xffff : entries)
        whole.u32(isZip64 ? UInt32.max : UInt32(directory.bytes.count))
        whole.u32(isZip64 ? UInt32.max : UInt32(start))
        whole.u16(comment.utf8.count)
        whole.add(comment)
        return whole.bytes
    }
}
