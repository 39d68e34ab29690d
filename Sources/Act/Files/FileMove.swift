internal import CLinux
internal import Glibc

/// Brings files to one side of their changes, so that no moment of it can lose what it did not mean to touch.
///
/// A name is never unlinked or overwritten in place: what stands there is first renamed aside (or exchanged with what takes its place),
/// looked at again, and only then removed; if it is not what was meant, it goes back. So a file put there in the last moment survives,
/// and after a crash the file is as before, as after, or one rename away from either.
struct FileMove {
    let root: RootFolder
    let images: ImageStore
    /// The order's id: part of the names of what is moved aside.
    let order: String

    /// - Returns: what a person should know, e.g. that only lines were put back.
    /// - Throws: ``ActFailure`` `changed` where somebody else changed the file.
    @discardableResult
    func bring(
        _ change: FileChange, _ index: Int, to side: FileChange.Side
    ) throws(ActFailure) -> String? {
        let folder = try root.folder(of: change.path)
        try clearAside(change, index, in: folder)
        let look = try FileLook.look(at: change.path.name, in: folder, as: change.path)
        switch change.decision(for: side, current: look?.state) {
        case .nothing: return nil
        case .refuse(let reason): throw ActFailure(.changed, reason)
        case .setInPlace:
            guard let look, let to = change.state(on: side) else { return nil }
            try setInPlace(look, to, change.path)
        case .remove: try remove(change, index, look, in: folder)
        case .create: try create(change, index, side, in: folder)
        case .replace: try replace(change, index, side, look, in: folder)
        case .putLinesBack:
            guard let look else { return nil }
            try putLinesBack(change, index, look, in: folder)
            return "\(change.path) changed since; only the lines taken out were put back"
        }
        try folder.sync()
        return nil
    }

    /// What lies beside a file while it is brought to a side; a crash may leave each of them.
    private enum Aside: String {
        /// Being written: ours, whatever is in it.
        case draft
        /// Whole: what takes the name, or what was taken out of it.
        case whole
        /// Others' text with the lines put back, or that text before.
        case merged
    }

    private func name(_ aside: Aside, _ index: Int) -> [UInt8] {
        Array(".kagari-\(order)-\(index).\(aside.rawValue)".utf8)
    }

    private func clearAside(
        _ change: FileChange, _ index: Int, in folder: Descriptor
    ) throws(ActFailure) {
        for aside in [Aside.draft, .merged] {
            let name = name(aside, index)
            guard try FileLook.look(at: name, in: folder, as: change.path) != nil else { continue }
            try unlink(name, in: folder, change.path)
        }
        let whole = name(.whole, index)
        guard let left = try FileLook.look(at: whole, in: folder, as: change.path) else { return }
        let current = try FileLook.look(at: change.path.name, in: folder, as: change.path)
        if isOurs(left.state, change) { return try unlink(whole, in: folder, change.path) }
        // Something that came in the last moment was moved aside, and the crash came before it went back.
        guard let current else {
            return try rename(whole, change.path.name, KAGARI_RENAME_NOREPLACE, in: folder)
        }
        guard isOurs(current.state, change) else {
            throw ActFailure(
                .changed,
                "beside \(change.path) lies a file moved aside; look at it, move it away, try again"
            )
        }
        if let file = current.file { try FileDraft.setFlags(0, on: file, change.path) }
        try rename(whole, change.path.name, KAGARI_RENAME_EXCHANGE, in: folder)
        try unlink(whole, in: folder, change.path)
    }

    private func isOurs(_ state: FileState, _ change: FileChange) -> Bool {
        [change.before, change.after].contains { side in
            side.map { state.isSameButFlags(as: $0) } ?? false
        }
    }

    private func setInPlace(
        _ look: FileLook, _ to: FileState, _ path: HostPath
    ) throws(ActFailure) {
        guard let file = look.file else { return }
        try FileDraft.dress(file, as: to, path)
        try file.sync()
    }

    private func remove(
        _ change: FileChange, _ index: Int, _ look: FileLook?, in folder: Descriptor
    ) throws(ActFailure) {
        guard let look else { return }
        if let file = look.file { try FileDraft.setFlags(0, on: file, change.path) }
        let aside = name(.whole, index)
        try rename(change.path.name, aside, KAGARI_RENAME_NOREPLACE, in: folder)
        guard let moved = try FileLook.look(at: aside, in: folder, as: change.path),
            moved.identity == look.identity, moved.state.isSameButFlags(as: look.state)
        else {
            try rename(aside, change.path.name, KAGARI_RENAME_NOREPLACE, in: folder)
            throw ActFailure(
                .changed, "\(change.path) changed while it was removed; order it again")
        }
        try unlink(aside, in: folder, change.path)
    }

