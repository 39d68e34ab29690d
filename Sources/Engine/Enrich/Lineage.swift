/// Which process is which: starts, and mentions of processes, resolved to instances.
///
/// A Sysmon GUID names one instance. A process id names the latest one of its host that had started
/// by then; a start told by two logs (Sysmon 1 and Security 4688) within two seconds is one. A
/// process nobody saw start gets an instance of its own, named by what is known of it.
struct Lineage {
    struct Instance {
        var key: ContentKey
        var hostKey: ContentKey
        var host: TextID
        var process: ProcessReference
        /// Nanoseconds; `Int64.min` when its start was not seen.
        var start: Int64
        var image: TextID
        var command = TextID.none
        var user = TextID.none
        var isService = true
        var session: UInt64 = 0
        var parent = ProcessReference.none
        var parentImage = TextID.none
        var parentCommand = TextID.none
        var hash = ContentKey.none
        var isPOSIX = false
        var children = 0
    }

    /// Clocks of two logs of one host, and a record's time against its process's.
    static let toleranceNanoseconds: Int64 = 2_000_000_000
    static let execGapNanoseconds: Int64 = 60_000_000_000

    private(set) var instances: [Instance] = []
    private var byGuid: [ContentKey: Int] = [:]
    private var byPID: [ContentKey: [Int]] = [:]
    /// Starts known by pid alone, while the others are placed.
    private var byPlainPID: [ContentKey: [Int]] = [:]
    private var ghosts: [ContentKey: Int] = [:]
    private let pool: TextPool

    /// - Parameter facts: any order; duplicates allowed.
    init(facts: [ProcessFact], pool: TextPool) {
        self.pool = pool
        let sorted = facts.sorted { ($0.time, $0.identity) < ($1.time, $1.identity) }
        var keys: [TextID: ContentKey] = [:]
        for fact in sorted where fact.isStart && fact.process.guid != .none {
            place(fact, host: key(of: fact.host, in: &keys))
        }
        // GUID instances were placed first, so that a start known by pid alone finds its twin.
        for key in Array(byPID.keys) { sortByStart(key) }
        for fact in sorted where fact.isStart && fact.process.guid == .none {
            place(fact, host: key(of: fact.host, in: &keys))
        }
        for fact in sorted where !fact.isStart && fact.process.guid != .none {
            place(fact, host: key(of: fact.host, in: &keys))
        }
        for (key, list) in byPlainPID { byPID[key, default: []] += list }
        byPlainPID = [:]
        for key in Array(byPID.keys) { sortByStart(key) }
        countChildren()
    }

    private func key(of host: TextID, in keys: inout [TextID: ContentKey]) -> ContentKey {
        if let known = keys[host] { return known }
        let key = pool.foldedKey(of: host)
        keys[host] = key
        return key
    }

    private mutating func sortByStart(_ key: ContentKey) {
        byPID[key]?.sort {
            (instances[$0].start, instances[$0].key) < (instances[$1].start, instances[$1].key)
        }
    }

    private mutating func place(_ fact: ProcessFact, host: ContentKey) {
        let pidKey = Self.pidKey(host: host, pid: fact.process.pid)
        if fact.process.guid != .none {
            let key = Self.guidKey(host: host, guid: fact.process.guid)
            if let known = byGuid[key] {
                fill(known, from: fact)
            } else {
                byGuid[key] = append(fact, host: host, key: key)
                if fact.isStart { byPID[pidKey, default: []].append(instances.count - 1) }
            }
            return
        }
        let twin = twin(of: fact, among: byPID[pidKey]) ?? twin(of: fact, among: byPlainPID[pidKey])
        if let twin {
            fill(twin, from: fact)
        } else {
            var digest = ContentDigest()
            digest.mix(pidKey)
            digest.mix(UInt64(bitPattern: fact.time))
            digest.mix(pool.baseName(of: fact.image).span, folding: true)
            byPlainPID[pidKey, default: []].append(append(fact, host: host, key: digest.key))
        }
    }

    private func twin(of fact: ProcessFact, among list: [Int]?) -> Int? {
        guard let list else { return nil }
        let latest = Self.later(fact.time, by: Self.toleranceNanoseconds)
        var place = TimeSearch.place(after: latest, count: list.count) { instances[list[$0]].start }
        let end = max(0, place - TimeSearch.candidatesMax)
        var found: Int?
        while place > end {
            place -= 1
            let instance = instances[list[place]]
            guard Self.distance(instance.start, fact.time) <= Self.toleranceNanoseconds else {
                break
            }
            if agree(instance.image, fact.image) { found = list[place] }
        }
        return found
    }

    private mutating func append(_ fact: ProcessFact, host: ContentKey, key: ContentKey) -> Int {
        instances.append(
            Instance(
                key: key, hostKey: host, host: fact.host, process: fact.process,
                start: fact.isStart ? fact.time : .min, image: fact.image, isPOSIX: fact.isPOSIX))
        fill(instances.count - 1, from: fact)
        return instances.count - 1
    }

    /// Facts come in a fixed order; the first to know something decides, the longer text wins.
    private mutating func fill(_ index: Int, from fact: ProcessFact) {
        var instance = instances[index]
        if fact.isStart, instance.start == .min { instance.start = fact.time }
        if !instance.image.isKnown { instance.image = fact.image }
        if fact.isStart || !instance.command.isKnown {
            instance.command = longer(instance.command, fact.command)
        }
        if !instance.user.isKnown || (instance.isService && !fact.isService) {
            instance.user = fact.user
            instance.isService = fact.isService
        }
        if instance.session == 0 { instance.session = fact.session }
        if !instance.parent.isKnown { instance.parent = fact.parent }
        if instance.process.pid == .max { instance.process.pid = fact.process.pid }
        if !instance.parentImage.isKnown { instance.parentImage = fact.parentImage }
        instance.parentCommand = longer(instance.parentCommand, fact.parentCommand)
        if instance.hash == .none { instance.hash = fact.hash }
        instances[index] = instance
    }

