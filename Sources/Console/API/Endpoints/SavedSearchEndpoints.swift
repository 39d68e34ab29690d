import Engine
import HTTPTypes
import Store
import Tenancy

/// Searches that somebody keeps: for himself, or for everybody who may search in the tenant.
enum SavedSearchEndpoints {
    static let all: [Endpoint] = [list, create, change, remove]
    static let read = Permission(.read, .events)

    private static let text = RegistryEndpoints.text
    private static let query = Shape.text(bytesMax: SearchText.bytesMax)
    private static let search = Shape.object([
        .must("id", .identifier), .must("tenant", .identifier), .must("name", text),
        .must("query", query), .must("owner", .identifier), .must("shared", .flag),
    ])

    private static let list = Endpoint(
        method: .get, path: "/api/v1/searches",
        summary: "Saved searches: one's own, and shared ones", right: .tenants(read),
        query: Endpoint.page + [Endpoint.tenant], answer: .page("searches", search)
    ) { call in
        var after: (tenant: TenantID, id: String)?
        if let cursor = call.query["cursor"] {
            let pieces = try Cursor.pieces(cursor, count: 2)
            guard let tenant = TenantID(pieces[0]) else { throw Cursor.wrong }
            after = (tenant, pieces[1])
        }
        let page = try await call.ledger.values(
            SavedSearchRecord.self, after: after, limit: call.limit, in: call.scope())
        let end = page.count == call.limit ? page.last?.value : nil
        return .page(
            "searches",
            page.map(\.value).filter { $0.isSeen(by: call.principal) }.map(\.shown),
            next: end.map { Cursor.text([$0.tenant.text, $0.id]) })
    }

    private static let create = Endpoint(
        method: .post, path: "/api/v1/searches/{tenant}", summary: "Keep a search",
        right: .tenant(read),
        body: .object([
            .must("name", text), .must("query", query), .may("shared", .flag),
        ]), status: 201, answer: search
    ) { call in
        let record = try await keep(
            call.text("name"), call.text("query"), isShared: call.body["shared"]?.flag ?? false,
            in: call.scope(), of: call.name("tenant"), for: call.principal, call.parts)
        return Answer(record.shown)
    }

    /// - Throws: ``Problem``: `invalid` where the query is none, `conflict` where the tenant has as many as it may.
    static func keep(
        _ name: String, _ query: String, isShared: Bool, in scope: TenantScope,
        of tenant: TenantID, for principal: Principal, _ parts: ConsoleParts
    ) async throws -> SavedSearchRecord {
        do throws(SearchText.Mistake) { _ = try SearchText.filter(query) } catch {
            throw Problem(.invalid, error.description, pointer: "/query")
        }
        let count = try await parts.ledger.values(SavedSearchRecord.self, in: scope).count
        guard count < SavedSearchRecord.perTenantMax else {
            throw Problem(
                .conflict, "A tenant has at most \(SavedSearchRecord.perTenantMax) searches.")
        }
        let record = SavedSearchRecord(
            id: parts.chance.name(), tenant: tenant, name: name, query: query,
            owner: principal.id, isShared: isShared)
        try await parts.ledger.create(record, now: parts.now(), in: scope)
        return record
    }

    /// One's own; somebody else's is told to be none.
    static func own(
        _ id: String, of tenant: TenantID, in scope: TenantScope, for principal: Principal,
        _ parts: ConsoleParts
    ) async throws -> Registered<SavedSearchRecord> {
        let found = try await parts.ledger.value(SavedSearchRecord.self, id, of: tenant, in: scope)
        guard let found, found.value.isSeen(by: principal) else {
            throw Problem(.missing, "There is no such search.")
        }
        guard found.value.owner == principal.id else {
            throw Problem(.forbidden, "Only who keeps a search changes it.")
        }
        return found
    }

    private static let change = Endpoint(
        method: .patch, path: "/api/v1/searches/{tenant}/{id}",
        summary: "Rename, rewrite, share or unshare one's own", right: .tenant(read),
        body: .object([.may("name", text), .may("query", query), .may("shared", .flag)]),
        answer: search
    ) { call in
        let found = try await own(
            call.names["id"] ?? "", of: call.name("tenant"), in: call.scope(),
            for: call.principal, call.parts)
        var record = found.value
        if let name = call.body["name"]?.text { record.name = name }
        if let query = call.body["query"]?.text {
            do throws(SearchText.Mistake) { _ = try SearchText.filter(query) } catch {
                throw Problem(.invalid, error.description, pointer: "/query")
            }
            record.query = query
        }
        if let isShared = call.body["shared"]?.flag { record.isShared = isShared }
        try await call.ledger.update(
            record, ifRevision: found.revision, now: call.now, in: call.scope())
        return Answer(record.shown)
    }

    private static let remove = Endpoint(
        method: .delete, path: "/api/v1/searches/{tenant}/{id}", summary: "Let go of one's own",
        right: .tenant(read), status: 204, answer: .anything
    ) { call in
        let found = try await own(
            call.names["id"] ?? "", of: call.name("tenant"), in: call.scope(),
            for: call.principal, call.parts)
        try await call.ledger.remove(
            SavedSearchRecord.self, found.value.id, of: found.value.tenant, now: call.now,
            in: call.scope())
        return Answer(.null)
    }
}

extension SavedSearchRecord {
    func isSeen(by principal: Principal) -> Bool { isShared || owner == principal.id }
}
