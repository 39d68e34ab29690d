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

/// Targets stand in the order an event meets them; a tidy test checks the import arrows.
let package = Package(
    name: "kagari",
    products: [
        .executable(name: "kagari", targets: ["kagari"])
    ],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .target(name: "CSIMD"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(
            name: "Sigma",
            dependencies: [.product(name: "Yams", package: "Yams")],
            swiftSettings: settings),
        .target(name: "Engine", dependencies: ["CSIMD", "Sigma"], swiftSettings: settings),
        .target(
            name: "Collect", dependencies: ["CSIMD", "Engine", "CZlib", "CZstd"],
            swiftSettings: settings),
        .target(name: "Scan", dependencies: ["Collect", "Engine"], swiftSettings: settings),
        .target(name: "Report", dependencies: ["Engine", "Sigma"], swiftSettings: settings),
        .executableTarget(
            name: "kagari",
            dependencies: [
                "Sigma", "Engine", "Collect", "Scan", "Report",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
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
            name: "CollectTests", dependencies: ["Collect", "Engine", "TestKit"],
            swiftSettings: testSettings),
        .testTarget(
            name: "ReportTests", dependencies: ["Report", "Engine", "TestKit"],
            exclude: ["Fixtures"], swiftSettings: testSettings),
        .testTarget(
            name: "JourneyTests",
            dependencies: ["Collect", "Engine", "Report", "Scan", "Sigma", "TestKit"],
            swiftSettings: testSettings),
        .testTarget(name: "TidyTests", dependencies: ["TestKit"], swiftSettings: testSettings),
    ]
)
