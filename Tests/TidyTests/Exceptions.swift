/// What is let pass, and why. An entry that lets nothing pass any more fails the tests.
struct Exception {
    var path: String
    /// The violation's message holds this.
    var message: String
    var reason: String

    static let all: [Exception] = []

    func covers(_ violation: Violation) -> Bool {
        violation.path == path && violation.message.contains(message)
    }
}
