/// A process that stays the same when its number is given to another: number, start and boot.
package struct ProcessIdentity: Hashable, Sendable {
    package var pid: Int32
    /// Clock ticks (100 a second) since the boot: field 22 of `/proc/PID/stat`, and nanoseconds since the boot / 10,000,000.
    package var start: Int64

    package init(pid: Int32, start: Int64) {
        self.pid = pid
        self.start = start
    }

    /// From what a sensor reports: nanoseconds since the boot, suspended time included.
    package init(pid: Int32, startNanoseconds: UInt64) {
        self.init(pid: pid, start: Int64(startNanoseconds / 10_000_000))
    }

    init(json: JSONValue) throws(ActFailure) {
        let fields = Fields(json, of: "a process")
        try fields.only(["pid", "start"])
        pid = Int32(try fields.whole("pid", 1...Int64(Int32.max)))
        start = try fields.whole("start", 0...Int64.max)
    }

    package var json: JSONValue {
        .members(["pid": .integer(Int64(pid)), "start": .integer(start)])
    }
}

/// A process as it was first seen by an action.
package struct ProcessState: Hashable, Sendable {
    package var identity: ProcessIdentity
    /// Which boot it belongs to: after a reboot it is gone, whatever has its number.
    package var boot: String
    package var name: String
    /// It was stopped already, so undoing must not wake it.
    package var wasStopped: Bool

    package var json: JSONValue {
        .members([
            "pid": .integer(Int64(identity.pid)), "start": .integer(identity.start),
            "boot": .string(boot), "name": .string(name), "stopped": .bool(wasStopped),
        ])
    }

    init(json: JSONValue) throws(ActFailure) {
        guard let pid = json["pid"]?.whole, let start = json["start"]?.whole,
            let boot = json["boot"]?.text, let name = json["name"]?.text,
            let stopped = json["stopped"]?.truth
        else { throw ActFailure(.damaged, "a kept process is not what was written") }
        identity = ProcessIdentity(pid: Int32(truncatingIfNeeded: pid), start: start)
        self.boot = boot
        self.name = name
        wasStopped = stopped
    }

    init(identity: ProcessIdentity, boot: String, name: String, wasStopped: Bool) {
        self.identity = identity
        self.boot = boot
        self.name = name
        self.wasStopped = wasStopped
    }
}

/// Processes that an action stops or ends.
package struct ProcessEffect: Hashable, Sendable {
    package enum Verb: String, Hashable, Sendable { case suspend, kill }

    package static let processesMax = 4_096

    package var verb: Verb
    /// With all they started, also what they start while it is done.
    package var withTree: Bool
    package var processes: [ProcessState]

    var json: JSONValue {
        .members([
            "verb": .string(verb.rawValue), "tree": .bool(withTree),
            "list": .array(processes.map(\.json)),
        ])
    }

    init(verb: Verb, withTree: Bool, processes: [ProcessState]) {
        self.verb = verb
        self.withTree = withTree
        self.processes = processes
    }

    init(json: JSONValue) throws(ActFailure) {
        guard let verb = json["verb"]?.text.flatMap(Verb.init), let tree = json["tree"]?.truth,
            let items = json["list"]?.items
        else { throw ActFailure(.damaged, "a kept process effect is not what was written") }
        self.verb = verb
        withTree = tree
        processes = []
        for item in items { processes.append(try ProcessState(json: item)) }
    }
}
