/// Paths from what the kernel programs hand over.
package enum WalkedPath {
    /// Longest path made, bytes; what is longer loses its end.
    package static let countMax = 8_192

    /// Names from the leaf up, each ending in 0, become a path from the top.
    ///
    /// A file that lies in no folder (memfd) is its name alone. No names at all is the root itself.
    package static func append(
        _ names: Range<Int>, of bytes: Span<UInt8>, to path: inout [UInt8]
    ) {
        guard !names.isEmpty else {
            path.append(UInt8(ascii: "/"))
            return
        }
        if isMemory(names, of: bytes) {
            append(bytes.text(names), of: bytes, into: &path)
            return
        }
        var end = names.upperBound
        // The last byte is the zero of the topmost name.
        if bytes[end - 1] == 0 { end -= 1 }
        while end > names.lowerBound {
            var start = end
            while start > names.lowerBound, bytes[start - 1] != 0 { start -= 1 }
            path.append(UInt8(ascii: "/"))
            append(start..<end, of: bytes, into: &path)
            end = start - 1
        }
    }

    private static func append(_ range: Range<Int>, of bytes: Span<UInt8>, into path: inout [UInt8])
    {
        for index in range {
            guard path.count < countMax else { return }
            path.append(bytes[index])
        }
    }

    private static func isMemory(_ names: Range<Int>, of bytes: Span<UInt8>) -> Bool {
        let prefix: StaticString = "memfd:"
        guard names.count > prefix.utf8CodeUnitCount else { return false }
        let first = bytes.text(names)
        guard first.upperBound >= names.upperBound - 1 else { return false }
        let wanted: [UInt8] = Array("memfd:".utf8)
        for (offset, byte) in wanted.enumerated() where bytes[names.lowerBound + offset] != byte {
            return false
        }
        return true
    }

    /// A path as a program gave it, made absolute by the folder it starts from; `.`, `..` and empty names are
    /// resolved by their letters alone, so a symbolic link in it stays what it is.
    package static func resolve(
        _ given: Range<Int>, base: Range<Int>, of bytes: Span<UInt8>
    ) -> [UInt8] {
        var raw: [UInt8] = []
        let text = bytes.text(given)
        if text.isEmpty || bytes[text.lowerBound] != UInt8(ascii: "/") {
            append(base, of: bytes, to: &raw)
            raw.append(UInt8(ascii: "/"))
        }
        append(text, of: bytes, into: &raw)
        return normal(raw)
    }

    package static func normal(_ raw: [UInt8]) -> [UInt8] {
        var path: [UInt8] = []
        path.reserveCapacity(raw.count)
        var at = 0
        while at < raw.count {
            var end = at
            while end < raw.count, raw[end] != UInt8(ascii: "/") { end += 1 }
            let name = raw[at..<end]
            at = end + 1
            if name.isEmpty || name.elementsEqual(".".utf8) { continue }
            if name.elementsEqual("..".utf8) {
                while let last = path.popLast(), last != UInt8(ascii: "/") {}
                continue
            }
            path.append(UInt8(ascii: "/"))
            path += name
        }
        return path.isEmpty ? [UInt8(ascii: "/")] : path
    }
}
