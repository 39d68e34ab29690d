internal import CSIMD
package import Sigma

/// JSON paths ↔ fields: one node for each path met so far, so that a key costs one comparison.
///
/// A node remembers which key followed it last time; records of one kind have the same keys in
/// the same order, so the next key is nearly always the predicted one and is never hashed.
///
/// - Bounds: ``nodesMax`` nodes and ``keyBytesMax`` bytes of keys; further paths share one node
///   whose values stay searchable by keyword but have no name.
@safe
struct PathTrie: ~Copyable {
    static let nodesMax = 65_536
    static let keyBytesMax = 8 << 20
    static let root: UInt32 = 0
    static let overflow: UInt32 = 1

    struct Node {
        var parent: UInt32
        var keyStart: UInt32
        var keyCount: UInt32
        var field: FieldID
        /// The node whose key came after this one's value last time; 0 = none yet.
        var following: UInt32
        /// The first key inside, when the value is an object.
        var inside: UInt32
        /// A value here goes before what is already stored under the same field.
        var isPrimary: Bool
    }

    private(set) var nodes: UnsafeMutablePointer<Node>
    private(set) var keys: UnsafeMutablePointer<UInt8>
    private var nodeCount = 2
    private var nodeCapacity = 1024
    private var keyCount = 0
    private var keyCapacity = 64 << 10
    private var table: [UInt32] = Array(repeating: 0, count: 4096)
    private let rules: PathRules

    init(rules: PathRules) {
        self.rules = rules
        unsafe nodes = .allocate(capacity: nodeCapacity)
        unsafe keys = .allocate(capacity: keyCapacity)
        let blank = Node(
            parent: .max, keyStart: 0, keyCount: 0, field: FieldNames.overflow, following: 0,
            inside: 0, isPrimary: false)
        unsafe nodes.initialize(repeating: blank, count: 2)
    }

    deinit {
        unsafe nodes.deallocate()
        unsafe keys.deallocate()
    }

    /// The node of `key` under `parent`, made when it is new.
    mutating func node(
        under parent: UInt32, key: UnsafeBufferPointer<UInt8>, names: inout FieldNames
    ) -> UInt32 {
        if parent == Self.overflow { return Self.overflow }
        let hash = unsafe Self.hash(parent, key)
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != 0 {
            let index = Int(table[slot])
            let node = unsafe nodes[index]
            if node.parent == parent, Int(node.keyCount) == key.count,
                unsafe key.isEmpty
                    || kagari_equal(keys + Int(node.keyStart), key.baseAddress!, key.count)
            {
                return UInt32(index)
            }
            slot = (slot + 1) & mask
        }
        return unsafe add(parent, key, &names)
    }

    private mutating func add(
        _ parent: UInt32, _ key: UnsafeBufferPointer<UInt8>, _ names: inout FieldNames
    ) -> UInt32 {
        guard nodeCount < Self.nodesMax, keyCount + key.count + 1 <= Self.keyBytesMax else {
            return Self.overflow
        }
        reserve(key.count + 1)
        for offset in key.indices {
            unsafe keys[keyCount + offset] = key[offset]
        }
        // The closing quote is kept with the key, so that a prediction compares both at once.
        unsafe keys[keyCount + key.count] = UInt8(ascii: "\"")
        let index = UInt32(nodeCount)
        unsafe (nodes + nodeCount).initialize(
            to: Node(
                parent: parent, keyStart: UInt32(keyCount), keyCount: UInt32(key.count),
                field: FieldNames.overflow, following: 0, inside: 0, isPrimary: false))
        nodeCount += 1
        keyCount += key.count + 1
        let path = path(of: index)
        let (field, isPrimary) = rules.field(of: path)
        unsafe nodes[Int(index)].field = names.intern(field)
        unsafe nodes[Int(index)].isPrimary = isPrimary
        if nodeCount * 2 > table.count { grow() } else { place(index) }
        return index
    }

    /// The dotted path of a node.
    func path(of index: UInt32) -> String {
        var parts: [String] = []
        var at = index
        while at > Self.overflow {
            let node = unsafe nodes[Int(at)]
            let key = unsafe UnsafeBufferPointer(
                start: keys + Int(node.keyStart), count: Int(node.keyCount))
            unsafe parts.append(String(decoding: key, as: UTF8.self))
            at = node.parent
        }
        return parts.reversed().joined(separator: ".")
    }

    private mutating func reserve(_ count: Int) {
        if nodeCount == nodeCapacity {
            let larger = UnsafeMutablePointer<Node>.allocate(capacity: nodeCapacity * 2)
            unsafe larger.moveInitialize(from: nodes, count: nodeCount)
            unsafe nodes.deallocate()
            unsafe nodes = larger
            nodeCapacity *= 2
        }
        if keyCount + count > keyCapacity {
            let capacity = max(keyCapacity * 2, keyCount + count)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            unsafe larger.moveInitialize(from: keys, count: keyCount)
            unsafe keys.deallocate()
            unsafe keys = larger
            keyCapacity = capacity
        }
    }

    private mutating func place(_ index: UInt32) {
        let node = unsafe nodes[Int(index)]
        let key = unsafe UnsafeBufferPointer(
            start: keys + Int(node.keyStart), count: Int(node.keyCount))
        let mask = table.count - 1
        var slot = unsafe Int(truncatingIfNeeded: Self.hash(node.parent, key)) & mask
        while table[slot] != 0 { slot = (slot + 1) & mask }
        table[slot] = index
    }

    private mutating func grow() {
        table = Array(repeating: 0, count: table.count * 2)
        for index in 2..<nodeCount { place(UInt32(index)) }
    }

    private static func hash(_ parent: UInt32, _ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard let base = key.baseAddress, !key.isEmpty else { return UInt64(parent) &+ 7 }
        let count = key.count
        let first = unsafe kagari_load_upto8(base, count)
        let last = unsafe count > 8 ? kagari_load64(base + count - 8) : first
        var hash = (first ^ UInt64(parent)) &* 0x9e37_79b9_7f4a_7c15
        hash = (hash ^ (hash >> 29) ^ last &+ UInt64(count)) &* 0xbf58_476d_1ce4_e5b9
        return hash ^ (hash >> 32)
    }
}

/// The `paths:` of all mappings, asked once for each new path.
package struct PathRules: Sendable {
    private var byCount: [Int: [Mapping.Path]] = [:]
    private var primary: Set<String> = []

    /// - Parameter mappings: in order; the first path that fits wins.
    package init(_ mappings: [Mapping]) {
        for path in mappings.flatMap(\.paths) {
            byCount[path.parts.count, default: []].append(path)
        }
        // System's own Channel and EventID sort the event; a record may carry the same names
        // again in its data (System event 104 does), so System's come first.
        primary = ["Event.System.Channel", "Event.System.EventID", "Event.System.EventID.#text"]
    }

    func field(of path: String) -> (name: String, isPrimary: Bool) {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        for rule in byCount[parts.count] ?? [] {
            var captured: Substring = ""
            var fits = true
            for (asked, part) in zip(rule.parts, parts) {
                if asked == "*" {
                    captured = part
                } else if asked != part {
                    fits = false
                    break
                }
            }
            if fits {
                let name = rule.field == "*" ? String(captured.filter { $0 != " " }) : rule.field
                return (name, primary.contains(path))
            }
        }
        return (path, false)
    }
}
