package import Engine

extension Follower {
    /// How long a file that no pattern meets any more is kept in view without a change.
    private static let putAsideSeconds: Int64 = 86_400

    /// Sees which files are there, and what became of those that were.
    package func look(now: Timestamp) {
        listings.removeAll(keepingCapacity: true)
        for one in tracked { one.isMet = false }
        var strangers: [(path: [UInt8], status: FileStatus)] = []
        var reading = ReadLimits()
        reading.filesMax = limits.filesMax
        for entry in InputList(patterns, limits: reading).entries {
            if let problem = entry.problem {
                if problem.code != .unrecognised { tell(entry.path, problem.description) }
                continue
            }
            guard let status = entry.status else {
                tell(entry.path, "not a plain file; it is not followed")
                continue
            }
            if let one = byKey[FileKey(status)] {
                if isStill(one, entry.path, status) {
                    meet(one, entry.path, status, now)
                    continue
                }
                abandon(one, now)
            }
            strangers.append((entry.path, status))
        }
        if !strangers.isEmpty { restartReplaced(now) }
        // When it is known which of the others are where they were; logs under their own names before what may be copies of them.
        let relatives = strangers.isEmpty ? [:] : relatives()
        for rank in RotationName.Rank.allCases {
            for one in strangers where RotationName.rank(of: one.path) == rank {
                greet(one.path, one.status, now, among: relatives)
            }
        }
        for one in tracked where !one.isMet { search(one, now) }
        let gone = tracked.filter { !$0.hasFile && isGivenUp($0, now) }
        if !gone.isEmpty {
            tracked.removeAll { one in gone.contains { $0 === one } }
            isDirty = true
        }
        if undecided.count > limits.filesMax { undecided.removeAll() }
        markRotated()
        tally.files = tracked.count
    }

    private func markRotated() {
        var names: Set<[UInt8]>?
        for one in tracked {
            let name = one.name
            let stem = RotationName.stem(name)
            guard stem != name else {
                one.isRotated = false
                continue
            }
            let known = names ?? Set(tracked.map(\.file.path))
            names = known
            let log = one.file.path.dropLast(name.count) + stem
            one.isRotated = known.contains(Array(log))
        }
    }

    private func isGivenUp(_ one: TrackedFile, _ now: Timestamp) -> Bool {
        guard let since = one.missingSince else { return true }
        return now.nanoseconds - since.nanoseconds >= limits.searchSeconds * 1_000_000_000
    }

    /// Files whose content may turn up under another name, by folder and stem.
    private func relatives() -> [[UInt8]: [TrackedFile]] {
        var found: [[UInt8]: [TrackedFile]] = [:]
        for one in tracked
        where !one.file.isCopy && (one.file.offset > 0 || one.file.isKnown) {
            let key = PathPattern.join(one.folder, RotationName.stem(one.name))
            found[key, default: []].append(one)
        }
        return found
    }

    // MARK: known files

    private func meet(
        _ one: TrackedFile, _ path: [UInt8], _ status: FileStatus, _ now: Timestamp
    ) {
        one.isMet = true
        one.missingSince = nil
        if one.file.path != path {
            one.file.path = path
            isDirty = true
        }
        // Of what nothing is durable yet the beginning is known, and must be told apart before copies are looked at.
        let isOther =
            one.file.offset == 0 && one.file.isKnown
            && (status.size != one.size || status.modified != one.modified)
            && !says(path, status, what: one)
        one.see(status, at: now)
        if !one.file.isPacked, !one.file.isCopy, isOther || status.size < one.file.offset {
            restart(one, now)
        }
    }

    /// Whether a file is the one that had its number before. Numbers are given again, and rotation removes and makes files in a moment.
    ///
    /// Logs under their own name are looked at before each reading, and begin anew there; what rotation made is written once.
    private func isStill(_ one: TrackedFile, _ path: [UInt8], _ status: FileStatus) -> Bool {
        guard status.size != one.size || status.modified != one.modified,
            one.isOfRotation || RotationName.isMade(path)
        else { return true }
        // Nothing was read of it yet: it may be a copy of what was read since.
        guard one.file.isKnown else { return false }
        return says(path, status, what: one)
    }

