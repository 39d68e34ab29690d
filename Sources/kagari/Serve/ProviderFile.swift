import Console
import Foundation
import Store
import Tenancy
import Yams

/// One identity provider, as a file says it. docs/access.md has an example.
enum ProviderFile {
    private static let known: Set<String> = [
        "id", "title", "issuer", "client-id", "client-secret-file", "client-proof", "scopes",
        "groups-claim", "groups", "home", "allow-loopback",
    ]

    /// - Parameter origin: of the console, where browsers come back to.
    /// - Throws: with the place of what is wrong.
    static func read(_ path: String, origin: String) throws -> IdentityProvider {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw UserError("cannot read the identity provider \(path); see that it is there")
        }
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw UserError("\(path) is not YAML: \(error)")
        }
        guard let fields = root?.mapping else {
            throw UserError("\(path): expected `name: value`, one a line")
        }
        for (key, _) in fields {
            guard let name = key.string, known.contains(name) else {
                throw UserError("\(place(path, key)): there is no setting `\(key.string ?? "?")`")
            }
        }
        func need(_ name: String) throws -> String {
            guard let value = fields[name]?.string, !value.isEmpty else {
                throw UserError("\(path): `\(name)` is missing")
            }
            return value
        }
        let id = try need("id")
        guard TenantGroupID(id) != nil else {
            throw UserError("\(path): `id` has 1 to 64 letters a-z, digits, - and _")
        }
        let home = fields["home"]?.string ?? Ledger.provider.text
        guard let home = TenantID(home) else {
            throw UserError("\(path): `home` is no name of a tenant: `\(home)`")
        }
        let proof = fields["client-proof"]?.string ?? "client_secret_basic"
        guard let proof = OIDCProvider.ClientProof(rawValue: proof) else {
            let words = OIDCProvider.ClientProof.allCases.map(\.rawValue).joined(separator: ", ")
            throw UserError("\(path): `client-proof` is one of \(words), not `\(proof)`")
        }
        do {
            let provider = try OIDCProvider(
                issuer: need("issuer"), clientID: need("client-id"),
                redirectURI: IdentityProvider.callback(of: id, at: origin),
                scopes: fields["scopes"]?.sequence?.compactMap(\.string)
                    ?? ["openid", "profile", "email"], clientProof: proof,
                roleMap: OIDCRoleMap(
                    claim: fields["groups-claim"]?.string ?? "groups",
                    grants: groups(of: fields["groups"], path)),
                allowsLoopback: fields["allow-loopback"]?.bool ?? false)
            return IdentityProvider(
                id: id, title: fields["title"]?.string ?? id, provider: provider,
                secret: try proof == .none ? "" : secret(need("client-secret-file")), home: home)
        } catch let failure as OIDCProvider.Failure {
            throw UserError("\(path): the `\(failure)` is not sound; addresses begin with https://")
        } catch let failure as OIDCRoleMap.Failure {
            throw UserError("\(path): the groups are not sound: \(failure)")
        }
    }

    private static func secret(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw UserError("cannot read the client's secret \(path); see that it is there")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Groups as `name: ["analyst everywhere", "customer-admin tenant acme", "lead group north"]`.
    private static func groups(
        of node: Node?, _ path: String
    ) throws -> [String: [Principal.Grant]] {
        guard let node, let mapping = node.mapping, !mapping.isEmpty else {
            throw UserError("\(path): `groups` says which group has which roles; nobody gets in")
        }
        var found: [String: [Principal.Grant]] = [:]
        for (key, value) in mapping {
            guard let name = key.string, let list = value.sequence else {
                throw UserError("\(place(path, key)): a group has a list of roles")
            }
            found[name] = try list.map { node in
                guard let grant = node.string.flatMap(grant) else {
                    throw UserError(
                        "\(place(path, node)): expected ROLE everywhere, ROLE tenant NAME or "
                            + "ROLE group NAME, found `\(node.string ?? "?")`")
                }
                return grant
            }
        }
        return found
    }

    /// A customer's role holds in named tenants only.
    private static func grant(_ text: String) -> Principal.Grant? {
        let words = text.split(separator: " ").map(String.init)
        guard let role = words.first.flatMap(Role.init), role.isForPeople else { return nil }
        if words.count == 2, words[1] == "everywhere", !role.isCustomers {
            return Principal.Grant(role, in: .all)
        }
        guard words.count == 3 else { return nil }
        if words[1] == "tenant", let tenant = TenantID(words[2]) {
            return Principal.Grant(role, in: .tenants([tenant]))
        }
        if words[1] == "group", let group = TenantGroupID(words[2]), !role.isCustomers {
            return Principal.Grant(role, in: .groups([group]))
        }
        return nil
    }

    private static func place(_ path: String, _ node: Node) -> String {
        node.mark.map { "\(path):\($0.line):\($0.column)" } ?? path
    }
}
