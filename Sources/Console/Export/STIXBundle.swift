import Crypto
import Engine
import Report
import Store
import Tenancy

/// An incident as a STIX 2.1 bundle: the incident, what was observed, how it hangs together, the ATT&CK techniques, the story.
///
/// Ids follow from the content: of observables as the standard says (UUIDv5, §2.9), of all else likewise in a name space of the
/// incident, so that the same incident exported twice is the same objects.
///
/// - Source: OASIS STIX Version 2.1, 10 June 2021.
struct STIXBundle {
    /// Entities of one bundle, and edges between them.
    static let entitiesMax = 5_000
    static let edgesMax = 10_000
    static let noteBytesMax = 1 << 20

    private let run: RunResult
    private let incident: Incident
    private let summary: IncidentSummary
    private let techniques: [String: Technique]
    private var objects: [JSON] = []
    private var ids: [String] = []
    private var observed: [EntityID: String] = [:]

    /// Nil where the run has no incident.
    init?(_ run: RunResult, _ summary: IncidentSummary, techniques: [String: Technique]) {
        guard let incident = run.incidents.first else { return nil }
        self.run = run
        self.incident = incident
        self.summary = summary
        self.techniques = techniques
    }

    /// The bundle as JSON text.
    mutating func text() -> String {
        let us = add("identity", "kagari", ["name": "Kagari", "identity_class": "system"], by: nil)
        let id = add(
            "incident", summary.key.incident.text,
            [
                "name": .text(incident.title), "description": .text(incident.story.first ?? ""),
                "confidence": .integer(Int64(min(100, max(0, incident.confidence)))),
                "labels": .texts(["severity:\(summary.level.name)", "risk:\(incident.risk)"]),
            ], by: us)
        for technique in incident.techniques { relate(id, to: attack(technique, by: us), by: us) }
        for entity in incident.entities.prefix(Self.entitiesMax) {
            observed[entity.id] = observable(entity, by: us)
        }
        edges(by: us)
        observation(of: id, by: us)
        let story = incident.story.joined(separator: "\n")
        if !story.isEmpty {
            _ = add(
                "note", "story",
                [
                    "abstract": "Story",
                    "content": .text(
                        String(decoding: story.utf8.prefix(Self.noteBytesMax), as: UTF8.self)),
                    "object_refs": .texts([id]),
                ], by: us)
        }
        let bundle: JSON = [
            "type": "bundle", "id": .text("bundle--\(own("bundle"))"), "objects": .list(objects),
        ]
        return bundle.string
    }

    // MARK: - Objects

    private mutating func add(
        _ type: String, _ name: String, _ members: JSON, by us: String?
    ) -> String {
        let id = "\(type)--\(own("\(type) \(name)"))"
        guard !ids.contains(id) else { return id }
        ids.append(id)
        var all: [JSON.Member] = [
            .init("type", .text(type)), .init("spec_version", "2.1"), .init("id", .text(id)),
            .init("created", .text(Self.time(summary.created))),
            .init("modified", .text(Self.time(max(summary.created, summary.changed)))),
        ]
        if let us { all.append(.init("created_by_ref", .text(us))) }
        if case .object(let more) = members { all += more }
        objects.append(.object(all))
        return id
    }

    private mutating func attack(_ technique: String, by us: String) -> String {
        let known = techniques[technique]
        let path = technique.replacing(".", with: "/")
        var members: [JSON.Member] = [
            .init("name", .text(known?.name ?? technique)),
            .init(
                "external_references",
                .list([
                    [
                        "source_name": "mitre-attack", "external_id": .text(technique),
                        "url": .text("https://attack.mitre.org/techniques/\(path)"),
                    ]
                ])),
        ]
        if let tactics = known?.tactics, !tactics.isEmpty {
            members.append(
                .init(
                    "kill_chain_phases",
                    .list(
                        tactics.map {
                            ["kill_chain_name": "mitre-attack", "phase_name": .text($0)]
                        })))
        }
        return add("attack-pattern", technique, .object(members), by: us)
    }

    private mutating func relate(
        _ from: String, to: String, _ reason: String? = nil, at time: Timestamp? = nil,
        by us: String
    ) {
        guard from != to else { return }
        var members: [JSON.Member] = [
            .init("relationship_type", "related-to"), .init("source_ref", .text(from)),
            .init("target_ref", .text(to)),
        ]
        if let reason { members.append(.init("description", .text(reason))) }
        if let time { members.append(.init("start_time", .text(Self.time(time)))) }
        _ = add(
            "relationship", "\(from) \(to) \(reason ?? "") \(time?.nanoseconds ?? 0)",
            .object(members), by: us)
    }

