internal import CLinux
internal import Glibc

/// Extended attributes of an open file.
enum FileAttributes {
    /// Of all names, and of each value.
    static let bytesMax = 64 << 10

    static func read(
        from file: Descriptor, _ path: HostPath
    ) throws(ActFailure) -> [FileState.Attribute] {
        var names = [CChar](repeating: 0, count: bytesMax)
        let count = unsafe names.withUnsafeMutableBufferPointer {
            unsafe flistxattr(file.number, $0.baseAddress, $0.count)
        }
        guard count >= 0 else {
            if errno == ENOTSUP { return [] }
            throw SystemProblem.failure("cannot read the attributes of \(path)")
        }
        var found: [FileState.Attribute] = []
        for name in names[..<count].map({ UInt8(bitPattern: $0) }).split(separator: 0) {
            found.append(.init(name: Array(name), value: try value(Array(name), file, path)))
        }
        return found.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private static func value(
        _ name: [UInt8], _ file: Descriptor, _ path: HostPath
    ) throws(ActFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = unsafe withCText(name) { text in
            unsafe bytes.withUnsafeMutableBytes {
                unsafe fgetxattr(file.number, text, $0.baseAddress, $0.count)
            }
        }
        guard count >= 0 else {
            throw SystemProblem.failure("cannot read an attribute of \(path)")
        }
        return Array(bytes[..<count])
    }

    /// Makes the attributes of `file` those wanted: sets what differs, removes what is too much.
    static func write(
        _ wanted: [FileState.Attribute], to file: Descriptor, _ path: HostPath
    ) throws(ActFailure) {
        let current = try read(from: file, path)
        for attribute in current where !wanted.contains(where: { $0.name == attribute.name }) {
            let result = unsafe withCText(attribute.name) {
                unsafe fremovexattr(file.number, $0)
            }
            guard result == 0 else {
                throw SystemProblem.failure("cannot remove an attribute of \(path)")
            }
        }
        for attribute in wanted where !current.contains(attribute) {
            let result = unsafe withCText(attribute.name) { text in
                unsafe attribute.value.withUnsafeBytes {
                    unsafe fsetxattr(file.number, text, $0.baseAddress, $0.count, 0)
                }
            }
            guard result == 0 else {
                throw SystemProblem.failure("cannot set an attribute of \(path)")
            }
        }
    }
}
