internal import FoundationEssentials
package import Link
package import Store
internal import SwiftProtobuf
internal import Tenancy
package import Wire

/// A policy as people write it, and as agents take it.
///
///     {"watched": ["/etc"], "actions": ["quarantine_file"], "quiet_hours": [{"from": "22:00", "to": "06:00"}],
///      "limits": {"spool_mebibytes": 256, "cpu_percent": 5, "memory_mebibytes": 128},
///      "rules": [{"name": "a.yml", "text": "title: …"}],
///      "containment": [{"name": "stop encryptors", "rules": ["5d2a6f0e-…"], "level": "critical", "action": "suspend_processes",
///                       "lease_seconds": 14400, "per_hour": 10}]}
///
/// Every member may be left out; of a containment all but `name`, `action`, and one of `rules` and `level`. Times are UTC.
package enum AgentPolicyText {
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// RFC 6901.
        package let pointer: String
        package let description: String
    }

    package static let listMax = 1_000
    package static let textBytesMax = 4_096

    /// - Throws: ``Failure`` with the first member that is wrong.
    package static func policy(of record: AgentPolicyRecord) throws(Failure) -> WirePolicy {
        let json: CanonicalJSON
        do { json = try CanonicalJSON(reading: record.text) } catch {
            throw Failure(pointer: "", description: "It is not JSON: \(error)")
        }
        var policy = WirePolicy()
        policy.version = UInt64(clamping: record.version)
        policy.tenant = record.tenant.text
        guard case .object(let members) = json else {
            throw Failure(pointer: "", description: "It is not an object.")
        }
        try only(
            ["watched", "actions", "quiet_hours", "limits", "rules", "containment"], members, at: ""
        )
        policy.watched = try texts(json, "watched")
        policy.actions = try texts(json, "actions")
        policy.quietHours = try quietHours(json)
        policy.limits = try limits(json)
        policy.rules = try rules(json)
        policy.containment = try containment(json)
        for (index, action) in policy.actions.enumerated() where !actionKinds.contains(action) {
            throw unknownAction(action, actionKinds, at: "/actions/\(index)")
        }
        return policy
    }

    static func only(
        _ known: Set<String>, _ members: [String: CanonicalJSON], at pointer: String
    ) throws(Failure) {
        if let other = members.keys.filter({ !known.contains($0) }).min() {
            throw Failure(
                pointer: "\(pointer)/\(other)", description: "No such member is known here.")
        }
    }

    static func unknownAction(_ name: String, _ known: [String], at pointer: String) -> Failure {
        Failure(
            pointer: pointer,
            description:
                "There is no action `\(name)` here; there are: \(known.joined(separator: ", ")).")
    }

    /// A `SignedPolicy` as bytes; nil where the system refuses chance.
    package static func signed(_ policy: WirePolicy, by signer: LinkSigner) -> [UInt8]? {
        guard let body: [UInt8] = try? policy.serializedBytes(),
            let signature = signer.sign(policy: body)
        else { return nil }
        var signed = WireSignedPolicy()
        signed.body = Data(body)
        signed.signature = Data(signature)
        signed.key = signer.name
        return try? signed.serializedBytes()
    }

    static func list(
        _ json: CanonicalJSON, _ name: String, at pointer: String = ""
    ) throws(Failure) -> [CanonicalJSON] {
        guard let value = json[name] else { return [] }
        guard let list = value.list, list.count <= listMax else {
            throw Failure(
                pointer: "\(pointer)/\(name)", description: "It is a list of at most \(listMax).")
        }
        return list
    }

    static func texts(
        _ json: CanonicalJSON, _ name: String, at pointer: String = ""
    ) throws(Failure) -> [String] {
        var texts: [String] = []
        for (index, value) in try list(json, name, at: pointer).enumerated() {
            guard let text = value.text, (1...textBytesMax).contains(text.utf8.count) else {
                throw Failure(
                    pointer: "\(pointer)/\(name)/\(index)",
                    description: "It is a text of 1 to \(textBytesMax) bytes.")
            }
            texts.append(text)
        }
        return texts
    }

    private static func quietHours(_ json: CanonicalJSON) throws(Failure) -> [WireQuietHours] {
        var found: [WireQuietHours] = []
        for (index, value) in try list(json, "quiet_hours").enumerated() {
            guard let from = minute(value["from"]?.text), let to = minute(value["to"]?.text) else {
                throw Failure(
                    pointer: "/quiet_hours/\(index)",
                    description: "It has `from` and `to`, each a time of the day like 22:00.")
            }
            var hours = WireQuietHours()
            hours.fromMinute = from
            hours.toMinute = to
            found.append(hours)
        }
        return found
    }

    private static func minute(_ text: String?) -> UInt32? {
        let parts = (text ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }),
            let hour = UInt32(parts[0]), let minute = UInt32(parts[1]), hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func limits(_ json: CanonicalJSON) throws(Failure) -> WirePolicyLimits {
        var limits = WirePolicyLimits()
        guard let object = json["limits"] else { return limits }
        func number(_ name: String, _ range: ClosedRange<Int64>) throws(Failure) -> UInt64 {
            guard let value = object[name] else { return 0 }
            guard let number = value.integer, range.contains(number) else {
                throw Failure(
                    pointer: "/limits/\(name)",
                    description: "It is from \(range.lowerBound) to \(range.upperBound).")
            }
            return UInt64(number)
        }
        limits.spoolBytes = try number("spool_mebibytes", 1...65_536) << 20
        limits.cpuPercent = UInt32(try number("cpu_percent", 1...100))
        limits.memoryBytes = try number("memory_mebibytes", 32...65_536) << 20
        return limits
    }

    private static func rules(_ json: CanonicalJSON) throws(Failure) -> [WireRuleText] {
        var found: [WireRuleText] = []
        for (index, value) in try list(json, "rules").enumerated() {
            guard let name = value["name"]?.text, let text = value["text"]?.text, !name.isEmpty
            else {
                throw Failure(
                    pointer: "/rules/\(index)", description: "It has `name` and `text`.")
            }
            var rule = WireRuleText()
            rule.name = name
            rule.text = text
            found.append(rule)
        }
        return found
    }
}
