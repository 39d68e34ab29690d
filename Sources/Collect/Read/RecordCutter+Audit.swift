extension RecordCutter {
    /// One event a piece, where its lines stand together; events whose lines are mixed are one piece.
    ///
    /// An event is over as ``AuditBoundary`` says. What each piece is read with starts anew at its own beginning.
    func auditPieces(in bytes: [UInt8], isOver: Bool) -> [Piece] {
        var found: [Piece] = []
        var open: [AuditBoundary.Open] = []
        var newest: UInt64 = 0
        var begin = 0
        var start = 0

        func cut(at end: Int) {
            if let range = Self.trimmed(bytes, begin..<end), !Self.isEndMark(bytes, range) {
                found.append(Piece(range: range, next: end))
            } else if !found.isEmpty {
                found[found.count - 1].next = end
            }
            begin = end
            newest = 0
            open.removeAll(keepingCapacity: true)
        }

        while let newline = bytes.first(0x0a, in: start..<bytes.count) {
            let end = newline + 1
            if let stamp = AuditBoundary.stamp(bytes, start..<end) {
                let time = AuditBoundary.milliseconds(stamp)
                let later = max(newest, time)
                open.removeAll {
                    later - min($0.milliseconds, later) > AuditBoundary.waitMilliseconds
                }
                // Those before it waited too long.
                if newest > 0, open.isEmpty, start > begin { cut(at: start) }
                newest = max(newest, time)
                AuditBoundary.update(&open, stamp, time, AuditBoundary.type(bytes, start..<end))
                if open.isEmpty { cut(at: end) }
            }
            start = end
        }
        if isOver { cut(at: bytes.count) }
        return found
    }

    /// `type=EOE` alone says only that an event which is over already is over.
    private static func isEndMark(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        AuditBoundary.type(bytes, range).elementsEqual("EOE".utf8)
            && bytes.first(0x0a, in: range) == nil
    }
}