    /// False where the file at `path` says something else than was read of `one`.
    private func says(_ path: [UInt8], _ status: FileStatus, what one: TrackedFile) -> Bool {
        guard let file = try? OpenFile(path: path, followsLink: true),
            FileKey(file.status) == FileKey(status),
            let head = try? file.read(at: 0, count: Container.headBytes)
        else { return true }
        let isPacked = PackedText.isPacked(head)
        let least = max(one.file.offset, UInt64(one.file.head.count))
        guard isPacked || file.status.size >= least else { return false }
        return holds(file, path, isPacked, one.file) != false
    }

    /// Another file has its place: what it held is looked for elsewhere, and the other one is seen as new.
    func abandon(_ one: TrackedFile, _ now: Timestamp) {
        let old = one.file
        tally.restarts += 1
        forget(one)
        tracked.removeAll { $0 === one }
        if !old.isCopy { seek(old, now) }
    }

    /// The file begins anew under its name. What it held before is looked for elsewhere: a copy may hold more of it than was read.
    func restart(_ one: TrackedFile, _ now: Timestamp) {
        let old = one.file
        tally.restarts += 1
        one.file = FollowedFile(
            generation: newGeneration(), path: old.path, device: old.device, inode: old.inode)
        one.tailBytes = []
        one.headerBytes = nil
        one.stalledAt = nil
        if packed?.file == ObjectIdentifier(one) { packed = nil }
        seek(old, now)
    }

    /// What a file held before: a copy may hold more of it than was read.
    private func seek(_ old: FollowedFile, _ now: Timestamp) {
        guard old.isKnown else { return }
        if let copy = tracked.first(where: {
            $0.file.isCopy && $0.file.generation == old.generation
        }) {
            takeOver(old, by: copy)
            return
        }
        let rest = TrackedFile(old)
        rest.file.device = 0
        rest.file.inode = 0
        rest.hasFile = false
        rest.missingSince = now
        tracked.append(rest)
    }

    private func takeOver(_ old: FollowedFile, by copy: TrackedFile) {
        var file = old
        file.path = copy.file.path
        file.device = copy.file.device
        file.inode = copy.file.inode
        file.isPacked = copy.file.isPacked
        copy.file = file
        copy.stalledAt = nil
        mustSave = true
        isDirty = true
    }

    /// A log that was emptied may have grown past where it was read: a stranger may be a copy of what it says now.
    private func restartReplaced(_ now: Timestamp) {
        for one in tracked
        where one.isMet && one.isUnchecked && !one.isOfRotation && one.file.isKnown {
            guard let status = try? FileStatus(path: one.file.path, followsLink: true),
                FileKey(status) == one.file.key, !says(one.file.path, status, what: one)
            else { continue }
            restart(one, now)
        }
    }

    // MARK: new files

    private func greet(
        _ path: [UInt8], _ status: FileStatus, _ now: Timestamp,
        among relatives: [[UInt8]: [TrackedFile]]
    ) {
        guard tracked.count < limits.filesMax else {
            tell(path, "more than \(limits.filesMax) files; this one is not followed")
            return
        }
        do throws(ReadFailure) {
            let file = try OpenFile(path: path, followsLink: true)
            // Another one may have come by now; the next look meets it.
            guard FileKey(file.status) == FileKey(status) else { return }
            let head = try file.read(at: 0, count: Container.headBytes)
            let isPacked = PackedText.isPacked(head)
            let (folder, name) = RotationName.split(path)
            let stem = PathPattern.join(folder, RotationName.stem(name))
            let candidates = (relatives[stem] ?? []).filter {
                RotationName.mayHold(name, whatWasIn: $0.name)
            }
            switch holder(of: path, file, isPacked, among: candidates) {
            case .known(let one): adopt(one, path, file.status, isPacked, now)
            case .unclear where isWaiting(status, isPacked, now): return
            case .unclear, .new:
                if isCopyOfUnread(path, file, isPacked) { return }
                begin(path, file.status, isPacked, now)
            }
            undecided[FileKey(status)] = nil
            forgive(path)
        } catch {
            tell(path, error.description)
        }
    }

    private func begin(
        _ path: [UInt8], _ status: FileStatus, _ isPacked: Bool, _ now: Timestamp
    ) {
        let one = TrackedFile(
            FollowedFile(
                generation: newGeneration(), path: path, device: status.device,
                inode: status.inode))
        one.file.isPacked = isPacked
        one.isMet = true
        one.see(status, at: now)
        tracked.append(one)
        byKey[one.file.key] = one
    }

