/// One thing an action changes. What it may change is said whole before anything is changed.
package enum Effect: Hashable, Sendable {
    case file(FileChange)
    case processes(ProcessEffect)
    case network(NetworkHold)

    var isReversible: Bool {
        switch self {
        case .file, .network: true
        case .processes(let effect): effect.verb == .suspend
        }
    }

    var isFinishedAfterCrash: Bool {
        switch self {
        case .file: false
        case .processes(let effect): effect.verb == .kill
        case .network: true
        }
    }

    mutating func widen(by processes: [ProcessState]) {
        guard case .processes(var effect) = self else { return }
        effect.processes += processes
        self = .processes(effect)
    }

    var json: JSONValue {
        switch self {
        case .file(let change): .members(["file": change.json])
        case .processes(let effect): .members(["processes": effect.json])
        case .network(let hold): .members(["network": hold.json])
        }
    }

    init(json: JSONValue) throws(ActFailure) {
        if let value = json["file"] {
            self = .file(try FileChange(json: value))
        } else if let value = json["processes"] {
            self = .processes(try ProcessEffect(json: value))
        } else if let value = json["network"] {
            self = .network(try NetworkHold(json: value))
        } else {
            throw ActFailure(.damaged, "a kept effect is not what was written")
        }
    }
}
