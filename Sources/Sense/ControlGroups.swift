internal import Glibc

/// Where on this system things are that the sensor needs to know once.
enum ControlGroups {
    /// The folder of the topmost control group of version 2.
    static func top() -> String? {
        let text = SystemFile.read("/proc/self/mounts", countMax: 1 << 20) ?? []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count > 2, words[2].elementsEqual("cgroup2".utf8) else { continue }
            return String(decoding: words[1], as: UTF8.self)
        }
        return nil
    }

    /// `mnt:[4026531841]` → 4026531841
    static func ownSpaces() -> EventLines.Spaces {
        func number(_ name: String) -> UInt32 {
            let text = SystemFile.link("/proc/self/ns/\(name)") ?? []
            let digits = text.drop { $0 != UInt8(ascii: "[") }.dropFirst().dropLast()
            return UInt32(String(decoding: digits, as: UTF8.self)) ?? 0
        }
        var spaces = EventLines.Spaces()
        spaces.mount = number("mnt")
        spaces.pid = number("pid")
        spaces.net = number("net")
        spaces.user = number("user")
        return spaces
    }

    static func kernelRelease() -> String {
        let text = SystemFile.read("/proc/sys/kernel/osrelease", countMax: 256) ?? []
        return String(decoding: text.prefix { $0 > 0x20 }, as: UTF8.self)
    }
}
