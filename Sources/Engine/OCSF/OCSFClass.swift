/// The event classes of OCSF 1.8.0 that Kagari writes.
///
/// - Source: schema.ocsf.io 1.8.0. `type_uid` is `class_uid` × 100 + `activity_id`.
package enum OCSFClass: Int, Sendable, CaseIterable {
    case baseEvent = 0
    case fileActivity = 1001
    case kernelExtensionActivity = 1002
    case moduleActivity = 1005
    case scheduledJobActivity = 1006
    case processActivity = 1007
    case eventLogActivity = 1008
    case scriptActivity = 1009
    case detectionFinding = 2004
    case incidentFinding = 2005
    case accountChange = 3001
    case authentication = 3002
    case authorizeSession = 3003
    case groupManagement = 3006
    case networkActivity = 4001
    case httpActivity = 4002
    case dnsActivity = 4003
    case smbActivity = 4006
    case apiActivity = 6003
    case registryKeyActivity = 201_001
    case registryValueActivity = 201_002
    case windowsServiceActivity = 201_004

    /// The thousands of the class; classes of the Windows extension (20xxxx) are system activity.
    package var categoryUID: Int { rawValue / 1000 % 100 }

    package func typeUID(activity: Int) -> Int { rawValue * 100 + activity }

    package var name: String {
        switch self {
        case .baseEvent: "Base Event"
        case .fileActivity: "File System Activity"
        case .kernelExtensionActivity: "Kernel Extension Activity"
        case .moduleActivity: "Module Activity"
        case .scheduledJobActivity: "Scheduled Job Activity"
        case .processActivity: "Process Activity"
        case .eventLogActivity: "Event Log Activity"
        case .scriptActivity: "Script Activity"
        case .detectionFinding: "Detection Finding"
        case .incidentFinding: "Incident Finding"
        case .accountChange: "Account Change"
        case .authentication: "Authentication"
        case .authorizeSession: "Authorize Session"
        case .groupManagement: "Group Management"
        case .networkActivity: "Network Activity"
        case .httpActivity: "HTTP Activity"
        case .dnsActivity: "DNS Activity"
        case .smbActivity: "SMB Activity"
        case .apiActivity: "API Activity"
        case .registryKeyActivity: "Registry Key Activity"
        case .registryValueActivity: "Registry Value Activity"
        case .windowsServiceActivity: "Windows Service Activity"
        }
    }

    package var categoryName: String {
        switch categoryUID {
        case 1: "System Activity"
        case 2: "Findings"
        case 3: "Identity & Access Management"
        case 4: "Network Activity"
        case 6: "Application Activity"
        default: "Uncategorized"
        }
    }

    /// True where the class itself has `device`; elsewhere it needs the `host` profile.
    var hasDevice: Bool { categoryUID == 1 }
    /// True where the class itself requires `actor`.
    var needsActor: Bool {
        switch self {
        case .scheduledJobActivity, .eventLogActivity: false
        default: categoryUID == 1
        }
    }
}

/// Numbers that several classes share.
package enum OCSF {
    package static let version = "1.8.0"
    /// Activity and type numbers for what the schema has no word for.
    package static let other = 99

    /// `severity_id` of a finding.
    package static func severity(levelRawValue: Int) -> Int { min(5, max(1, levelRawValue + 1)) }

    package static func severityName(_ id: Int) -> String {
        switch id {
        case 1: "Informational"
        case 2: "Low"
        case 3: "Medium"
        case 4: "High"
        case 5: "Critical"
        default: "Unknown"
        }
    }

    /// Milliseconds since 1970, rounded down.
    package static func milliseconds(_ time: Timestamp) -> Int64 {
        let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Strict dotted IPv4, or a plausible IPv6 of hexadecimal groups; at most 40 bytes.
    package static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= 40 else { return false }
        if text.utf8.contains(UInt8(ascii: ":")) { return isIPv6(text) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard let number = UInt8(part) else { return false }
                return String(number) == part
            }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var groups = 0
        for half in halves where !half.isEmpty {
            for group in half.split(separator: ":", omittingEmptySubsequences: false) {
                guard (1...4).contains(group.utf8.count), UInt16(group, radix: 16) != nil,
                    group.first != "+"
                else { return false }
                groups += 1
            }
        }
        return halves.count == 2 ? groups <= 7 : groups == 8
    }

    /// `4242`, `0x1092`; nil where it is no number that fits.
    package static func integer(_ text: String) -> Int64? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            return Int64(text.dropFirst(2), radix: 16)
        }
        return Int64(text)
    }

    /// The last part of a Windows or POSIX path; the whole where it ends in a separator.
    package static func baseName(_ path: String) -> String {
        let parts = path.split { $0 == "\\" || $0 == "/" }
        return parts.last.map(String.init) ?? path
    }
}
