import Sigma
import TestKit
import Testing

@Suite struct `Addresses and blocks` {
    @Test(arguments: [
        ("10.0.0.1", 0xFFFF_0A00_0001 as UInt64), ("0.0.0.0", 0xFFFF_0000_0000),
        ("255.255.255.255", 0xFFFF_FFFF_FFFF),
    ])
    func `IPv4 is held as mapped IPv6`(text: String, low: UInt64) throws {
        let address = try #require(CIDRBlock.address(text))
        #expect(address.high == 0 && address.low == low && address.isIPv4)
    }

    @Test(
        arguments: [
            ("::", 0, 0), ("::1", 0, 1), ("1::", 1 << 48, 0), ("fe80::1:2", 0xFE80 << 48, 0x1_0002),
            ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004, 0x0005_0006_0007_0008),
            ("::ffff:1.2.3.4", 0, 0xFFFF_0102_0304), ("2001:DB8::", 0x2001_0DB8_0000_0000, 0),
            ("1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004, 0x0005_0006_0102_0304),
            ("1:2:3:4:5:6:7::", 0x0001_0002_0003_0004, 0x0005_0006_0007_0000),
        ] as [(String, UInt64, UInt64)])
    func `IPv6 in its forms`(text: String, high: UInt64, low: UInt64) throws {
        let address = try #require(CIDRBlock.address(text))
        #expect(address.high == high && address.low == low && !address.isIPv4)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", "01.2.3.4", "1.2.3.-4", " 1.2.3.4",
        ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
        "1:2:3:4:5:6:7:8::",
        "::1%eth0", "[::1]", "::1.2.3", "1.2.3.4::", "+1::", "1:2:3:4:5:6:7:1.2.3.4",
    ])
    func `what is no address is none`(text: String) {
        #expect(CIDRBlock.address(text) == nil)
    }

    @Test func `a block holds what shares its prefix, whatever the length`() throws {
        var random = SplitMix64(seed: 9)
        for length in 0...128 {
            let high = random.next()
            let low = random.next()
            let block = CIDRBlock(
                high: length >= 64 ? high : length == 0 ? 0 : high & (.max << UInt64(64 - length)),
                low: length <= 64 ? 0 : low & (.max << UInt64(128 - length)), prefixLength: length,
                text: "")
            #expect(block.contains(high: high, low: length <= 64 ? low : low))
            guard length > 0 else { continue }
            let bit = length - 1
            let flippedHigh = bit < 64 ? high ^ (1 << UInt64(63 - bit)) : high
            let flippedLow = bit >= 64 ? low ^ (1 << UInt64(127 - bit)) : low
            #expect(!block.contains(high: flippedHigh, low: flippedLow))
        }
    }
}
