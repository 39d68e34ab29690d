import Engine
import Store

/// What modules say: they find it in the page, in the language of the page.
enum ScriptWords {
    static let all: [(name: StaticString, phrase: Phrase)] = frame + kinds

    /// What kinds of entities and reasons are called, for the graph.
    private static let kinds: [(name: StaticString, phrase: Phrase)] = [
        ("data-kind-host", Entity.Kind.host.phrase),
        ("data-kind-process", Entity.Kind.process.phrase),
        ("data-kind-user", Entity.Kind.user.phrase),
        ("data-kind-session", Entity.Kind.session.phrase),
        ("data-kind-address", Entity.Kind.address.phrase),
        ("data-kind-file", Entity.Kind.file.phrase),
        ("data-kind-domain", Entity.Kind.domain.phrase),
        ("data-kind-registry-key", Entity.Kind.registryKey.phrase),
        ("data-kind-service", Entity.Kind.service.phrase),
        ("data-kind-scheduled-task", Entity.Kind.scheduledTask.phrase),
        ("data-kind-cloud-principal", Entity.Kind.cloudPrincipal.phrase),
        ("data-kind-cloud-resource", Entity.Kind.cloudResource.phrase),
        ("data-search-events", .searchEvents), ("data-first-seen", .firstSeen),
        ("data-last-seen", .lastSeen), ("data-evidence-note", .evidenceNote),
        ("data-keep-evidence", .keepEvidence),
        ("data-critical", CaseLevel.critical.phrase), ("data-high", CaseLevel.high.phrase),
        ("data-medium", CaseLevel.medium.phrase), ("data-low", CaseLevel.low.phrase),
        ("data-informational", CaseLevel.informational.phrase),
    ]

    private static let frame: [(name: StaticString, phrase: Phrase)] = [
        ("data-commands", .commands), ("data-commands-hint", .commandsHint),
        ("data-nothing-fits", .nothingFits), ("data-shortcuts", .shortcuts),
        ("data-close", .close), ("data-live", .live), ("data-offline", .offline),
        ("data-load-failed", .loadFailed), ("data-loading", .loading),
        ("data-try-again", .tryAgain), ("data-utc", .utc), ("data-cancel", .cancel),
        ("data-next", .next), ("data-previous", .previous), ("data-open-it", .openIt),
        ("data-select-it", .selectIt), ("data-nothing-selected", .nothingSelected),
        ("data-clear-selection", .clearSelection), ("data-changed", .changed),
        ("data-copy", .copy),
        ("data-copied", .copied),
    ]

    static func write(_ body: inout Markup) {
        body.element(
            "template",
            [.set("id", "words")] + all.map { Markup.Attribute.say($0.name, $0.phrase) }
        ) { _ in }
    }
}
