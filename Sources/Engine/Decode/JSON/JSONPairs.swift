/// Objects in an array that hold a name and its value, as `{"Name": "ForwardTo", "Value": "x"}`
/// in Microsoft 365's `Parameters`.
///
/// The value is then a field under its name, too: `Parameters.ForwardTo`.
///
/// - Names: a text under `Name`, `name`, `displayName`, `Key` or `key`, of at most ``nameBytesMax``
///   bytes. Values: under `Value`, `value`, `NewValue`, `newValue`, `boolValue`, `intValue`,
///   `multiValue`, `multiIntValue`.
/// - Bounds: ``placesMax`` places in records where such objects stand, ``namesMax`` names; what is
///   beyond has no field of its own and stays where it was.
struct JSONPairs {
    static let placesMax = 64
    static let namesMax = 8192
    static let nameBytesMax = 256

    private static let nameKeys = ["Name", "name", "displayName", "Key", "key"]
    private static let valueKeys = [
        "Value", "value", "NewValue", "newValue", "boolValue", "intValue", "multiValue",
        "multiIntValue",
    ]

    /// The nodes of one place; 0 where there is none yet.
    struct Place {
        var parent: UInt32
        var name: UInt32 = 0
        var values: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)

        func holds(_ field: FieldID, _ paths: borrowing PathTrie) -> Bool {
            paths.isField(values.0, field) || paths.isField(values.1, field)
                || paths.isField(values.2, field) || paths.isField(values.3, field)
        }

        fileprivate mutating func add(value: UInt32) {
            if values.0 == 0 {
                values.0 = value
            } else if values.1 == 0 {
                values.1 = value
            } else if values.2 == 0 {
                values.2 = value
            } else if values.3 == 0 {
                values.3 = value
            }
        }
    }

    private var places: [Place] = []
    private var names = 0

    /// Notes a new node; answers whether its parent now has both a name and a value.
    mutating func learn(_ node: UInt32, key: UnsafeBufferPointer<UInt8>, under parent: UInt32)
        -> Bool
    {
        guard key.count <= 13, parent > PathTrie.overflow else { return false }
        let key = unsafe String(decoding: key, as: UTF8.self)
        let isName = Self.nameKeys.contains(key)
        guard isName || Self.valueKeys.contains(key) else { return false }
        var index = places.firstIndex { $0.parent == parent }
        if index == nil, places.count < Self.placesMax {
            index = places.count
            places.append(Place(parent: parent))
        }
        guard let index else { return false }
        if !isName {
            places[index].add(value: node)
        } else if places[index].name == 0 {
            places[index].name = node
        }
        return places[index].name != 0 && places[index].values.0 != 0
    }

    func place(under parent: UInt32) -> Place? { places.first { $0.parent == parent } }

    /// Whether one more name may be learnt.
    mutating func takeName() -> Bool {
        guard names < Self.namesMax else { return false }
        names += 1
        return true
    }
}

/// The fields that rules or mappings name, but for those that only tell what a record is.
struct AskedFields {
    private var ids: [Bool] = []

    init() {}

    init(_ names: FieldNames, except: [FieldID]) {
        ids = Array(repeating: true, count: names.sharedCount)
        for id in except + [FieldNames.overflow] where Int(id.rawValue) < ids.count {
            ids[Int(id.rawValue)] = false
        }
    }

    func contains(_ id: FieldID) -> Bool {
        Int(id.rawValue) < ids.count && ids[Int(id.rawValue)]
    }
}

extension EventBuffer {
    /// Adds the values of the pair whose fields stand from `first` on, under `parent`.
    ///
    /// Safety: the name's bytes are those of a field of this event.
    mutating func appendPair(under parent: UInt32, from first: Int) {
        guard let place = paths.pairs.place(under: parent) else { return }
        let end = fieldCount
        var nameIndex: Int?
        for index in first..<end {
            let field = field(at: index)
            if paths.isField(place.name, field.name), field.kind == .string {
                nameIndex = index
                break
            }
        }
        guard let nameIndex else { return }
        let name = field(at: nameIndex)
        guard name.count > 0, name.count <= JSONPairs.nameBytesMax else { return }
        guard let node = unsafe pairNode(under: parent, bytes(of: name)) else { return }
        for index in first..<end {
            let field = field(at: index)
            // Where mappings give both the same field, the name is not its own value.
            guard index != nameIndex, place.holds(field.name, paths) else { continue }
            self.place(
                node, start: Int(field.start), count: Int(field.count), field.kind,
                inSource: field.inSource)
        }
    }
}
