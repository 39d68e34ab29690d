/// What modules say: they find it in the page, in the language of the page.
enum ScriptWords {
    static let all: [(name: StaticString, phrase: Phrase)] = [
        ("data-commands", .commands), ("data-commands-hint", .commandsHint),
        ("data-nothing-fits", .nothingFits), ("data-shortcuts", .shortcuts),
        ("data-close", .close), ("data-live", .live), ("data-offline", .offline),
        ("data-load-failed", .loadFailed), ("data-loading", .loading),
        ("data-try-again", .tryAgain), ("data-utc", .utc), ("data-cancel", .cancel),
        ("data-next", .next), ("data-previous", .previous), ("data-open-it", .openIt),
        ("data-select-it", .selectIt), ("data-nothing-selected", .nothingSelected),
        ("data-clear-selection", .clearSelection), ("data-changed", .changed),
    ]

    static func write(_ body: inout Markup) {
        body.element(
            "template",
            [.set("id", "words")] + all.map { Markup.Attribute.say($0.name, $0.phrase) }
        ) { _ in }
    }
}
