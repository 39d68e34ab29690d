import Store
import Tenancy

/// What people are called, and who can be given work.
struct Roster: Sendable {
    /// Looked at for one page.
    static let peopleMax = 500

    private let names: [PrincipalID: String]
    /// Those that may work on incidents, by name; empty for whoever may not see people.
    let candidates: [(id: PrincipalID, name: String)]

    /// - Parameter call: names are shown to whoever sees what they did; the list only to whoever may `read people`.
    init(for call: PageCall) async throws {
        let tenants = [Ledger.provider] + call.choices.map(\.id).prefix(64)
        let records = try await call.ledger.values(
            PrincipalRecord.self, limit: Self.peopleMax, in: Service.reading(.people, in: tenants)
        ).map(\.value)
        names = Dictionary(
            records.map { ($0.principal, $0.name) }, uniquingKeysWith: { first, _ in first })
        let seen = try? await call.scope(Permission(.read, .people))
        let work = Permission(.update, .incidents)
        candidates = records.filter { record in
            let isSeen = record.tenant == Ledger.provider || seen?.covers(record.tenant) == true
            return seen != nil && isSeen && !record.isDisabled
                && record.grants.contains { AccessMatrix.allows($0.role, work) }
        }.map { ($0.principal, $0.name) }.sorted { $0.name < $1.name }
    }

    func name(of id: PrincipalID) -> String {
        id == Ledger.service ? "Kagari" : names[id] ?? id.text
    }

    /// Two letters for a round sign.
    func initials(of id: PrincipalID) -> String {
        let words = name(of: id).split(separator: " ")
        let letters = words.count > 1 ? [words[0], words[words.count - 1]] : words
        return letters.compactMap(\.first).map { $0.uppercased() }.joined()
    }
}

extension Markup {
    /// Whose something is.
    mutating func owner(_ id: PrincipalID?, _ roster: Roster) {
        guard let id else {
            element("span", [.class("who nobody")], say: .ownerNobody)
            return
        }
        element("span", [.class("who")]) { who in
            who.element(
                "i", [.class("face"), .set("aria-hidden", "true")], text: roster.initials(of: id))
            who.element("span") { $0.text(roster.name(of: id), atMost: 40) }
        }
    }
}
