internal import FoundationEssentials
internal import Link
internal import SwiftProtobuf
package import Wire

/// Orders that came, and what came of them: each is done once, and its receipt is sent until the server has it.
///
/// In the folder `orders`: `ID.begun` before it is done, `ID.receipt` after, `ID.taken` once the server has it.
package struct OrderBook: Sendable {
    package enum Verdict: Equatable, Sendable {
        case perform
        /// It was done already.
        case answer(WireOrderReceipt)
        /// It was begun by a run that ended in between: whoever does orders says what became of it.
        case resume
        case refuse(String)
    }

    /// Orders that are remembered after the server has their receipts.
    package static let takenMax = 1_000
    package static let waitingMax = 1_000

    private let folder: StateFolder
    private let signingKey: [UInt8]

    package init(_ folder: StateFolder, signingKey: [UInt8]) throws(AgentFailure) {
        self.folder = try StateFolder(folder.file("orders"))
        self.signingKey = signingKey
    }

    /// - Parameter nanoseconds: the machine's time since 1970.
    package func judge(_ order: WireSignedOrder, nanoseconds: Int64) throws(AgentFailure) -> Verdict
    {
        guard Self.isName(order.order) else { return .refuse("an order without a proper name") }
        guard
            LinkSignature.isGood(Array(order.signature), of: Array(order.body), by: signingKey)
        else { return .refuse("the server did not sign this order") }
        if let receipt = try receipt(of: order.order) { return .answer(receipt) }
        if folder.has(order.order + ".begun") { return .resume }
        guard nanoseconds < order.expiresNanoseconds else { return .refuse("the order is too old") }
        guard try names(".receipt").count < Self.waitingMax else {
            return .refuse("more than \(Self.waitingMax) receipts wait to be sent")
        }
        return .perform
    }

    /// - Returns: whether the host shall do it; it signed its cause already, with the policy.
    func judge(_ order: StandingOrder) throws(AgentFailure) -> Bool {
        guard try receipt(of: order.id) == nil else { return false }
        return try names(".receipt").count < Self.waitingMax
    }

    func begin(_ order: StandingOrder) throws(AgentFailure) {
        try folder.write(Array(order.name.utf8) + [0x0A] + order.body, as: order.id + ".begun")
    }

    /// Those that a run before began and did not live to answer.
    func interrupted() throws(AgentFailure) -> [StandingOrder] {
        var found: [StandingOrder] = []
        for name in try names(".begun") where name.hasPrefix(StandingOrder.prefix) {
            let bytes = try folder.read(name + ".begun", bytesMax: StandingOrder.bytesMax) ?? []
            guard let end = bytes.firstIndex(of: 0x0A) else { continue }
            found.append(
                StandingOrder(
                    id: name, name: String(decoding: bytes[..<end], as: UTF8.self),
                    body: Array(bytes[(end + 1)...])))
        }
        return found
    }

    package func begin(_ order: String) throws(AgentFailure) {
        try folder.write([], as: order + ".begun")
    }

    package func keep(_ receipt: WireOrderReceipt) throws(AgentFailure) {
        guard let bytes: [UInt8] = try? receipt.serializedBytes() else { return }
        try folder.write(bytes, as: receipt.order + ".receipt")
        try folder.remove(receipt.order + ".begun")
    }

    /// What the server has not confirmed yet.
    package func waiting() throws(AgentFailure) -> [WireOrderReceipt] {
        var found: [WireOrderReceipt] = []
        for name in try names(".receipt") {
            if let receipt = try receipt(of: name) { found.append(receipt) }
        }
        return found
    }

    package func taken(_ order: String) throws(AgentFailure) {
        guard Self.isName(order), folder.has(order + ".receipt") else { return }
        try folder.rename(folder.file(order + ".receipt"), to: folder.file(order + ".taken"))
        let old = try names(".taken")
        // Names of orders rise with time.
        for name in old.dropLast(Self.takenMax) { try folder.remove(name + ".taken") }
    }

    private func receipt(of order: String) throws(AgentFailure) -> WireOrderReceipt? {
        for ending in [".receipt", ".taken"] {
            if let bytes = try folder.read(order + ending, bytesMax: 128 << 10) {
                return try? WireOrderReceipt(serializedBytes: bytes)
            }
        }
        return nil
    }

    private func names(_ ending: String) throws(AgentFailure) -> [String] {
        try folder.names().filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
            }
    }
}
