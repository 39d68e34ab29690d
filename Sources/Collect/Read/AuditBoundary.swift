/// Where auditd's log may be cut so that no event is torn.
///
/// The records of one event need not stand together: the kernel writes those of several processors
/// as they come. An event is over when its PROCTITLE or EOE record was seen, when it came from user
/// space, which writes one record, or when a record more than ``waitMilliseconds`` younger was.
/// A cut before a line is safe when every event before it is over then.
///
/// - Source: audit-userspace, `lib/msg_typetab.h`; auparse's two seconds, auditd.conf(5).
enum AuditBoundary {
    static let waitMilliseconds: UInt64 = 2000
    /// Events kept in view; more than that open at once is no log that anything could join.
    static let openMax = 1024
    /// With so many bytes and no safe place, the next best one has to do.
    static let patienceBytes = 256 << 10

    struct Open {
        var stamp: ArraySlice<UInt8>
        var milliseconds: UInt64
    }

    /// Position after the last record that surely ends an event in `0..<filled`; nil when none
    /// does. Never 0.
    static func last(in bytes: [UInt8], filled: Int) -> Int? {
        var open: [Open] = []
        var newest: UInt64 = 0
        var safe: Int?
        var change: Int?
        var previous: ArraySlice<UInt8> = []
        var start = 0
        while start < filled {
            let newline = bytes.first(0x0a, in: start..<filled)
            let end = newline.map { $0 + 1 } ?? filled
            if let stamp = stamp(bytes, start..<end) {
                let time = milliseconds(stamp)
                newest = max(newest, time)
                open.removeAll { newest - min($0.milliseconds, newest) > waitMilliseconds }
                // The cut before this line: nothing may be open, this line's event included.
                if start > 0, open.isEmpty { safe = start }
                if start > 0, stamp != previous { change = start }
                previous = stamp
                if newline == nil { break }
                update(&open, stamp, time, type(bytes, start..<end))
            }
            start = end
        }
        if let safe { return safe }
        return filled >= patienceBytes ? change : nil
    }

    static func update(
        _ open: inout [Open], _ stamp: ArraySlice<UInt8>, _ time: UInt64, _ type: ArraySlice<UInt8>
    ) {
        let known = open.firstIndex { $0.stamp == stamp }
        if isLast(type) {
            if let known { open.remove(at: known) }
        } else if known == nil, open.count < openMax {
            open.append(Open(stamp: stamp, milliseconds: time))
        }
    }

    static func isLast(_ type: ArraySlice<UInt8>) -> Bool {
        ends.contains { type.elementsEqual($0) } || alone.contains { type.starts(with: $0) }
    }

    private static let ends = ["PROCTITLE", "EOE"].map { Array($0.utf8) }
    private static let alone = [
        "USER", "SERVICE_", "CRED_", "ADD_", "DEL_", "DAEMON_", "CRYPTO_",
    ].map { Array($0.utf8) }

    static func type(_ bytes: [UInt8], _ line: Range<Int>) -> ArraySlice<UInt8> {
        let head = line.lowerBound..<min(line.upperBound, line.lowerBound + 512)
        guard let hit = bytes.firstIndex(of: "type=", in: head) else { return [] }
        let end = bytes.first(0x20, in: hit + 5..<head.upperBound) ?? head.upperBound
        return bytes[hit + 5..<end]
    }

    /// `1364481363.243:24287` of `msg=audit(1364481363.243:24287):`.
    static func stamp(_ bytes: [UInt8], _ line: Range<Int>) -> ArraySlice<UInt8>? {
        let head = line.lowerBound..<min(line.upperBound, line.lowerBound + 512)
        guard let hit = bytes.firstIndex(of: "msg=audit(", in: head) else { return nil }
        let start = hit + 10
        guard let close = bytes.first(UInt8(ascii: ")"), in: start..<head.upperBound) else {
            return nil
        }
        return bytes[start..<close]
    }

    /// The time before the colon; 0 where it is written for people.
    static func milliseconds(_ stamp: ArraySlice<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var decimals: Int?
        for byte in stamp {
            if byte == UInt8(ascii: "."), decimals == nil {
                decimals = 0
                continue
            }
            guard byte &- 0x30 <= 9, value < 1 << 59 else { break }
            if let so = decimals {
                if so == 3 { break }
                decimals = so + 1
            }
            value = value * 10 + UInt64(byte - 0x30)
        }
        for _ in (decimals ?? 0)..<3 { value = value < 1 << 59 ? value * 10 : value }
        return value
    }
}