    private func create(
        _ change: FileChange, _ index: Int, _ side: FileChange.Side, in folder: Descriptor
    ) throws(ActFailure) {
        guard let state = change.state(on: side) else { return }
        let draft = try write(change, index, side, state, in: folder)
        try rename(name(.whole, index), change.path.name, KAGARI_RENAME_NOREPLACE, in: folder)
        if let draft { try FileDraft.setFlags(state.flags, on: draft, change.path) }
    }

    private func replace(
        _ change: FileChange, _ index: Int, _ side: FileChange.Side, _ look: FileLook?,
        in folder: Descriptor
    ) throws(ActFailure) {
        guard let look, let state = change.state(on: side) else { return }
        let draft = try write(change, index, side, state, in: folder)
        try exchange(draft, state, change, name(.whole, index), look, in: folder)
    }

    private func putLinesBack(
        _ change: FileChange, _ index: Int, _ look: FileLook, in folder: Descriptor
    ) throws(ActFailure) {
        guard let edit = change.edit, let file = look.file,
            let text = edit.undone(in: try file.readAll(bytesMax: LineEdit.textBytesMax))
        else {
            throw ActFailure(
                .changed, "\(change.path): the line changed since; set it right by hand")
        }
        var state = look.state
        let merged = name(.merged, index)
        let draft = try FileDraft.make(merged, in: folder, change.path)
        try draft.write(text[...])
        // Back to the very text: then owner, mode and times go back as well.
        if let before = change.before, FileDraft.digest(text) == before.digest { state = before }
        try FileDraft.dress(draft, as: state, change.path, flags: 0)
        try draft.sync()
        try exchange(draft, state, change, merged, look, in: folder)
        try folder.sync()
    }

    /// Nil for a symbolic link, which is whole when it is made.
    private func write(
        _ change: FileChange, _ index: Int, _ side: FileChange.Side, _ state: FileState,
        in folder: Descriptor
    ) throws(ActFailure) -> Descriptor? {
        let image = ImageName(order: order, index: index, side: side)
        guard state.kind == .file else {
            let target = try images.readAll(image, bytesMax: 4096)
            let draft = name(.draft, index)
            try FileDraft.makeLink(draft, to: target, as: state, in: folder, change.path)
            try rename(draft, name(.whole, index), KAGARI_RENAME_NOREPLACE, in: folder)
            return nil
        }
        let draft = try FileDraft.make(name(.draft, index), in: folder, change.path)
        let digest = try images.read(image) { (piece) throws(ActFailure) in try draft.write(piece) }
        guard digest == state.digest else {
            throw ActFailure(.damaged, "the kept image of \(change.path) is not what was written")
        }
        try FileDraft.dress(draft, as: state, change.path, flags: 0)
        try draft.sync()
        try rename(
            name(.draft, index), name(.whole, index), KAGARI_RENAME_NOREPLACE, in: folder)
        return draft
    }

    private func exchange(
        _ draft: Descriptor?, _ state: FileState, _ change: FileChange, _ aside: [UInt8],
        _ look: FileLook, in folder: Descriptor
    ) throws(ActFailure) {
        if let file = look.file { try FileDraft.setFlags(0, on: file, change.path) }
        try rename(aside, change.path.name, KAGARI_RENAME_EXCHANGE, in: folder)
        guard let moved = try FileLook.look(at: aside, in: folder, as: change.path),
            moved.identity == look.identity, moved.state.isSameButFlags(as: look.state)
        else {
            try rename(aside, change.path.name, KAGARI_RENAME_EXCHANGE, in: folder)
            try unlink(aside, in: folder, change.path)
            throw ActFailure(
                .changed, "\(change.path) changed while it was replaced; order it again")
        }
        try unlink(aside, in: folder, change.path)
        if let draft { try FileDraft.setFlags(state.flags, on: draft, change.path) }
    }

    private func rename(
        _ from: [UInt8], _ to: [UInt8], _ flags: UInt32, in folder: Descriptor
    ) throws(ActFailure) {
        let result = unsafe withCText(from) { old in
            unsafe withCText(to) { new in
                unsafe kagari_renameat2(folder.number, old, folder.number, new, flags)
            }
        }
        guard result == 0 else {
            throw SystemProblem.failure("cannot rename \(String(decoding: from, as: UTF8.self))")
        }
    }

    private func unlink(
        _ name: [UInt8], in folder: Descriptor, _ path: HostPath
    ) throws(ActFailure) {
        let result = unsafe withCText(name) { unsafe unlinkat(folder.number, $0, 0) }
        guard result == 0 else {
            throw SystemProblem.failure("cannot remove what lay aside of \(path)")
        }
    }
}
