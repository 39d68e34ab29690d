/// How much one rule file may ask for. What goes beyond is refused with reason `limit`, located,
/// and its neighbours load.
package enum SigmaLimits {
    package static let fileBytesMax = 64 << 20
    package static let documentsPerFileMax = 4096
    package static let documentBytesMax = 1 << 20
    /// Lines such as `%TAG` before a document.
    package static let directivesMax = 16
    /// What `action: global` and `repeat` may make of one file, counted as below.
    package static let mergedNodesPerFileMax = 1_000_000
    /// Lists and maps within one another, in one document.
    package static let nestingMax = 64
    /// Scalars, lists and maps of one document, long text once more for every 64 bytes; an alias
    /// counts as much as what it stands for.
    package static let nodesPerDocumentMax = 100_000
    package static let selectionsMax = 1024
    /// The name of a field or a selection.
    package static let nameBytesMax = 1024
    package static let modifiersPerFieldMax = 16
    /// What `windash`, `base64offset` and `expand` may make of one written value.
    package static let expansionsPerValueMax = 1000
    package static let conditionBytesMax = 16 << 10
    package static let conditionNestingMax = 64
    /// Tests in one rule's condition, after selections stand wherever the condition names them.
    package static let predicatesPerRuleMax = 65_536
    /// One value before modifiers.
    package static let valueBytesMax = 64 << 10
    /// All values of one rule after modifiers.
    package static let expandedBytesMax = 16 << 20
    package static let correlationRulesMax = 1024
    /// Correlations of correlations.
    package static let correlationChainMax = 32
    /// One problem's sentence, which may quote the file.
    package static let messageBytesMax = 400
    /// Problems told about one file; the last one says how many were left out.
    package static let problemsPerFileMax = 1000
}
