/// The table `inet kagari` as a function of what holds: nothing in it comes from anywhere else, so it can always be made anew.
///
/// - Chains stand at priority -300, before connection tracking, and know no established flow: what was open is cut.
/// - The lease is an element with a timeout in a set that the chains ask first. When it runs out the host is free, whether an agent
///   runs or not.
/// - A drop here is final: no other table can accept what was dropped.
package struct NetworkTable: Equatable, Sendable {
    static let name = "kagari"

    /// Isolations in force: what may be reached, and until when; nil where the host is not isolated.
    struct Isolation: Equatable, Sendable {
        var reach: [Reach]
        /// Nil where it does not end by itself.
        var until: Int64?
    }

    struct Blocked: Equatable, Sendable {
        var range: AddressRange
        var until: Int64?
    }

    private(set) var isolation: Isolation?
    /// None lies within another.
    private(set) var blocked: [Blocked] = []

    /// - Parameters:
    ///   - server: what an isolated host always reaches.
    ///   - answers: addresses of blocked domains, as observed.
    ///   - now: what has ended by then is left out.
    init(
        _ holds: [NetworkHold], server: [Reach], answers: [DomainAnswer], at now: Int64
    ) {
        let alive = holds.filter { $0.until.map { $0 > now } ?? true }
        let isolations = alive.filter(\.isIsolation)
        if !isolations.isEmpty {
            // Two isolations at once: only what both let through is reached.
            var shared = isolations[0].reach
            for other in isolations.dropFirst() {
                shared = shared.filter { other.reach.contains($0) }
            }
            isolation = Isolation(
                reach: Array(Set(shared + server)).sorted { Self.key($0) < Self.key($1) },
                until: Self.latest(isolations.map(\.until)))
        }
        var wanted: [AddressRange: Int64?] = [:]
        func want(_ range: AddressRange, _ until: Int64?) {
            let earlier = wanted[range]
            wanted.updateValue(earlier.map { Self.latest([$0, until]) } ?? until, forKey: range)
        }
        for hold in alive {
            for range in hold.ranges { want(range, hold.until) }
            for answer in answers where answer.until > now {
                guard hold.domains.contains(where: { $0.covers(answer.name) }) else { continue }
                want(answer.range, min(answer.until, hold.until ?? Int64.max))
            }
        }
        blocked = wanted.map { Blocked(range: $0.key, until: $0.value) }
            .filter { one in
                !wanted.contains { range, until in
                    range != one.range && range.contains(one.range)
                        && Self.latest([until, one.until]) == until
                }
            }.sorted { $0.range < $1.range }
        dropOverlaps()
    }

    /// A narrower range that lasts longer than the wider one around it: an interval set takes no two that overlap, so the
    /// wider one takes the longer time. Blocking longer is the safer mistake.
    private mutating func dropOverlaps() {
        for index in blocked.indices {
            let inner = blocked.filter {
                $0.range != blocked[index].range && blocked[index].range.contains($0.range)
            }
            blocked[index].until = Self.latest([blocked[index].until] + inner.map(\.until))
        }
        let all = blocked
        blocked = all.filter { one in
            !all.contains { $0.range != one.range && $0.range.contains(one.range) }
        }
    }

    private static func latest(_ times: [Int64?]) -> Int64? {
        times.contains { $0 == nil } ? nil : times.compactMap(\.self).max()
    }

    private static func key(_ reach: Reach) -> String {
        "\(reach.range.isV4 ? 4 : 6)\(reach.range)|\(reach.transport?.rawValue ?? "")|\(reach.port ?? 0)"
    }

    var isEmpty: Bool { isolation == nil && blocked.isEmpty }

    /// What nft reads: removes the table and makes it anew in one step that happens whole or not at all.
    func script(at now: Int64) -> String {
        let clear = "add table inet \(Self.name)\ndelete table inet \(Self.name)\n"
        guard !isEmpty else { return clear }
        return clear + "table inet \(Self.name) {\n" + sets(at: now) + chains() + "}\n"
    }

    private func timeout(_ until: Int64?, _ now: Int64) -> String {
        until.map { " timeout \(max(1, $0 - now))s" } ?? ""
    }

    private func sets(at now: Int64) -> String {
        func elements(_ items: [String]) -> String {
            items.isEmpty ? "" : "elements = { \(items.joined(separator: ", ")) }\n"
        }
        var text = "set lease { type ether_type; flags timeout\n"
        if let isolation {
            let time = timeout(isolation.until, now)
            text += elements(["ip\(time)", "ip6\(time)"])
        }
        text += "}\n"
        for (family, type) in [(4, "ipv4_addr"), (6, "ipv6_addr")] {
            let isV4 = family == 4
            let reach = (isolation?.reach ?? []).filter { $0.range.isV4 == isV4 }
            // An interval set takes no two that overlap.
            let narrowed = reach.filter { one in
                !reach.contains {
                    $0.range != one.range && $0.range.contains(one.range)
                        && $0.transport == one.transport && $0.port == one.port
                }
            }
            let ports = narrowed.compactMap { one in
                one.transport.flatMap { transport in
                    one.port.map { "\(one.range) . \(transport.rawValue) . \($0)" }
                }
            }
            let whole = narrowed.filter { $0.port == nil }.map(\.range)
            text +=
                "set reach\(family) { type \(type) . inet_proto . inet_service; flags interval\n"
            text += elements(ports) + "}\n"
            text += "set near\(family) { type \(type); flags interval\n"
            text += elements(whole.map(\.description)) + "}\n"
            text += "set blocked\(family) { type \(type); flags interval, timeout\n"
            text += elements(
                blocked.filter { $0.range.isV4 == isV4 }
                    .map { $0.range.description + timeout($0.until, now) })
            text += "}\n"
        }
        return text
    }

    private func chains() -> String {
        let neighbours =
            "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept\n"
        func blocked(_ sides: [String]) -> String {
            sides.map { side in
                "ip \(side) @blocked4 counter drop\nip6 \(side) @blocked6 counter drop\n"
            }.joined()
        }
        func reach(_ side: String, _ port: String) -> String {
            [(4, "ip"), (6, "ip6")].map { family, word in
                "\(word) \(side) . meta l4proto . th \(port) @reach\(family) accept\n"
                    + "\(word) \(side) @near\(family) accept\n"
            }.joined()
        }
        return """
            chain isolated_in {
            \(reach("saddr", "sport"))\(neighbours)udp sport 67 udp dport 68 accept
            counter drop
            }
            chain isolated_out {
            \(reach("daddr", "dport"))\(neighbours)udp sport 68 udp dport 67 accept
            counter drop
            }
            chain incoming {
            type filter hook input priority -300; policy accept;
            iif "lo" accept
            \(blocked(["saddr"]))meta protocol @lease jump isolated_in
            }
            chain outgoing {
            type filter hook output priority -300; policy accept;
            oif "lo" accept
            \(blocked(["daddr"]))meta protocol @lease jump isolated_out
            }
            chain passing {
            type filter hook forward priority -300; policy accept;
            \(blocked(["saddr", "daddr"]))meta protocol @lease counter drop
            }

            """
    }
}

/// An address a name stood for when it was asked.
package struct DomainAnswer: Hashable, Sendable {
    package var name: DomainName
    package var range: AddressRange
    package var until: Int64
}
