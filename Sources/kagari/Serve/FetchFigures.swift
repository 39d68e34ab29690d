import Collect
import Console
import Listen
import Pull
import Tenancy
import Watch

/// What is fetched instead of sent, in numbers for `/metrics`: files that are followed and queues that are pulled.
struct FetchFigures: Sendable {
    let followed: [(plan: FollowPlan, lane: FollowLane)]
    let pulled: [(plan: PullPlan, puller: Puller)]

    func figures() async -> [Figure] {
        var found: [Figure] = []
        for one in followed {
            let labels = Self.labels(one.plan.binding.tenant.text, one.plan.binding.source.text)
            found += Self.figures(await one.lane.tally, labels)
        }
        for one in pulled {
            let labels = Self.labels(one.plan.binding.tenant.text, one.plan.binding.source.text)
            found += Self.figures(one.puller.tally, labels)
        }
        return found
    }

    private static func labels(_ tenant: String, _ source: String) -> [Figure.Label] {
        [Figure.Label("tenant", tenant), Figure.Label("source", source)]
    }

    private static func figures(
        _ tally: Follower.Tally, _ labels: [Figure.Label]
    ) -> [Figure] {
        [
            counter("follow_records", "Records read from followed files.", tally.records, labels),
            counter("follow_bytes", "Bytes of them.", tally.bytes, labels),
            counter("follow_cut", "Records kept up to the limit of one.", tally.cut, labels),
            counter("follow_restarts", "Followed files that began anew.", tally.restarts, labels),
            counter(
                "follow_lost_bytes", "Bytes written and gone before they were read.",
                tally.lostBytes, labels),
            Figure(
                "kagari_follow_files", .gauge, "Files that are followed now.", labels: labels,
                value: Int64(tally.files)),
        ]
    }

    private static func figures(_ tally: Puller.Tally, _ labels: [Figure.Label]) -> [Figure] {
        let counts: [(name: String, help: String, value: Int)] = [
            ("pull_messages", "Messages taken from queues.", tally.messages),
            ("pull_objects", "Objects fetched.", tally.objects),
            ("pull_records", "Records made durable.", tally.stored),
            ("pull_duplicates", "Records that were there already.", tally.duplicates),
            ("pull_unreadable", "Objects' records that could not be read.", tally.unreadable),
            ("pull_left", "Times a message was left in its queue.", tally.left),
        ]
        return counts.map { counter($0.name, $0.help, UInt64(max(0, $0.value)), labels) }
    }

    private static func counter(
        _ name: String, _ help: String, _ value: UInt64, _ labels: [Figure.Label]
    ) -> Figure {
        Figure(
            "kagari_\(name)_total", .counter, help, labels: labels, value: Int64(clamping: value))
    }
}
