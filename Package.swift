// swift-tools-version: 6.2
import PackageDescription

let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]
let settings = testSettings + [.strictMemorySafety()]

// What rooms take from other packages; docs/adr says what each saves and what leaving it costs.
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let sqlite = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let tlsNames = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let signals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
]

/// Targets stand in the order an event meets them; a tidy test checks the import arrows.
let package = Package(
    name: "kagari",
    products: [
        .executable(name: "kagari", targets: ["kagari"]),
        .executable(name: "kagari-agent", targets: ["kagari-agent"]),
        .executable(name: "measure", targets: ["Measure"]),
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        .target(name: "CSIMD"),
        .target(name: "CADBC"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        // What the kernel programs (bpf/, built by scripts/bpf.sh) and Swift share.
        .target(name: "CLinux"),
        .systemLibrary(name: "CLibbpf", providers: [.apt(["libbpf-dev"])]),
        .target(name: "Sigma", dependencies: [yams], swiftSettings: settings),
        .target(name: "Engine", dependencies: ["CSIMD", "Sigma"], swiftSettings: settings),
        .target(
            name: "Wire", dependencies: [protobuf],
            exclude: ["Messages/wire.proto", "Messages/generate.sh"], swiftSettings: settings),
        .target(
            name: "Link", dependencies: ["Wire", crypto, certificates, protobuf, tlsNames] + nio,
            swiftSettings: settings),
        .target(
            name: "Agent",
            dependencies: ["Engine", "Sigma", "Link", "Wire", crypto, certificates, protobuf] + nio,
            swiftSettings: settings),
        .target(
            name: "Tenancy", dependencies: ["Engine", crypto, cryptoExtras, jwt],
            swiftSettings: settings),
        .target(
            name: "Store", dependencies: ["CADBC", "CZstd", "Engine", "Tenancy", crypto, sqlite],
            swiftSettings: settings),
        .target(
            name: "Collect", dependencies: ["CSIMD", "Engine", "CZlib", "CZstd"],
            swiftSettings: settings),
        .target(
            name: "Listen",
            dependencies: ["Collect", "Engine", "Tenancy", "CZlib", crypto, certificates, logging]
                + nio,
            swiftSettings: settings),
        .target(
            name: "Pull",
            dependencies: ["Collect", "Engine", "Listen", "Tenancy", crypto, logging, httpClient]
                + nio,
            swiftSettings: settings),
        .target(name: "Scan", dependencies: ["Collect", "Engine"], swiftSettings: settings),
        .target(
            name: "Watch",
            dependencies: [
                "Collect", "Engine", "Listen", "Sigma", "Store", "Tenancy", logging, lifecycle,
                crypto,
            ] + nio,
            swiftSettings: settings),
        .target(name: "Sense", dependencies: ["CLibbpf", "CLinux"], swiftSettings: settings),
        .target(name: "Act", dependencies: ["CLinux", crypto], swiftSettings: settings),
        .target(
            name: "Receive",
            dependencies: [
                "Engine", "Link", "Listen", "Store", "Tenancy", "Watch", "Wire", logging, crypto,
                protobuf,
            ] + nio,
            swiftSettings: settings),
        .target(name: "Report", dependencies: ["Engine", "Sigma"], swiftSettings: settings),
        .target(
            name: "Console",
            dependencies: [
                "Engine", "Link", "Listen", "Receive", "Report", "Sigma", "Store", "Tenancy",
                "Watch", "Wire", logging, crypto, httpClient,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + hummingbird,
            resources: [.embedInCode("Static")],
            swiftSettings: settings),
        .executableTarget(
            name: "kagari",
            dependencies: [
                "Sigma", "Engine", "Collect", "Scan", "Report", "Tenancy", "Store", "Listen",
                "Pull", "Watch", "Receive", "Link", "Console", lifecycle, signals, logging, yams,
                httpClient,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "kagari-agent",
            dependencies: [
                "Act", "Sense", "Agent", "Engine", "Link", "Wire", crypto, signals, protobuf,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "Measure",
            dependencies: [
                "Sigma", "Engine", "Collect",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Measure",
            swiftSettings: settings),
        .target(
            name: "TestKit", dependencies: ["CZlib", "CZstd", "Engine", "Sigma"],
            path: "Tests/TestKit",
            swiftSettings: testSettings),
        .testTarget(
            name: "SigmaTests", dependencies: ["Sigma", "TestKit"], swiftSettings: testSettings),
        .testTarget(
            name: "EngineTests", dependencies: ["Collect", "Engine", "Sigma", "TestKit"],
            exclude: ["Fixtures"],
            swiftSettings: testSettings),
        .testTarget(
            name: "WireTests", dependencies: ["Wire", "TestKit", protobuf],
            swiftSettings: testSettings),
        .testTarget(
            name: "AgentTests",
            dependencies: ["Agent", "Engine", "Link", "Wire", "TestKit", protobuf] + nio,
            swiftSettings: testSettings),
        .testTarget(
            name: "TenancyTests", dependencies: ["Tenancy", "TestKit", crypto],
            exclude: ["Fixtures"],
            swiftSettings: testSettings),
        .testTarget(
            name: "StoreTests", dependencies: ["Store", "Tenancy", "Engine", "TestKit", crypto],
            exclude: ["Fixtures"], swiftSettings: testSettings),
        .testTarget(
            name: "CollectTests", dependencies: ["Collect", "Engine", "TestKit"],
            swiftSettings: testSettings),
        .testTarget(
            name: "ListenTests",
            dependencies: ["Listen", "Engine", "Tenancy", "TestKit", logging] + nio,
            swiftSettings: testSettings),
        .testTarget(
            name: "PullTests",
            dependencies: ["Pull", "Listen", "Tenancy", "Engine", "TestKit", logging] + nio,
            swiftSettings: testSettings),
        .testTarget(
            name: "WatchTests",
            dependencies: [
                "Watch", "Listen", "Store", "Tenancy", "Engine", "Sigma", "Collect", "TestKit",
                logging,
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "ActTests", dependencies: ["Act", "TestKit", "kagari-agent", crypto],
            swiftSettings: testSettings),
        .testTarget(
            name: "ReceiveTests",
            dependencies: [
                "Receive", "Act", "Agent", "Link", "Wire", "Watch", "Listen", "Store", "Tenancy",
                "Engine", "TestKit", logging, protobuf,
            ] + nio,
            swiftSettings: testSettings),
        .testTarget(
            name: "ReportTests", dependencies: ["Report", "Engine", "TestKit"],
            exclude: ["Fixtures"], swiftSettings: testSettings),
        .testTarget(
            name: "ConsoleTests",
            dependencies: [
                "Console", "Watch", "Listen", "Report", "Store", "Tenancy", "Engine", "TestKit",
                logging, .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            exclude: ["Modules"],
            swiftSettings: testSettings),
        .testTarget(
            name: "SenseTests", dependencies: ["CLinux", "Engine", "Sense", "TestKit"],
            exclude: ["Fixtures"], swiftSettings: testSettings),
        .testTarget(
            name: "JourneyTests",
            dependencies: ["Collect", "Engine", "Report", "Scan", "Sigma", "TestKit"],
            swiftSettings: testSettings),
        .testTarget(name: "TidyTests", dependencies: ["TestKit"], swiftSettings: testSettings),
    ]
)
