/// Adds to an event what only its kind can tell, or what its message carries in another format.
struct EventCompletion {
    var linux: LinuxAnnotator
    let zeek: ZeekAnnotator
    private var renames: [RenameTable?]

    init(_ names: inout FieldNames, _ rules: RuleSet) {
        linux = LinuxAnnotator(&names)
        zeek = ZeekAnnotator(&names)
        renames = rules.namings.map { $0.map { RenameTable($0) } }
    }

    /// Gives the fields of a record that was told by them the names of its kind.
    mutating func rename(_ event: inout EventBuffer, source: Int) {
        renames[source]?.rename(&event)
    }

    /// Adds what was said of the event's block; see ``Block/add(labels:)``.
    func appendLabels(_ bytes: Span<UInt8>, from start: Int, _ event: inout EventBuffer) {
        let hidText = event.arenaHidesText
        unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var scanner = unsafe JSONScanner(base: base, count: buffer.count, at: start, line: 1)
            _ = unsafe scanner.record(into: &event)
        }
        event.arenaHidesText = event.arenaHidesText || hidText
        event.widenSource(to: start..<bytes.count)
    }

    /// Adds the members of the JSON object that stands at `range` of the event's block.
    ///
    /// - Returns: false when it is not a whole object; what was read up to there stays.
    ///
    /// Unsafe: the pointer is lent for the call, and `range` was checked to lie within the block.
    func appendObject(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ event: inout EventBuffer
    ) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else { return false }
        return unsafe bytes.withUnsafeBufferPointer { buffer -> Bool in
            guard let base = buffer.baseAddress else { return false }
            var scanner = unsafe JSONScanner(
                base: base, count: range.upperBound, at: range.lowerBound, line: 1)
            let outcome = unsafe scanner.record(into: &event)
            // The header's values are copies too; the scanner speaks of its own alone.
            event.arenaHidesText = true
            if case .record = outcome { return true }
            return false
        }
    }
}
