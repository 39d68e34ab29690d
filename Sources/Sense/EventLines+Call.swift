/// Calls that say much by themselves.
extension EventLines {
    mutating func call(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let number = record.value[0]
        guard let event = Self.event(of: number) else {
            countUnreadPacket()
            return
        }
        begin(event.name, record.time)
        context(record, bytes)
        writer.object("call")
        writer.word("name", event.call)
        detail(record, bytes)
        writer.end()
        end(record)
    }

    private mutating func detail(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let first = UInt64(bitPattern: record.value[1])
        let second = UInt64(bitPattern: record.value[2])
        let third = UInt64(bitPattern: record.value[3])
        let name = record.part(0)
        switch record.value[0] {
        case 101:
            writer.word("request", Self.traceRequest(first))
            target(UInt32(truncatingIfNeeded: second))
        case 311: target(UInt32(truncatingIfNeeded: first))
        case 319, 176, 161:
            let text = bytes.text(name)
            writer.text("target", bytes.extracting(text))
        case 313: path("target", name, bytes)
        case 9, 10, 329:
            writer.number("size", second)
            writer.word("protection", third & 1 != 0 ? "rwx" : "wx")
        case 321: writer.word("request", Self.programRequest(first))
        case 272, 308: writer.hex("flags", record.value[0] == 272 ? first : second)
        case 105, 106:
            identifier("real", first)
        case 113, 114, 117, 119:
            identifier("real", first)
            identifier("effective", second)
            if record.value[0] > 116 { identifier("saved", third) }
        default: break
        }
    }

    private mutating func identifier(_ name: StaticString, _ value: UInt64) {
        let number = UInt32(truncatingIfNeeded: value)
        // -1 leaves it as it is.
        if number != .max { writer.number(name, number) }
    }

    /// The process that is taken hold of, as the caller numbers it: in a container not ours.
    private mutating func target(_ pid: UInt32) {
        writer.number("target_pid", pid)
        guard let entry = table.current(pid) else { return }
        identity("target_id", entry.key)
        if !entry.executable.isEmpty { writer.text("target", entry.executable) }
    }

    mutating func mount(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let number = record.value[0]
        begin(number == 166 ? "unmount" : "mount", record.time)
        context(record, bytes)
        writer.object("mount")
        for (index, name) in ["source", "target", "type"].enumerated() {
            let text = bytes.text(record.part(index))
            guard !text.isEmpty else { continue }
            let value = bytes.extracting(text)
            switch name {
            case "source": writer.text("source", value)
            case "target": writer.text("target", value)
            default: writer.text("type", value)
            }
        }
        writer.hex("flags", UInt64(bitPattern: record.value[1]))
        writer.end()
        end(record)
    }

    /// By call number of x86-64.
    private static func event(of call: Int64) -> (name: StaticString, call: StaticString)? {
        switch call {
        case 101: ("process_access", "ptrace")
        case 311: ("process_access", "process_vm_writev")
        case 319: ("memory_file", "memfd_create")
        case 9: ("memory_executable", "mmap")
        case 10: ("memory_executable", "mprotect")
        case 329: ("memory_executable", "pkey_mprotect")
        case 321: ("bpf", "bpf")
        case 175: ("kernel_module_load", "init_module")
        case 313: ("kernel_module_load", "finit_module")
        case 176: ("kernel_module_unload", "delete_module")
        case 246: ("kernel_replace", "kexec_load")
        case 320: ("kernel_replace", "kexec_file_load")
        case 105: ("credential_change", "setuid")
        case 106: ("credential_change", "setgid")
        case 113: ("credential_change", "setreuid")
        case 114: ("credential_change", "setregid")
        case 117: ("credential_change", "setresuid")
        case 119: ("credential_change", "setresgid")
        case 272: ("namespace_change", "unshare")
        case 308: ("namespace_change", "setns")
        case 161: ("root_change", "chroot")
        case 164: ("clock_change", "settimeofday")
        case 227: ("clock_change", "clock_settime")
        case 425: ("io_ring", "io_uring_setup")
        default: nil
        }
    }

    private static func traceRequest(_ request: UInt64) -> StaticString {
        switch request {
        case 4: "PTRACE_POKETEXT"
        case 5: "PTRACE_POKEDATA"
        case 13: "PTRACE_SETREGS"
        case 16: "PTRACE_ATTACH"
        case 0x4206: "PTRACE_SEIZE"
        default: "other"
        }
    }

    private static func programRequest(_ request: UInt64) -> StaticString {
        switch request {
        case 5: "BPF_PROG_LOAD"
        case 8: "BPF_PROG_ATTACH"
        case 17: "BPF_RAW_TRACEPOINT_OPEN"
        case 28: "BPF_LINK_CREATE"
        default: "other"
        }
    }
}
