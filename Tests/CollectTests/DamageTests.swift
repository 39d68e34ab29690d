import Collect
import Engine
import Foundation
import TestKit
import Testing

@Suite struct `Damaged and hostile input` {
    private let lines = (0..<3000).map { "<1>1 - - - - - - line \($0) \($0 &* 2_654_435_761)" }
    private var text: [UInt8] { Array((lines.joined(separator: "\n") + "\n").utf8) }
    private let good = Array("<1>1 - - - - - - good\n".utf8)

    @Test(arguments: ["gzip", "zstd", "tar.gz", "zip"])
    func `a truncated file gives what came before the cut, and says so`(kind: String) throws {
        let folder = try TemporaryFolder()
        let whole: [UInt8]
        switch kind {
        case "gzip": whole = Compress.gzip(text)
        // A frame's blocks are of 128 KiB, so there must be more than one.
        case "zstd":
            whole = Compress.zstd(
                text + (0..<30_000).flatMap { Array("<1>1 - - - - - - \($0 &* 40_503)\n".utf8) })
        case "zip":
            var maker = ZipMaker()
            maker.add("a.log", text)
            whole = maker.finished()
        default:
            var maker = TarMaker()
            maker.add("a.log", text)
            whole = Compress.gzip(maker.finished())
        }
        let reading = Reading([try folder.write("a", Array(whole.prefix(whole.count * 3 / 4)))])
        #expect(reading.texts.count > 500)
        #expect(Array(reading.texts.prefix(500)) == Array(lines.prefix(500)))
        #expect(reading.problems.contains { $0.contains("cut short") || $0.contains("directory") })
        #expect(reading.sources.allSatisfy { !$0.isPassedOver })
    }

    @Test func `what a cut leaves of a stream within a stream is read`() throws {
        let folder = try TemporaryFolder()
        // The outer data ends just after the inner member's last byte has been given.
        let inner = Compress.gzip(good)
        let outer = Compress.gzip(inner + inner.prefix(10))
        let path = try folder.write("a.gz.gz", Array(outer.dropLast(8)))
        let reading = Reading([path])
        #expect(reading.texts == ["<1>1 - - - - - - good"])
        #expect(reading.problems.first?.contains("cut short") == true)
    }

    @Test func `the next input is read after a damaged one`() throws {
        let folder = try TemporaryFolder()
        var damaged = Compress.gzip(text)
        for index in 2000..<2040 { damaged[index] ^= 0x55 }
        let first = try folder.write("a.gz", damaged)
        let second = try folder.write("b.log", good)
        let reading = Reading([first, second])
        #expect(reading.sources.count == 2)
        #expect(reading.sources[0].problem?.contains("damaged at byte") == true)
        #expect(reading.texts.last == "<1>1 - - - - - - good")
    }

    @Test func `a wrong CRC-32 is told, in gzip and in zip`() throws {
        let folder = try TemporaryFolder()
        var gzip = Compress.gzip(good)
        gzip[gzip.count - 8] ^= 1
        #expect(Reading([try folder.write("a.gz", gzip)]).problems.count == 1)
        var maker = ZipMaker()
        maker.add("a.log", good, ZipMaker.Options(crc: 5))
        maker.add("b.log", good, ZipMaker.Options(isDeflated: false, crc: 5))
        maker.add("c.log", good)
        let reading = Reading([try folder.write("a.zip", maker.finished())])
        #expect(reading.texts.count == 3)
        #expect(reading.sources.map { $0.problem != nil } == [true, true, false])
        #expect(reading.problems.allSatisfy { $0.contains("checksum") })
    }

