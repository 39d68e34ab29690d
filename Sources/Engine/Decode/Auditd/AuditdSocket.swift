/// Reads the socket address of a SOCKADDR record.
///
/// - Input: a `sockaddr` as hexadecimal digits: family in the machine's byte order (little-endian
///   on every architecture ``AuditdSyscalls`` knows), port in network order, address.
/// - Output: `DestinationIp`, `DestinationPort`, `Initiated`; nothing for other families.
/// - Source: ip(7), ipv6(7); address text: RFC 5952 §4.
enum AuditdSocket {
    static func append(
        _ bytes: Span<UInt8>, _ saddr: Range<Int>, _ names: AuditdNames,
        _ event: inout EventBuffer
    ) {
        func byte(_ index: Int) -> UInt8? {
            let start = saddr.lowerBound + index * 2
            guard start + 1 < saddr.upperBound, let high = Ascii.hex(bytes[start]),
                let low = Ascii.hex(bytes[start + 1])
            else { return nil }
            return high << 4 | low
        }
        guard let family = byte(0), byte(1) == 0, let high = byte(2), let low = byte(3),
            family == 2 || family == 10
        else { return }
        let addressStart = family == 2 ? 4 : 8
        let addressCount = family == 2 ? 4 : 16
        guard byte(addressStart + addressCount - 1) != nil else { return }
        let start = event.beginValue()
        if family == 2 {
            for index in 0..<4 {
                if index > 0 { event.put(Ascii.dot) }
                event.put(decimal: Int(byte(addressStart + index) ?? 0))
            }
        } else {
            putIPv6(&event) { Int(byte(8 + $0) ?? 0) }
        }
        event.endValue(names.destinationIP, from: start)
        event.append(names.destinationPort, number: Int(high) << 8 | Int(low))
        event.append(names.initiated, "true")
    }

    private static func putIPv6(_ event: inout EventBuffer, _ byte: (Int) -> Int) {
        func group(_ index: Int) -> Int { byte(index * 2) << 8 | byte(index * 2 + 1) }
        // The longest run of at least two zero groups, the first of equals.
        var best = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, group(end) == 0 { end += 1 }
            if end - index >= 2, end - index > best.count { best = index..<end }
            index = max(end, index + 1)
        }
        index = 0
        while index < 8 {
            if index == best.lowerBound, !best.isEmpty {
                event.put("::")
                index = best.upperBound
                continue
            }
            if index > 0, index != best.upperBound || best.isEmpty { event.put(Ascii.colon) }
            putHex(group(index), &event)
            index += 1
        }
    }

    private static func putHex(_ value: Int, _ event: inout EventBuffer) {
        var shift = 12
        while shift > 0, value >> shift == 0 { shift -= 4 }
        while shift >= 0 {
            let digit = UInt8(value >> shift & 15)
            event.put(digit < 10 ? Ascii.zero + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }
}