    private func isWaiting(_ status: FileStatus, _ isPacked: Bool, _ now: Timestamp) -> Bool {
        let since = undecided[FileKey(status), default: now]
        undecided[FileKey(status)] = since
        let seconds = isPacked ? limits.packingSeconds : limits.searchSeconds
        return now.nanoseconds - since.nanoseconds < seconds * 1_000_000_000
    }

    /// A file holds what is known already: it is read on from there, or, where that is still read elsewhere, kept in mind as its copy.
    private func adopt(
        _ one: TrackedFile, _ path: [UInt8], _ status: FileStatus, _ isPacked: Bool,
        _ now: Timestamp
    ) {
        var file = one.file
        file.path = path
        file.device = status.device
        file.inode = status.inode
        file.isPacked = isPacked
        mustSave = true
        isDirty = true
        if one.hasFile, one.missingSince == nil {
            file.isCopy = true
            let copy = TrackedFile(file)
            copy.isMet = true
            copy.see(status, at: now)
            tracked.append(copy)
            byKey[file.key] = copy
            return
        }
        if byKey[one.file.key] === one { byKey[one.file.key] = nil }
        shelf.close(one)
        one.file = file
        one.hasFile = true
        one.isMet = true
        one.missingSince = nil
        one.stalledAt = nil
        one.lastChange = Timestamp(nanoseconds: 0)
        one.see(status, at: now)
        byKey[file.key] = one
    }

    // MARK: content

    private enum Holder {
        case known(TrackedFile)
        /// Too little of it is there to tell.
        case unclear
        case new
    }

    private func holder(
        of path: [UInt8], _ file: OpenFile, _ isPacked: Bool, among candidates: [TrackedFile]
    ) -> Holder {
        var isUnclear = false
        for one in candidates {
            switch holds(file, path, isPacked, one.file) {
            case true? where isOther(file, path, isPacked, than: one): continue
            case true?: return .known(one)
            case false?: continue
            case nil: isUnclear = true
            }
        }
        return isUnclear ? .unclear : .new
    }

    /// A file that begins as another one, which is still there, and says more than that: no copy of it. Logs may begin with the same lines of
    /// columns.
    private func isOther(
        _ file: OpenFile, _ path: [UInt8], _ isPacked: Bool, than one: TrackedFile
    ) -> Bool {
        guard one.hasFile, one.missingSince == nil, !one.file.isPacked,
            let live = try? OpenFile(path: one.file.path, followsLink: true),
            FileKey(live.status) == one.file.key,
            // Else it was emptied or replaced since, and the copy has what it was.
            holds(live, one.file.path, false, one.file) == true
        else { return false }
        guard isPacked else { return !mirrors(file, live) }
        guard let copy = try? OpenFile(path: path, followsLink: true),
            let text = try? PackedText(copy)
        else { return false }
        return !text.bytes(from: live.status.size, count: 1).isEmpty
    }

    /// Whether all that a file has so far stands in `live` at the same places.
    private func mirrors(_ file: OpenFile, _ live: OpenFile) -> Bool {
        let size = file.status.size
        guard size <= live.status.size else { return false }
        let count = Int(min(size, UInt64(Fingerprint.headBytesMax)))
        return [0, size - UInt64(count)].allSatisfy { at in
            guard let own = try? file.read(at: at, count: count),
                let other = try? live.read(at: at, count: count)
            else { return false }
            return own == other
        }
    }

    /// A copy, whole or in the making, of a file of which nothing is known yet: when that was read, it can be told.
    private func isCopyOfUnread(_ path: [UInt8], _ file: OpenFile, _ isPacked: Bool) -> Bool {
        let source = isPacked ? RotationName.unpacked(path) : RotationName.log(of: path)
        guard let source, source != path,
            let one = tracked.first(where: { $0.isMet && $0.hasFile && $0.file.path == source }),
            !one.file.isKnown, !one.isRefused, !one.file.isPacked,
            let live = try? OpenFile(path: source, followsLink: true), live.status.size > 0,
            FileKey(live.status) == one.file.key
        else { return false }
        guard isPacked else { return mirrors(file, live) }
        guard let copy = try? OpenFile(path: path, followsLink: true),
            let text = try? PackedText(copy)
        else { return true }
        let own = text.bytes(from: 0, count: Fingerprint.headBytesMax)
        let other = (try? live.read(at: 0, count: own.count)) ?? []
        return own == other
    }

