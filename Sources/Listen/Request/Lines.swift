/// Lines of a body, without their ends (LF or CR LF); lines of blanks alone are left out.
enum Lines {
    static func of(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            return line.allSatisfy { $0 <= 0x20 } ? nil : line
        }
    }
}
