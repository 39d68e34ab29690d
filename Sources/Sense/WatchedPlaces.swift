/// A place on disk whose changes are told.
package struct WatchedPlace: Equatable, Sendable {
    package struct Changes: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let create = Changes(rawValue: 1)
        package static let write = Changes(rawValue: 2)
        /// Renamed, deleted, linked; folders made and removed.
        package static let names = Changes(rawValue: 4)
        /// Owner, mode, extended attributes.
        package static let marks = Changes(rawValue: 8)
        package static let all: Changes = [.create, .write, .names, .marks]
        /// Only what lies directly in the folder.
        package static let shallow = Changes(rawValue: 16)
    }

    package let path: String
    package let changes: Changes

    package init(_ path: String, _ changes: Changes = .all) {
        self.path = path
        self.changes = changes
    }

    /// Where attackers stay, hide and put what they bring; homes themselves only one level deep, so that caches of browsers
    /// do not count.
    package static let usual: [WatchedPlace] = [
        .init("/etc"), .init("/boot"), .init("/usr/bin"), .init("/usr/sbin"),
        .init("/usr/lib"), .init("/usr/libexec"), .init("/usr/local"), .init("/bin"),
        .init("/sbin"), .init("/lib"), .init("/lib64"), .init("/opt"),
        .init("/var/spool/cron"), .init("/var/spool/at"), .init("/var/www"),
        .init("/var/lib/systemd"), .init("/run/systemd/system"), .init("/run/systemd/generator"),
        .init("/run/udev/rules.d"), .init("/var/log", [.names, .marks]),
        .init("/tmp", [.create, .names, .marks]), .init("/var/tmp", [.create, .names, .marks]),
        .init("/dev/shm", [.create, .names, .marks]),
        .init("/srv", [.create, .names, .marks]),
    ]

    /// Below each home: what runs at a login, and keys.
    package static let inHomes: [WatchedPlace] = [
        .init("", [.create, .write, .names, .marks, .shallow]), .init("/.ssh"),
        .init("/.config/systemd"), .init("/.config/autostart"), .init("/.local/bin"),
        .init("/.gnupg"), .init("/.aws"), .init("/.kube"), .init("/.docker"),
    ]

    package static func homes() -> [String] {
        ["/root"] + SystemFile.names(in: "/home", countMax: 1_024).map { "/home/\($0)" }
    }

    package static func ofSystem() -> [WatchedPlace] {
        usual
            + homes().flatMap { home in
                inHomes.map { WatchedPlace(home + $0.path, $0.changes) }
            }
    }
}

/// Brings places into the kernel: folders by what they are (device and inode), so that no other name leads past them, and their
/// paths as prefixes for calls that name what is not there any more.
///
/// - Bounds: ``placesMax``. Places that are made later, or exchanged, are found at the next ``refresh(_:)``.
struct PlaceBook {
    static let placesMax = 2_048
    private let places: [WatchedPlace]
    private var known: [String: SystemFile.Identity] = [:]
    /// Places that could not be brought in because there are too many.
    private(set) var refused = 0

    init(_ places: [WatchedPlace]) { self.places = places }

    mutating func refresh(_ programs: KernelPrograms) {
        refused = max(0, places.count - Self.placesMax)
        for place in places.prefix(Self.placesMax) {
            let found = SystemFile.identity(place.path)
            let before = known[place.path]
            if let before, before.inode != found?.inode || before.device != found?.device {
                programs.forget(inode: before.inode, device: before.device)
                known[place.path] = nil
            }
            guard let found, known[place.path] == nil else { continue }
            let bits = place.changes.rawValue
            guard programs.watch(inode: found.inode, device: found.device, bits: bits) else {
                refused += 1
                continue
            }
            known[place.path] = found
        }
        for place in places.prefix(Self.placesMax) {
            let prefix = Array(place.path.utf8) + (place.path.hasSuffix("/") ? [] : [47])
            // Above the bits stands how long the prefix is.
            let bits = place.changes.rawValue | UInt32(min(prefix.count, 60)) << 16
            _ = programs.watch(prefix: prefix, bits: bits)
        }
    }
}
