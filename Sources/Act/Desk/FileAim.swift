internal import Crypto

/// What a plan wants of one file, before the file is imaged.
struct FileAim {
    enum Wish {
        case remove
        /// Refused where the digest is another.
        case removeExactly(String)
        case edit(([UInt8]) -> [UInt8]?)
        case clearMode(UInt32)
        case dropAttribute([UInt8])
    }

    var path: HostPath
    var wish: Wish
    /// Symbolic links are removed only where a plan says so.
    var takesLinks = false

    /// Doing or undoing gives the name a new inode.
    var givesNewInode: Bool {
        switch wish {
        case .remove, .removeExactly, .edit: true
        case .clearMode, .dropAttribute: false
        }
    }
}

/// Looks at the files of a plan and keeps what is needed to bring each to both sides.
struct FileImaging {
    let root: RootFolder
    /// Nil for a preview: then nothing is kept.
    let images: ImageStore?
    let order: String
    let now: Int64

    /// - Returns: the changes, and what a person should know.
    /// - Throws: ``ActFailure`` where the file is not there, has other names, or is not what the plan wants.
    func image(_ aims: [FileAim]) throws(ActFailure) -> (changes: [FileChange], notes: [String]) {
        var changes: [FileChange] = []
        var notes: [String] = []
        for aim in aims {
            let folder = try root.folder(of: aim.path)
            guard let change = try image(aim, changes.count, in: folder) else {
                notes.append("\(aim.path) needs no change")
                continue
            }
            changes.append(change)
        }
        return (changes, notes)
    }

    private func image(
        _ aim: FileAim, _ index: Int, in folder: Descriptor
    ) throws(ActFailure) -> FileChange? {
        let look = try keep(aim, index, in: folder)
        if look.links > 1, aim.givesNewInode {
            throw ActFailure(
                .unsupported,
                "\(aim.path) has \(look.links) names (hard links) and an undo could not tell them apart; find the others with `find -samefile` and unlink or copy them first"
            )
        }
        if look.state.kind == .link, !aim.takesLinks {
            throw ActFailure(.refused, "\(aim.path) is a symbolic link; name the file it leads to")
        }
        var change = FileChange(path: aim.path, before: look.state, after: look.state, edit: nil)
        switch aim.wish {
        case .remove: change.after = nil
        case .removeExactly(let digest):
            guard look.state.digest == digest else {
                throw ActFailure(
                    .changed,
                    "\(aim.path) is not the file meant: its SHA-256 is \(look.state.digest)")
            }
            change.after = nil
        case .clearMode(let bits): change.after?.mode &= ~bits
        case .dropAttribute(let name): change.after?.attributes.removeAll { $0.name == name }
        case .edit(let decide):
            guard let file = look.file else {
                throw ActFailure(
                    .refused, "\(aim.path) is a symbolic link; name the file it leads to")
            }
            let text = try file.readAll(bytesMax: LineEdit.textBytesMax)
            guard FileDraft.digest(text) == look.state.digest else {
                throw ActFailure(.changed, "\(aim.path) was being written; order it again")
            }
            guard let (edit, edited) = try LineEdit.of(text, decide) else { return nil }
            change.edit = edit
            change.after?.bytes = Int64(edited.count)
            change.after?.digest = FileDraft.digest(edited)
            // Services such as cron read a file again when its time changed.
            change.after?.modified = FileState.Moment(seconds: now, nanoseconds: 0)
            try images?.write(ImageName(order: order, index: index, side: .after)) {
                (put) throws(ActFailure) in try put(edited[...])
            }
        }
        return change.after == change.before ? nil : change
    }

    /// A file as it was when it was copied: whatever stands there now is kept, so that this can be undone as well.
    func image(
        _ path: HostPath, becoming state: FileState, from copy: Descriptor?, _ index: Int
    ) throws(ActFailure) -> FileChange? {
        let folder = try root.folder(of: path)
        var look = try FileLook.look(at: path.name, in: folder, as: path)
        if let now = look?.state, now.isSame(as: state) { return nil }
        guard let copy else {
            throw ActFailure(
                .missing, "the copy of \(path) is gone; bring the file back from a backup")
        }
        if look != nil {
            look = try keep(FileAim(path: path, wish: .remove), index, in: folder)
            if let look, look.links > 1 {
                throw ActFailure(
                    .unsupported,
                    "\(path) has \(look.links) names (hard links); unlink or copy the others first")
            }
        }
        var digest = SHA256()
        try copy.read { (piece) throws(ActFailure) in digest.update(data: piece) }
        guard Hex.text(digest.finalize()) == state.digest else {
            throw ActFailure(
                .damaged,
                "the copy of \(path) is not what was copied; bring the file back from a backup")
        }
        try images?.write(ImageName(order: order, index: index, side: .after)) {
            (put) throws(ActFailure) in try copy.read(put)
        }
        return FileChange(path: path, before: look?.state, after: state, edit: nil)
    }

    /// Looks at a file and keeps its content.
    private func keep(
        _ aim: FileAim, _ index: Int, in folder: Descriptor
    ) throws(ActFailure) -> FileLook {
        var look: FileLook?
        if let images {
            try images.write(ImageName(order: order, index: index, side: .before)) {
                (put) throws(ActFailure) in
                look = try FileLook.look(at: aim.path.name, in: folder, as: aim.path, take: put)
                if look?.state.kind == .link {
                    try put(
                        FileLook.linkTarget(at: aim.path.name, in: folder, as: aim.path)[...])
                }
            }
        } else {
            look = try FileLook.look(at: aim.path.name, in: folder, as: aim.path)
        }
        guard let look else { throw ActFailure(.missing, "there is no \(aim.path)") }
        return look
    }
}
