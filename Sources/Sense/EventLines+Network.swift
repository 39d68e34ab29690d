/// Connections, name lookups and hellos of TLS.
extension EventLines {
    mutating func network(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let flow = Flow(bytes)
        switch record.kind {
        case .connect:
            // Asking for the state of a connection, or taking a datagram socket's target away, is none.
            guard flow.targetPort != 0 else { return }
            begin("network_connect", record.time)
        case .accept: begin("network_accept", record.time)
        default: begin("network_listen", record.time)
        }
        context(record, bytes)
        // Who comes in is the source, whichever end the socket is.
        self.flow(flow, bytes, isSwapped: record.kind == .accept, isMade: record.kind == .connect)
        if record.kind == .connect {
            // EINPROGRESS: the answer is not there yet.
            if record.value[0] == -115 {
                writer.word("outcome", "pending")
            } else if record.value[0] == 0 {
                writer.word("outcome", "success")
            } else {
                writer.word("outcome", "failure")
                writer.number("error", -record.value[0])
            }
        }
        end(record)
    }

    mutating func flow(
        _ flow: Flow, _ bytes: Span<UInt8>, isSwapped: Bool = false, isMade: Bool? = nil
    ) {
        let source = isSwapped ? flow.target : flow.source
        let target = isSwapped ? flow.source : flow.target
        writer.object("network")
        writer.text("source_address", addressText(bytes, source))
        writer.number("source_port", UInt64(isSwapped ? flow.targetPort : flow.sourcePort))
        let address = addressText(bytes, target)
        writer.text("target_address", address)
        writer.number("target_port", UInt64(isSwapped ? flow.sourcePort : flow.targetPort))
        if !isSwapped, let name = names[address] { writer.text("target_name", name) }
        switch flow.transport {
        case 6: writer.word("transport", "tcp")
        case 17: writer.word("transport", "udp")
        case 1, 58: writer.word("transport", "icmp")
        default: writer.number("transport_number", UInt64(flow.transport))
        }
        if let isMade { writer.truth("initiated", isMade) }
        writer.end()
    }

    mutating func lookup(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        guard let message = try? DNSMessage(bytes, record.part(0)) else {
            countUnreadPacket()
            return
        }
        if message.isAnswer { names.learn(message) }
        begin(message.isAnswer ? "dns_answer" : "dns_query", record.time)
        owner(record.pid)
        flow(Flow(bytes), bytes)
        writer.object("dns")
        writer.number("identifier", UInt64(message.identifier))
        writer.text("name", message.name)
        writer.text("type", DNSMessage.typeName(message.type))
        if message.isAnswer {
            writer.number("code", UInt64(message.code))
            writer.array("answers")
            for answer in message.answers {
                writer.element()
                writer.quoted(answer.text.span)
            }
            writer.endArray()
            if message.isCut { writer.truth("answers_cut", true) }
        }
        writer.end()
        end(record)
    }

    mutating func hello(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        guard let hello = try? ClientHello(bytes, record.part(0)) else {
            countUnreadPacket()
            return
        }
        begin("tls_hello", record.time)
        owner(record.pid)
        flow(Flow(bytes), bytes)
        writer.object("tls")
        if let name = hello.serverName { writer.text("server_name", name) }
        // Of half a message a fingerprint would be another client's.
        if hello.isCut {
            writer.truth("hello_cut", true)
        } else {
            writer.text("ja3", hello.ja3)
            writer.text("ja4", hello.ja4)
        }
        if !hello.firstProtocol.isEmpty { writer.text("protocol", hello.firstProtocol) }
        writer.end()
        end(record)
    }
}
