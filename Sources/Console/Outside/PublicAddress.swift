import NIOCore

/// Which addresses are of the public internet, so that nobody makes the server call into its own network.
///
/// - Source: the IANA special-purpose address registries (RFC 6890), as of 2026.
enum PublicAddress {
    /// Host and port of an `http` or `https` address; the host without brackets.
    static func target(
        of address: String
    ) throws(OutsideCaller.Failure) -> (host: String, port: Int) {
        guard let mark = address.firstRange(of: "://") else { throw .address }
        let scheme = address[..<mark.lowerBound]
        guard scheme == "https" || scheme == "http" else { throw .address }
        var rest = address[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !rest.contains("@"), !rest.contains("\\") else { throw .address }
        var port = scheme == "https" ? 443 : 80
        let hostEnd = rest.lastIndex(of: "]").map { rest.index(after: $0) }
        let colon = (hostEnd.map { rest[$0...] } ?? rest).lastIndex(of: ":")
        if let colon {
            guard let number = UInt16(rest[rest.index(after: colon)...]), number > 0 else {
                throw .address
            }
            port = Int(number)
            rest = rest[..<colon]
        }
        if rest.hasPrefix("["), rest.hasSuffix("]") { rest = rest.dropFirst().dropLast() }
        guard (1...253).contains(rest.utf8.count) else { throw .address }
        return (String(rest), port)
    }

    /// The address that a name stands for, where it is public.
    ///
    /// - Throws: `notPublic` where it is not, `unreachable` where the name is none.
    @concurrent
    static func resolve(
        _ host: String, port: Int
    ) async throws(OutsideCaller.Failure) -> String {
        let found: SocketAddress
        do { found = try SocketAddress.makeAddressResolvingHost(host, port: port) } catch {
            throw .unreachable
        }
        guard let text = found.ipAddress, let bytes = bytes(of: text), isPublic(bytes) else {
            throw .notPublic
        }
        return text
    }

    /// 4 or 16 bytes; nil where the text is no address.
    static func bytes(of text: String) -> [UInt8]? {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        switch address {
        case .v4:
            return text.split(separator: ".").compactMap { UInt8($0) }
        case .v6:
            let halves = text.split(separator: "%", maxSplits: 1)[0]
                .split(separator: "::", omittingEmptySubsequences: false)
                .map { half in half.split(separator: ":").flatMap(group) }
            guard let first = halves.first, let last = halves.last else { return nil }
            guard halves.count == 2 else { return first.count == 16 ? first : nil }
            let zeros = 16 - first.count - last.count
            return zeros >= 0 ? first + [UInt8](repeating: 0, count: zeros) + last : nil
        case .unixDomainSocket: return nil
        }
    }

    /// Two bytes, or the four of an IPv4 address at the end (RFC 4291 §2.2).
    private static func group(_ text: Substring) -> [UInt8] {
        if text.contains(".") { return text.split(separator: ".").compactMap { UInt8($0) } }
        let word = UInt16(text, radix: 16) ?? 0
        return [UInt8(word >> 8), UInt8(word & 0xFF)]
    }

    /// - Parameter bytes: 4 or 16.
    static func isPublic(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 16 else { return bytes.count == 4 && isPublicV4(bytes) }
        // What carries an IPv4 address within is judged by that one.
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        if bytes.starts(with: mapped) { return isPublicV4(Array(bytes[12...])) }
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
        if bytes.starts(with: translated) { return isPublicV4(Array(bytes[12...])) }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return isPublicV4(Array(bytes[2..<6])) }
        // Of all the rest only 2000::/3 is given out, without its parts for documents and tunnels.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        let isTunnel = bytes.starts(with: [0x20, 0x01, 0, 0])
        let isDocument = bytes.starts(with: [0x20, 0x01, 0x0D, 0xB8])
        return !isTunnel && !isDocument
    }

    private static func isPublicV4(_ bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (172, 16...31), (192, 168), (100, 64...127),
            (198, 18...19):
            false
        case (192, 0): bytes[2] != 0 && bytes[2] != 2
        case (198, 51): bytes[2] != 100
        case (203, 0): bytes[2] != 113
        case (224...255, _): false
        default: true
        }
    }
}
