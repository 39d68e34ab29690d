internal import SwiftProtobuf

/// One message, of any kind.
package enum WireMessage: Equatable, Sendable {
    case hello(WireHello)
    case welcome(WireWelcome)
    case refusal(WireRefusal)
    case ping(WirePing)
    case pong(WirePong)
    case credit(WireCredit)
    case acknowledgement(WireAcknowledgement)
    case health(WireHealth)
    case order(WireSignedOrder)
    case receipt(WireOrderReceipt)
    case receiptTaken(WireReceiptTaken)
    case enrol(WireEnrol)
    case enrolled(WireEnrolled)
    case renew(WireRenew)
    case renewed(WireRenewed)
    case goodbye(WireGoodbye)
    case records(WireRecords)
    case gap(WireGap)
    case bulkBegin(WireBulkBegin)
    case bulkPiece(WireBulkPiece)

    package var kind: WireKind { parts.0 }

    package var frame: WireFrame {
        let (kind, message) = parts
        // Writing fails for messages with required fields and for text that is no UTF-8; these have neither.
        guard let payload: [UInt8] = try? message.serializedBytes() else {
            preconditionFailure("a message of proto3 is always written")
        }
        return WireFrame(kind, payload)
    }

    private var parts: (WireKind, any Message) {
        switch self {
        case .hello(let message): (.hello, message)
        case .welcome(let message): (.welcome, message)
        case .refusal(let message): (.refusal, message)
        case .ping(let message): (.ping, message)
        case .pong(let message): (.pong, message)
        case .credit(let message): (.credit, message)
        case .acknowledgement(let message): (.acknowledgement, message)
        case .health(let message): (.health, message)
        case .order(let message): (.order, message)
        case .receipt(let message): (.receipt, message)
        case .receiptTaken(let message): (.receiptTaken, message)
        case .enrol(let message): (.enrol, message)
        case .enrolled(let message): (.enrolled, message)
        case .renew(let message): (.renew, message)
        case .renewed(let message): (.renewed, message)
        case .goodbye(let message): (.goodbye, message)
        case .records(let message): (.records, message)
        case .gap(let message): (.gap, message)
        case .bulkBegin(let message): (.bulkBegin, message)
        case .bulkPiece(let message): (.bulkPiece, message)
        }
    }

    /// - Throws: ``WireViolation/malformed(_:)`` where the payload is no such message, or breaks a bound that docs/wire.md states.
    package init(_ frame: WireFrame) throws(WireViolation) {
        self = try Self.read(frame)
        guard isWithinBounds else { throw .malformed(frame.kind) }
    }

    private static func read(_ frame: WireFrame) throws(WireViolation) -> WireMessage {
        switch frame.kind {
        case .hello: .hello(try message(frame))
        case .welcome: .welcome(try message(frame))
        case .refusal: .refusal(try message(frame))
        case .ping: .ping(try message(frame))
        case .pong: .pong(try message(frame))
        case .credit: .credit(try message(frame))
        case .acknowledgement: .acknowledgement(try message(frame))
        case .health: .health(try message(frame))
        case .order: .order(try message(frame))
        case .receipt: .receipt(try message(frame))
        case .receiptTaken: .receiptTaken(try message(frame))
        case .enrol: .enrol(try message(frame))
        case .enrolled: .enrolled(try message(frame))
        case .renew: .renew(try message(frame))
        case .renewed: .renewed(try message(frame))
        case .goodbye: .goodbye(try message(frame))
        case .records: .records(try message(frame))
        case .gap: .gap(try message(frame))
        case .bulkBegin: .bulkBegin(try message(frame))
        case .bulkPiece: .bulkPiece(try message(frame))
        }
    }

    private static func message<Value: Message>(
        _ frame: WireFrame
    ) throws(WireViolation) -> Value {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = 8
        options.discardUnknownFields = true
        do { return try Value(serializedBytes: frame.payload, options: options) } catch {
            throw .malformed(frame.kind)
        }
    }
}

// MARK: - Bounds of single messages

extension WireMessage {
    private var isWithinBounds: Bool {
        switch self {
        case .hello(let hello):
            hello.program.utf8.count <= 128 && hello.spool.count == 16 && hello.run.count == 16
                && hello.boot.utf8.count <= 64 && hello.host.utf8.count <= 255
                && hello.versionMin <= hello.versionMax && hello.first >= 1
                && hello.last < UInt64.max / 2 && hello.first <= hello.last + 1
        case .welcome(let welcome): welcome.acknowledged < UInt64.max / 2
        case .refusal(let refusal): refusal.detail.utf8.count <= 512
        case .credit(let credit):
            (credit.channel == WireChannel.telemetry.rawValue
                && credit.bytes <= WireLimits.telemetryWindow)
                || (credit.channel == WireChannel.bulk.rawValue
                    && credit.bytes <= WireLimits.bulkWindow)
        case .health(let health):
            health.tier.utf8.count <= 64 && health.program.utf8.count <= 128
                && health.complaints.count <= 16
                && health.complaints.allSatisfy { $0.utf8.count <= 256 }
        case .order(let order):
            (1...64).contains(order.order.utf8.count) && order.signature.count == 64
                && order.key.utf8.count <= 64 && order.body.count <= 48 << 10
        case .receipt(let receipt):
            (1...64).contains(receipt.order.utf8.count) && receipt.signature.count <= 64
                && receipt.key.utf8.count <= 64 && receipt.body.count <= 48 << 10
        case .receiptTaken(let taken): (1...64).contains(taken.order.utf8.count)
        case .enrol(let enrol):
            enrol.token.utf8.count <= 128 && enrol.request.count <= 4 << 10
                && enrol.host.utf8.count <= 255 && enrol.program.utf8.count <= 128
        case .enrolled(let enrolled):
            (1...64).contains(enrolled.agent.utf8.count)
                && (1...64).contains(enrolled.tenant.utf8.count)
                && enrolled.certificate.count <= 4 << 10 && enrolled.authority.count <= 4 << 10
                && enrolled.signingKey.count == 32
        case .renew(let renew): renew.request.count <= 4 << 10
        case .renewed(let renewed): renewed.certificate.count <= 4 << 10
        case .records(let records):
            (1...WireLimits.recordsMax).contains(records.records.count) && records.first >= 1
                && records.first < UInt64.max / 2
                && records.records.allSatisfy {
                    (1...WireLimits.recordBytesMax).contains($0.content.count)
                        && $0.format.utf8.count <= 32
                }
        case .gap(let gap):
            gap.first >= 1 && gap.first <= gap.last && gap.last < UInt64.max / 2
        case .bulkBegin(let begin):
            begin.kind.utf8.count <= 64 && begin.name.utf8.count <= 255
                && begin.size <= WireLimits.objectBytesMax && begin.sha256.count == 32
        case .bulkPiece(let piece):
            (1...WireLimits.pieceBytesMax).contains(piece.content.count)
                && piece.offset < WireLimits.objectBytesMax
        case .ping, .pong, .acknowledgement, .goodbye: true
        }
    }
}
