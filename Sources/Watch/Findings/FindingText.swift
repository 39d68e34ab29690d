package import Engine
internal import Sigma
internal import Tenancy

/// Findings as the JSON that is kept of them and that an interface shows.
package enum FindingText {
    /// Fields of the record shown with an alert.
    package static let fieldsMax = 256
    /// Bytes of one value; longer ones are cut, the record has the whole.
    package static let valueBytesMax = 4096

    package static func json(of found: Found.Alert) -> String {
        let alert = found.alert.alert
        let rule = found.alert.rule
        var json = JSONWriter()
        json.object { json in
            json.member("alert_id", alert.id)
            json.member("time", alert.time?.text)
            json.member("level", alert.level.name)
            json.object("rule") { json in
                json.member("id", rule.id)
                json.member("title", rule.title)
                json.member("author", rule.author)
                json.member("license", rule.license)
                json.member("description", rule.description)
                json.member("tags", rule.tags)
                json.member("references", rule.references)
                json.member("false_positives", rule.falsePositives)
            }
            json.member("host", alert.host)
            json.member("user", alert.user)
            json.member("sequence", found.alert.sequence)
            json.array("other_sequences") { list in
                for other in alert.others { list.value(other.order >> Block.indexBits) }
            }
            json.array("matched") { list in
                for match in alert.matched {
                    list.object {
                        $0.member("selection", match.selection)
                        $0.member("field", match.field)
                        $0.member("value", match.value)
                        $0.member("asked", match.asked)
                    }
                }
            }
            json.object("evidence") { evidence(alert.event, to: &$0) }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func evidence(_ event: RetainedEvent, to json: inout JSONWriter) {
        json.member("kind", event.source.rawValue)
        json.member("activity", event.activity.rawValue)
        json.member("fields_left_out", max(0, event.fields.count - fieldsMax))
        json.array("fields") { list in
            for field in event.fields.prefix(fieldsMax) {
                list.object {
                    $0.member("name", field.name)
                    $0.member("value", cut(event.text(of: field)))
                }
            }
        }
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > valueBytesMax else { return text }
        return String(decoding: text.utf8.prefix(valueBytesMax), as: UTF8.self) + "…"
    }

    package static func json(of told: LiveIncident) -> String {
        let incident = told.incident
        var json = JSONWriter()
        json.object { json in
            json.member("root", incident.root?.text)
            json.member("tactics", incident.tactics)
            json.array("entities") { list in
                for entity in incident.entities {
                    list.object { write(entity, told.alertIDs, to: &$0) }
                }
            }
            json.array("edges") { list in
                for edge in incident.edges {
                    list.object {
                        $0.member("from", edge.from.text)
                        $0.member("to", edge.to.text)
                        $0.member("reason", edge.reason.rawValue)
                        $0.member("time", edge.time?.text)
                    }
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func write(
        _ entity: Entity, _ alertIDs: [String], to json: inout JSONWriter
    ) {
        json.member("id", entity.id.text)
        json.member("kind", entity.kind.rawValue)
        json.member("label", entity.label)
        json.member("host", entity.host)
        json.member("first_seen", entity.firstSeen?.text)
        json.member("last_seen", entity.lastSeen?.text)
        json.array("facts") { list in
            for fact in entity.facts {
                list.object {
                    $0.member("name", fact.name)
                    $0.member("value", fact.value)
                }
            }
        }
        json.member("alert_ids", entity.alerts.map { alertIDs[$0] })
    }
}