    /// Whether the file begins as `known` did, and says the same before the place up to which that was read; nil where it ends before.
    private func holds(
        _ file: OpenFile, _ path: [UInt8], _ isPacked: Bool, _ known: FollowedFile
    ) -> Bool? {
        let tailStart = known.offset - UInt64(known.tail.count)
        do throws(ReadFailure) {
            let head: [UInt8]
            let tail: [UInt8]
            if isPacked {
                // One of its own: a stream moves its descriptor's place.
                let text = try PackedText(OpenFile(path: path, followsLink: true))
                head = text.bytes(from: 0, count: known.head.count)
                guard head.count == known.head.count else { return nil }
                guard Fingerprint(head) == known.head else { return false }
                tail = text.bytes(from: tailStart, count: known.tail.count)
            } else {
                head = try file.read(at: 0, count: known.head.count)
                guard head.count == known.head.count else { return nil }
                guard Fingerprint(head) == known.head else { return false }
                tail = try file.read(at: tailStart, count: known.tail.count)
            }
            guard tail.count == known.tail.count else { return nil }
            return tail.isEmpty || Fingerprint(tail) == known.tail
        } catch {
            return isPacked ? nil : false
        }
    }

    // MARK: files that left

    private func search(_ one: TrackedFile, _ now: Timestamp) {
        let (folder, name) = RotationName.split(one.file.path)
        if listings[folder] == nil {
            listings[folder] = FolderListing(folder, countMax: limits.filesMax * 2)
        }
        guard let listing = listings[folder] else { return }
        if one.hasFile, let found = listing.entry(one.file.key),
            found.path == one.file.path || says(found.path, found.status, what: one)
        {
            return putAside(one, found.path, found.status, now)
        }
        if one.file.isCopy { return forget(one) }
        let since = one.missingSince ?? now
        one.missingSince = since
        if let copy = tracked.first(where: {
            $0.file.isCopy && $0.file.generation == one.file.generation
        }) {
            takeOver(one.file, by: copy)
            return forget(one)
        }
        for relative in listing.relatives(of: name) where byKey[FileKey(relative.status)] == nil {
            guard let file = try? OpenFile(path: relative.path, followsLink: false),
                let head = try? file.read(at: 0, count: Container.headBytes)
            else { continue }
            let isPacked = PackedText.isPacked(head)
            guard one.file.isKnown, holds(file, relative.path, isPacked, one.file) == true else {
                continue
            }
            adopt(one, relative.path, file.status, isPacked, now)
            return
        }
        guard one.hasFile else { return }
        if let held = shelf.held(one), let status = try? FileStatus(descriptor: held.descriptor) {
            one.see(status, at: now)
            let isRead = status.size <= one.file.offset || one.isRefused || one.file.isPacked
            guard isRead, isGivenUp(one, now) else { return }
        } else {
            guard isGivenUp(one, now) else { return }
            if one.size > one.file.offset, !one.file.isPacked, !one.isRefused {
                tally.lostBytes += one.size - one.file.offset
                tell(
                    one.file.path,
                    "deleted before its last \(one.size - one.file.offset) bytes were read")
            }
        }
        forget(one)
    }

    /// It has another name now, which no pattern meets: it is read to its end and kept in view for what its writer may still add.
    private func putAside(
        _ one: TrackedFile, _ path: [UInt8], _ status: FileStatus, _ now: Timestamp
    ) {
        one.missingSince = nil
        if one.file.path != path {
            one.file.path = path
            isDirty = true
        }
        one.see(status, at: now)
        if !one.file.isPacked, !one.file.isCopy, status.size < one.file.offset {
            restart(one, now)
        } else if one.isQuiet(for: Self.putAsideSeconds, at: now),
            one.file.isCopy || status.size <= one.file.offset || one.isRefused
        {
            forget(one)
        }
    }

    private func forget(_ one: TrackedFile) {
        if byKey[one.file.key] === one { byKey[one.file.key] = nil }
        shelf.close(one)
        if packed?.file == ObjectIdentifier(one) { packed = nil }
        one.hasFile = false
        one.missingSince = nil
        isDirty = true
    }
}
