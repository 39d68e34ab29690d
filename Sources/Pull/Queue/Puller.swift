internal import Collect
internal import Engine
package import Listen
package import Logging
internal import Synchronization
internal import Tenancy

/// Where a source's objects are announced.
package struct PullPlan: Hashable, Sendable {
    package let binding: SourceBinding
    /// The queue's URL.
    package let queue: String

    /// Reads `TENANT/SOURCE=QUEUE-URL`; nil where the text is not of that form.
    package init?(_ text: String) {
        let sides = text.split(separator: "=", maxSplits: 1)
        guard sides.count == 2 else { return nil }
        let names = sides[0].split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, let tenant = TenantID(String(names[0])),
            let source = LogSourceID(String(names[1])),
            sides[1].hasPrefix("https://") || sides[1].hasPrefix("http://")
        else { return nil }
        binding = SourceBinding(tenant: tenant, source: source)
        queue = String(sides[1])
    }

    /// `eu-west-1` of `https://sqs.eu-west-1.amazonaws.com/…`; nil where the queue is elsewhere.
    package var region: String? {
        let host = queue.split(separator: "/").dropFirst().first ?? ""
        let parts = host.split(separator: ".")
        guard parts.count >= 4, parts[0] == "sqs", parts[2] == "amazonaws",
            AWSRegion.isName(String(parts[1]))
        else { return nil }
        return String(parts[1])
    }
}

/// What pulling takes at most.
package struct PullLimits: Sendable {
    /// Of one object as it lies in the bucket; larger ones are left, and told.
    package var objectBytesMax = 64 << 20
    /// Of records handed in at once.
    package var deliveryBytesMax = 4 << 20
    package var deliveryRecordsMax = 5_000
    /// How long a message is kept from other readers; extended while its objects are at work.
    package var visibilitySeconds = 120
    /// How long a message that cannot be served is kept away at most.
    package var restSecondsMax = 900
    /// Between tries after a failure, at most.
    package var pauseSecondsMax = 60

    package init() {}
}

