/// How often short byte sequences occur in values, to choose what to search for.
///
/// Only speed depends on it: whatever the model says, the same rules fire.
///
/// - Shape: counts of hashed 4-byte and 2-byte sequences over folded values; 20 KB.
package struct GramModel: Sendable {
    private var quads = [UInt16](repeating: 0, count: 8192)
    private var pairs = [UInt16](repeating: 0, count: 2048)
    private var values: UInt32 = 0

    package init() {}

    /// What endpoint logs are full of, before anything has been seen.
    static let prior: GramModel = {
        var model = GramModel()
        for text in ordinary {
            let bytes = Array(text.utf8)
            for _ in 0..<8 { unsafe bytes.withUnsafeBufferPointer { unsafe model.learn($0) } }
        }
        return model
    }()

    /// Learns one folded value, at most its first 512 bytes.
    mutating func learn(_ value: UnsafeBufferPointer<UInt8>) {
        let count = min(value.count, 512)
        values &+= 1
        guard count >= 2 else { return }
        for index in 0..<count - 1 {
            let pair = unsafe Self.pairSlot(value[index], value[index + 1])
            if pairs[pair] < .max { pairs[pair] += 1 }
            if index + 3 < count {
                let quad = unsafe Self.quadSlot(
                    value[index], value[index + 1], value[index + 2], value[index + 3])
                if quads[quad] < .max { quads[quad] += 1 }
            }
        }
    }

    /// About which share of values contain `literal`, 0...1; never exactly 0.
    func rate(of literal: [UInt8]) -> Double {
        let floor = 0.02 / Double(max(4, literal.count))
        guard values > 0, literal.count >= 2 else { return 1 }
        var least = Double.infinity
        if literal.count < 4 {
            for index in 0..<literal.count - 1 {
                least = min(least, Double(pairs[Self.pairSlot(literal[index], literal[index + 1])]))
            }
            return min(1, max(least / Double(values), 0.05))
        }
        for index in 0...literal.count - 4 { least = min(least, Double(count(literal, at: index))) }
        return min(1, max(least / Double(values), floor))
    }

    /// Where in `literal` (at least 4 bytes) the rarest sequence of four starts.
    func rarestQuad(in literal: [UInt8]) -> Int {
        var best = 0
        var least = UInt16.max
        for index in 0...literal.count - 4 {
            let count = count(literal, at: index)
            if count < least {
                best = index
                least = count
            }
        }
        return best
    }

    private func count(_ literal: [UInt8], at index: Int) -> UInt16 {
        quads[
            Self.quadSlot(
                literal[index], literal[index + 1], literal[index + 2], literal[index + 3])]
    }

    private static func quadSlot(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> Int {
        let quad = UInt32(a) | UInt32(b) << 8 | UInt32(c) << 16 | UInt32(d) << 24
        return Int((quad &* 0x9e37_79b1) >> 19)
    }

    private static func pairSlot(_ a: UInt8, _ b: UInt8) -> Int {
        Int(((UInt32(a) | UInt32(b) << 8) &* 0x9e37_79b1) >> 21)
    }

    private static let ordinary = [
        #"c:\windows\system32\svchost.exe -k netsvcs -p"#, #"c:\windows\system32\cmd.exe /c "#,
        #"c:\windows\system32\windowspowershell\v1.0\powershell.exe -command "#,
        #"c:\program files (x86)\microsoft\edge\application\msedge.exe"#,
        #"c:\program files\google\chrome\application\chrome.exe --type=renderer"#,
        #"c:\windows\explorer.exe"#, #"c:\users\administrator\appdata\local\temp\"#,
        #"c:\windows\system32\lsass.exe"#, #"c:\windows\system32\services.exe"#,
        #"c:\windows\system32\wbem\wmiprvse.exe -secured -embedding"#, #"nt authority\system"#,
        #"hklm\system\currentcontrolset\services\"#, #"c:\windows\system32\conhost.exe 0x4"#,
        #"hklm\software\microsoft\windows\currentversion\run"#, #"microsoft corporation"#,
        #"hku\s-1-5-21-1111111111-2222222222-3333333333-500\software\classes\"#,
        #"c:\windows\system32\ntdll.dll+9fc24|c:\windows\system32\kernelbase.dll+20d0e|"#,
        "microsoft-windows-sysmon/operational", "sha1=0123456789abcdef,md5=0123456789abcdef,",
        "sha256=0123456789abcdef0123456789abcdef,imphash=0123456789abcdef", "get-", "-object ",
        "function ", "param(", "return ", "$null", "http://", "https://www.microsoft.com/",
        "the ", " and ", "windows", "user", "name", ".exe", ".dll", "true", "false", "system",
        "/usr/bin/", "/bin/sh -c ", "/etc/", "/var/log/", "/home/", "/tmp/", "python3 ", "--",
    ]
}
