import Act
import Agent
import ArgumentParser
import Crypto
import Engine
import FoundationEssentials
import Glibc
import Link
import NIOPosix
import Wire

/// Orders of the server, done on this host as transactions that can be taken back.
///
/// Each order is judged twice: by ``OrderBook`` when it comes, and by ``ActionOrder`` as what it is: its signature, this agent, its time, and what this host lets
/// through.
struct OrderDesk: Sendable {
    /// Leases are looked at, and the network's table is compared, this often.
    private static let pauseSeconds = 5

    private let identity: AgentIdentity
    private let folder: String
    private let allowed: Set<Action.Kind>

    /// - Parameter allowed: kinds of actions; none of an agent that only observes.
    init(_ identity: AgentIdentity, folder: StateFolder, allowed: Set<Action.Kind>) {
        self.identity = identity
        self.folder = folder.file("act")
        self.allowed = allowed
    }

    /// Brings what a crash interrupted to its end, then ends leases and heals the table until its task is cancelled.
    func run() async {
        guard !allowed.isEmpty else { return }
        await say { try desk(hostKey(), allowed).recover(at: Self.now).count }
        while !Task.isCancelled {
            await say {
                let (released, healed) = try desk(hostKey(), allowed).tick(at: Self.now)
                if healed { Host.say("somebody changed the table of the network; it is as it was") }
                return released.count
            }
            try? await Task.sleep(for: .seconds(Self.pauseSeconds))
        }
    }

    /// Has files of a mount copied from now on, as far as this thread's journal can keep them.
    func start(_ keeper: CopyKeeper) async throws {
        do { try await keeper.start(desk(hostKey(), allowed)) } catch {
            Host.say("\(error)")
            throw ExitCode(1)
        }
    }

    private func say(_ work: @escaping @Sendable () throws -> Int) async {
        do {
            let count = try await NIOThreadPool.singleton.runIfActive(work)
            if count > 0 { Host.say("\(count) actions were brought to their end") }
        } catch { Host.say("\(error)") }
    }

    /// - Returns: the receipt, signed by this host where the order came so far as to have one.
    ///
    /// - Parameter policy: that is in force; where it names actions, only those are done.
    func perform(_ order: WireSignedOrder, _ policy: WirePolicy?) async -> WireOrderReceipt {
        await answer(order.order, policy) { _ in
            try ActionOrder.verify(
                Array(order.body), signature: Array(order.signature),
                serverKey: identity.signingKey, host: identity.agent, now: Self.now)
        }
    }

    /// Does what the policy has ready, as if the server had ordered it.
    func contain(_ order: StandingOrder, _ policy: WirePolicy?) async -> WireOrderReceipt {
        await answer(order.id, policy) { hostKey in
            try ActionOrder.standing(order.body, host: identity.agent, hostKey: hostKey)
        }
    }

    private func answer(
        _ order: String, _ policy: WirePolicy?,
        _ given: @escaping @Sendable (_ hostKey: [UInt8]) throws -> ActionOrder
    ) async -> WireOrderReceipt {
        var answer = WireOrderReceipt()
        answer.order = order
        do {
            let receipt = try await NIOThreadPool.singleton.runIfActive {
                try done(order, permitted(policy), given)
            }
            answer.body = Data(receipt.body)
            answer.signature = Data(receipt.signature)
        } catch {
            let reason = JSONValue.members([
                "order": .string(order), "outcome": .string("refused"),
                "reason": .string("\(error)"),
            ])
            answer.body = Data(reason.bytes)
        }
        return answer
    }

    private func done(
        _ order: String, _ permitted: Set<Action.Kind>,
        _ given: (_ hostKey: [UInt8]) throws -> ActionOrder
    ) throws -> ActionReceipt {
        guard !allowed.isEmpty else {
            throw ActFailure(.refused, "this agent only observes; start it with --act")
        }
        let key = try hostKey()
        let desk = try desk(key, permitted)
        // It may have ended in time and be asked for again after its expiry.
        if let known = try desk.receipts().first(where: { $0.order == order }) { return known }
        let given = try given(key)
        if [.isolateHost, .blockNetwork].contains(given.action.kind), desk.endpoint.server.isEmpty {
            throw ActFailure(
                .refused,
                "the address of \(identity.server.host) is not known; the host would lose its server"
            )
        }
        return try desk.execute(given, at: Self.now)
    }

    /// Undoing is never forbidden by a policy.
    private func permitted(_ policy: WirePolicy?) -> Set<Action.Kind> {
        guard let named = policy?.actions, !named.isEmpty else { return allowed }
        return allowed.intersection(named.compactMap(Action.Kind.init(rawValue:)) + [.undo])
    }

    private func hostKey() throws -> [UInt8] {
        try HostKeyFile.bytes(in: folder) {
            Array(Curve25519.Signing.PrivateKey().rawRepresentation)
        }
    }

    private func desk(_ hostKey: [UInt8], _ allowed: Set<Action.Kind>) throws -> ActionDesk {
        let reach = try HostAddresses.of(identity.server.host).map { address in
            Reach(
                range: try AddressRange(address), transport: .tcp,
                port: UInt16(clamping: identity.server.port))
        }
        return try ActionDesk(
            folder: folder, endpoint: Endpoint(server: reach, allowed: allowed), hostKey: hostKey)
    }

    private static var now: Int64 { Host.now.nanoseconds / 1_000_000_000 }
}

/// Addresses of a name, as the system finds them.
enum HostAddresses {
    /// Empty where there are none now.
    static func of(_ name: String) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list = unsafe UnsafeMutablePointer<addrinfo>(nil as OpaquePointer?)
        guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [String] = []
        var next = unsafe list
        // The list is the system's own and ends with nil.
        while let entry = unsafe next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let isText = unsafe getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil,
                0,
                NI_NUMERICHOST)
            if isText == 0 {
                found.append(
                    String(
                        decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
                        as: UTF8.self))
            }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }
}