/// Fetches the objects that a queue announces, and keeps their records.
///
/// A message is deleted when every record of its objects is durable, not before. One that cannot be served (no notice, an object that is not
/// there, cannot be read or is too large) is left in the queue with its reason told, for the queue's own dead letters.
package struct Puller: Sendable {
    package struct Tally: Hashable, Sendable {
        package var messages = 0
        package var objects = 0
        package var stored = 0
        package var duplicates = 0
        /// Records within objects that could not be told apart.
        package var unreadable = 0
        /// Messages left in the queue, each time they were.
        package var left = 0
    }

    private let plan: PullPlan
    private let client: AWSClient
    private let take: @Sendable (Delivery) async throws(IntakeRefusal) -> [IntakeOutcome]
    private let pause: @Sendable (Duration) async -> Void
    private let logger: Logger
    private let limits: PullLimits
    private let counts: Counts

    private final class Counts: Sendable {
        let tally = Mutex(Tally())
    }

    package init(
        _ plan: PullPlan, client: AWSClient,
        take: @escaping @Sendable (Delivery) async throws(IntakeRefusal) -> [IntakeOutcome],
        pause: @escaping @Sendable (Duration) async -> Void, logger: Logger,
        limits: PullLimits = PullLimits()
    ) {
        self.plan = plan
        self.client = client
        self.take = take
        self.pause = pause
        self.logger = logger
        self.limits = limits
        counts = Counts()
    }

    package var tally: Tally { counts.tally.withLock { $0 } }

    private func count(_ change: (inout Tally) -> Void) { counts.tally.withLock { change(&$0) } }

    /// Pulls until its task is cancelled.
    package func run() async {
        var failures = 0
        while !Task.isCancelled {
            do throws(AWSFailure) {
                try await turn()
                failures = 0
            } catch {
                guard !Task.isCancelled else { break }
                failures += 1
                tell("a queue cannot be read: \(error.reason)")
                await pause(.seconds(min(1 << min(failures, 6), limits.pauseSecondsMax)))
            }
        }
    }

    /// Lets go of the connections; pull no more after it.
    package func close() async { await client.close() }

    /// Serves the messages that are there, waiting for some at most ``AWSClient/waitSeconds``.
    package func turn() async throws(AWSFailure) {
        let messages = try await client.receive(
            from: plan.queue, visibilitySeconds: limits.visibilitySeconds)
        for (index, message) in messages.enumerated() {
            guard !Task.isCancelled else { return }
            count { $0.messages += 1 }
            // Those behind it wait as long.
            try await withHidden(Array(messages[index...])) { await serve(message) }
        }
    }

    /// Runs `body` while the messages are kept from other readers.
    private func withHidden(
        _ messages: [AWSClient.Message], _ body: @escaping @Sendable () async -> Void
    ) async throws(AWSFailure) {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let turn = Duration.seconds(max(1, limits.visibilitySeconds / 3))
                while !Task.isCancelled {
                    await pause(turn)
                    guard !Task.isCancelled else { return }
                    for message in messages {
                        do throws(AWSFailure) {
                            try await client.hide(
                                message, of: plan.queue, seconds: limits.visibilitySeconds)
                        } catch {
                            tell("a message cannot be kept away: \(error.reason)")
                        }
                    }
                }
            }
            await body()
            group.cancelAll()
        }
    }

    private enum Outcome {
        case done
        /// It may be served later.
        case later(String)
        /// It will not get better by itself.
        case never(String)
    }

    private func serve(_ message: AWSClient.Message) async {
        switch await outcome(of: message) {
        case .done:
            do throws(AWSFailure) {
                try await client.delete(message, from: plan.queue)
            } catch {
                // It comes again, and its records are known then.
                tell("a message cannot be deleted: \(error.reason)")
            }
        case .later(let reason):
            tell("a message is served later: \(reason)")
        case .never(let reason):
            count { $0.left += 1 }
            tell("a message is left in its queue: \(reason)", id: message.id)
            let seconds = min(60 * max(1, message.receiveCount), limits.restSecondsMax)
            try? await client.hide(message, of: plan.queue, seconds: seconds)
        }
    }

    private func outcome(of message: AWSClient.Message) async -> Outcome {
        let notice: S3Notice
        do throws(S3Notice.Failure) {
            notice = try S3Notice(message.body)
        } catch {
            switch error {
            case .notANotice: return .never("it is no notice of S3")
            case .malformedName: return .never("it names an object that cannot be one")
            }
        }
        for object in notice.objects {
            do throws(AWSFailure) {
                let content = try await client.object(object, bytesMax: limits.objectBytesMax)
                if let problem = await keep(content, of: object) { return problem }
                count { $0.objects += 1 }
            } catch {
                switch error.kind {
                case .transient, .denied: return .later(error.reason)
                case .missing, .tooLarge, .refused: return .never(error.reason)
                }
            }
        }
        return .done
    }

    /// - Returns: nil when all its records are durable.
    private func keep(_ content: AWSClient.Content, of object: S3Notice.Object) async -> Outcome? {
        var reader = InputReader(memory: content.bytes, name: object.key)
        var splitter = BlockRecords()
        var waiting: [Delivery.Record] = []
        var bytes = 0
        while let block = reader.nextBlock() {
            let (records, refused) = splitter.records(of: block)
            count { $0.unreadable += refused.count }
            for record in records {
                let isFull =
                    bytes + record.bytes.count > limits.deliveryBytesMax
                    || waiting.count == limits.deliveryRecordsMax
                if isFull, !waiting.isEmpty {
                    guard await deliver(waiting) else { return .later("the service is stopping") }
                    waiting.removeAll(keepingCapacity: true)
                    bytes = 0
                }
                waiting.append(deliverable(record, of: object, content.tag, block.source))
                bytes += record.bytes.count
            }
        }
        if !waiting.isEmpty {
            guard await deliver(waiting) else { return .later("the service is stopping") }
        }
        count { $0.unreadable += Int(clamping: reader.unparsedByReason.values.reduce(0, +)) }
        let problem = reader.sources.first { $0.problem != nil && !$0.isPassedOver }?.problem
        return problem.map { .never("an object cannot be read: \($0)") }
    }

    private func deliverable(
        _ record: BlockRecords.Record, of object: S3Notice.Object, _ tag: String, _ part: Int
    ) -> Delivery.Record {
        var labels = Labels()
        labels.add("bucket", object.bucket)
        labels.add("key", object.key)
        return Delivery.Record(
            bytes: record.bytes, format: record.format,
            key: .of(
                plan.binding, Array("s3".utf8), Array(object.bucket.utf8), Array(object.key.utf8),
                Array(tag.utf8), Array(String(part).utf8), Array(record.id.utf8)),
            labels: labels.bytes ?? [])
    }

    /// - Returns: false where the service stops before they are durable.
    private func deliver(_ records: [Delivery.Record]) async -> Bool {
        let delivery = Delivery(binding: plan.binding, records: records)
        while !Task.isCancelled {
            do throws(IntakeRefusal) {
                let outcomes = try await take(delivery)
                let stored = outcomes.count { $0 == .stored }
                count {
                    $0.stored += stored
                    $0.duplicates += outcomes.count - stored
                }
                return true
            } catch {
                switch error {
                case .busy(let seconds), .overQuota(let seconds):
                    await pause(.seconds(min(max(1, seconds), limits.pauseSecondsMax)))
                case .closed, .storage: await pause(.seconds(10))
                }
            }
        }
        return false
    }

    private func tell(_ text: String, id: String? = nil) {
        var metadata: Logger.Metadata = ["source": "\(plan.binding.source)"]
        if let id { metadata["message"] = "\(id.prefix(100))" }
        logger.warning("pull: \(text)", metadata: metadata)
    }
}
