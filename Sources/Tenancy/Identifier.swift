/// The name of something of one kind, so that a tenant can never be passed as a source.
///
/// 1 to 64 bytes of `a-z`, `0-9`, `-` and `_`, the first one a letter or a digit; safe as a file name, in a path
/// of a URL and in a log line.
package struct Identifier<Kind>: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static var bytesMax: Int { 64 }

    package let text: String

    /// Nil where `text` is not of the form above.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= Self.bytesMax, Self.isAlphanumeric(first),
            bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F })
        else { return nil }
        self.text = text
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
}

package enum TenantTag {}
package enum LogSourceTag {}
package enum PrincipalTag {}
package enum TenantGroupTag {}
package enum SessionTag {}

/// One customer whose logs, cases and people are kept apart from all others'.
package typealias TenantID = Identifier<TenantTag>
/// Some tenants that are granted together: a region, a contract, a team's customers.
package typealias TenantGroupID = Identifier<TenantGroupTag>
/// One place that logs come from, within a tenant.
package typealias LogSourceID = Identifier<LogSourceTag>
/// A person, a program with a key, or the service itself.
package typealias PrincipalID = Identifier<PrincipalTag>
/// One sign-in and all tokens that follow from it. Not secret.
package typealias SessionID = Identifier<SessionTag>

extension Identifier: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let identifier = Identifier(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an identifier")
        }
        self = identifier
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
