package import Engine

/// Builds valid Windows event log files for tests: header, chunks, templates, checksums.
///
///     let bytes = EVTXWriter()
///         .record(channel: "Security", eventID: 4688, data: [("Name", .string("a.exe"))])
///         .bytes()
///
/// A template is written where it is first used in a chunk and referred to from then on, as Windows
/// does it. What does not fit in a chunk goes to the next.
package struct EVTXWriter {
    /// One chunk being filled. Offsets are the chunk's own.
    struct Chunk {
        var bytes = [UInt8](repeating: 0, count: 512)
        var names: [String: Int] = [:]
        var templates: [EVTXNode: Int] = [:]
        var nameBuckets = [UInt32](repeating: 0, count: 64)
        var templateBuckets = [UInt32](repeating: 0, count: 32)
        /// Where each record starts and its number.
        var records: [(offset: Int, number: UInt64)] = []
    }

    /// A new chunk begins after so many records.
    package var recordsPerChunkMax = Int.max
    /// Sets the file's dirty flag.
    package var isDirty = false
    /// Chunk headers list only so many records, as when the service died before it wrote them.
    package var listedRecordsMax = Int.max
    /// The number of the next record.
    package var nextNumber: UInt64 = 1

    private var finished: [[UInt8]] = []
    private var chunk = Chunk()

    package init() {}

    // MARK: records

    /// Adds an event as Windows writes it: System from substitutions, `data` as named EventData.
    /// A pair with an empty name becomes an unnamed `Data`.
    package func record(
        time: Timestamp = Timestamp(nanoseconds: 1_600_000_000_123_456_700),
        channel: String = "Application", provider: String = "Test", eventID: UInt16 = 1,
        computer: String = "HOST", data: [(String, EVTXValue)] = []
    ) -> EVTXWriter {
        var children: [EVTXNode] = []
        var values: [EVTXValue] = Self.system(
            time: time, channel: channel, provider: provider, eventID: eventID, computer: computer,
            number: nextNumber)
        for (name, value) in data {
            let attributes =
                name.isEmpty
                ? [] : [EVTXNode.Attribute(name: "Name", content: [.text(name)])]
            children.append(
                .element("Data", attributes, [.substitution(values.count, type: value.type)]))
            values.append(value)
        }
        let event = Self.event([.element("EventData", [], children)])
        return record(time: time, template: event, values: values)
    }

    /// Adds a record that is an instance of `template`.
    package func record(
        time: Timestamp = Timestamp(nanoseconds: 1_600_000_000_123_456_700), template: EVTXNode,
        values: [EVTXValue]
    ) -> EVTXWriter {
        adding(time) { $0.writeInstance(template, values) }
    }

    /// Adds a record whose content is spelt out, without a template, as forwarded events are.
    package func record(
        time: Timestamp = Timestamp(nanoseconds: 1_600_000_000_123_456_700), content: EVTXNode
    ) -> EVTXWriter {
        adding(time) {
            $0.bytes += [0x0f, 1, 1, 0]
            $0.write(content, inTemplate: false)
            $0.bytes.append(0)
        }
    }

    /// Adds a record with these bytes as its binary XML.
    package func record(rawContent: [UInt8]) -> EVTXWriter {
        adding(Timestamp(nanoseconds: 0)) { $0.bytes += rawContent }
    }

    private func adding(_ time: Timestamp, _ write: (inout Chunk) -> Void) -> EVTXWriter {
        var copy = self
        if chunk.records.count >= recordsPerChunkMax { copy.finish() }
        let before = copy.chunk
        copy.chunk.writeRecord(number: nextNumber, time: time, write)
        if copy.chunk.bytes.count > 65_536 {
            copy.chunk = before
            copy.finish()
            copy.chunk.writeRecord(number: nextNumber, time: time, write)
            precondition(copy.chunk.bytes.count <= 65_536, "the record is larger than a chunk")
        }
        copy.nextNumber += 1
        return copy
    }

    private mutating func finish() {
        finished.append(chunk.finished(listing: listedRecordsMax))
        chunk = Chunk()
    }

    // MARK: the file

    /// The whole file.
    package func bytes() -> [UInt8] {
        var all = self
        all.finish()
        var header = [UInt8](repeating: 0, count: 4096)
        header.replaceSubrange(0..<8, with: Array("ElfFile\0".utf8))
        header.put(UInt64(all.finished.count - 1), at: 16)
        header.put(nextNumber, at: 24)
        header.put(UInt32(128), at: 32)
        header.put(UInt16(1), at: 36)
        header.put(UInt16(3), at: 38)
        header.put(UInt16(4096), at: 40)
        header.put(UInt16(truncatingIfNeeded: all.finished.count), at: 42)
        header.put(UInt32(isDirty ? 1 : 0), at: 120)
        header.put(Self.crc32(header[0..<120]), at: 124)
        return all.finished.reduce(into: header) { $0 += $1 }
    }

    /// The chunks alone.
    package func chunks() -> [[UInt8]] {
        var all = self
        all.finish()
        return all.finished
    }

    // MARK: what Windows puts around an event

    /// `Event` with `System` (substitutions 0...17) and `content`.
    package static func event(_ content: [EVTXNode]) -> EVTXNode {
        func leaf(_ name: String, _ index: Int, _ type: UInt8) -> EVTXNode {
            .element(name, [], [.substitution(index, type: type)])
        }
        func attribute(_ name: String, _ index: Int, _ type: UInt8) -> EVTXNode.Attribute {
            .init(name: name, content: [.substitution(index, type: type)])
        }
        let system = EVTXNode.element(
            "System", [],
            [
                .element(
                    "Provider", [attribute("Name", 0, 0x01), attribute("Guid", 1, 0x0f)], []),
                .element(
                    "EventID", [attribute("Qualifiers", 2, 0x06)],
                    [.substitution(3, type: 0x06)]),
                leaf("Version", 4, 0x04), leaf("Level", 5, 0x04), leaf("Task", 6, 0x06),
                leaf("Opcode", 7, 0x04), leaf("Keywords", 8, 0x15),
                .element("TimeCreated", [attribute("SystemTime", 9, 0x11)], []),
                leaf("EventRecordID", 10, 0x0a),
                .element("Correlation", [attribute("ActivityID", 11, 0x0f)], []),
                .element(
                    "Execution",
                    [attribute("ProcessID", 12, 0x08), attribute("ThreadID", 13, 0x08)], []),
                leaf("Channel", 14, 0x01), leaf("Computer", 15, 0x01),
                .element("Security", [attribute("UserID", 16, 0x13)], []),
            ])
        let schema = EVTXNode.Attribute(
            name: "xmlns",
            content: [.text("http://schemas.microsoft.com/win/2004/08/events/event")])
        return .element("Event", [schema], [system] + content)
    }

    /// Values for the substitutions of ``event(_:)``; the next free index is their count.
    package static func system(
        time: Timestamp = Timestamp(nanoseconds: 1_600_000_000_123_456_700),
        channel: String = "Application", provider: String = "Test", eventID: UInt16 = 1,
        computer: String = "HOST", number: UInt64 = 1
    ) -> [EVTXValue] {
        [
            .string(provider), .guid(Array(0..<16)), .null, .uint16(eventID), .uint8(0), .uint8(4),
            .uint16(0), .uint8(0), .hex64(0x8020_0000_0000_0000), .filetime(filetime(time)),
            .uint64(number), .null, .uint32(4), .uint32(8), .string(channel), .string(computer),
            .sid(authority: 5, [18]),
        ]
    }

    package static func filetime(_ time: Timestamp) -> UInt64 {
        UInt64(time.nanoseconds / 100 + 116_444_736_000_000_000)
    }
}

