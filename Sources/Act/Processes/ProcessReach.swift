internal import CLinux
internal import Glibc

/// Stops, wakes and ends processes through descriptors that stay with the process when its number is used again.
///
/// Never process 1, kernel threads, or this program.
struct ProcessReach {
    /// In which a signalled process must be as wanted.
    static let patienceMilliseconds: Int32 = 5_000
    /// In which what is started while others are stopped must come to an end.
    static let roundsMax = 100

    let boot: String

    init() throws(ActFailure) { boot = try ProcessTable.boot() }

    /// What an order's processes are now, with their tree where it is wanted.
    ///
    /// - Throws: `refused` for what is never touched; `missing` where none is there any more.
    func find(
        _ wanted: [ProcessIdentity], withTree: Bool
    ) throws(ActFailure) -> (found: [ProcessState], notes: [String]) {
        var found: [ProcessState] = []
        var notes: [String] = []
        for identity in wanted {
            guard let row = ProcessTable.row(identity.pid), row.identity == identity, !row.isGone
            else {
                notes.append("process \(identity.pid) is gone already")
                continue
            }
            if let reason = refusal(of: row) { throw ActFailure(.refused, reason) }
            found.append(state(of: row))
        }
        if withTree { found += try newcomers(to: found) }
        guard !found.isEmpty else {
            throw ActFailure(.missing, "none of the processes is there any more")
        }
        guard found.count <= ProcessEffect.processesMax else {
            throw ActFailure(.limit, "more than \(ProcessEffect.processesMax) processes")
        }
        return (found, notes)
    }

    private func refusal(of row: ProcessTable.Row) -> String? {
        if row.identity.pid == 1 { return "process 1 is never touched" }
        if row.identity.pid == getpid() { return "this program does not touch itself" }
        if row.identity.pid == 2 || row.parent == 2 {
            return "\(row.name) is a thread of the kernel"
        }
        return nil
    }

    private func state(of row: ProcessTable.Row) -> ProcessState {
        ProcessState(
            identity: row.identity, boot: boot, name: row.name, wasStopped: row.isStopped)
    }

    /// Descendants that are not among `known` yet.
    private func newcomers(to known: [ProcessState]) throws(ActFailure) -> [ProcessState] {
        // Without its own row, what this program started for its work is not reached through it.
        let rows = try ProcessTable.all().filter { $0.identity.pid != getpid() }
        let pids = Set(known.map(\.identity.pid))
        return ProcessTable.descendants(of: pids, in: rows).filter { row in
            refusal(of: row) == nil && !row.isGone
        }.map(state)
    }

    /// Stops them all, and what they start meanwhile, until nothing new comes; then ends them where that is wanted.
    ///
    /// - Parameter widen: must have written down those it is given before it returns.
    func apply(
        _ effect: ProcessEffect, widen: ([ProcessState]) throws(ActFailure) -> Void
    ) throws(ActFailure) {
        var known = effect.processes
        var waiting = known
        for _ in 0..<Self.roundsMax {
            for process in waiting { signal(SIGSTOP, to: process) }
            guard effect.withTree else { break }
            try settle(waiting) { $0.isStopped }
            waiting = try newcomers(to: known)
            if waiting.isEmpty { break }
            guard known.count + waiting.count <= ProcessEffect.processesMax else {
                throw ActFailure(.limit, "more than \(ProcessEffect.processesMax) processes")
            }
            try widen(waiting)
            known += waiting
        }
        guard effect.verb == .kill else { return try settle(known) { $0.isStopped } }
        for process in known { signal(SIGKILL, to: process) }
        try settle(known) { _ in false }
    }

    /// Wakes those that this action stopped; the youngest first, so that none finds its parent awake before it.
    func undo(_ effect: ProcessEffect) throws(ActFailure) {
        let stopped = effect.processes.filter { !$0.wasStopped }
        for process in stopped.reversed() { signal(SIGCONT, to: process) }
        try settle(stopped) { !$0.isStopped }
    }

    private func row(of process: ProcessState) -> ProcessTable.Row? {
        guard process.boot == boot, let row = ProcessTable.row(process.identity.pid),
            row.identity == process.identity, !row.isGone
        else { return nil }
        return row
    }

    private func signal(_ signal: Int32, to process: ProcessState) {
        // Opened first, then compared: what has the wanted start now had the number when it was opened.
        guard let handle = Descriptor(kagari_pidfd_open(process.identity.pid)),
            row(of: process) != nil
        else { return }
        _ = kagari_pidfd_send_signal(handle.number, signal)
    }

    private func settle(
        _ processes: [ProcessState], _ isSettled: (ProcessTable.Row) -> Bool
    ) throws(ActFailure) {
        var waited: Int32 = 0
        var open = processes
        while true {
            open = open.filter { process in row(of: process).map { !isSettled($0) } ?? false }
            guard let first = open.first else { return }
            guard waited < Self.patienceMilliseconds else {
                throw ActFailure(
                    .system,
                    "\(open.count) processes do not obey, e.g. \(first.identity.pid) (\(first.name)); it waits in the kernel"
                )
            }
            poll(nil, 0, 5)
            waited += 5
        }
    }

    /// A hash over what is other than when it was first seen: nothing before, and nothing after undoing.
    func hash(of effect: ProcessEffect) -> (hash: [UInt8], notes: [String]) {
        var deviations: [String] = []
        var gone = 0
        for process in effect.processes {
            let name = "\(process.identity.pid)/\(process.identity.start)"
            guard let row = row(of: process) else {
                if effect.verb == .kill { deviations.append(name + " ended") } else { gone += 1 }
                continue
            }
            if row.isStopped != process.wasStopped { deviations.append(name + " stopped") }
        }
        let notes = gone == 0 ? [] : ["\(gone) of the suspended processes ended by themselves"]
        return (Array(deviations.sorted().joined(separator: "\n").utf8), notes)
    }
}