    private func longer(_ left: TextID, _ right: TextID) -> TextID {
        pool.slice(right).count > pool.slice(left).count ? right : left
    }

    private mutating func countChildren() {
        for index in instances.indices {
            let child = instances[index]
            guard child.parent.isKnown, let parent = find(parentOf: child) else { continue }
            instances[parent].children += 1
        }
    }

    // MARK: asking

    func find(
        _ reference: ProcessReference, host: ContentKey, time: Int64, image: TextID
    ) -> Int? {
        if reference.guid != .none {
            return byGuid[Self.guidKey(host: host, guid: reference.guid)]
        }
        guard reference.pid != .max,
            let started = byPID[Self.pidKey(host: host, pid: reference.pid)]
        else { return nil }
        let latest = Self.later(time, by: Self.toleranceNanoseconds)
        var place = TimeSearch.place(after: latest, count: started.count) {
            instances[started[$0]].start
        }
        let end = max(0, place - TimeSearch.candidatesMax)
        while place > end {
            place -= 1
            if agree(instances[started[place]].image, image) { return started[place] }
        }
        return nil
    }

    func find(parentOf child: Instance) -> Int? {
        find(child.parent, host: child.hostKey, time: child.start, image: child.parentImage)
    }

    /// As ``find(_:host:time:image:)``, making an instance for one whose start nobody saw.
    mutating func resolve(
        _ reference: ProcessReference, host: ContentKey, hostText: TextID, time: Int64,
        image: TextID, command: TextID = .none
    ) -> Int? {
        guard reference.isKnown else { return nil }
        if let known = find(reference, host: host, time: time, image: image) {
            if !instances[known].image.isKnown { instances[known].image = image }
            if !instances[known].command.isKnown { instances[known].command = command }
            return known
        }
        let key: ContentKey
        if reference.guid != .none {
            key = Self.guidKey(host: host, guid: reference.guid)
        } else {
            var digest = ContentDigest()
            digest.mix(Self.pidKey(host: host, pid: reference.pid))
            digest.mix(pool.baseName(of: image).span, folding: true)
            key = digest.key
        }
        if let ghost = ghosts[key] {
            if !instances[ghost].command.isKnown { instances[ghost].command = command }
            return ghost
        }
        instances.append(
            Instance(
                key: key, hostKey: host, host: hostText, process: reference, start: .min,
                image: image, command: command))
        ghosts[key] = instances.count - 1
        if reference.guid != .none { byGuid[key] = instances.count - 1 }
        return instances.count - 1
    }

    /// The parent of an instance; on POSIX also what the same process was before it executed this.
    mutating func parent(of index: Int) -> Int? {
        let child = instances[index]
        if child.isPOSIX, let before = previousImage(of: index) { return before }
        let parent = resolve(
            child.parent, host: child.hostKey, hostText: child.host, time: child.start,
            image: child.parentImage, command: child.parentCommand)
        if let parent { instances[parent].isPOSIX = child.isPOSIX }
        return parent == index ? nil : parent
    }

    private func previousImage(of index: Int) -> Int? {
        let instance = instances[index]
        let key = Self.pidKey(host: instance.hostKey, pid: instance.process.pid)
        guard let list = byPID[key] else { return nil }
        let next = TimeSearch.place(after: instance.start, count: list.count) {
            instances[list[$0]].start
        }
        let first = max(0, next - TimeSearch.candidatesMax)
        guard let place = list[first..<next].lastIndex(of: index), place > 0 else { return nil }
        let before = instances[list[place - 1]]
        return before.parent.pid == instance.parent.pid
            && Self.distance(before.start, instance.start) <= Self.execGapNanoseconds
            ? list[place - 1] : nil
    }

    /// True for a process that starts strangers: by its name, unless someone else than the system
    /// started it; or by how many children it has.
    func isHub(_ index: Int, childrenMax: Int) -> Bool {
        let instance = instances[index]
        if instance.children > childrenMax { return true }
        guard Hubs.isProcess(pool.slice(instance.image)) else { return false }
        return !instance.parentImage.isKnown || Hubs.isProcess(pool.slice(instance.parentImage))
    }

    private func agree(_ left: TextID, _ right: TextID) -> Bool {
        !left.isKnown || !right.isKnown || left == right
            || Names.equalFolded(pool.baseName(of: left), pool.baseName(of: right))
    }

    private static func guidKey(host: ContentKey, guid: ContentKey) -> ContentKey {
        var digest = ContentDigest()
        digest.mix(host)
        digest.mix(guid)
        return digest.key
    }

    private static func pidKey(host: ContentKey, pid: UInt32) -> ContentKey {
        var digest = ContentDigest()
        digest.mix(host)
        digest.mix(UInt64(pid) | 1 << 40)
        return digest.key
    }

    /// A sum that stays at the end of time.
    static func later(_ time: Int64, by nanoseconds: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(nanoseconds)
        return overflow ? .max : sum
    }

    static func distance(_ left: Int64, _ right: Int64) -> Int64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow || difference == .min ? .max : abs(difference)
    }
}

extension TextPool {
    func baseName(of id: TextID) -> ArraySlice<UInt8> { Names.baseName(slice(id)) }

    /// The same for texts that differ in letter case only.
    func foldedKey(of id: TextID) -> ContentKey {
        guard id.isKnown else { return .none }
        var digest = ContentDigest()
        digest.mix(slice(id).span, folding: true)
        return digest.key
    }
}
