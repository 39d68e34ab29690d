import Engine
import Store
import Tenancy

/// Where a page ended, as text that callers hand back unread. It names a place, not a right: the tenants come from
/// the caller's scope again.
enum Cursor {
    static func text(_ pieces: [String]) -> String {
        hex(Array(pieces.joined(separator: " ").utf8))
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let letters = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [letters[Int($0 >> 4)], letters[Int($0 & 15)]] },
            as: UTF8.self)
    }

    /// - Throws: ``Problem`` of kind `invalid` where no page ended so.
    static func pieces(_ text: String, count: Int) throws(Problem) -> [String] {
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        if digits.count.isMultiple(of: 2), digits.count <= 1024 {
            for index in stride(from: 0, to: digits.count, by: 2) {
                guard
                    let byte = UInt8(
                        String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16)
                else { throw wrong }
                bytes.append(byte)
            }
        }
        let pieces = String(decoding: bytes, as: UTF8.self).split(
            separator: " ", omittingEmptySubsequences: false
        ).map(String.init)
        guard pieces.count == count else { throw wrong }
        return pieces
    }

    static var wrong: Problem { Problem(.invalid, "No page ended with that cursor.") }
}

extension IncidentCursor {
    var text: String {
        Cursor.text([
            String(risk), String(lastSeen.nanoseconds), key.tenant.text, key.incident.text,
        ])
    }

    init(text: String) throws(Problem) {
        let pieces = try Cursor.pieces(text, count: 4)
        guard let risk = Int(pieces[0]), (0...100).contains(risk), let time = Int64(pieces[1]),
            time > .min, let tenant = TenantID(pieces[2]), let incident = IncidentID(pieces[3])
        else { throw Cursor.wrong }
        self.init(
            risk: risk, lastSeen: Timestamp(nanoseconds: time),
            key: IncidentKey(incident, of: tenant))
    }
}

extension AlertCursor {
    var text: String {
        Cursor.text([String(alerted.nanoseconds), tenant.text, id.text])
    }

    init(text: String) throws(Problem) {
        let pieces = try Cursor.pieces(text, count: 3)
        guard let time = Int64(pieces[0]), let tenant = TenantID(pieces[1]),
            let id = AlertID(pieces[2])
        else { throw Cursor.wrong }
        self.init(alerted: Timestamp(nanoseconds: time), tenant: tenant, id: id)
    }
}

extension EventCursor {
    var text: String {
        Cursor.text([String(time.nanoseconds), tenant.text, String(sequence)])
    }

    init(text: String) throws(Problem) {
        let pieces = try Cursor.pieces(text, count: 3)
        guard let time = Int64(pieces[0]), let tenant = TenantID(pieces[1]),
            let sequence = UInt64(pieces[2]), sequence <= UInt64(Int64.max)
        else { throw Cursor.wrong }
        self.init(time: Timestamp(nanoseconds: time), tenant: tenant, sequence: sequence)
    }
}
