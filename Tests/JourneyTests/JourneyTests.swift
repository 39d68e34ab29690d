import Collect
import Engine
import Foundation
import Report
import TestKit
import Testing

@Suite struct `Bytes in, alerts out` {
    static let journeys = Journey.windows + Journey.unix + Journey.endpoint + Journey.cloud

    enum Container: CaseIterable { case plain, gzip, zstd, zip, standardInput }

    @Test(arguments: journeys, Container.allCases)
    func `every format is read in every container`(
        journey: Journey, container: Container
    ) async throws {
        let folder = try TemporaryFolder()
        let rules = try Scanning.rules([journey.rule])
        var path = try folder.write("log", try Self.packed(journey.bytes, container))
        var input: Int32 = 0
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        if container == .standardInput {
            path = "-"
            input = file.fileDescriptor
        }
        let result = await Scanning.run([path], rules, standardInput: input)
        try file.close()
        #expect(result.sources.compactMap(\.problem) == [])
        #expect(result.sources.compactMap(\.format) == [journey.format])
        #expect(result.unparsedByReason == [:])
        let alert = try #require(result.alerts.first)
        #expect(result.alerts.count == 1)
        #expect(alert.host == journey.host)
        #expect(alert.user == journey.user)
        if let time = journey.time.flatMap({ TimestampText.parse($0) }) {
            #expect(alert.time?.text == time.text)
        }
        #expect(alert.event.reference.record == journey.record)
        #expect(!alert.matched.isEmpty)
        let line = try Scanning.lines(result)
        #expect(line.contains(#""title":"\#(journey.name)""#))
    }

    private static func packed(_ bytes: [UInt8], _ container: Container) throws -> [UInt8] {
        switch container {
        case .plain, .standardInput: return bytes
        case .gzip: return Compress.gzip(bytes)
        case .zstd: return Compress.zstd(bytes)
        case .zip:
            var zip = ZipMaker()
            zip.add("folder/log", bytes)
            return zip.finished()
        }
    }

    @Test func `threads, block size and order of paths change no byte of the output`() async throws
    {
        let folder = try TemporaryFolder()
        var paths: [String] = []
        for (index, journey) in Self.journeys.enumerated() {
            // Some bulk, so that small blocks cut each file in many places.
            let text = journey.format == .evtx || journey.format == .jsonArray
            let copies = text || journey.bytes.starts(with: Array("#separator".utf8)) ? 1 : 40
            let bytes = (0..<copies).flatMap { _ in journey.bytes }
            paths.append(try folder.write("\(index).log", bytes))
        }
        let rules = try Scanning.rules(Self.journeys.map(\.rule))
        let expected = try Scanning.lines(await Scanning.run(paths, rules))
        #expect(expected.split(separator: "\n").count > 500)
        var random = SplitMix64(seed: 7)
        for (threads, blockBytes) in [(1, 512), (2, 1 << 20), (3, 4096), (7, 1000), (4, 300)] {
            paths.shuffle(using: &random)
            let result = await Scanning.run(
                paths, rules, threads: threads, blockBytes: blockBytes)
            let same = try Scanning.lines(result) == expected
            #expect(same, "\(threads) threads, blocks of \(blockBytes) bytes")
        }
    }
}
