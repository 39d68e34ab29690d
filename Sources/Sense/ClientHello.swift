/// The first message of a TLS client, as far as it tells clients apart.
///
/// - Input: one TLS record of a handshake, as it left the machine: bytes an attacker may have written. A message that goes on in a
///   later packet is read as far as it is there (``isCut``).
/// - Bounds: one packet; at most ``listMax`` entries of a list.
/// - Source: RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301.
package struct ClientHello: Equatable, Sendable {
    package enum Failure: Error, Equatable, Sendable {
        case noHandshake
        case short
    }

    package static let listMax = 512

    package let version: UInt16
    package private(set) var ciphers: [UInt16] = []
    package private(set) var extensions: [UInt16] = []
    package private(set) var curves: [UInt16] = []
    package private(set) var pointFormats: [UInt8] = []
    package private(set) var signatures: [UInt16] = []
    package private(set) var versions: [UInt16] = []
    /// Protocols as offered (ALPN), the first one.
    package private(set) var firstProtocol: [UInt8] = []
    /// The name of the server asked for; nil where none was said.
    package private(set) var serverName: [UInt8]?
    package private(set) var isCut = false

    package init(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(Failure) {
        var reader = Reader(at: range.lowerBound, end: range.upperBound)
        guard reader.byte(bytes) == 0x16, reader.number(bytes, 2) != nil,
            reader.number(bytes, 2) != nil, reader.byte(bytes) == 1
        else { throw .noHandshake }
        guard reader.number(bytes, 3) != nil, let version = reader.number(bytes, 2) else {
            throw .short
        }
        self.version = UInt16(version)
        guard reader.skip(32), let session = reader.byte(bytes), reader.skip(Int(session)),
            let suites = reader.number(bytes, 2), var list = reader.part(suites)
        else { throw .short }
        while let cipher = list.number(bytes, 2), ciphers.count < Self.listMax {
            ciphers.append(UInt16(cipher))
        }
        guard let methods = reader.byte(bytes), reader.skip(Int(methods)) else { throw .short }
        guard let total = reader.number(bytes, 2) else { return }
        isCut = reader.at + total > reader.end
        reader.end = min(reader.end, reader.at + total)
        while let type = reader.number(bytes, 2), extensions.count < Self.listMax {
            guard let count = reader.number(bytes, 2) else { break }
            extensions.append(UInt16(type))
            guard var body = reader.part(count) else { break }
            read(UInt16(type), bytes, &body)
        }
    }

    private mutating func read(_ type: UInt16, _ bytes: Span<UInt8>, _ body: inout Reader) {
        switch type {
        case 0:
            guard body.number(bytes, 2) != nil, body.byte(bytes) == 0,
                let count = body.number(bytes, 2), let name = body.part(count)
            else { return }
            serverName = (name.at..<name.end).map { bytes[$0] }
        case 10: curves = numbers(bytes, &body, lengthCount: 2)
        case 11:
            guard let count = body.byte(bytes), let list = body.part(Int(count)) else { return }
            pointFormats = (list.at..<list.end).map { bytes[$0] }
        case 13: signatures = numbers(bytes, &body, lengthCount: 2)
        case 16:
            guard body.number(bytes, 2) != nil, let count = body.byte(bytes),
                let name = body.part(Int(count))
            else { return }
            firstProtocol = (name.at..<name.end).map { bytes[$0] }
        case 43: versions = numbers(bytes, &body, lengthCount: 1)
        default: break
        }
    }

    private func numbers(_ bytes: Span<UInt8>, _ body: inout Reader, lengthCount: Int) -> [UInt16] {
        guard let count = body.number(bytes, lengthCount), var list = body.part(count) else {
            return []
        }
        var numbers: [UInt16] = []
        while let number = list.number(bytes, 2), numbers.count < Self.listMax {
            numbers.append(UInt16(number))
        }
        return numbers
    }

    /// GREASE (RFC 8701): values that clients strew in, which tell nothing.
    package static func isGrease(_ value: UInt16) -> Bool {
        value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
    }

    private struct Reader {
        var at: Int
        var end: Int

        mutating func byte(_ bytes: Span<UInt8>) -> UInt8? {
            guard at < end else { return nil }
            defer { at += 1 }
            return bytes[at]
        }

        mutating func number(_ bytes: Span<UInt8>, _ count: Int) -> Int? {
            guard at + count <= end else { return nil }
            defer { at += count }
            var value = 0
            for index in at..<at + count { value = value << 8 | Int(bytes[index]) }
            return value
        }

        mutating func skip(_ count: Int) -> Bool {
            guard at + count <= end else { return false }
            at += count
            return true
        }

        mutating func part(_ count: Int) -> Reader? {
            guard at + count <= end else { return nil }
            defer { at += count }
            return Reader(at: at, end: at + count)
        }
    }
}
