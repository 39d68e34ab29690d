internal import CLibbpf
internal import CLinux
internal import Glibc

/// The kernel programs of one object: loaded, attached, and their ring read.
///
/// All that libbpf gives is a pointer whose life is that of this value: made in `init`, released in `deinit`, never handed out. Its functions take
/// it from one thread.
@safe final class KernelPrograms {
    enum Failure: Error {
        /// One sentence with its cure.
        case notBuilt
        case refused(String)
    }

    private let object: OpaquePointer
    private var links: [OpaquePointer] = unsafe []
    private var ring: OpaquePointer?
    private(set) var statuses: [SensorReport.Status] = []
    private let processors: Int

    /// - Parameters:
    ///   - refused: programs known to be refused, with the reason; they are left out.
    init(agent: UInt32, refused: [String: String]) throws(Failure) {
        kagari_sensor_silence()
        var size = 0
        let bytes = unsafe kagari_sensor_object(&size)
        guard size > 0 else { throw .notBuilt }
        guard let object = unsafe bpf_object__open_mem(bytes, size, nil) else {
            throw .refused("the kernel object cannot be read: \(errorText(errno))")
        }
        unsafe self.object = unsafe object
        processors = Int(libbpf_num_possible_cpus())
        unsafe Self.choose(object) { refused[$0] == nil }
        setConstants(agent)
        let result = unsafe bpf_object__load(object)
        guard result == 0 else { throw .refused(errorText(-result)) }
    }

    deinit {
        if let ring = unsafe ring { unsafe ring_buffer__free(ring) }
        while let link = unsafe links.popLast() { _ = unsafe bpf_link__destroy(link) }
        unsafe bpf_object__close(object)
    }

    private func setConstants(_ agent: UInt32) {
        var size = 0
        guard let map = unsafe bpf_object__find_map_by_name(object, ".rodata.settings"),
            let bytes = unsafe bpf_map__initial_value(map, &size),
            size == MemoryLayout<kagari_settings>.size
        else { return }
        // The map holds exactly this structure, as the size just checked says.
        let settings = unsafe UnsafeMutableRawPointer(mutating: bytes)
        unsafe settings.storeBytes(
            of: kagari_settings(agent_pid: agent, unused: 0, wake_bytes: 256 << 10),
            as: kagari_settings.self)
    }

    /// Attaches what is loaded and says of each program whether it sees.
    func attach(controlGroup: String?, refused: [String: String]) {
        let group = controlGroup.map { unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } ?? -1
        defer { if group >= 0 { close(group) } }
        for program in SensorProgram.all {
            let refusal = refused[program.name] ?? attach(program, group)
            statuses.append(.init(name: program.name, sees: program.sees, refusal: refusal))
        }
    }

    private func attach(_ program: SensorProgram, _ group: Int32) -> String? {
        guard let found = unsafe bpf_object__find_program_by_name(object, program.name) else {
            return "the object has no such program; build it again with scripts/bpf.sh"
        }
        switch program.place {
        case .tracepoint:
            return unsafe keep(bpf_program__attach(found))
        case .controlGroup:
            guard group >= 0 else { return "no control group of version 2 was found" }
            return unsafe keep(bpf_program__attach_cgroup(found, group))
        case .handler(let slot):
            var slot = slot
            var descriptor = unsafe bpf_program__fd(found)
            let table = unsafe bpf_object__find_map_fd_by_name(object, "handlers")
            let result = unsafe bpf_map_update_elem(table, &slot, &descriptor, 0)
            return result == 0 ? nil : errorText(-result)
        }
    }

    private func keep(_ link: OpaquePointer?) -> String? {
        guard let link = unsafe link else { return errorText(errno) }
        unsafe links.append(link)
        return nil
    }

    // MARK: the ring

