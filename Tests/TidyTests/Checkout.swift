import Foundation

/// The files of this checkout that people write, without products and without what a tool made.
struct Checkout {
    struct File {
        /// From the root of the checkout, as `Sources/Engine/Alert.swift`.
        var path: String
        /// Nil where the file is not UTF-8.
        var text: String?
        var lines: [Substring] {
            text?.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) ?? []
        }
    }

    static let here = Checkout(
        root: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path)

    let root: String
    let files: [File]
    let paths: Set<String>

    init(root: String) {
        self.root = root
        var files: [File] = []
        var folders: [String] = []
        Self.collect(root: root, folder: "", files: &files, folders: &folders)
        self.files = files
        paths = Set(files.map(\.path) + folders)
    }

    /// Swift files that were parsed once for all rules.
    static let sources: [SwiftSource] = here.files
        .filter { $0.path.hasSuffix(".swift") }
        .map { SwiftSource(path: $0.path, text: $0.text ?? "") }

    private static let unwritten: Set<String> = [
        ".git", ".tools", ".venv", ".swiftpm", "out", "__pycache__", "Package.resolved",
        ".DS_Store",
    ]

    private static func collect(
        root: String, folder: String, files: inout [File], folders: inout [String]
    ) {
        let full = folder.isEmpty ? root : root + "/" + folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: full)) ?? []
        for name in names.sorted()
        where !unwritten.contains(name) && !name.hasPrefix(".build")
            && !name.hasSuffix(".pb.swift")
        {
            let path = folder.isEmpty ? name : folder + "/" + name
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder)
            if isFolder.boolValue {
                folders.append(path)
                collect(root: root, folder: path, files: &files, folders: &folders)
            } else {
                let bytes = FileManager.default.contents(atPath: root + "/" + path)
                files.append(
                    File(path: path, text: bytes.flatMap { String(data: $0, encoding: .utf8) }))
            }
        }
    }

    /// Test data is taken as it is: its spaces and paths are what is tested.
    static func isData(_ path: String) -> Bool {
        path.contains("/Fixtures/") || path.contains("/Goldens/")
            || path.hasPrefix("Content/") || path.hasPrefix("examples/")
    }
}

/// One place where the house is untidy, with the cure.
struct Violation: Equatable, CustomStringConvertible {
    var path: String
    /// 1-based; 0 where the whole file is meant.
    var line: Int
    var message: String
    var description: String { line > 0 ? "\(path):\(line): \(message)" : "\(path): \(message)" }
}
