import Engine
import Foundation
import Tenancy
import TestKit
import Testing

/// Values that tests of this room share.
enum Made {
    static let start = Timestamp(nanoseconds: 1_800_000_000_000_000_000)

    static func after(_ seconds: Double) -> Timestamp {
        Timestamp(nanoseconds: start.nanoseconds + Int64(seconds * 1_000_000_000))
    }

    static func tenant(_ text: String) throws -> TenantID { try #require(TenantID(text)) }
    static func group(_ text: String) throws -> TenantGroupID { try #require(TenantGroupID(text)) }

    static func person(
        _ grants: [Principal.Grant], id: String = "maria"
    ) throws -> Principal {
        Principal(id: try #require(PrincipalID(id)), name: "Maria", grants: grants)
    }

    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static var writesGoldens: Bool {
        ProcessInfo.processInfo.environment["KAGARI_GOLDEN"] == "write"
    }

    /// `vectors.json` of the committed folder, and of the one a judge just wrote, where there is one.
    static func vectors<Form: Decodable>(
        _ folder: String, variable: String, as form: Form.Type
    ) throws -> [Form] {
        var folders = [fixtures.appendingPathComponent(folder)]
        if let more = ProcessInfo.processInfo.environment[variable] {
            folders.append(URL(fileURLWithPath: more))
        }
        return try folders.map {
            try JSONDecoder().decode(
                form, from: Data(contentsOf: $0.appendingPathComponent("vectors.json")))
        }
    }

    static func base64URL(_ text: String) throws -> [UInt8] {
        var plain = text.replacing("-", with: "+").replacing("_", with: "/")
        while plain.utf8.count % 4 != 0 { plain += "=" }
        return Array(try #require(Data(base64Encoded: plain)))
    }
}

/// Gives the bytes it was made of, in order; then zeroes.
struct ReplayedBytes: RandomNumberGenerator {
    private var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> UInt64 {
        var word: UInt64 = 0
        for (index, byte) in bytes.prefix(8).enumerated() { word |= UInt64(byte) << (8 * index) }
        bytes.removeFirst(min(8, bytes.count))
        return word
    }
}
