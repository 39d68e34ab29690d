internal import CSIMD

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
    /// Readable bytes behind ``keys``, which are compared sixteen at a time.
    private static let padding = 16

    struct Node {
        var parent: UInt32
        /// The key as it stands in a record, `"key":`, within ``keys``.
        var tokenStart: UInt32
        /// 0 = a key that has escapes in a record, which is never predicted.
        var tokenCount: UInt32
        var keyCount: UInt32
        var field: FieldID
        /// The node whose key came after this one's value last time; 0 = none yet.
        var following: UInt32
        /// The first key inside, when the value is an object.
        var inside: UInt32
        var traits: Traits
    }

    struct Traits: OptionSet {
        let rawValue: UInt8
        /// A value here goes before what is already stored under the same field.
        static let primary = Traits(rawValue: 1)
        /// Texts of an array here are the words of one value.
        static let joined = Traits(rawValue: 2)
        /// Objects here are values too, as they are written: something may ask for them.
        static let text = Traits(rawValue: 4)
        /// Objects here have a name and a value: see ``JSONPairs``.
        static let pair = Traits(rawValue: 8)
    }

    private(set) var nodes: UnsafeMutablePointer<Node>
    private(set) var keys: UnsafeMutablePointer<UInt8>
    /// Room for the levels of the record being read.
    let levels: UnsafeMutablePointer<JSONScanner.Level>
    private var nodeCount = 2
    private var nodeCapacity = 1024
    private var keyCount = 0
    private var keyCapacity = 64 << 10
    private var table: [UInt32] = Array(repeating: 0, count: 4096)
    private let rules: PathRules
    /// Fields that may be asked for as whole objects.
    var asked = AskedFields()
    var pairs = JSONPairs()

    init(rules: PathRules) {
        self.rules = rules
        unsafe levels = .allocate(capacity: JSONDecoder.depthMax)
        unsafe nodes = .allocate(capacity: nodeCapacity)
        unsafe keys = .allocate(capacity: keyCapacity + Self.padding)
        unsafe keys.initialize(repeating: 0, count: keyCapacity + Self.padding)
        let blank = Node(
            parent: .max, tokenStart: 0, tokenCount: 0, keyCount: 0, field: FieldNames.overflow,
            following: 0, inside: 0, traits: [])
        unsafe nodes.initialize(repeating: blank, count: 2)
    }

    deinit {
        unsafe levels.deallocate()
        unsafe nodes.deallocate()
        unsafe keys.deallocate()
    }

    /// The node of `key` under `parent`, made when it is new.
    mutating func node(
        under parent: UInt32, key: UnsafeBufferPointer<UInt8>, names: inout FieldNames
    ) -> UInt32 {
        if parent == Self.overflow { return Self.overflow }
        if let known = unsafe find(under: parent, key: key) { return known }
        return unsafe add(parent, key, &names)
    }

    func find(under parent: UInt32, key: UnsafeBufferPointer<UInt8>) -> UInt32? {
        let hash = unsafe Self.hash(parent, key)
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != 0 {
            let index = Int(table[slot])
            let node = unsafe nodes[index]
            if node.parent == parent, Int(node.keyCount) == key.count,
                unsafe key.isEmpty
                    || kagari_equal(keys + Int(node.tokenStart) + 1, key.baseAddress!, key.count)
            {
                return UInt32(index)
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Whether values of `node` (0 = none) stand under `field`.
    func isField(_ node: UInt32, _ field: FieldID) -> Bool {
        guard node > Self.overflow, field != FieldNames.overflow else { return false }
        return unsafe nodes[Int(node)].field == field
    }

    private mutating func add(
        _ parent: UInt32, _ key: UnsafeBufferPointer<UInt8>, _ names: inout FieldNames
    ) -> UInt32 {
        guard nodeCount < Self.nodesMax, keyCount + key.count + 3 <= Self.keyBytesMax else {
            return Self.overflow
        }
        reserve(key.count + 3)
        let token = unsafe keys + keyCount
        unsafe token[0] = UInt8(ascii: "\"")
        var isPlain = true
        for offset in key.indices {
            unsafe token[offset + 1] = key[offset]
            if unsafe kagari_is_special(key[offset]) != 0 { isPlain = false }
        }
        unsafe token[key.count + 1] = UInt8(ascii: "\"")
        unsafe token[key.count + 2] = UInt8(ascii: ":")
        let index = UInt32(nodeCount)
        unsafe (nodes + nodeCount).initialize(
            to: Node(
                parent: parent, tokenStart: UInt32(keyCount),
                tokenCount: isPlain ? UInt32(key.count + 3) : 0, keyCount: UInt32(key.count),
                field: FieldNames.overflow, following: 0, inside: 0, traits: []))
        nodeCount += 1
        keyCount += key.count + 3
        let path = path(of: index)
        let (name, isPrimary) = rules.field(of: path)
        let field = names.intern(name)
        var traits: Traits = isPrimary ? .primary : []
        if PathRules.joined.contains(path) { traits.insert(.joined) }
        if asked.contains(field) { traits.insert(.text) }
        unsafe nodes[Int(index)].field = field
        unsafe nodes[Int(index)].traits = traits
        if unsafe pairs.learn(index, key: key, under: parent) {
            unsafe nodes[Int(parent)].traits.insert(.pair)
        }
        if nodeCount * 2 > table.count { grow() } else { place(index) }
        return index
    }

    /// Remembers that the key of `node` came after that of `previous` (0 = first of its object).
    ///
    /// What is predicted below a node always has it as parent: ``overflow``, which stands for
    /// paths of all parents, is never predicted.
    mutating func expect(_ node: UInt32, after previous: UInt32, under parent: UInt32) {
        if node == Self.overflow || parent == Self.overflow || previous == Self.overflow { return }
        if previous == 0 {
            unsafe nodes[Int(parent)].inside = node
        } else {
            unsafe nodes[Int(previous)].following = node
        }
    }

    /// The dotted path of a node.
    func path(of index: UInt32) -> String {
        var parts: [String] = []
        var at = index
        while at > Self.overflow {
            let node = unsafe nodes[Int(at)]
            let key = unsafe UnsafeBufferPointer(
                start: keys + Int(node.tokenStart) + 1, count: Int(node.keyCount))
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
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Self.padding)
            unsafe larger.initialize(repeating: 0, count: capacity + Self.padding)
            unsafe larger.update(from: keys, count: keyCount)
            unsafe keys.deallocate()
            unsafe keys = larger
            keyCapacity = capacity
        }
    }

    private mutating func place(_ index: UInt32) {
        let node = unsafe nodes[Int(index)]
        let key = unsafe UnsafeBufferPointer(
            start: keys + Int(node.tokenStart) + 1, count: Int(node.keyCount))
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
