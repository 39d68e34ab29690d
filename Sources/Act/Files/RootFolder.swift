internal import CLinux
internal import Glibc

/// The folder under which all effects on files stay: `/` on an endpoint, a scratch folder in tests.
///
/// Nothing below it is reached through a symbolic link: a path whose folders include one is refused with the cure, since
/// whoever can change a link between looking and acting would choose what is acted upon.
package struct RootFolder: Hashable, Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// The folder a path stands in, open for its names.
    func folder(of path: HostPath) throws(ActFailure) -> Descriptor {
        try open(path.folderFromRoot, O_RDONLY | O_DIRECTORY, named: path)
    }

    /// A folder itself.
    func folder(_ path: HostPath) throws(ActFailure) -> Descriptor {
        try open(Array(path.bytes.dropFirst()), O_RDONLY | O_DIRECTORY, named: path)
    }

    private func open(
        _ fromRoot: [UInt8], _ flags: Int32, named path: HostPath
    ) throws(ActFailure) -> Descriptor {
        guard let root = Descriptor(unsafe Glibc.open(self.path, O_PATH | O_DIRECTORY | O_CLOEXEC))
        else { throw SystemProblem.failure("cannot open the root \(self.path)") }
        let resolve =
            KAGARI_RESOLVE_NO_SYMLINKS | KAGARI_RESOLVE_NO_MAGICLINKS | KAGARI_RESOLVE_BENEATH
        let number = unsafe withCText(fromRoot) { text in
            unsafe kagari_openat2(root.number, text, flags | O_CLOEXEC, 0, resolve)
        }
        if let folder = Descriptor(number) { return folder }
        switch errno {
        case ELOOP:
            throw ActFailure(
                .refused, "\(path) passes through a symbolic link; name the real path instead")
        case ENOENT, ENOTDIR: throw ActFailure(.missing, "there is no folder of \(path)")
        default: throw SystemProblem.failure("cannot open the folder of \(path)")
        }
    }

    private var O_PATH: Int32 { Int32(KAGARI_O_PATH) }

    /// Names in a folder, in order of their bytes; none where there is no such folder.
    package func names(in path: HostPath, namesMax: Int = 65_536) throws(ActFailure) -> [[UInt8]] {
        let folder: Descriptor
        do { folder = try self.folder(path) } catch  where error.code == .missing { return [] }
        guard let stream = unsafe fdopendir(dup(folder.number)) else {
            throw SystemProblem.failure("cannot list \(path)")
        }
        defer { unsafe closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = unsafe readdir(stream) {
            // The system ends each name with a zero within its place.
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe Array($0.prefix { $0 != 0 })
            }
            guard !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) else { continue }
            guard names.count < namesMax else {
                throw ActFailure(.limit, "\(path) has more than \(namesMax) names")
            }
            names.append(name)
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
