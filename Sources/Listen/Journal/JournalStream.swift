internal import Engine
internal import NIOCore
internal import Tenancy

/// One upload by systemd-journal-upload: entries are handed in batch by batch while the body comes, for a first
/// upload holds a whole journal. It is answered when the last batch is durable.
///
/// The sender's cursor is each record's key, so that an upload begun anew stores nothing twice.
final class JournalStream {
    enum Step {
        case read
        /// A delivery is under way.
        case wait
        case deliver(Delivery)
        case answer(IntakeAnswer)
    }

    private let binding: SourceBinding
    private let desk: any IntakeDesk
    private let limits: IntakeLimits
    private let counters: IntakeCounters
    private var cutter: JournalCutter
    private var records: [Delivery.Record] = []
    private var recordBytes = 0
    private var isDelivering = false
    private var refusal: IntakeAnswer?
    private(set) var hasEnded = false

    init(
        binding: SourceBinding, desk: any IntakeDesk, limits: IntakeLimits,
        counters: IntakeCounters
    ) {
        self.binding = binding
        self.desk = desk
        self.limits = limits
        self.counters = counters
        cutter = JournalCutter(entryBytesMax: limits.recordBytesMax)
    }

    var waitingBytes: Int { recordBytes + cutter.waitingBytes }

    func add(_ bytes: [UInt8]) {
        cutter.add(bytes)
        cut { (cutter) throws(JournalCutter.Failure) in try cutter.next() }
    }

    func end() {
        hasEnded = true
        cut { (cutter) throws(JournalCutter.Failure) in try cutter.last() }
    }

    func abandon() { refusal = refusal ?? Self.malformed }

    private func cut(
        _ next: (inout JournalCutter) throws(JournalCutter.Failure) -> JournalCutter.Entry?
    ) {
        guard refusal == nil else { return }
        do throws(JournalCutter.Failure) {
            while let entry = try next(&cutter) {
                recordBytes += entry.bytes.count
                records.append(
                    Delivery.Record(
                        bytes: entry.bytes, format: .journal,
                        key: entry.cursor.map {
                            RecordKey.of(binding, Array("journal".utf8), $0)
                        }))
            }
        } catch {
            refusal =
                error == .tooLarge
                ? .problem(413, "A journal entry is larger than the limit.", reason: .tooLarge)
                : Self.malformed
        }
    }

    private static let malformed = IntakeAnswer.problem(
        400, "This is not the journal's export format.", reason: .malformed)

    func next() -> Step {
        if isDelivering { return .wait }
        let isFull =
            recordBytes >= limits.batchBytesMax || records.count >= limits.batchRecordsMax
        if !records.isEmpty, isFull || hasEnded || refusal != nil {
            let delivery = Delivery(binding: binding, records: records)
            records = []
            isDelivering = true
            return .deliver(delivery)
        }
        if let refusal { return .answer(refusal) }
        if hasEnded {
            return .answer(
                IntakeAnswer(202, contentType: "text/plain", body: Array("OK.\n".utf8)))
        }
        return .read
    }

    func deliver(_ delivery: Delivery, on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        let (desk, counters) = (desk, counters)
        let bytes = delivery.byteCount
        let taken = eventLoop.makeFutureWithTask { () -> IntakeRefusal? in
            do throws(IntakeRefusal) {
                counters.took(try await desk.take(delivery), bytes: bytes)
                return nil
            } catch {
                return error
            }
        }
        return taken.assumeIsolated().map { [self] refusal in
            isDelivering = false
            recordBytes -= bytes
            if let refusal { self.refusal = Self.answer(refusal) }
        }.nonisolated()
    }

    private static func answer(_ refusal: IntakeRefusal) -> IntakeAnswer {
        IntakeAnswer.problem(
            refusal == .closed ? 403 : 503, refusal.reason.rawValue, reason: refusal.reason
        ).retrying(after: refusal.retryAfterSeconds)
    }
}