    @Test func `bytes after the last gzip member are told`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.gz", Compress.gzip(good) + Array("junk".utf8))
        let reading = Reading([path])
        #expect(reading.texts.count == 1)
        #expect(reading.problems.count == 1)
    }

    @Test func `a member that is encrypted or in an unknown form fails alone`() throws {
        let folder = try TemporaryFolder()
        var maker = ZipMaker()
        maker.add("secret.log", good, ZipMaker.Options(isEncrypted: true))
        maker.add("old.log", good, ZipMaker.Options(method: 12))
        maker.add("odd.log", good, ZipMaker.Options(method: 77))
        maker.add("zstd.log", Compress.zstd(good), ZipMaker.Options(method: 93, crc: 1))
        maker.add("good.log", good)
        let reading = Reading([try folder.write("a.zip", maker.finished())])
        #expect(reading.sources.count == 5)
        #expect(reading.sources[0].problem?.contains("encrypted") == true)
        #expect(reading.sources[1].problem?.contains("bzip2") == true)
        #expect(reading.sources[2].problem?.contains("method 77") == true)
        #expect(reading.sources[4].problem == nil)
        #expect(reading.texts.last == "<1>1 - - - - - - good")
        #expect(reading.sources.allSatisfy { !$0.isPassedOver })
    }

    @Test func `a bomb is refused with its reason, and the rest goes on`() throws {
        let folder = try TemporaryFolder()
        let spaces = [UInt8](repeating: 0x20, count: 8 << 20)
        let bomb = good + spaces
        var maker = ZipMaker()
        maker.add("bomb.log", bomb)
        let forms = [Compress.gzip(bomb), Compress.zstd(bomb), maker.finished()]
        for (index, form) in forms.enumerated() {
            let path = try folder.write("\(index)", form)
            let next = try folder.write("next\(index)", good)
            let reading = Reading([path, next]) {
                $0.expansionFreeBytes = 1 << 20
                $0.expansionRatioMax = 100
            }
            #expect(reading.problems.count == 1, "form \(index)")
            #expect(reading.problems.first?.contains("100 times its size") == true)
            #expect(reading.texts.last == "<1>1 - - - - - - good")
            // With the limits as they are, eight megabytes of spaces are nobody's concern.
            #expect(Reading([path]).problems.isEmpty)
        }
    }

    @Test func `many members that grow together are a bomb too`() throws {
        let folder = try TemporaryFolder()
        var maker = ZipMaker()
        for index in 0..<40 {
            maker.add("\(index).log", good + [UInt8](repeating: 0x20, count: 200 << 10))
        }
        let path = try folder.write("a.zip", maker.finished())
        let reading = Reading([path]) {
            $0.expansionFreeBytes = 1 << 20
            $0.expansionRatioMax = 50
        }
        #expect(reading.problems.count > 30)
    }

    @Test func `members that lie over one another are a bomb too`() throws {
        let folder = try TemporaryFolder()
        var maker = ZipMaker()
        maker.add("a.log", text, ZipMaker.Options(isDeflated: false))
        for index in 0..<60 { maker.addAgain("\(index).log") }
        let path = try folder.write("a.zip", maker.finished())
        let reading = Reading([path]) {
            $0.expansionFreeBytes = 1 << 20
            $0.expansionRatioMax = 10
        }
        #expect(reading.problems.count > 10)
        #expect(reading.problems.allSatisfy { $0.contains("10 times its size") })
    }

    @Test func `a member may not hold more than its limit`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.gz", Compress.gzip(text))
        let reading = Reading([path]) { $0.memberBytesMax = 50_000 }
        #expect(reading.problems.first?.contains("more than 50000 bytes") == true)
    }

    @Test func `containers nest three deep and no deeper`() throws {
        let folder = try TemporaryFolder()
        var bytes = good
        for depth in 1...5 {
            bytes = Compress.gzip(bytes)
            let reading = Reading([try folder.write("\(depth).gz", bytes)])
            #expect(reading.texts.count == (depth <= 3 ? 1 : 0))
            #expect(reading.problems.count == (depth <= 3 ? 0 : 1))
        }
    }

    @Test func `a zstd window beyond the limit is refused`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.zst", Compress.zstd(text, windowBits: 24))
        #expect(Reading([path]).problems.isEmpty)
        #expect(Reading([path]) { $0.zstdWindowBitsMax = 24 }.problems.isEmpty)
        let refused = Reading([path]) { $0.zstdWindowBitsMax = 23 }
        #expect(refused.problems.first?.contains("window of more than 8388608 bytes") == true)
        #expect(refused.problems.first?.contains("zstd -d --long=31") == true)
        #expect(refused.texts.isEmpty)
    }

    @Test func `a zip that cannot be sought is held up to a limit`() throws {
        let folder = try TemporaryFolder()
        var inner = ZipMaker()
        inner.add("a.log", text, ZipMaker.Options(isDeflated: false))
        let path = try folder.write("a.zip.gz", Compress.gzip(inner.finished()))
        #expect(Reading([path]).texts.count == 3000)
        let refused = Reading([path]) { $0.heldArchiveBytesMax = 10_000 }
        #expect(refused.problems.first?.contains("more than 10000 bytes") == true)
    }

    @Test func `an archive with too many members is read up to the limit`() throws {
        let folder = try TemporaryFolder()
        var zip = ZipMaker()
        var tar = TarMaker()
        for index in 0..<20 {
            zip.add("\(index).log", good)
            tar.add("\(index).log", good)
        }
        for bytes in [zip.finished(), tar.finished()] {
            let reading = Reading([try folder.write("a", bytes)]) { $0.membersMax = 7 }
            #expect(reading.texts.count == 7)
            #expect(reading.problems.count == 1)
        }
    }

    @Test func `an archive without a log is an input that could not be read`() throws {
        let folder = try TemporaryFolder()
        var maker = ZipMaker()
        maker.add("picture", [0x89, 0x50, 0x4e, 0x47, 1, 2, 3])
        for bytes in [maker.finished(), ZipMaker().finished(), TarMaker().finished()] {
            let reading = Reading([try folder.write("a", bytes)])
            #expect(reading.sources.contains { $0.problem != nil && !$0.isPassedOver })
        }
    }

    @Test func `a tar whose header is damaged is read up to there`() throws {
        let folder = try TemporaryFolder()
        var maker = TarMaker()
        maker.add("a.log", good)
        maker.add("b.log", good)
        var bytes = maker.finished()
        bytes[1024 + 10] ^= 1
        let reading = Reading([try folder.write("a.tar", bytes)])
        #expect(reading.texts.count == 1)
        #expect(reading.problems.first?.contains("header is damaged at byte 1024") == true)
        var cut = TarMaker()
        cut.add("a.log", good)
        cut.add("b.log", text)
        let short = Reading([try folder.write("b.tar", Array(cut.unfinished.prefix(9000)))])
        #expect(short.texts.first == "<1>1 - - - - - - good")
        #expect(short.problems.contains { $0.contains("cut short at byte 9000") })
        let bare = Reading([try folder.write("c.tar", maker.unfinished)])
        #expect(bare.problems.isEmpty)
    }

    @Test(arguments: ["zip", "zip64", "tar", "gzip", "zstd", "array", "evtx", "nested"])
    func `any damage is survived, within bounds`(kind: String) throws {
        let folder = try TemporaryFolder()
        let seed = Self.seedFile(kind)
        var random = SplitMix64(seed: 42)
        for round in 0..<150 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[at] = 0xff
                case 2: bytes.removeSubrange(at..<min(at + 9, bytes.count))
                case 3: bytes.insert(contentsOf: bytes[at..<min(at + 40, bytes.count)], at: at)
                default: bytes.removeLast(min(at / 8, bytes.count - 1))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let path = try folder.write("fuzz", bytes)
            let reading = Reading([path], carve: round % 5 == 0, blockBytes: 512) {
                $0.recordBytesMax = 8192
                $0.expansionFreeBytes = 1 << 20
            }
            #expect(!reading.sources.isEmpty)
            #expect(reading.blocks.allSatisfy { $0.bytes.count <= 65536 && !$0.bytes.isEmpty })
        }
    }

    private static func seedFile(_ kind: String) -> [UInt8] {
        let json = Array(Samples.text(.json, records: 20).utf8)
        let csv = Array(Samples.text(.csv, records: 20).utf8)
        var zip = ZipMaker()
        zip.add("a.json", json)
        zip.add("b.csv", csv, ZipMaker.Options(hasDescriptor: true))
        zip.add("c.log", json, ZipMaker.Options(isDeflated: false, isZip64: kind == "zip64"))
        var tar = TarMaker()
        tar.addPax([("path", "long/name"), ("size", "\(json.count)")])
        tar.add("a.json", json)
        tar.addLongName("other")
        tar.add("b.csv", csv)
        switch kind {
        case "zip", "zip64": return zip.finished(isZip64: kind == "zip64")
        case "tar": return tar.finished()
        case "gzip": return Compress.gzip(json) + Compress.gzip(json)
        case "zstd": return Compress.zstd(json) + Compress.skippableFrame([1]) + Compress.zstd(csv)
        case "evtx": return Samples.evtx(chunks: 2)
        case "nested":
            var outer = ZipMaker()
            outer.add("a.tgz", Compress.gzip(tar.finished()), ZipMaker.Options(isDeflated: false))
            return outer.finished()
        default:
            let elements = Samples.text(.json, records: 30).split(separator: "\n")
            return Array(("{\"Records\":[" + elements.joined(separator: ",") + "]}").utf8)
        }
    }
}