    /// - Parameter context: comes back with every record; alive as long as this value.
    func openRing(
        _ context: UnsafeMutableRawPointer,
        _ body: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int) -> Int32
    ) throws(Failure) {
        let map = unsafe bpf_object__find_map_fd_by_name(object, "ring")
        unsafe ring = unsafe ring_buffer__new(map, body, context, nil)
        if unsafe ring == nil { throw .refused("no ring: \(errorText(errno))") }
    }

    /// Waits until many records are there or the time is over, then hands over all.
    func poll(milliseconds: Int32) {
        guard let ring = unsafe ring else { return }
        // Most records do not wake us; what the wait leaves is taken then.
        _ = unsafe ring_buffer__poll(ring, milliseconds)
        _ = unsafe ring_buffer__consume(ring)
    }

    // MARK: maps

    /// All counters, summed over the processors.
    func counters() -> [UInt64] {
        let count = Int(KAGARI_COUNTERS.rawValue)
        var sums = [UInt64](repeating: 0, count: count)
        let map = unsafe bpf_object__find_map_fd_by_name(object, "counters")
        var row = [UInt64](repeating: 0, count: max(1, processors))
        for index in 0..<count {
            var key = UInt32(index)
            guard unsafe bpf_map_lookup_elem(map, &key, &row) == 0 else { continue }
            sums[index] = row.reduce(0, &+)
        }
        return sums
    }

    /// How often a program was left out because it was running on this processor already.
    func missed() -> UInt64 {
        var sum: UInt64 = 0
        for program in SensorProgram.all {
            guard let found = unsafe bpf_object__find_program_by_name(object, program.name)
            else { continue }
            let descriptor = unsafe bpf_program__fd(found)
            guard descriptor >= 0 else { continue }
            var facts = bpf_prog_info()
            var size = UInt32(MemoryLayout<bpf_prog_info>.size)
            if unsafe bpf_obj_get_info_by_fd(descriptor, &facts, &size) == 0 {
                sum &+= UInt64(facts.recursion_misses)
            }
        }
        return sum
    }

    func watch(inode: UInt64, device: UInt64, bits: UInt32) -> Bool {
        var place = kagari_place(inode: inode, device: device)
        var bits = bits
        let map = unsafe bpf_object__find_map_fd_by_name(object, "places")
        return unsafe bpf_map_update_elem(map, &place, &bits, 0) == 0
    }

    func forget(inode: UInt64, device: UInt64) {
        var place = kagari_place(inode: inode, device: device)
        let map = unsafe bpf_object__find_map_fd_by_name(object, "places")
        _ = unsafe bpf_map_delete_elem(map, &place)
    }

    /// - Parameter prefix: at most `KAGARI_PREFIX_MAX` bytes; longer ones are cut, which watches more, not less.
    func watch(prefix: [UInt8], bits: UInt32) -> Bool {
        let capacity = Int(KAGARI_PREFIX_MAX)
        let text = prefix.prefix(capacity)
        // As the map has it: a number of bits, then the text.
        var key = [UInt8](repeating: 0, count: 4 + capacity)
        let count = UInt32(text.count * 8)
        for shift in 0..<4 { key[shift] = UInt8(truncatingIfNeeded: count >> UInt32(8 * shift)) }
        for (index, byte) in text.enumerated() { key[4 + index] = byte }
        var bits = bits
        let map = unsafe bpf_object__find_map_fd_by_name(object, "prefixes")
        return unsafe bpf_map_update_elem(map, &key, &bits, 0) == 0
    }

    // MARK: the probe

    /// Of all programs, also that of the probe, those are loaded that `isWanted` names.
    private static func choose(_ object: OpaquePointer, _ isWanted: (String) -> Bool) {
        for name in SensorProgram.all.map(\.name) + [SensorProgram.mayRefuse] {
            guard let found = unsafe bpf_object__find_program_by_name(object, name) else {
                continue
            }
            _ = unsafe bpf_program__set_autoload(
                found, name != SensorProgram.mayRefuse && isWanted(name))
        }
    }

    /// Whether programs may refuse what they see on this kernel; nil when they may, else why not.
    static func refusalOfGuard() -> String? {
        var size = 0
        let bytes = unsafe kagari_sensor_object(&size)
        guard size > 0, let object = unsafe bpf_object__open_mem(bytes, size, nil) else {
            return "not built"
        }
        defer { unsafe bpf_object__close(object) }
        unsafe choose(object) { _ in false }
        guard
            let found = unsafe bpf_object__find_program_by_name(object, SensorProgram.mayRefuse)
        else { return "not built" }
        _ = unsafe bpf_program__set_autoload(found, true)
        let result = unsafe bpf_object__load(object)
        guard result == 0 else { return errorText(-result) }
        guard let link = unsafe bpf_program__attach(found) else { return errorText(errno) }
        _ = unsafe bpf_link__destroy(link)
        return nil
    }

    /// Loads each program alone: name → why it was refused.
    static func refusals() throws(Failure) -> [String: String] {
        kagari_sensor_silence()
        var size = 0
        let bytes = unsafe kagari_sensor_object(&size)
        guard size > 0 else { throw .notBuilt }
        var refusals: [String: String] = [:]
        for program in SensorProgram.all {
            guard let object = unsafe bpf_object__open_mem(bytes, size, nil) else { continue }
            defer { unsafe bpf_object__close(object) }
            unsafe choose(object) { $0 == program.name }
            let result = unsafe bpf_object__load(object)
            if result != 0 { refusals[program.name] = errorText(-result) }
        }
        return refusals
    }
}

/// `Operation not permitted (1)`
func errorText(_ code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe "\(String(cString: text)) (\(code))"
}
