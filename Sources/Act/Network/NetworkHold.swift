/// What may be reached while a host is isolated: an address or a range, on one port of one protocol or on all.
package struct Reach: Hashable, Sendable {
    package enum Transport: String, Hashable, Sendable, CaseIterable { case tcp, udp }

    package var range: AddressRange
    /// Nil for any protocol and port.
    package var transport: Transport?
    package var port: UInt16?

    package init(range: AddressRange, transport: Transport? = nil, port: UInt16? = nil) {
        self.range = range
        self.transport = transport
        self.port = port
    }

    package init(json: JSONValue) throws(ActFailure) {
        let fields = Fields(json, of: "an exception")
        try fields.only(["address", "protocol", "port"])
        range = try AddressRange(try fields.text("address", bytesMax: 64))
        transport = nil
        if let name = try fields.textIfThere("protocol", bytesMax: 8) {
            guard let known = Transport(rawValue: name) else {
                throw ActFailure(.refused, "`protocol` of an exception is tcp or udp")
            }
            transport = known
        }
        port = try fields.wholeIfThere("port", 1...65_535).map { UInt16($0) }
        guard (transport == nil) == (port == nil) else {
            throw ActFailure(.refused, "an exception has both `protocol` and `port`, or neither")
        }
    }

    package var json: JSONValue {
        .members([
            "address": .string(range.description),
            "protocol": transport.map { .string($0.rawValue) },
            "port": port.map { .integer(Int64($0)) },
        ])
    }
}

/// A name and all below it: `evil.example` holds for `a.evil.example` too.
package struct DomainName: Hashable, Comparable, Sendable {
    /// Lower case, without the last dot.
    package let text: String

    package init(_ text: String) throws(ActFailure) {
        let lower = text.lowercased()
        let bare = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
        let labels = bare.split(separator: ".", omittingEmptySubsequences: false)
        let isName =
            bare.utf8.count <= 253 && labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count)
                    && label.utf8.allSatisfy {
                        ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39)
                            || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    }
            }
        guard isName else {
            throw ActFailure(
                .refused, "`\(text.prefix(80))` is no domain name of two labels or more")
        }
        self.text = bare
    }

    package func covers(_ name: DomainName) -> Bool {
        name == self || name.text.hasSuffix("." + text)
    }

    package static func < (one: DomainName, other: DomainName) -> Bool { one.text < other.text }
}

/// What one action wants of the network. All that hold together make the table, see ``NetworkTable``.
package struct NetworkHold: Hashable, Sendable {
    package static let itemsMax = 4_096

    package var isIsolation: Bool
    /// Of an isolation, beside the server.
    package var reach: [Reach]
    package var ranges: [AddressRange]
    package var domains: [DomainName]
    /// When the kernel lets go by itself, also where no agent runs; nil where it does not.
    package var until: Int64?

    var json: JSONValue {
        .members([
            "isolation": .bool(isIsolation), "reach": .array(reach.map(\.json)),
            "ranges": .array(ranges.map { .string($0.description) }),
            "domains": .array(domains.map { .string($0.text) }),
            "until": until.map { .integer($0) },
        ])
    }

    init(
        isIsolation: Bool, reach: [Reach] = [], ranges: [AddressRange] = [],
        domains: [DomainName] = [], until: Int64?
    ) {
        self.isIsolation = isIsolation
        self.reach = reach
        self.ranges = ranges
        self.domains = domains
        self.until = until
    }

    init(json: JSONValue) throws(ActFailure) {
        guard let isolation = json["isolation"]?.truth, let reach = json["reach"]?.items,
            let ranges = json["ranges"]?.items, let domains = json["domains"]?.items
        else { throw ActFailure(.damaged, "a kept network hold is not what was written") }
        self.init(isIsolation: isolation, until: json["until"]?.whole)
        for item in reach { self.reach.append(try Reach(json: item)) }
        for item in ranges { self.ranges.append(try AddressRange(item.text ?? "")) }
        for item in domains { self.domains.append(try DomainName(item.text ?? "")) }
    }
}
