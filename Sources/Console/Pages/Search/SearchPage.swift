import Engine
import Hummingbird
import Store
import Tenancy

/// The search: words, bars over time, values to narrow by, and the events.
enum SearchPage {
    static let rowsMax = 100
    static let valuesMax = 6

    /// A part of the page, or why it is not there.
    enum Part<Value: Sendable>: Sendable {
        case found(Value)
        case tookTooLong
    }

    struct Found: Sendable {
        let page: Part<EventPage>
        let bars: Part<SearchBars?>
        let facets: Part<EventFacets>
    }

    static func answer(_ call: PageCall) async throws -> Response {
        let scope = try await call.scope(SavedSearchEndpoints.read)
        let question = SearchQuestion(call)
        let saved = try await call.ledger.values(SavedSearchRecord.self, in: scope).map(\.value)
            .filter { $0.isSeen(by: call.principal) }
        var mistake: SearchText.Mistake?
        var found: Found?
        do throws(SearchText.Mistake) {
            let query = try question.query(limit: rowsMax)
            found = try await look(query, call, scope)
        } catch { mistake = error }
        return call.page(
            .search, .search, status: mistake == nil ? 200 : 422, with: [.rooms, .search]
        ) { main in
            main.element("h1", [.class("unseen")], say: .search)
            SearchForm(question: question, mistake: mistake).write(to: &main)
            SavedSearches(question: question, saved: saved, call: call).write(to: &main)
            guard let found else { return }
            show(found, question, &main)
        }
    }

    private static func look(
        _ query: EventQuery, _ call: PageCall, _ scope: TenantScope
    ) async throws(SearchText.Mistake) -> Found {
        let store = call.parts.events
        async let page = part { () throws(StoreFailure) in
            try await store.events(matching: query, in: scope)
        }
        let bars = await part { () throws(StoreFailure) in
            try await SearchBars.make(query, now: call.now, store, scope)
        }
        let facets = await part { () throws(StoreFailure) in
            try await store.facets(of: nil, matching: query, valuesMax: valuesMax, in: scope)
        }
        return Found(page: await page, bars: bars, facets: facets)
    }

    private static func part<Value: Sendable>(
        _ look: @Sendable () async throws(StoreFailure) -> Value
    ) async -> Part<Value> {
        do { return .found(try await look()) } catch { return .tookTooLong }
    }

    private static func show(_ found: Found, _ question: SearchQuestion, _ main: inout Markup) {
        if case .found(let bars?) = found.bars { BarsDrawing(bars: bars).write(to: &main) }
        if case .tookTooLong = found.bars { slow(&main) }
        guard case .found(let page) = found.page else {
            main.state(.tookTooLong, .noEventsCure)
            return
        }
        guard !page.events.isEmpty else {
            main.state(.noEvents, .noEventsCure) { state in
                guard question.span != .all || question.isChosen else { return }
                state.element(
                    "a", [.class("button"), .set("href", question.address(span: .all))],
                    say: .searchAllTime)
            }
            return
        }
        main.element("div", [.class("found")]) { body in
            if case .found(let facets) = found.facets {
                FacetList(facets: facets, question: question).write(to: &body)
            }
            body.element("div", [.class("results")]) { EventRows.write(page, question, to: &$0) }
        }
    }

    private static func slow(_ main: inout Markup) {
        main.element("p", [.class("notice")], say: .tookTooLong)
    }
}

/// Words and time.
struct SearchForm {
    let question: SearchQuestion
    let mistake: SearchText.Mistake?

    func write(to main: inout Markup) {
        main.element(
            "form", [.class("ask"), .set("action", "/search"), .set("role", "search")]
        ) { form in
            form.element("label", [.set("for", "words"), .class("unseen")], say: .words)
            form.open(
                "input",
                [
                    .set("id", "words"), .set("name", "q"), .set("value", question.words),
                    .set("type", "search"), .say("placeholder", .searchHint),
                    .set("autocomplete", "off"), .set("spellcheck", "false"),
                    .set("data-keys", "/"), .set("maxlength", "\(SearchText.bytesMax)"),
                ]
                    + (mistake == nil
                        ? [] : [.set("aria-invalid", "true"), .set("aria-describedby", "mistake")]))
            form.choice(
                "range", .range, SearchQuestion.Span.allCases.map { ($0.rawValue, $0.phrase) },
                chosen: question.span.rawValue, isLabelShown: false)
            if let tenant = question.tenant { form.hidden("tenant", tenant) }
            form.element("button", [.class("primary")]) { button in
                button.icon(.search)
                button.element("span", say: .search)
            }
            if let mistake {
                form.element(
                    "p", [.class("wrong"), .set("id", "mistake"), .set("role", "alert")],
                    say: mistake.phrase)
            }
            form.element("div", [.class("more")]) { times(&$0) }
        }
    }

    private func times(_ form: inout Markup) {
        form.element(
            "details", [.class("times")] + (question.isChosen ? [.flag("open")] : [])
        ) { details in
            details.element("summary", say: .chosenRange)
            details.element("div", [.class("line")]) { line in
                time("from", .from, question.from, &line)
                time("to", .to, question.until, &line)
                line.element("span", [.class("soft")], say: .utc)
            }
        }
        form.element("details", [.class("help")]) { details in
            details.element("summary", say: .howToAsk)
            details.element("dl", [.class("syntax")]) { list in
                for (words, phrase) in Self.syntax {
                    list.element("div") { pair in
                        pair.element("dt") { $0.element("code", text: words) }
                        pair.element("dd", say: phrase)
                    }
                }
            }
        }
    }

    private func time(
        _ name: String, _ label: Phrase, _ time: Timestamp?, _ line: inout Markup
    ) {
        line.element("label", [.set("for", name)], say: label)
        line.open(
            "input",
            [
                .set("id", name), .set("name", name), .set("value", time?.text ?? ""),
                .set("placeholder", "2026-11-28 05:00"), .set("autocomplete", "off"),
            ])
    }

    private static let syntax: [(String, Phrase)] = [
        ("failed login", .asksBoth), ("\"failed login\"", .asksTogether),
        ("host:ws-01 user:\"maria k\"", .asksField),
        ("Image:*\\cmd.exe ip:10.0.* url:*login*", .asksPart), ("ip:*", .asksThere),
        ("bytes:>1000 code:<=9", .asksNumber), ("a OR b  -a  (a OR b) c", .asksEither),
    ]
}

extension SearchText.Mistake {
    var phrase: Phrase {
        let japanese =
            switch reason {
            case .tooLong: "検索条件は \(SearchText.bytesMax) バイトまでです。"
            case .tooMany: "検索条件は \(SearchText.termsMax) 個までです。"
            case .tooDeep: "括弧の入れ子は \(SearchText.depthMax) 段までです。"
            case .openQuote: "引用符が閉じられていません。末尾に追加してください。"
            case .openParenthesis: "括弧が閉じられていません。「)」を追加してください。"
            case .strayParenthesis: "対応する「(」のない「)」があります。"
            case .missingTerm: "ここに語が必要です（OR・NOT・「-」の後など）。"
            case .missingValue: "「:」の後に値が必要です。存在の確認は「field:*」と書きます。"
            case .notANumber: "「>」「<」「>=」「<=」の後には数値が必要です。"
            }
        return Phrase(description, "\(japanese)（\(column) 文字目）")
    }
}
