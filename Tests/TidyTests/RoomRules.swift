/// Which room may import what. The rooms stand in the order an event meets them.
enum RoomRules {
    /// A folder under `Sources/` and the modules it may import beside the standard library.
    static let mayImport: [(room: String, modules: Set<String>)] = [
        ("Sigma", ["Yams", "CYaml"]),
        ("Engine", ["CSIMD", "Sigma"]),
        ("Wire", ["SwiftProtobuf"]),
        (
            "Link",
            [
                "Crypto", "FoundationEssentials", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS",
                "SwiftASN1", "Wire", "X509",
            ]
        ),
        (
            "Agent",
            [
                "Crypto", "Engine", "FoundationEssentials", "Glibc", "Link", "NIOCore", "Sigma",
                "SwiftProtobuf", "Wire",
            ]
        ),
        (
            "Tenancy",
            ["Crypto", "CryptoExtras", "Engine", "Foundation", "FoundationEssentials", "JWTKit"]
        ),
        (
            "Store",
            [
                "CADBC", "CZstd", "Crypto", "Engine", "Foundation", "FoundationEssentials", "GRDB",
                "Glibc", "Tenancy",
            ]
        ),
        ("Collect", ["CSIMD", "CZlib", "CZstd", "Engine", "Glibc"]),
        (
            "Listen",
            [
                "CZlib", "Collect", "Crypto", "Engine", "FoundationEssentials", "Glibc", "Logging",
                "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "SwiftASN1", "Tenancy", "X509",
            ]
        ),
        (
            "Pull",
            [
                "AsyncHTTPClient", "Collect", "Crypto", "Engine", "FoundationEssentials", "Listen",
                "Logging", "NIOCore", "NIOHTTP1", "NIOSSL", "Tenancy",
            ]
        ),
        ("Scan", ["Collect", "Engine"]),
        (
            "Watch",
            [
                "Collect", "Crypto", "Engine", "FoundationEssentials", "Glibc", "Listen",
                "Logging", "NIOCore", "NIOPosix", "ServiceLifecycle", "Sigma", "Store", "Tenancy",
            ]
        ),
        ("Sense", ["CLibbpf", "CLinux", "Glibc"]),
        ("Act", ["CLinux", "Crypto", "Glibc"]),
        (
            "Receive",
            [
                "Crypto", "Engine", "FoundationEssentials", "Glibc", "Link", "Listen", "Logging",
                "NIOCore", "Store", "SwiftProtobuf", "Tenancy", "Watch", "Wire",
            ]
        ),
        ("Report", ["Engine", "Sigma"]),
        (
            "Console",
            [
                "AsyncHTTPClient", "Crypto", "Engine", "Foundation", "FoundationEssentials",
                "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Link", "Listen",
                "Logging", "NIOCore",
                "NIOHTTP1", "NIOSSL", "Receive", "Report", "ServiceLifecycle", "Sigma", "Store",
                "Tenancy", "Watch", "Wire",
            ]
        ),
        (
            "kagari-agent",
            [
                "Act", "Agent", "ArgumentParser", "Crypto", "Engine", "FoundationEssentials",
                "Glibc",
                "Link", "NIOCore", "NIOPosix", "Sense", "UnixSignals", "Wire",
            ]
        ),
        (
            "kagari",
            [
                "ArgumentParser", "AsyncHTTPClient", "Collect", "Console", "CoreFoundation",
                "Engine", "Foundation", "Glibc", "Hummingbird", "Link", "Listen", "Logging",
                "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "Pull", "Receive", "Report", "Scan",
                "ServiceLifecycle", "Sigma", "Store", "Tenancy", "UnixSignals", "Watch", "Yams",
            ]
        ),
    ]

    /// Parts of the standard library that come as modules of their own.
    static let everywhere: Set<String> = ["Swift", "Synchronization"]

    /// Headers and system libraries: no Swift in them.
    static let withoutSwift: Set<String> = [
        "CADBC", "CLibbpf", "CLinux", "CSIMD", "CZlib", "CZstd",
    ]

    static func violations(in source: SwiftSource) -> [Violation] {
        let parts = source.path.split(separator: "/")
        guard parts.count > 2, parts[0] == "Sources" else { return [] }
        let room = String(parts[1])
        guard let allowed = mayImport.first(where: { $0.room == room })?.modules else {
            let message = "the room `\(room)` is not in the room table"
            return [Violation(path: source.path, line: 0, message: message)]
        }
        return imports(of: source).compactMap { line, module in
            guard !allowed.contains(module), !everywhere.contains(module) else { return nil }
            return Violation(path: source.path, line: line, message: refusal(of: module, in: room))
        }
    }

    private static func refusal(of module: String, in room: String) -> String {
        if module == "Foundation" {
            return "`\(room)` does without `Foundation`, which is slow on the path of an event"
        }
        return "`\(room)` may not import `\(module)`; move the code to the room that may"
    }

    /// The modules imported, with their lines.
    static func imports(of source: SwiftSource) -> [(line: Int, module: String)] {
        let before: Set<Substring> = [
            "package", "public", "internal", "fileprivate", "private", "@testable",
            "@preconcurrency",
            "@_exported", "@_implementationOnly",
        ]
        let kinds: Set<Substring> = [
            "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
        ]
        var found: [(line: Int, module: String)] = []
        for (index, line) in source.code.enumerated() {
            var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
            words = words.drop { before.contains($0) || $0.hasPrefix("@_spi(") }
            guard words.first == "import" else { continue }
            words = words.dropFirst().drop { kinds.contains($0) }
            guard let module = words.first?.split(separator: ".").first else { continue }
            found.append((index + 1, String(module)))
        }
        return found
    }
}
