import Engine
import Foundation
import Testing

@testable import Sigma

@Suite struct `The mappings that come with the program` {
    /// One record of each shape that a log comes in, what it is and what its fields become.
    @Test func `know each shape of each log`() throws {
        let kit = try ContentKit.shared.get()
        let path = ContentKit.folder + "/../Tests/Judges/shapes.yml"
        let data = try #require(FileManager.default.contents(atPath: path))
        let shapes = try #require(try ContentYAML.read([UInt8](data))).items
        #expect(shapes.count >= 20)
        var worker = Worker(rules: kit.rules)
        for shape in shapes {
            let record = try #require(shape["record"])
            let bytes = Array(ContentYAML.json(record).utf8)
            let block = Block(
                source: 0, sequence: 0, bytes: bytes, offset: 0, firstLine: 1, format: .json)
            var kinds: [String] = []
            var values: [String: [String]] = [:]
            _ = worker.decode(block) { event, kind, failure in
                kinds.append(failure?.reason ?? kind.rawValue)
                for index in 0..<event.fieldCount {
                    let field = event.field(at: index)
                    let text = event.withBytes(of: field) { String(decoding: $0, as: UTF8.self) }
                    values[event.names.name(field.name), default: []].append(text)
                }
            }
            let line = shape.mark.line
            #expect(kinds == [shape["source"]?.scalar?.text], "line \(line)")
            for pair in shape["fields"]?.pairs ?? [] {
                let expected = pair.value.items.map { $0.scalar?.text ?? "" }
                #expect(values[pair.key] == expected, "line \(line): \(pair.key)")
            }
        }
    }
}
