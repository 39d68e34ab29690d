import HTTPTypes
import Hummingbird
import NIOCore
import Store

/// A style sheet or a module that pages bring along. Its bytes are in the program itself.
///
/// All of them lie below one name that follows from all their bytes, so that modules find each other by relative names
/// and browsers may keep them for ever.
struct StaticFile: Sendable {
    enum Kind: String, Sendable {
        case style = "text/css; charset=utf-8"
        case module = "text/javascript; charset=utf-8"
        case picture = "image/svg+xml"
    }

    let name: String
    let kind: Kind
    let bytes: [UInt8]

    private init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        kind =
            name.hasSuffix(".css") ? .style : name.hasSuffix(".svg") ? .picture : .module
    }

    static let tokens = StaticFile("tokens.css", PackageResources.tokens_css)
    static let frameStyle = StaticFile("frame.css", PackageResources.frame_css)
    static let pieces = StaticFile("pieces.css", PackageResources.pieces_css)
    static let frame = StaticFile("frame.mjs", PackageResources.frame_mjs)
    static let passkeys = StaticFile("passkeys.mjs", PackageResources.passkeys_mjs)

    static let queueStyle = StaticFile("queue.css", PackageResources.queue_css)
    static let queue = StaticFile("queue.mjs", PackageResources.queue_mjs)
    static let incidentStyle = StaticFile("incident.css", PackageResources.incident_css)
    static let incident = StaticFile("incident.mjs", PackageResources.incident_mjs)
    static let graph = StaticFile("graph.mjs", PackageResources.graph_mjs)
    static let rooms = StaticFile("rooms.css", PackageResources.rooms_css)
    static let search = StaticFile("search.mjs", PackageResources.search_mjs)
    static let copy = StaticFile("copy.mjs", PackageResources.copy_mjs)

    static let icon = StaticFile("icon.svg", PackageResources.icon_svg)

    /// On every page.
    static let everywhere: [StaticFile] = [tokens, frameStyle, pieces, frame]

    static let all: [StaticFile] =
        everywhere + [
            passkeys, icon, queueStyle, queue, incidentStyle, incident, graph, rooms, search, copy,
            StaticFile("layers.mjs", PackageResources.layers_mjs),
            StaticFile("live.mjs", PackageResources.live_mjs),
            StaticFile("words.mjs", PackageResources.words_mjs),
            StaticFile("time.mjs", PackageResources.time_mjs),
            StaticFile("keys.mjs", PackageResources.keys_mjs),
            StaticFile("palette.mjs", PackageResources.palette_mjs),
            StaticFile("ask.mjs", PackageResources.ask_mjs),
        ]

    /// Twelve hex digits of SHA-256 over all names and bytes.
    static let version: String = {
        var bytes: [UInt8] = []
        for file in all.sorted(by: { $0.name < $1.name }) {
            bytes += Array("\(file.name)\0\(file.bytes.count)\0".utf8) + file.bytes
        }
        return String(LedgerDigest(of: bytes).description.prefix(12))
    }()

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    var path: String { "/assets/\(Self.version)/\(name)" }

    /// A page of another version of the program gets what there is, and may not keep it.
    static func answer(_ request: Request, _ context: ConsoleContext) throws -> Response {
        guard let file = context.parameters.get("file").flatMap({ byName[$0] }) else {
            throw Problem(.missing, "There is no such file.")
        }
        let isOurs = context.parameters.get("version") == version
        let etag = "\"\(LedgerDigest(of: file.bytes).description.prefix(16))\""
        let headers: HTTPFields = [
            .contentType: file.kind.rawValue, .eTag: etag,
            .cacheControl: isOurs ? "public, max-age=31536000, immutable" : "no-cache",
        ]
        if request.headers[.ifNoneMatch] == etag {
            return Response(status: .notModified, headers: headers)
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }
}
