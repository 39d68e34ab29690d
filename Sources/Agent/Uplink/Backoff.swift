/// How long to wait before the next try: 0.25 s, twice as long each time, at most 5 s, and of that between half and all, by chance,
/// so that a thousand agents do not come at once. It falls back when the server acknowledged something.
package struct Backoff: Sendable {
    package static let first = Duration.milliseconds(250)
    package static let most = Duration.seconds(5)

    private var next = first

    package init() {}

    package mutating func wait(using chance: inout some RandomNumberGenerator) -> Duration {
        let full = next
        next = min(Self.most, next * 2)
        return full * Double.random(in: 0.5...1, using: &chance)
    }

    package mutating func reset() { next = Self.first }
}
