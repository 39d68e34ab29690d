/// Which name an address was looked up by, from the answers seen.
///
/// - Bounds: ``countMax`` addresses, the oldest let go first.
package struct AddressNames: Sendable {
    package static let countMax = 8_192
    private var names: [[UInt8]: [UInt8]] = [:]
    private var order: [[UInt8]] = []
    private var next = 0

    package init() {}

    /// - Parameter address: as ``addressText(_:_:)`` writes it.
    package subscript(_ address: [UInt8]) -> [UInt8]? { names[address] }

    package mutating func learn(_ message: DNSMessage) {
        for answer in message.answers where answer.type == 1 || answer.type == 28 {
            if names.updateValue(message.name, forKey: answer.text) != nil { continue }
            if order.count < Self.countMax {
                order.append(answer.text)
            } else {
                names[order[next]] = nil
                order[next] = answer.text
                next = (next + 1) % Self.countMax
            }
        }
    }
}
