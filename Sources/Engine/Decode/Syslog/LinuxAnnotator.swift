/// Adds what ``LinuxMessage`` finds to an event that another decoder made, such as journald's JSON.
///
/// - Input: the program in `program`, `SYSLOG_IDENTIFIER` or `_COMM`, the message in `message` or
///   `MESSAGE`; an event without a message is left alone. Does nothing when `service` is there.
/// - Output: the fields of ``LinuxMessage``, as copies.
package struct LinuxAnnotator {
    private var linux = LinuxMessage()
    private var scratch: [UInt8] = []
    private let programs, messages: [FieldID]
    private let service: FieldID

    package init(_ names: inout FieldNames) {
        programs = ["program", "SYSLOG_IDENTIFIER", "_COMM"].map { names.intern($0) }
        messages = ["message", "MESSAGE"].map { names.intern($0) }
        service = names.intern("service")
    }

    package mutating func annotate(_ event: inout EventBuffer) {
        guard event.first(service) == nil, let message = first(messages, event) else { return }
        // Taken out while it is read, so that it is neither copied nor changed meanwhile.
        var text: [UInt8] = []
        swap(&text, &scratch)
        text.removeAll(keepingCapacity: true)
        var program: Range<Int>?
        if let index = first(programs, event) {
            Self.copy(event, index, to: &text)
            program = 0..<text.count
        }
        let start = text.count
        Self.copy(event, message, to: &text)
        linux.append(
            text.span, program: program, message: start..<text.count, inSource: false, &event)
        swap(&text, &scratch)
    }

    private func first(_ names: [FieldID], _ event: borrowing EventBuffer) -> Int? {
        for name in names {
            if let index = event.first(name) { return index }
        }
        return nil
    }

    private static func copy(
        _ event: borrowing EventBuffer, _ index: Int, to text: inout [UInt8]
    ) {
        // The pointer is lent for this call only.
        unsafe event.withBytes(of: event.field(at: index)) {
            unsafe text.append(contentsOf: $0)
        }
    }
}
