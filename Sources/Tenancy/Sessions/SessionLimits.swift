/// How long a session may last. Read NIST SP 800-63B §4.2.3 and §7.2 for why each exists.
package struct SessionLimits: Hashable, Sendable {
    package enum Failure: Error, Hashable, Sendable, CaseIterable {
        case idle, absolute, rotation, stepUp
    }

    package static let idleRange = Duration.seconds(60)...Duration.seconds(86_400)
    package static let absoluteRange = Duration.seconds(300)...Duration.seconds(7 * 86_400)
    package static let rotationRange = Duration.seconds(60)...Duration.seconds(86_400)
    package static let stepUpRange = Duration.seconds(60)...Duration.seconds(3_600)

    /// Without a request.
    package let idle: Duration
    /// Since the sign-in, whatever happens.
    package let absolute: Duration
    /// How old a token becomes before the next request changes it.
    package let rotation: Duration
    /// How long ago somebody may have proved who he is when he does something dangerous.
    package let stepUp: Duration
    /// How long the token before the last rotation is still taken: requests that were on their way.
    package static let grace = Duration.seconds(30)

    package static let standard = SessionLimits(
        known: .seconds(1_800), .seconds(43_200), .seconds(900), .seconds(600))

    private init(
        known idle: Duration, _ absolute: Duration, _ rotation: Duration, _ stepUp: Duration
    ) {
        self.idle = idle
        self.absolute = absolute
        self.rotation = rotation
        self.stepUp = stepUp
    }

    package init(
        idle: Duration = standard.idle, absolute: Duration = standard.absolute,
        rotation: Duration = standard.rotation, stepUp: Duration = standard.stepUp
    ) throws(Failure) {
        guard Self.idleRange.contains(idle), idle <= absolute else { throw .idle }
        guard Self.absoluteRange.contains(absolute) else { throw .absolute }
        guard Self.rotationRange.contains(rotation) else { throw .rotation }
        guard Self.stepUpRange.contains(stepUp) else { throw .stepUp }
        self.init(known: idle, absolute, rotation, stepUp)
    }
}
