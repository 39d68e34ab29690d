import Engine
import Store
import Tenancy

/// What people do about an incident: verdict, tasks, comments, evidence, tags, clock, merges.
enum CaseColumn {
    static func write(_ dossier: Dossier, _ halves: inout Markup) {
        halves.element(
            "aside", [.class("case"), .set("id", "case"), .say("aria-label", .work)]
        ) { column in
            verdict(dossier, &column)
            tasks(dossier, &column)
            comments(dossier, &column)
            clock(dossier, &column)
            evidence(dossier, &column)
            tags(dossier, &column)
            joins(dossier, &column)
        }
    }

    private static func section(
        _ title: Phrase, _ count: Int?, _ column: inout Markup, _ body: (inout Markup) -> Void
    ) {
        column.element("section", [.class("panel")]) { panel in
            panel.element("h2") { heading in
                heading.say(title)
                if let count, count > 0 {
                    heading.element("b", [.class("count")], text: String(count))
                }
            }
            body(&panel)
        }
    }

    private static func verdict(_ dossier: Dossier, _ column: inout Markup) {
        guard let verdict = dossier.summary.verdict else { return }
        section(.verdict, nil, &column) { panel in
            panel.element("p") { $0.element("b", say: verdict.phrase) }
            if let reason = dossier.summary.verdictReason {
                panel.element("p", [.class("said")]) { $0.text(reason, atMost: 4096) }
            }
            if let person = dossier.summary.verdictBy {
                panel.element("p", [.class("by")]) { line in
                    line.owner(person, dossier.roster)
                    if let time = dossier.summary.times[.decided] { line.moment(time) }
                }
            }
        }
    }

    // MARK: - Tasks and comments

    private static func tasks(_ dossier: Dossier, _ column: inout Markup) {
        let isOpen = dossier.isWorker && dossier.summary.state != .closed
        let tasks = dossier.view.tasks
        guard isOpen || !tasks.isEmpty else { return }
        section(.tasks, tasks.count { $0.done == nil }, &column) { panel in
            panel.element("ul", [.class("plain tasks")]) { list in
                for task in tasks {
                    list.element("li", task.done == nil ? [] : [.class("done")]) { item in
                        mark(task, isOpen, dossier, &item)
                        item.element("span") { $0.text(task.title, atMost: 512) }
                    }
                }
            }
            guard isOpen else { return }
            panel.caseForm("task", dossier) { form in
                line("task-title", "title", .newTask, LedgerLimits.titleBytesMax, "t", &form)
                form.element("button", say: .addTask)
            }
        }
    }

    private static func mark(
        _ task: IncidentView.Task, _ isOpen: Bool, _ dossier: Dossier, _ item: inout Markup
    ) {
        let phrase = task.done == nil ? Phrase.markDone : .markUndone
        guard isOpen else {
            item.element("i", [.class("box"), .set("aria-hidden", "true")], text: "")
            return
        }
        item.caseForm("task-set", dossier) { form in
            form.hidden("task", String(task.id))
            form.hidden("done", task.done == nil ? "1" : "0")
            form.element(
                "button",
                [.class("box"), .say("aria-label", phrase), .say("title", phrase)]
            ) { if task.done != nil { $0.icon(.check) } }
        }
    }

    private static func line(
        _ id: String, _ name: String, _ phrase: Phrase, _ bytesMax: Int, _ key: String?,
        _ form: inout Markup
    ) {
        form.open(
            "input",
            [
                .set("id", id), .set("name", name), .say("placeholder", phrase),
                .say("aria-label", phrase), .set("maxlength", String(bytesMax)),
                .flag("required"), .set("autocomplete", "off"),
            ] + (key.map { [.set("data-keys", $0)] } ?? []))
    }

    private static func comments(_ dossier: Dossier, _ column: inout Markup) {
        let comments = dossier.view.comments
        guard dossier.isWorker || !comments.isEmpty else { return }
        section(.comments, comments.count, &column) { panel in
            panel.element("ul", [.class("plain comments")]) { list in
                for comment in comments {
                    guard let last = comment.versions.last else { continue }
                    list.element("li") { item in
                        item.element("p", [.class("by")]) { by in
                            by.owner(last.author, dossier.roster)
                            by.moment(comment.versions[0].time)
                            if comment.versions.count > 1 {
                                by.element("small", [.class("soft")], say: .edited)
                            }
                        }
                        item.element("p", [.class("said")]) { $0.text(last.text, atMost: 20_000) }
                    }
                }
            }
            guard dossier.isWorker else { return }
            panel.caseForm("comment", dossier) { form in
                form.element(
                    "textarea",
                    [
                        .set("name", "text"), .set("rows", "2"), .flag("required"),
                        .say("aria-label", .newComment), .say("placeholder", .newComment),
                        .set("maxlength", String(LedgerLimits.commentBytesMax)),
                        .set("data-keys", "m"),
                    ]
                ) { _ in }
                form.element("button", say: .addComment)
            }
        }
    }

