/// Documents name files that exist.
enum DocumentRules {
    /// Where a path in a document starts; anything else in code quotes is not taken for a path.
    private static let starts = [
        ".ci/", "Benchmarks/", "Content/", "Sources/", "Tests/", "docs/", "examples/", "scripts/",
    ]

    static func violations(in file: Checkout.File, paths: Set<String>) -> [Violation] {
        guard file.path.hasSuffix(".md"), !Checkout.isData(file.path) else { return [] }
        var found: [Violation] = []
        for (index, line) in file.lines.enumerated() {
            for path in links(line, from: file.path) + quoted(line) where !paths.contains(path) {
                let message = "names `\(path)`, which does not exist"
                found.append(Violation(path: file.path, line: index + 1, message: message))
            }
        }
        return found
    }

    /// Targets of `[text](target)` that are files here, from the root of the checkout.
    static func links(_ line: Substring, from document: String) -> [String] {
        let folder = document.split(separator: "/").dropLast().map(String.init)
        return line.split(separator: "](", omittingEmptySubsequences: false).dropFirst()
            .compactMap { rest -> String? in
                let target = rest.prefix { $0 != ")" }.prefix { $0 != "#" }
                guard !target.isEmpty, !target.contains("://"), !target.hasPrefix("mailto:") else {
                    return nil
                }
                var parts = folder
                for part in target.split(separator: "/") where part != "." {
                    if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
                }
                return parts.joined(separator: "/")
            }
    }

    /// Paths in code quotes, as `Sources/Engine/Alert.swift`; patterns and examples are left out.
    static func quoted(_ line: Substring) -> [String] {
        let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
        return pieces.indices.filter { $0 % 2 == 1 }.compactMap { index in
            let piece = pieces[index]
            guard starts.contains(where: { piece.hasPrefix($0) }) else { return nil }
            guard !piece.contains(where: { "*<>{}$… ".contains($0) || $0 == "\\" }) else {
                return nil
            }
            // Capital letters alone stand for a name to be filled in: `Decode/FORMAT/`.
            let parts = piece.split(separator: "/")
            let isExample = parts.contains { part in
                let stem = part.split(separator: ".").first ?? ""
                return part.contains("NAME") || ["FORMAT", "CASE"].contains(stem)
            }
            return isExample ? nil : parts.joined(separator: "/")
        }
    }
}
