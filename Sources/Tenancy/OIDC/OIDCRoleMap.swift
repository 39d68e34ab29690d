/// From the groups a provider names to grants here. Who is in no group of it gets nothing.
package struct OIDCRoleMap: Sendable {
    package enum Failure: Error, Hashable, Sendable {
        /// More than ``groupsMax``.
        case tooMany(Int)
        /// A role that people cannot have.
        case role(Role)
        case claim
    }

    package static let groupsMax = 256
    /// Of one token; groups beyond are not looked at.
    package static let tokenGroupsMax = 1_000

    /// Where the groups stand in the ID token: a claim's name, or a path as `realm_access.roles`.
    package let claim: String
    private let grants: [String: [Principal.Grant]]

    package init(claim: String, grants: [String: [Principal.Grant]]) throws(Failure) {
        guard (1...256).contains(claim.utf8.count) else { throw .claim }
        guard grants.count <= Self.groupsMax else { throw .tooMany(grants.count) }
        for grant in grants.values.joined() where !grant.role.isForPeople {
            throw .role(grant.role)
        }
        self.claim = claim
        self.grants = grants
    }

    /// In order of the groups' names, each once.
    package func grants(of groups: [String]) -> [Principal.Grant] {
        var found: [Principal.Grant] = []
        for group in Set(groups).sorted() {
            for grant in grants[group] ?? [] where !found.contains(grant) { found.append(grant) }
        }
        return found
    }
}
