/// A file before and after an action: doing and undoing are the same act in two directions.
package struct FileChange: Hashable, Sendable {
    package enum Side: String, Hashable, Sendable { case before, after }

    package var path: HostPath
    /// Nil where the file does not exist on that side.
    package var before: FileState?
    package var after: FileState?
    /// How `after` came from `before`, where the file is shared with others' lines.
    package var edit: LineEdit?

    package func state(on side: Side) -> FileState? { side == .before ? before : after }

    /// What must be done so that the file is as `side` says.
    enum Decision: Equatable {
        case nothing
        /// Same content: mode, attributes and flags are set on the inode there is.
        case setInPlace
        case remove
        case create
        case replace
        /// Others changed the text since: the edit's own lines are put back and nothing else.
        case putLinesBack
        case refuse(String)
    }

    /// - Parameter current: what stands at the path now, nil for nothing.
    func decision(for side: Side, current: FileState?) -> Decision {
        let to = state(on: side)
        let from = state(on: side == .before ? .after : .before)
        guard let current else {
            guard to != nil else { return .nothing }
            let wasThere = side == .after && from != nil
            return wasThere ? .refuse("\(path) is gone; there is nothing to act upon") : .create
        }
        if let to, current.isSame(as: to) { return .nothing }
        if let from, current.isSameButFlags(as: from) {
            guard let to else { return .remove }
            return isSameContent(from, to) ? .setInPlace : .replace
        }
        if let to, current.isSameButFlags(as: to) { return .setInPlace }
        if let from, let to, isSameContent(from, to), isBetween(current, from, to) {
            return .setInPlace
        }
        if side == .before, edit != nil, current.kind == .file { return .putLinesBack }
        let cure =
            side == .before
            ? "move what is there now away, then undo again" : "look at it and order again"
        return .refuse("\(path) changed in the meantime; \(cure)")
    }

    private func isSameContent(_ one: FileState, _ other: FileState) -> Bool {
        one.kind == other.kind && one.digest == other.digest && one.bytes == other.bytes
    }

    /// The mixture a crash may leave between two sides of the same content.
    private func isBetween(_ current: FileState, _ one: FileState, _ other: FileState) -> Bool {
        isSameContent(current, one)
            && [one.owner, other.owner].contains(current.owner)
            && [one.group, other.group].contains(current.group)
            && [one.mode, other.mode].contains(current.mode)
            && [one.modified, other.modified].contains(current.modified)
            && current.attributes.allSatisfy {
                one.attributes.contains($0) || other.attributes.contains($0)
            }
    }
}

extension FileChange {
    var json: JSONValue {
        .members([
            "path": path.json, "before": before?.json, "after": after?.json, "edit": edit?.json,
        ])
    }

    init(json: JSONValue) throws(ActFailure) {
        path = try HostPath(json: json["path"])
        before = nil
        after = nil
        edit = nil
        if let value = json["before"] { before = try FileState(json: value) }
        if let value = json["after"] { after = try FileState(json: value) }
        if let value = json["edit"] { edit = try LineEdit(json: value) }
    }
}