    private mutating func edges(by us: String) {
        for edge in incident.edges.prefix(Self.edgesMax) {
            guard let from = observed[edge.from], let to = observed[edge.to] else { continue }
            relate(from, to: to, edge.reason.rawValue, at: edge.time, by: us)
        }
    }

    private mutating func observation(of incident: String, by us: String) {
        let seen = observed.values.filter { !$0.hasPrefix("identity--") }
        guard !seen.isEmpty else { return }
        let first = self.incident.firstSeen ?? summary.created
        let last = max(first, self.incident.lastSeen ?? first)
        let id = add(
            "observed-data", "all",
            [
                "first_observed": .text(Self.time(first)), "last_observed": .text(Self.time(last)),
                "number_observed": .integer(
                    Int64(min(999_999_999, max(1, summary.alertCount)))),
                "object_refs": .texts(Set(seen).sorted()),
            ], by: us)
        relate(incident, to: id, by: us)
    }

    /// Nil for what the standard has no observable for.
    private mutating func observable(_ entity: Entity, by us: String) -> String? {
        let label = entity.label.isEmpty ? entity.id.text : entity.label
        switch entity.kind {
        case .host:
            return add(
                "identity", "host \(label)",
                ["name": .text(label), "identity_class": "system"], by: us)
        case .address:
            guard let bytes = PublicAddress.bytes(of: label) else { return nil }
            return add(bytes.count == 4 ? "ipv4-addr" : "ipv6-addr", [("value", label)])
        case .user, .cloudPrincipal:
            return add("user-account", [("account_login", label)])
        case .process:
            let command = entity.facts.first { $0.name == "command line" }?.value
            return add(
                "process", [("command_line", command ?? label)],
                unique: entity.id.text)
        case .file: return add("file", [("name", label)])
        case .domain: return add("domain-name", [("value", label)])
        case .registryKey: return add("windows-registry-key", [("key", label)])
        case .session, .service, .scheduledTask, .cloudResource: return nil
        }
    }

    /// An observable, by what makes it itself.
    ///
    /// - Parameter unique: of a process, which the standard gives an id of its own each time; here the storyline's name of it.
    private mutating func add(
        _ type: String, _ members: [(name: String, value: String)], unique: String? = nil
    ) -> String {
        let contributing = JSON.object(
            members.sorted { $0.name < $1.name }.map { JSON.Member($0.name, .text($0.value)) })
        let uuid =
            unique.map { own("\(type) \($0)") }
            ?? Self.uuid5(Self.observables, contributing.string)
        let id = "\(type)--\(uuid)"
        guard !ids.contains(id) else { return id }
        ids.append(id)
        objects.append(
            .object(
                [
                    .init("type", .text(type)), .init("spec_version", "2.1"),
                    .init("id", .text(id)),
                ] + members.map { JSON.Member($0.name, .text($0.value)) }))
        return id
    }

    // MARK: - Names and times

    /// §2.9: `00abedb4-aa42-466c-9c01-fed23315a9b7`.
    private static let observables: [UInt8] = [
        0x00, 0xAB, 0xED, 0xB4, 0xAA, 0x42, 0x46, 0x6C, 0x9C, 0x01, 0xFE, 0xD2, 0x33, 0x15, 0xA9,
        0xB7,
    ]

    /// RFC 9562 §5.5.
    static func uuid5(_ space: [UInt8], _ name: String) -> String {
        var bytes = Array(Insecure.SHA1.hash(data: space + Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        return formed(&bytes)
    }

    /// A name that stays for this incident, of the form of a random one (RFC 9562 §5.4), as the standard wants.
    private func own(_ name: String) -> String {
        let whole = "\(summary.key.tenant)/\(summary.key.incident)/\(name)"
        var bytes = Array(SHA256.hash(data: Array(whole.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x40
        return Self.formed(&bytes)
    }

    private static func formed(_ bytes: inout [UInt8]) -> String {
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Cursor.hex(bytes)
        var text = ""
        for (index, letter) in hex.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(letter)
        }
        return text
    }

    /// With milliseconds, as `created` and `modified` have them.
    static func time(_ time: Timestamp) -> String {
        let milliseconds = OCSF.milliseconds(time)
        let text = Timestamp(nanoseconds: milliseconds / 1000 * 1_000_000_000).text
        let part = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(text.dropLast()).\(part)Z"
    }
}
