/// Finds what a spool's folder holds, and mends it.
enum SpoolOpening {
    struct Opened {
        var segments: [SpoolSegment]
        var file: StateFile
        /// Sequences found damaged.
        var damaged: UInt64
    }

    static func open(_ folder: StateFolder, _ spool: [UInt8]) throws(AgentFailure) -> Opened {
        var segments: [SpoolSegment] = []
        var damaged: UInt64 = 0
        let names = try folder.names().filter { SpoolSegment.first(of: $0) != nil }
        for (index, name) in names.enumerated() {
            guard let named = SpoolSegment.first(of: name) else { continue }
            let opened = try StateFile(folder.file(name))
            let bytes = try opened.read(at: 0, count: try opened.size())
            let next = segments.last.map { $0.last + 1 }
            let reading = SpoolSegment.read(bytes, of: spool, first: named)
            var frames = reading.frames.map(\.frame)
            if let next, let last = frames.last?.last, last < next {
                try folder.remove(name)
                continue
            }
            var first = reading.first
            var isMended = reading.isMended
            damaged += frames.reduce(0) { $0 + damage($1, isMended: reading.isMended) }
            if let next, reading.first > next {
                frames.insert(
                    .gap(SpoolGap(first: next, last: reading.first - 1, reason: .damaged)), at: 0)
                damaged += reading.first - next
                first = next
                isMended = true
            }
            if index < names.count - 1, reading.tornBytes > 0 { isMended = true }
            var segment = SpoolSegment(path: folder.file(name), first: first)
            if isMended {
                segment = try rewrite(segment, frames, folder, spool)
            } else {
                for (frame, _, size) in reading.frames { segment.count(frame, byteCount: size) }
                if reading.tornBytes > 0 {
                    try opened.truncate(to: segment.byteCount)
                    try opened.sync()
                }
            }
            segments.append(segment)
        }
        guard let last = segments.last else {
            let (file, segment) = try make(1, folder, spool)
            return Opened(segments: [segment], file: file, damaged: damaged)
        }
        return Opened(segments: segments, file: try StateFile(last.path), damaged: damaged)
    }

    private static func damage(_ frame: SpoolFrame, isMended: Bool) -> UInt64 {
        guard isMended, case .gap(let gap) = frame, gap.reason == .damaged else { return 0 }
        return gap.last - gap.first + 1
    }

    static func make(
        _ first: UInt64, _ folder: StateFolder, _ spool: [UInt8]
    ) throws(AgentFailure) -> (StateFile, SpoolSegment) {
        let name = SpoolSegment.name(of: first)
        try folder.write(SpoolSegment.head(spool, first: first), as: name)
        let path = folder.file(name)
        return (try StateFile(path), SpoolSegment(path: path, first: first))
    }

    /// Writes a segment anew with these frames, gaps that touch joined; a crash leaves the old file or the new one.
    static func rewrite(
        _ segment: SpoolSegment, _ frames: [SpoolFrame], _ folder: StateFolder, _ spool: [UInt8]
    ) throws(AgentFailure) -> SpoolSegment {
        var joined: [SpoolFrame] = []
        for frame in frames {
            if case .gap(let gap) = frame, case .gap(var before)? = joined.last,
                before.reason == gap.reason, before.last + 1 == gap.first
            {
                before.last = gap.last
                joined[joined.count - 1] = .gap(before)
            } else {
                joined.append(frame)
            }
        }
        // Its name stays, as the file is found by it; its first sequence may have moved to the front.
        var written = SpoolSegment(
            path: folder.file(SpoolSegment.name(of: segment.first)), first: segment.first)
        var bytes = SpoolSegment.head(spool, first: segment.first)
        for frame in joined {
            let before = bytes.count
            frame.write(to: &bytes)
            written.count(frame, byteCount: bytes.count - before)
        }
        try folder.write(bytes, as: SpoolSegment.name(of: segment.first))
        if segment.path != written.path {
            let old = segment.path.split(separator: "/").last.map(String.init) ?? ""
            try folder.remove(old)
        }
        return written
    }
}
