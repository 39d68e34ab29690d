import Collect
import Engine
import Foundation
import Testing

/// Public samples, unpacked, in the folder that `KAGARI_DATA` names; without it these are skipped.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["KAGARI_DATA"] != nil, "set KAGARI_DATA"))
struct `Public samples` {
    private let data = ProcessInfo.processInfo.environment["KAGARI_DATA"] ?? ""

    @Test func `every EVTX file gives its chunks`() {
        let reading = Reading([data + "/evtx"])
        #expect(reading.sources.filter { $0.format == .evtx && $0.problem == nil }.count == 296)
        #expect(reading.sources.allSatisfy { $0.isPassedOver || $0.problem == nil })
        let magic = Array("ElfChnk\0".utf8)
        #expect(reading.blocks.filter { $0.bytes.starts(with: magic) }.count >= 296)
    }

    @Test func `every simulation gives its records`() {
        var reader = InputReader(paths: [data + "/mordor"])
        var lines: UInt64 = 0
        while let block = reader.nextBlock() {
            for byte in block.bytes where byte == 0x0a { lines += 1 }
            reader.recycle(block.bytes)
        }
        #expect(lines >= 438_900)
        #expect(reader.unparsedByReason.isEmpty)
        #expect(reader.sources.allSatisfy { $0.isPassedOver || $0.problem == nil })
    }
}
