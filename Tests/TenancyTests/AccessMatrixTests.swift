import Foundation
import Tenancy
import Testing

@Suite struct `Access matrix` {
    @Test func `is as it was reviewed`() throws {
        let file = Made.fixtures.appendingPathComponent("matrix.txt")
        if Made.writesGoldens {
            try AccessMatrix.text.write(to: file, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(AccessMatrix.text == expected, "KAGARI_GOLDEN=write shows how it differs")
    }

    @Test func `stands on its page`() throws {
        let page = Made.fixtures.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/access.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let letters: [Permission.Action: String] = [
            .read: "r", .create: "c", .update: "u", .delete: "d", .decide: "v", .ingest: "i",
            .export: "x",
        ]
        for resource in Permission.Resource.allCases {
            let cells = Role.allCases.map { role in
                let cell = ["r", "c", "u", "d", "v", "i", "x"].filter { letter in
                    AccessMatrix.permissions(of: role).contains {
                        $0.resource == resource && letters[$0.action] == letter
                    }
                }
                return cell.isEmpty ? "–" : cell.joined()
            }
            let row = "| \(resource.rawValue) | \(cells.joined(separator: " | ")) |"
            #expect(text.contains(row), "the page has another row than \(row)")
        }
    }

    @Test func `lets an auditor read everything that is read, and change nothing`() {
        let all = Permission.Resource.allCases.map { Permission(.read, $0) }
        let rights = AccessMatrix.permissions(of: .auditor)
        #expect(rights.isSuperset(of: all))
        #expect(rights.allSatisfy { $0.action.isReading })
    }

    @Test func `lets nobody but the service write the ledger or erase events`() {
        for role in Role.allCases where role != .service {
            for action in [Permission.Action.create, .update, .delete] {
                #expect(!AccessMatrix.allows(role, Permission(action, .ledger)))
                #expect(!AccessMatrix.allows(role, Permission(action, .events)))
            }
        }
        #expect(AccessMatrix.allows(.service, Permission(.create, .ledger)))
        #expect(!AccessMatrix.allows(.service, Permission(.delete, .ledger)))
    }

    @Test(arguments: [Role.customerAdmin, .customerViewer])
    func `lets no customer give verdicts, change rules or make tenants`(role: Role) {
        let own = AccessMatrix.permissions(of: role)
        #expect(!own.contains { $0.action == .decide })
        #expect(!own.contains { $0.resource == .rules && !$0.action.isReading })
        #expect(!own.contains { $0.resource == .tenants && !$0.action.isReading })
    }

    @Test(arguments: Role.allCases.filter { $0.isForPeople && $0 != .providerAdmin })
    func `gives the provider's administrator whatever it gives another person`(role: Role) {
        let admin = AccessMatrix.permissions(of: .providerAdmin)
        #expect(AccessMatrix.permissions(of: role).subtracting(admin) == [])
    }

    @Test func `lets no key touch people, tokens or tenants`() {
        for permission in AccessMatrix.permissions(of: .apiClient)
        where [.people, .tokens, .tenants].contains(permission.resource) {
            #expect(permission.action == .read)
        }
        #expect(!AccessMatrix.allows(.apiClient, Permission(.create, .tokens)))
    }

    @Test func `reads a permission back from its text, and nothing else`() {
        for permission in Permission.all {
            #expect(Permission(text: "\(permission)") == permission)
        }
        for text in ["", "read", "read  events", "read events x", "own events", "read Events"] {
            #expect(Permission(text: text) == nil)
        }
    }
}
