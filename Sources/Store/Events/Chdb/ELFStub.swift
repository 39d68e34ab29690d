/// The bytes of a shared library that has nothing but names.
///
/// chDB's library is a Python extension too: it asks for some 120 names of Python's that are used only when Python calls
/// it, and is not loaded where one is missing. Objects (types, exceptions, None) lead to 1 KiB of zeros each; functions all lead to
/// one that answers 0, so that `Py_IsInitialized`, the one that is called, says that there is no Python.
enum ELFStub {
    private static let room = 1_024
    private static let buckets = 64

    /// - Parameter machine: as in the ELF header: 62 x86-64, 183 arm64.
    static func library(names: [String], machine: UInt16) -> [UInt8] {
        var strings: [UInt8] = [0]
        var nameAt: [Int] = []
        for name in names {
            nameAt.append(strings.count)
            strings += Array(name.utf8) + [0]
        }
        while strings.count % 8 != 0 { strings.append(0) }
        let symbolsAt = 64 + 4 * 56
        let hashAt = symbolsAt + (names.count + 1) * 24
        let hash = hashTable(names)
        let stringsAt = hashAt + hash.count
        let dynamicAt = stringsAt + strings.count
        let dynamic: [(UInt64, Int)] = [
            (4, hashAt), (5, stringsAt), (6, symbolsAt), (10, strings.count), (11, 24), (0, 0),
        ]
        let fileBytes = dynamicAt + dynamic.count * 16
        let zerosAt = (fileBytes + 4_095) / 4_096 * 4_096
        let memoryBytes = zerosAt + max(1, names.count) * room
        let codeAt = (memoryBytes + 4_095) / 4_096 * 4_096
        let code = zero(machine: machine)
        var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + Array(repeating: 0, count: 8)
        bytes.add(3, 2)  // a shared library
        bytes.add(UInt64(machine), 2)
        bytes.add(1, 4)
        bytes.add(0, 8)
        bytes.add(64, 8)  // program headers
        bytes.add(0, 8)
        bytes.add(0, 4)
        for number: UInt64 in [64, 56, 4, 64, 0, 0] { bytes.add(number, 2) }
        // What is mapped, where its tables are, and that its stack need not be executable. 4 reads, 2 writes, 1 runs.
        for (type, rights, offset, at, inFile, inMemory) in [
            (UInt64(1), UInt64(6), 0, 0, fileBytes, memoryBytes),
            (1, 5, zerosAt, codeAt, code.count, code.count),
            (2, 6, dynamicAt, dynamicAt, dynamic.count * 16, dynamic.count * 16),
            (0x6474_E551, 6, 0, 0, 0, 0),
        ] {
            bytes.add(type, 4)
            bytes.add(rights, 4)
            for number in [offset, at, at, inFile, inMemory, type == 1 ? 4_096 : 8] {
                bytes.add(UInt64(number), 8)
            }
        }
        bytes += Array(repeating: 0, count: 24)
        for index in names.indices {
            bytes.add(UInt64(nameAt[index]), 4)
            let isObject = isObject(names[index])
            bytes += [isObject ? 0x11 : 0x12, 0]  // a global object or function
            bytes.add(1, 2)  // any section at all: defined
            bytes.add(UInt64(isObject ? zerosAt + index * room : codeAt), 8)
            bytes.add(UInt64(room), 8)
        }
        bytes += hash + strings
        for (tag, value) in dynamic {
            bytes.add(tag, 8)
            bytes.add(UInt64(value), 8)
        }
        bytes += Array(repeating: 0, count: zerosAt - bytes.count) + code
        return bytes
    }

    /// A function that returns 0: `xor eax, eax; ret`, or `mov x0, #0; ret`.
    private static func zero(machine: UInt16) -> [UInt8] {
        machine == 62 ? [0x31, 0xC0, 0xC3] : [0, 0, 0x80, 0xD2, 0xC0, 0x03, 0x5F, 0xD6]
    }

    /// By Python's own way of naming (Stable ABI): all else is a function.
    private static func isObject(_ name: String) -> Bool {
        name.hasSuffix("_Type") || name.hasPrefix("PyExc_") || name.hasSuffix("Struct")
    }

    /// - Source: System V gABI, chapter 5, "Hash Table".
    private static func hashTable(_ names: [String]) -> [UInt8] {
        var heads = [UInt64](repeating: 0, count: buckets)
        var chain = [UInt64](repeating: 0, count: names.count + 1)
        for (index, name) in names.enumerated() {
            let bucket = Int(hash(name)) % buckets
            chain[index + 1] = heads[bucket]
            heads[bucket] = UInt64(index + 1)
        }
        var bytes: [UInt8] = []
        for number in [UInt64(buckets), UInt64(chain.count)] + heads + chain {
            bytes.add(number, 4)
        }
        while bytes.count % 8 != 0 { bytes.append(0) }
        return bytes
    }

    private static func hash(_ name: String) -> UInt32 {
        var hash: UInt32 = 0
        for byte in name.utf8 {
            hash = hash << 4 &+ UInt32(byte)
            let high = hash & 0xF000_0000
            hash = (hash ^ high >> 24) & ~high
        }
        return hash
    }
}

extension [UInt8] {
    fileprivate mutating func add(_ number: UInt64, _ bytes: Int) {
        for index in 0..<bytes { append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
    }
}
