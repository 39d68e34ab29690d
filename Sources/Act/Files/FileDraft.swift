internal import CLinux
internal import Crypto
internal import Glibc

/// Makes the file that takes a name, before it has it.
enum FileDraft {
    /// Readable by its owner alone until it is dressed.
    static func make(
        _ name: [UInt8], in folder: Descriptor, _ path: HostPath
    ) throws(ActFailure) -> Descriptor {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = unsafe withCText(name) { unsafe openat(folder.number, $0, flags, 0o600) }
        guard let file = Descriptor(number) else {
            throw SystemProblem.failure("cannot write beside \(path); see the space and the rights")
        }
        return file
    }

    static func makeLink(
        _ name: [UInt8], to target: [UInt8], as state: FileState, in folder: Descriptor,
        _ path: HostPath
    ) throws(ActFailure) {
        let made = unsafe withCText(target) { target in
            unsafe withCText(name) { unsafe symlinkat(target, folder.number, $0) }
        }
        guard made == 0 else { throw SystemProblem.failure("cannot make the link \(path)") }
        let times = [time(state.accessed), time(state.modified)]
        let dressed = unsafe withCText(name) { text in
            let owned = unsafe fchownat(
                folder.number, text, state.owner, state.group, AT_SYMLINK_NOFOLLOW)
            return unsafe owned == 0
                && times.withUnsafeBufferPointer {
                    unsafe utimensat(folder.number, text, $0.baseAddress, AT_SYMLINK_NOFOLLOW) == 0
                }
        }
        guard dressed else { throw SystemProblem.failure("cannot set the owner of \(path)") }
    }

    /// Owner, attributes, mode and times, in the order in which none undoes another: a change of the owner clears
    /// capabilities and the set-user-id bit, an access control list changes the mode.
    ///
    /// - Parameter flags: in place of the state's own; an immutable file cannot be renamed.
    static func dress(
        _ file: Descriptor, as state: FileState, _ path: HostPath, flags: UInt32? = nil
    ) throws(ActFailure) {
        try setFlags(0, on: file, path)
        guard fchown(file.number, state.owner, state.group) == 0 else {
            throw SystemProblem.failure("cannot set the owner of \(path)")
        }
        try FileAttributes.write(state.attributes, to: file, path)
        guard fchmod(file.number, state.mode) == 0 else {
            throw SystemProblem.failure("cannot set the mode of \(path)")
        }
        let times = [time(state.accessed), time(state.modified)]
        let isTimed = unsafe times.withUnsafeBufferPointer {
            unsafe futimens(file.number, $0.baseAddress) == 0
        }
        guard isTimed else { throw SystemProblem.failure("cannot set the times of \(path)") }
        try setFlags(flags ?? state.flags, on: file, path)
    }

    /// Sets immutable and append-only as given, other flags stay; nothing on filesystems without them.
    static func setFlags(
        _ wanted: UInt32, on file: Descriptor, _ path: HostPath
    ) throws(ActFailure) {
        var flags: UInt32 = 0
        guard unsafe kagari_get_inode_flags(file.number, &flags) == 0 else { return }
        let known = UInt32(KAGARI_INODE_IMMUTABLE | KAGARI_INODE_APPEND_ONLY)
        guard flags & known != wanted & known else { return }
        guard kagari_set_inode_flags(file.number, flags & ~known | wanted & known) == 0 else {
            throw SystemProblem.failure("cannot set the flags of \(path)")
        }
    }

    static func digest(_ bytes: [UInt8]) -> String { Hex.text(SHA256.hash(data: bytes)) }

    private static func time(_ moment: FileState.Moment) -> timespec {
        timespec(tv_sec: Int(moment.seconds), tv_nsec: Int(moment.nanoseconds))
    }
}
