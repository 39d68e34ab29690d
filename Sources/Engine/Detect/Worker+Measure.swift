/// The steps of a worker taken alone, for measuring. None is inlined into its caller, so that a
/// profiler can count inside one of them by name.
extension Worker {
    /// Decodes a block and throws the events away: the floor for everything else.
    /// - Returns: how many records there were, those that could not be read among them.
    @inline(never)
    package mutating func parseOnly(_ block: Block) -> UInt64 {
        var records: UInt64 = 0
        eachRecord(of: block) { _, _ in records += 1 }
        return records
    }

    /// Decodes and matches, making nothing of what fires.
    /// - Returns: how many (rule, record) pairs fired.
    @inline(never)
    package mutating func matchOnly(_ block: Block) -> Int {
        var fired = 0
        eachRecord(of: block) { worker, failure in
            if failure == nil { fired += worker.matchCount(block.format) }
        }
        return fired
    }

    /// ``process(_:)`` under a name of its own.
    /// - Returns: how many alerts it made.
    @inline(never)
    package mutating func wholeOnly(_ block: Block) -> Int { process(block).alerts.count }
}
