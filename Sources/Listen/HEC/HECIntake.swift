internal import Engine

/// Splunk's HTTP event collector: `/services/collector` and what lies under it.
///
/// - Source: Splunk, "HTTP Event Collector endpoints" and "Troubleshoot HTTP Event Collector" (codes).
struct HECIntake: Sendable {
    enum Endpoint: Hashable, Sendable { case event, raw, acknowledgements, health }

    let limits: IntakeLimits
    let channels: HECChannels

    /// - Parameter path: behind `/services/collector`.
    static func endpoint(_ path: some Collection<String>) -> Endpoint? {
        let names = Array(path)
        switch names.count == 2 && names[1] == "1.0" ? [names[0]] : names {
        case [], ["event"]: return .event
        case ["raw"]: return .raw
        case ["ack"]: return .acknowledgements
        case ["health"]: return .health
        default: return nil
        }
    }

    /// What a request without a known token is answered with.
    static func unauthorized(_ headers: [String: String], hadToken: Bool) -> IntakeAnswer {
        let status: HECStatus =
            hadToken
            ? .invalidToken
            : headers["authorization"] == nil ? .tokenRequired : .invalidAuthorization
        return status.answer(reason: .credential)
    }

    func plan(
        _ endpoint: Endpoint, _ request: IntakeRequest, _ binding: SourceBinding
    ) -> IntakePlan {
        switch endpoint {
        case .health: return .answer(HECStatus.healthy.answer())
        case .acknowledgements: return .answer(acknowledgements(request, binding))
        case .event:
            let events = HECEvents(request.body, limits: limits)
            return plan(events.records, events.problem, request, binding)
        case .raw: return raw(request, binding)
        }
    }

    private static func channel(_ request: IntakeRequest) -> String? {
        let name = request.headers["x-splunk-request-channel"] ?? request.query["channel"]
        guard let name, !name.isEmpty, name.utf8.count <= HECChannels.nameBytesMax else {
            return nil
        }
        return name.lowercased()
    }

    private func plan(
        _ records: [Delivery.Record], _ problem: HECEvents.Problem?, _ request: IntakeRequest,
        _ binding: SourceBinding
    ) -> IntakePlan {
        let refusal = problem.map { $0.status.answer(invalidEvent: $0.event) }
        guard !records.isEmpty else { return .answer(refusal ?? HECStatus.noData.answer()) }
        let channel = Self.channel(request)
        let channels = self.channels
        return .take(records) { result in
            switch result {
            case .failure(let error): HECStatus.refusal(error)
            case .success:
                refusal
                    ?? HECStatus.success.answer(
                        acknowledgement: channel.map { channels.acknowledge(binding, $0) })
            }
        }
    }

    /// Each line is a record; what the query says of all of them goes beside each.
    private func raw(_ request: IntakeRequest, _ binding: SourceBinding) -> IntakePlan {
        var labels = Labels()
        for name in ["index", "source", "sourcetype"] {
            if let value = request.query[name] { labels.add(name, value) }
        }
        guard let labels = labels.bytes else {
            return .answer(HECStatus.fieldsInvalid.answer())
        }
        let host = request.query["host"].flatMap {
            $0.utf8.count <= IntakeLimits.hostBytesMax ? $0 : nil
        }
        let time = request.query["time"].flatMap { TimestampText.parse($0) }
        var records: [Delivery.Record] = []
        for line in Lines.of(request.body) {
            guard line.count <= limits.recordBytesMax, records.count < limits.recordsMax else {
                let problem = HECEvents.Problem(status: .invalidFormat, event: records.count)
                return plan(records, problem, request, binding)
            }
            let (bytes, format) = TextRecord.of(Array(line))
            records.append(
                Delivery.Record(
                    bytes: bytes, format: format, time: time, host: host, labels: labels))
        }
        return plan(records, nil, request, binding)
    }

    private func acknowledgements(
        _ request: IntakeRequest, _ binding: SourceBinding
    ) -> IntakeAnswer {
        guard let channel = Self.channel(request) else {
            return HECStatus.channelMissing.answer()
        }
        var json = JSONText(request.body)
        var members: [JSONText.Member] = []
        var ids: [UInt64] = []
        do throws(JSONText.Failure) {
            try json.members { members.append($0) }
            for member in members where json.isText(member.key, "acks") {
                var list = JSONText(request.body, member.value.range)
                try list.elements { value in
                    if let id = UInt64(
                        String(decoding: request.body[value.range], as: UTF8.self))
                    {
                        ids.append(id)
                    }
                }
            }
        } catch {
            return HECStatus.invalidFormat.answer()
        }
        guard ids.count <= limits.recordsMax else { return HECStatus.invalidFormat.answer() }
        return .json(200) { answer in
            answer.object("acks") { acks in
                for id in Set(ids).sorted() {
                    acks.member(String(id), channels.isDurable(id, binding, channel))
                }
            }
        }
    }
}
