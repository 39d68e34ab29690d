extension Worker {
    /// Decodes a block and throws the events away: the floor for everything else.
    /// - Returns: how many records there were.
    package mutating func parseOnly(_ block: Block) -> UInt64 {
        var records: UInt64 = 0
        eachRecord(of: block) { _, _ in records += 1 }
        return records
    }

    /// Decodes and matches, making nothing of what fires.
    /// - Returns: how many (rule, record) pairs fired.
    package mutating func matchOnly(_ block: Block) -> Int {
        var fired = 0
        eachRecord(of: block) { worker, _ in fired += worker.matchCount(block.format) }
        return fired
    }
}