    // MARK: - Clock, evidence, tags

    private static func clock(_ dossier: Dossier, _ column: inout Markup) {
        section(.times, nil, &column) { panel in
            panel.element("ol", [.class("plain clock")]) { list in
                for time in CaseTime.allCases {
                    let moment = dossier.summary.times[time]
                    list.element("li", moment == nil ? [.class("open")] : []) { item in
                        item.element("span", [.class("soft mono")], text: time.name)
                        item.element("span", say: time.phrase)
                        if let moment {
                            item.moment(moment)
                        } else if dossier.isWorker,
                            [.contained, .eradicated, .restored].contains(time)
                        {
                            item.caseForm("time", dossier) { form in
                                form.hidden("time", time.name)
                                form.element("button", [.class("quiet")], say: .recordNow)
                            }
                        } else {
                            item.element("span", [.class("soft")], text: "–")
                        }
                    }
                }
            }
        }
    }

    private static func evidence(_ dossier: Dossier, _ column: inout Markup) {
        let all = dossier.view.evidence
        section(.evidence, all.count, &column) { panel in
            if all.isEmpty { panel.element("p", [.class("soft")], say: .noEvidence) }
            panel.element("ul", [.class("plain comments")]) { list in
                for piece in all {
                    list.element("li") { item in
                        item.element("p", [.class("by")]) { by in
                            by.owner(piece.author, dossier.roster)
                            by.moment(piece.created)
                        }
                        item.element("p", [.class("said")]) {
                            $0.text(piece.note.note, atMost: 4096)
                        }
                        item.element("p", [.class("names")]) { names in
                            for sequence in piece.note.sequences.prefix(10) {
                                names.element(
                                    "a",
                                    [
                                        .class("chip"),
                                        .set(
                                            "href",
                                            "/records/\(dossier.key.tenant.text)/\(sequence)"),
                                    ], text: String(sequence))
                            }
                            names.element("code", [.class("soft")]) {
                                $0.text(String(piece.note.digest.description.prefix(16)))
                            }
                        }
                    }
                }
            }
        }
    }

    private static func tags(_ dossier: Dossier, _ column: inout Markup) {
        guard dossier.isWorker || !dossier.view.tags.isEmpty else { return }
        section(.tags, nil, &column) { panel in
            panel.element("div", [.class("names")]) { names in
                for tag in dossier.view.tags {
                    guard dossier.isWorker else {
                        names.element("span", [.class("chip")]) { $0.text(tag) }
                        continue
                    }
                    names.caseForm("untag", dossier) { form in
                        form.hidden("tag", tag)
                        form.element(
                            "button", [.class("chip"), .say("aria-label", .removeTag(tag))]
                        ) { button in
                            button.text(tag)
                            button.icon(.cross)
                        }
                    }
                }
            }
            guard dossier.isWorker else { return }
            panel.caseForm("tag", dossier) { form in
                form.element("div", [.class("line")]) { row in
                    line("tag", "tag", .newTag, LedgerLimits.tagBytesMax, nil, &row)
                    row.element("button", say: .addTag)
                }
            }
        }
    }

    // MARK: - Merge and split

    private static func joins(_ dossier: Dossier, _ column: inout Markup) {
        guard dossier.isWorker || !dossier.view.joins.isEmpty else { return }
        section(.joins, nil, &column) { panel in
            panel.element("ul", [.class("plain comments")]) { list in
                for join in dossier.view.joins { one(join, dossier, &list) }
            }
            guard dossier.isWorker, dossier.summary.mergedInto == nil else { return }
            panel.element("details") { box in
                box.element("summary") { summary in
                    summary.icon(.merge)
                    summary.element("span", say: .merge)
                }
                box.caseForm("merge", dossier) { form in
                    line("merge-into", "into", .mergeInto, 128, nil, &form)
                    form.reason("merge-reason", .mergeHint)
                    form.element("button", say: .merge)
                }
            }
        }
    }

    private static func one(
        _ join: IncidentView.Join, _ dossier: Dossier, _ list: inout Markup
    ) {
        let other = join.incident == dossier.key.incident ? join.into : join.incident
        list.element("li") { item in
            item.element("p", [.class("by")]) { by in
                by.element(
                    "a", [.set("href", "/incidents/\(dossier.key.tenant.text)/\(other.text)")],
                    text: String(other.text.prefix(16)))
                by.element("span", [.class("soft")]) { kind in
                    kind.say(join.kind == "merge" ? .merge : EntryKind.incidentSplit.phrase)
                    if join.isUndone {
                        kind.text(" · ")
                        kind.say(.undone)
                    }
                }
            }
            guard dossier.isWorker, !join.isUndone else { return }
            item.element("details") { box in
                box.element("summary", say: .undo)
                box.caseForm("undo", dossier) { form in
                    form.hidden("position", String(join.position))
                    form.reason("undo-\(join.position)", .undoHint)
                    form.element("button", say: .undo)
                }
            }
        }
    }
}
