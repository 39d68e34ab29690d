/// The `action` key of rule collections from before Sigma 1.0: `global` holds what all following
/// rules of the file share, `reset` ends that, `repeat` is the rule before with changes.
///
/// Where both have a key, `global` wins over the rule and `repeat` over the rule it repeats, as in
/// the tools of that time and in pySigma.
struct LegacyActions {
    private var global: YAMLNode?
    private var previous: YAMLNode?
    /// Nodes of all rules that were merged so far.
    private var mergedCount = 0

    /// The rule that this document makes; nil where it makes none, or its action is unknown.
    mutating func apply(to node: YAMLNode, _ problems: inout ProblemList) -> YAMLNode? {
        let isRule = node["correlation"] == nil && node["filter"] == nil
        guard let action = node["action"] else {
            guard isRule else { return node }
            guard let global else {
                previous = node
                return node
            }
            return merged(node, with: global, at: node.mark, &problems)
        }
        let content = Self.without("action", node)
        switch action.scalar?.text {
        case "global":
            global = content
            previous = content
            return nil
        case "reset":
            global = nil
            return nil
        case "repeat":
            guard let base = previous else {
                problems.refuse(
                    .yaml, at: action.mark, "`action: repeat` has no rule before it to repeat")
                return nil
            }
            return merged(base, with: content, at: action.mark, &problems)
        default:
            problems.refuse(
                .yaml, at: action.mark, "the action must be global, reset or repeat")
            return nil
        }
    }

    private mutating func merged(
        _ base: YAMLNode, with other: YAMLNode, at mark: YAMLMark, _ problems: inout ProblemList
    ) -> YAMLNode? {
        let count = base.nodeCount + other.nodeCount
        guard count <= SigmaLimits.nodesPerDocumentMax,
            mergedCount + count <= SigmaLimits.mergedNodesPerFileMax
        else {
            problems.refuse(
                .limit, at: mark,
                "`action` makes more of this file than \(SigmaLimits.mergedNodesPerFileMax) values, "
                    + "or \(SigmaLimits.nodesPerDocumentMax) in one rule")
            return nil
        }
        mergedCount += count
        let rule = Self.merge(base, with: other)
        previous = rule
        return rule
    }

    private static func without(_ key: String, _ node: YAMLNode) -> YAMLNode {
        guard let pairs = node.pairs else { return node }
        var node = node
        node.content = .mapping(pairs.filter { $0.key != key })
        return node
    }

    /// `other` laid over `base`, map by map. The place stays that of `base`.
    private static func merge(_ base: YAMLNode, with other: YAMLNode) -> YAMLNode {
        guard var pairs = base.pairs, let changes = other.pairs else { return other }
        for change in changes {
            if let index = pairs.firstIndex(where: { $0.key == change.key }) {
                pairs[index].value = merge(pairs[index].value, with: change.value)
            } else {
                pairs.append(change)
            }
        }
        var count = 1
        for pair in pairs { count += 1 + pair.value.nodeCount }
        return YAMLNode(content: .mapping(pairs), mark: base.mark, nodeCount: count)
    }
}
