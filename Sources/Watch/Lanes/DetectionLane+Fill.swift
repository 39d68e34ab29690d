internal import Logging
internal import Store

extension DetectionLane {
    /// A stop does not wait for more records than these to be written for search; the next start goes on with them.
    static let closingRecordsMax: UInt64 = 20_000
    static let fillPause = Duration.seconds(1)

    /// Writes for search, beside the lane, what a stop or a new store left unwritten.
    ///
    /// Until it has caught up the lane itself writes nothing for search, so that what is there has no hole below its end. Where the store or the archive
    /// refuses, it tries again.
    func fillEvents() async {
        while true {
            do throws(StoreFailure) {
                if let written = await outlets.events.writtenUpTo(tenant) {
                    searchThrough = written
                    try await fillEvents(from: written + 1)
                    isFilling = false
                    return
                }
            } catch {
                failure = error
                logger.error(
                    "events cannot be filled in for search",
                    metadata: ["cause": "\(error)", "tenant": "\(tenant)"])
            }
            guard !isClosing else { return }
            await cadence.pause(Self.fillPause)
        }
    }

    private func fillEvents(from first: UInt64) async throws(StoreFailure) {
        guard first <= detection.sequence else { return }
        var reading = detection.eventReading(from: first)
        let reader = try archive.reader(from: first)
        while reader.nextSequence <= detection.sequence {
            let isFar = detection.sequence - reader.nextSequence > Self.closingRecordsMax
            if isClosing, isFar { return }
            let batch = try reader.next(
                recordsMax: Self.pieceRecordsMax, bytesMax: Self.catchUpBytesMax)
            guard !batch.isEmpty else { return }
            var found = Found()
            for record in batch.records { reading.read(record, into: &found) }
            await outlets.events.add(found.events, bytes: found.eventBytes)
            searchThrough = reader.nextSequence - 1
        }
    }
}
