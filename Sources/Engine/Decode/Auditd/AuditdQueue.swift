/// Records that wait for others of their event.
///
/// Records of one event carry the same time, serial and node, and may be interleaved with others'.
/// An event is done when its last record has come, when a record more than
/// ``waitNanoseconds`` younger was seen, or when more than ``eventsMax`` events wait. Events leave
/// in the order of their first records.
///
/// - Bounds: ``eventsMax`` events, ``recordsMax`` records of one event; a record beyond that begins
///   the event anew.
/// - Source: the two seconds are auparse's default `EOE_TIMEOUT`, auditd.conf(5).
struct AuditdQueue {
    static let eventsMax = 1024
    static let recordsMax = 4096
    static let waitNanoseconds: Int64 = 2_000_000_000

    struct Waiting {
        var time: Timestamp
        var serial: UInt64
        var nodeHash: UInt64
        var first: Int
        var last: Int
        var count: Int
        var complete: Bool
    }

    private struct Cell {
        var record: AuditdRecord
        var next: Int
    }

    static let none = -1

    private var cells: [Cell] = []
    private var freeCell = none
    private var waiting: [Waiting] = []
    private var head = 0
    private var newest: Timestamp?
    private var highestSerial: UInt64 = 0

    var isEmpty: Bool { head == waiting.count }

    mutating func add(_ record: AuditdRecord, nodeHash: UInt64, isLast: Bool) {
        let cell = place(record)
        newest = newest.map { max($0, record.time) } ?? record.time
        if let index = find(record, nodeHash) {
            cells[waiting[index].last].next = cell
            waiting[index].last = cell
            waiting[index].count += 1
            if isLast || waiting[index].count >= Self.recordsMax { waiting[index].complete = true }
            return
        }
        highestSerial = max(highestSerial, record.serial)
        waiting.append(
            Waiting(
                time: record.time, serial: record.serial, nodeHash: nodeHash, first: cell,
                last: cell, count: 1, complete: isLast))
    }

    /// Marks the event of an EOE record, which holds nothing itself, as done.
    mutating func end(_ record: AuditdRecord, nodeHash: UInt64) {
        if let index = find(record, nodeHash) { waiting[index].complete = true }
    }

    /// The oldest event, if it is done; `atEnd` says that no further record can come.
    mutating func next(atEnd: Bool) -> Waiting? {
        guard head < waiting.count else { return nil }
        let oldest = waiting[head]
        let (age, overflow) = (newest?.nanoseconds ?? 0).subtractingReportingOverflow(
            oldest.time.nanoseconds)
        guard
            atEnd || oldest.complete || overflow || age > Self.waitNanoseconds
                || waiting.count - head > Self.eventsMax
        else { return nil }
        head += 1
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= Self.eventsMax {
            waiting.removeFirst(head)
            head = 0
        }
        return oldest
    }

    /// Calls `body` with each record of an event that has left the queue.
    func forEach(_ event: Waiting, _ body: (AuditdRecord) -> Void) {
        var cell = event.first
        while cell != Self.none {
            body(cells[cell].record)
            cell = cells[cell].next
        }
    }

    /// Gives the records of an event back.
    mutating func release(_ event: Waiting) {
        cells[event.last].next = freeCell
        freeCell = event.first
    }

    private mutating func place(_ record: AuditdRecord) -> Int {
        if freeCell != Self.none {
            let cell = freeCell
            freeCell = cells[cell].next
            cells[cell] = Cell(record: record, next: Self.none)
            return cell
        }
        cells.append(Cell(record: record, next: Self.none))
        return cells.count - 1
    }

    private func find(_ record: AuditdRecord, _ nodeHash: UInt64) -> Int? {
        // Serials grow, so most first records need no search.
        guard record.serial <= highestSerial else { return nil }
        var index = waiting.count - 1
        while index >= head {
            let event = waiting[index]
            if event.serial == record.serial, event.time == record.time,
                event.nodeHash == nodeHash, !event.complete
            {
                return index
            }
            index -= 1
        }
        return nil
    }
}
