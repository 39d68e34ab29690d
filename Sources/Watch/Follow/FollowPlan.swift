package import Listen
internal import Tenancy

/// Files whose records belong to one source.
package struct FollowPlan: Hashable, Sendable {
    package let binding: SourceBinding
    /// Paths, folders, and patterns of them.
    package var patterns: [String]

    package init(binding: SourceBinding, patterns: [String]) {
        self.binding = binding
        self.patterns = patterns
    }

    /// Reads `TENANT/SOURCE=PATH`; nil where the text is not of that form.
    package init?(_ text: String) {
        let sides = text.split(separator: "=", maxSplits: 1)
        guard sides.count == 2 else { return nil }
        let names = sides[0].split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, let tenant = TenantID(String(names[0])),
            let source = LogSourceID(String(names[1]))
        else { return nil }
        self.init(
            binding: SourceBinding(tenant: tenant, source: source), patterns: [String(sides[1])])
    }

    /// One plan a source: two readers of one state would each take the other's files for gone.
    package static func joined(_ plans: [FollowPlan]) -> [FollowPlan] {
        var joined: [FollowPlan] = []
        for plan in plans {
            if let known = joined.firstIndex(where: { $0.binding == plan.binding }) {
                joined[known].patterns += plan.patterns
            } else {
                joined.append(plan)
            }
        }
        return joined
    }
}
