/// One OCSF record being written: its JSON, the fields left to tell, and the observables met.
struct OCSFDraft {
    var json = JSONWriter()
    var fields: OCSFFields
    private(set) var observables: [OCSFObservable] = []

    init(_ event: RetainedEvent) { fields = OCSFFields(event) }

    mutating func observe(_ name: String, _ kind: OCSFObservable.Kind, _ value: String?) {
        guard let value, !value.isEmpty, observables.count < OCSFObservable.countMax else { return }
        let found = OCSFObservable(name: name, kind: kind, value: value)
        if !observables.contains(found) { observables.append(found) }
    }
}

/// Something in a record worth searching for.
package struct OCSFObservable: Equatable, Sendable {
    package static let countMax = 64

    /// `type_id` of OCSF 1.8.0.
    package enum Kind: Int, Sendable {
        case hostname = 1
        case address = 2
        case userName = 4
        case url = 6
        case hash = 8
        case processName = 9
        case commandLine = 13
        case filePath = 45
        case registryKeyPath = 46

        var name: String {
            switch self {
            case .hostname: "Hostname"
            case .address: "IP Address"
            case .userName: "User Name"
            case .url: "URL String"
            case .hash: "Hash"
            case .processName: "Process Name"
            case .commandLine: "Command Line"
            case .filePath: "File Path"
            case .registryKeyPath: "Registry Key Path"
            }
        }
    }

    var name: String
    var kind: Kind
    var value: String

    package init(name: String, kind: Kind, value: String) {
        self.name = name
        self.kind = kind
        self.value = value
    }
}

extension JSONWriter {
    mutating func observables(_ list: [OCSFObservable]) {
        guard !list.isEmpty else { return }
        array("observables") { json in
            for found in list {
                json.object {
                    $0.member("name", found.name)
                    $0.member("type_id", found.kind.rawValue)
                    $0.member("type", found.kind.name)
                    $0.member("value", found.value)
                }
            }
        }
    }

    /// Leaves the member out where the value is nil: OCSF has no nulls.
    mutating func present(_ key: String, _ text: String?) {
        if let text { member(key, text) }
    }

    mutating func present(_ key: String, _ number: Int64?) {
        if let number { member(key, number) }
    }
}
