/// The name of a content version: 32 lower-case hex digits of a digest over all its files.
package enum ContentName {
    package static func isName(_ text: String) -> Bool {
        text.utf8.count == 32
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
