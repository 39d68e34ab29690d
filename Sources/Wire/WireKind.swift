/// What a frame is. The first hex digit is its channel.
package enum WireKind: UInt8, Hashable, Sendable, CaseIterable {
    case hello = 0x10
    case welcome = 0x11
    case refusal = 0x12
    case ping = 0x13
    case pong = 0x14
    case credit = 0x15
    case acknowledgement = 0x16
    case health = 0x17
    case order = 0x18
    case receipt = 0x19
    case receiptTaken = 0x1A
    case enrol = 0x1B
    case enrolled = 0x1C
    case renew = 0x1D
    case renewed = 0x1E
    case goodbye = 0x1F
    case records = 0x20
    case gap = 0x21
    case bulkBegin = 0x30
    case bulkPiece = 0x31

    package var channel: WireChannel {
        switch rawValue >> 4 {
        case 2: .telemetry
        case 3: .bulk
        default: .control
        }
    }
}

/// Written in this order: a kill order overtakes a million events, and those overtake a file.
package enum WireChannel: UInt32, Hashable, Sendable, CaseIterable {
    case control = 1
    case telemetry = 2
    case bulk = 3
}

/// Who speaks, and for what.
package enum WireSide: Hashable, Sendable {
    /// With a certificate.
    case agent, server
    /// Without one, to get one.
    case newcomer, registrar

    package var isServer: Bool { self == .server || self == .registrar }
}