extension EVTXWriter.Chunk {
    mutating func writeRecord(
        number: UInt64, time: Timestamp, _ write: (inout EVTXWriter.Chunk) -> Void
    ) {
        let start = bytes.count
        records.append((start, number))
        bytes.add(UInt32(0x2a2a))
        bytes.add(UInt32(0))
        bytes.add(number)
        bytes.add(EVTXWriter.filetime(time))
        write(&self)
        while (bytes.count - start + 4) % 8 != 0 { bytes.append(0) }
        let size = UInt32(bytes.count - start + 4)
        bytes.add(size)
        bytes.put(size, at: start + 4)
    }

    /// The chunk's 64 KiB with its header, which lists the first `count` records.
    func finished(listing count: Int) -> [UInt8] {
        var all = bytes
        let listed = records.prefix(count)
        let free = count < records.count ? records[count].offset : bytes.count
        all.replaceSubrange(0..<8, with: Array("ElfChnk\0".utf8))
        for start in [8, 24] {
            all.put(listed.first?.number ?? 0, at: start)
            all.put(listed.last?.number ?? 0, at: start + 8)
        }
        all.put(UInt32(128), at: 40)
        all.put(UInt32(listed.last?.offset ?? 0), at: 44)
        all.put(UInt32(free), at: 48)
        all.put(EVTXWriter.crc32(all[512..<free]), at: 52)
        for (index, offset) in nameBuckets.enumerated() { all.put(offset, at: 128 + index * 4) }
        for (index, offset) in templateBuckets.enumerated() { all.put(offset, at: 384 + index * 4) }
        all.put(EVTXWriter.crc32(Array(all[0..<120] + all[128..<512])[...]), at: 124)
        all += [UInt8](repeating: 0, count: 65_536 - all.count)
        return all
    }
}

extension EVTXWriter {
    /// Bit by bit, so that it shares nothing with what it checks.
    package static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = (value >> 1) ^ (value & 1 != 0 ? 0xedb8_8320 : 0) }
        }
        return ~value
    }
}

extension [UInt8] {
    package mutating func add(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    package mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
        Swift.withUnsafeBytes(of: value.littleEndian) {
            replaceSubrange(offset..<offset + $0.count, with: $0)
        }
    }
}
