/// Tells which Zeek log a row is when it does not say so itself, as JSON by default does not.
///
/// - Input: an event with `ts`; `id.orig_h` may also stand as `id_orig_h`.
/// - Output: `_path`, by fields that only one log of Zeek's default set has; nothing when `_path` is
///   there or no log fits. Optional fields may be missing in a row, so a row may stay unnamed; it is
///   not named wrongly on account of that.
/// - Source: Zeek's `Info` records, "Zeek log files".
package struct ZeekAnnotator {
    private struct Log {
        var path: StaticString
        /// Any one of these fields is enough.
        var fields: [FieldID]
    }

    private let logs: [Log]
    private let path, timestamp: FieldID

    package init(_ names: inout FieldNames) {
        path = names.intern("_path")
        timestamp = names.intern("ts")
        logs = Self.known.map { known in
            Log(path: known.0, fields: known.1.map { names.intern($0) })
        }
    }

    package func annotate(_ event: inout EventBuffer) {
        guard event.first(path) == nil, event.first(timestamp) != nil else { return }
        for log in logs where log.fields.contains(where: { has($0, event) }) {
            event.append(path, log.path)
            return
        }
    }

    private func has(_ name: FieldID, _ event: borrowing EventBuffer) -> Bool {
        event.first(name) != nil
    }

    /// In this order: a log further down may share fields with one above.
    private static let known: [(StaticString, [String])] = [
        ("conn", ["conn_state", "orig_ip_bytes"]),
        ("dns", ["qtype_name", "qclass_name", "rcode_name", "qtype", "rcode"]),
        ("http", ["trans_depth", "request_body_len", "response_body_len"]),
        ("dce_rpc", ["named_pipe", "endpoint"]),
        ("smb_mapping", ["share_type"]),
        ("smb_files", ["times.modified", "times_modified", "prev_name"]),
        ("kerberos", ["request_type", "renewable", "forwardable"]),
        ("ntlm", ["server_nb_computer_name", "server_dns_computer_name", "domainname"]),
        ("rdp", ["security_protocol", "keyboard_layout", "cert_permanent"]),
        ("ssh", ["auth_attempts", "kex_alg", "mac_alg", "host_key_alg"]),
        ("ssl", ["ssl_history", "cert_chain_fps", "cert_chain_fuids", "next_protocol"]),
        ("x509", ["certificate.serial", "certificate_serial"]),
        ("pe", ["compile_ts", "uses_aslr"]),
        ("files", ["seen_bytes", "missing_bytes", "tx_hosts"]),
        ("smtp", ["mailfrom", "rcptto", "helo"]),
        ("dhcp", ["lease_time", "msg_types", "client_fqdn"]),
        ("tunnel", ["tunnel_type"]),
        ("software", ["software_type", "unparsed_version"]),
        ("notice", ["note", "suppress_for"]),
        ("ftp", ["reply_code", "data_channel.passive"]),
        ("sip", ["call_id", "request_path"]),
        ("snmp", ["community", "get_bulk_requests"]),
        ("socks", ["request_p", "bound_p"]),
        ("weird", ["addl"]),
        ("ssl", ["established"]),
    ]
}
