import HTTPTypes
import Store

/// The API's description, OpenAPI 3.1, made of the endpoints themselves: what is routed is described and the other way
/// round. `docs/openapi.json` keeps it for readers.
enum OpenAPI {
    static let path = "/api/openapi.json"

    static func document(of endpoints: [Endpoint]) -> JSON {
        let paths = Dictionary(grouping: endpoints, by: \.path).sorted { $0.key < $1.key }
        var items = paths.map { path, endpoints in
            JSON.Member(
                path,
                .object(
                    endpoints.sorted { $0.method.rawValue < $1.method.rawValue }.map {
                        JSON.Member($0.method.rawValue.lowercased(), operation($0))
                    }))
        }
        items.append(JSON.Member(Feed.path, ["get": feed]))
        return [
            "openapi": "3.1.0",
            "info": ["title": "Kagari", "version": "1", "license": ["name": "See LICENSE"]],
            "security": .list([["key": .list([])], ["session": .list([])]]),
            "paths": .object(items),
            "components": [
                "securitySchemes": [
                    "key": ["type": "http", "scheme": "bearer"],
                    "session": ["type": "apiKey", "in": "cookie", "name": "__Host-kagari"],
                ],
                "schemas": ["EventFilter": EventFilter.schema, "Problem": problem],
                "responses": [
                    "Problem": [
                        "description": "Why it was not done (RFC 9457)",
                        "content": [
                            "application/problem+json": [
                                "schema": ["$ref": "#/components/schemas/Problem"]
                            ]
                        ],
                    ]
                ],
            ],
        ]
    }

    private static let problem: JSON = [
        "type": "object", "required": .texts(["type", "title", "status", "detail"]),
        "properties": [
            "type": ["type": "string", "format": "uri"], "title": ["type": "string"],
            "status": ["type": "integer"], "detail": ["type": "string"],
            "pointer": ["type": "string"],
        ],
    ]

    private static let problems: [JSON.Member] = Set(Problem.Kind.allCases.map(\.status)).sorted()
        .map { JSON.Member(String($0), ["$ref": "#/components/responses/Problem"]) }

    private static func operation(_ endpoint: Endpoint) -> JSON {
        var members: [JSON.Member] = [
            .init("operationId", .text(name(of: endpoint))),
            .init("summary", .text(endpoint.summary)),
        ]
        if isSignIn(endpoint) {
            members.append(.init("security", .list([])))
        }
        members.append(.init("parameters", .list(parameters(of: endpoint))))
        if let body = endpoint.body {
            members.append(
                .init(
                    "requestBody",
                    [
                        "required": .flag(true),
                        "content": ["application/json": ["schema": body.schema]],
                    ]))
        }
        var done: [JSON.Member] = [.init("description", "Done")]
        if endpoint.status != 204 {
            done.append(
                .init(
                    "content",
                    .object([
                        .init(endpoint.media.rawValue, ["schema": endpoint.answer.schema])
                    ])))
        }
        members.append(
            .init(
                "responses",
                .object([JSON.Member(String(endpoint.status), .object(done))] + problems)))
        return .object(members)
    }

    private static func isSignIn(_ endpoint: Endpoint) -> Bool {
        SignInRoute.all.contains { $0.endpoint.path == endpoint.path }
    }

    private static func parameters(of endpoint: Endpoint) -> [JSON] {
        var parameters: [JSON] = endpoint.names.map { name in
            let isNumber = ["number", "position", "sequence"].contains(name)
            let shape = isNumber ? Shape.integer(0...Int64.max) : .identifier
            return [
                "name": .text(name), "in": "path", "required": .flag(true),
                "schema": shape.schema,
            ]
        }
        parameters += endpoint.query.map { parameter in
            [
                "name": .text(parameter.name), "in": "query",
                "description": .text(parameter.note), "schema": parameter.shape.schema,
            ]
        }
        if endpoint.isConditional {
            parameters.append([
                "name": "If-Match", "in": "header", "required": .flag(true),
                "description": "The ETag of the incident as it was seen.",
                "schema": ["type": "string", "pattern": "^\"[0-9]{1,18}\"$"],
            ])
        }
        if endpoint.method == .post, !isSignIn(endpoint) {
            parameters.append([
                "name": "Idempotency-Key", "in": "header",
                "description": "Of two requests with the same one, the first is done.",
                "schema": [
                    "type": "string", "minLength": .integer(1),
                    "maxLength": .integer(Int64(ConsoleLimits.idempotencyKeyBytesMax)),
                ],
            ])
        }
        return parameters
    }

    private static func name(of endpoint: Endpoint) -> String {
        let words = endpoint.path.dropFirst("/api/v1/".count).split(separator: "/").map {
            $0.hasPrefix("{") ? "by-" + $0.dropFirst().dropLast() : String($0)
        }
        return ([endpoint.method.rawValue.lowercased()] + words).joined(separator: "-")
    }

    private static let feed: JSON = [
        "operationId": "get-feed", "summary": "Changes of incidents, live",
        "parameters": .list([
            [
                "name": "tenant", "in": "query", "description": "Only of this tenant.",
                "schema": Shape.identifier.schema,
            ],
            [
                "name": "Last-Event-ID", "in": "header",
                "description": "Go on after this event.",
                "schema": Shape.integer(0...Int64.max).schema,
            ],
        ]),
        "responses": .object(
            [
                JSON.Member(
                    "200",
                    [
                        "description": "Events, until the reader goes",
                        "content": ["text/event-stream": ["schema": ["type": "string"]]],
                    ])
            ] + problems),
    ]
}
