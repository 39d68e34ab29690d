import Engine
import Foundation
import Testing

@testable import Collect

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
        var records = 0
        while let block = reader.nextBlock() {
            if block.format == .json {
                records += block.bytes.count(of: 0x0a, in: 0..<block.bytes.count)
                if block.bytes.last != 0x0a { records += 1 }
            }
            reader.recycle(block.bytes)
        }
        // The list of samples counts 438,927 in the archives it names; four more hold the rest.
        #expect(records == 440_625)
        #expect(reader.unparsedByReason.isEmpty)
        #expect(reader.sources.allSatisfy { $0.isPassedOver || $0.problem == nil })
    }
}
