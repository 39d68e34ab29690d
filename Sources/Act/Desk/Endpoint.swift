/// The host an action desk works on: where its files are, whose network it is, what is always reached.
package struct Endpoint: Sendable {
    package var root: RootFolder
    package var network: NetworkReach
    /// What an isolated host always reaches, and what is never blocked: the server.
    package var server: [Reach]
    /// Kinds of action this host's policy lets through.
    package var allowed: Set<Action.Kind>

    package init(
        root: RootFolder = RootFolder("/"), network: NetworkReach = NetworkReach(),
        server: [Reach] = [], allowed: Set<Action.Kind> = Set(Action.Kind.allCases)
    ) {
        self.root = root
        self.network = network
        self.server = server
        self.allowed = allowed
    }
}
