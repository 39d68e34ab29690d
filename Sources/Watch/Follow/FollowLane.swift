package import Collect
internal import Engine
package import Listen
package import Logging
package import NIOCore
package import Store
internal import Tenancy

/// Follows the files of one source: reads, hands in, and only when that is durable writes down how far it came.
///
/// It reads from disks, so it runs on an event loop of its own kind.
package actor FollowLane {
    package struct Setting: Sendable {
        /// Where ``Follower/state`` is kept.
        package var folder: String
        package var take: @Sendable (Delivery) async throws(IntakeRefusal) -> [IntakeOutcome]
        package var cadence: DetectionLane.Cadence
        package var loop: any EventLoop
        package var logger: Logger
        package var limits: FollowLimits
        /// Draws the state's epoch.
        package var chance: @Sendable () -> UInt64

        package init(
            folder: String,
            take: @escaping @Sendable (Delivery) async throws(IntakeRefusal) -> [IntakeOutcome],
            cadence: DetectionLane.Cadence, loop: any EventLoop, logger: Logger,
            limits: FollowLimits = FollowLimits(), chance: @escaping @Sendable () -> UInt64
        ) {
            self.folder = folder
            self.take = take
            self.cadence = cadence
            self.loop = loop
            self.logger = logger
            self.limits = limits
            self.chance = chance
        }
    }

    /// Between two looks: nothing is seen later than twice that.
    package static let pause = Duration.milliseconds(400)
    /// Of the written state.
    static let stateBytesMax = 64 << 20
    /// A larger state is written at most once a second.
    static let smallStateBytes = 256 << 10
    static let refusalSecondsMax = 5

    private let plan: FollowPlan
    private let setting: Setting
    private let follower: Follower
    private var savedAt = Timestamp(nanoseconds: 0)
    private var stateBytes = 0
    /// What the disk said last, of the state.
    package private(set) var failure: StoreFailure?

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe setting.loop.executor.asUnownedSerialExecutor()
    }

    /// Takes up the state where there is one. One that cannot be read is kept beside, and everything is read anew.
    package init(_ plan: FollowPlan, _ setting: Setting) throws(StoreFailure) {
        self.plan = plan
        self.setting = setting
        try StateFiles.makeFolder(setting.folder)
        let name = Self.fileName(plan)
        let path = setting.folder + "/" + name
        guard let bytes = StateFiles.read(path, bytesMax: Self.stateBytesMax) else {
            guard !StateFiles.exists(path) else {
                throw StoreFailure(
                    .refused, "\(path) cannot be read; see that it may be, or move it away")
            }
            follower = Follower(plan.patterns, epoch: setting.chance(), limits: setting.limits)
            return
        }
        do throws(StateReader.Failure) {
            follower = try Follower(plan.patterns, state: bytes, limits: setting.limits)
        } catch {
            setting.logger.error(
                "what was followed is not known any more; the files are read from their start",
                metadata: ["cause": "\(error)", "state": "\(path)"])
            try StateFiles.write(bytes, as: name + ".damaged", in: setting.folder)
            follower = Follower(plan.patterns, epoch: setting.chance(), limits: setting.limits)
        }
    }

    private static func fileName(_ plan: FollowPlan) -> String {
        "\(plan.binding.source).follow"
    }

    package var tally: Follower.Tally { follower.tally }

    /// Follows until its task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await turn()
            await setting.cadence.pause(Self.pause)
        }
        if follower.isDirty { save() }
    }

    /// Reads all there is now.
    package func turn() async {
        follower.look(now: setting.cadence.clock())
        while !Task.isCancelled, let batch = follower.next(now: setting.cadence.clock()) {
            guard await keep(batch) else { break }
            let now = setting.cadence.clock()
            if stateBytes < Self.smallStateBytes
                || now.nanoseconds - savedAt.nanoseconds >= 1_000_000_000
            {
                save()
            }
        }
        if follower.isDirty { save() }
        for news in follower.takeNews() {
            setting.logger.warning(
                "a followed file: \(news.text)",
                metadata: ["path": "\(news.path)", "source": "\(plan.binding.source)"])
        }
    }

    /// - Returns: false where it was not kept and this should be tried again later, from the state.
    private func keep(_ batch: Follower.Batch) async -> Bool {
        let delivery = delivery(batch.records)
        while !Task.isCancelled {
            if follower.mustSave { save() }
            // Without its place written down, a record could be kept twice under two names.
            guard !follower.mustSave else {
                await setting.cadence.pause(.seconds(1))
                continue
            }
            guard !delivery.records.isEmpty else {
                follower.isDurable(batch)
                return true
            }
            do throws(IntakeRefusal) {
                _ = try await setting.take(delivery)
                follower.isDurable(batch)
                return true
            } catch {
                await setting.cadence.pause(.seconds(Self.seconds(error)))
            }
        }
        return false
    }

    private static func seconds(_ refusal: IntakeRefusal) -> Int {
        switch refusal {
        case .busy(let seconds), .overQuota(let seconds): min(max(1, seconds), refusalSecondsMax)
        case .closed, .storage: refusalSecondsMax
        }
    }

    private static func labels(_ path: String) -> [UInt8] {
        var labels = Labels()
        labels.add("path", path)
        return labels.bytes ?? []
    }

    private func delivery(_ records: [Follower.Record]) -> Delivery {
        let kind = Array("follow".utf8)
        let epoch = Array(String(follower.epoch).utf8)
        return Delivery(
            binding: plan.binding,
            records: records.map { record in
                let text: (bytes: [UInt8], format: RecordFormat) =
                    if let format = record.format {
                        (record.bytes, format)
                    } else {
                        TextRecord.of(record.bytes)
                    }
                return Delivery.Record(
                    bytes: text.bytes, format: text.format,
                    key: .of(
                        plan.binding, kind, epoch, Array(String(record.generation).utf8),
                        Array(String(record.offset).utf8)),
                    labels: Self.labels(record.path))
            })
    }

    private func save() {
        let bytes = follower.state
        do throws(StoreFailure) {
            try StateFiles.write(bytes, as: Self.fileName(plan), in: setting.folder)
            follower.isSaved()
            stateBytes = bytes.count
            savedAt = setting.cadence.clock()
            failure = nil
        } catch {
            if failure == nil {
                setting.logger.error(
                    "how far files were followed cannot be written down; nothing more is read",
                    metadata: ["cause": "\(error)"])
            }
            failure = error
        }
    }
}
