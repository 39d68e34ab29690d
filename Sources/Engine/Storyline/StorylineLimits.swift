/// How much a ``Storyline`` may hold and how far it may look. What is beyond is left out in a way
/// that does not depend on the order of arrival, and counted in ``Storyline/leftOut``.
package struct StorylineLimits: Sendable {
    /// Process starts remembered, in all and of one host; the newest stay.
    package var processesMax = 65_536
    package var processesPerHostMax = 32_768
    /// Logons, services, tasks, injections and assumed roles remembered.
    package var linksMax = 65_536
    package var linksPerHostMax = 16_384
    /// File writes, connections and address uses remembered.
    package var trafficMax = 98_304
    package var trafficPerHostMax = 32_768
    /// Alerts joined; the most severe stay, then the newest.
    package var alertsMax = 500_000
    /// Alerts of one incident that appear in its graph.
    package var alertsInGraphMax = 400
    package var entitiesPerIncidentMax = 250
    package var edgesPerIncidentMax = 500
    package var factsPerEntityMax = 10
    package var alertsPerEntityMax = 100
    package var sentencesMax = 25
    package var ancestorsMax = 32
    /// Bytes kept of a command line or other long value: of an alert, of a mere observation.
    package var alertTextBytesMax = 512
    package var observedTextBytesMax = 192

    /// Alerts of one account on one host, at most this far apart, are one story.
    package var accountGapSeconds: Int64 = 3600
    /// Alerts of no account (or a service account) join what happens on the host this close.
    package var hostGapSeconds: Int64 = 900
    /// Alerts of one logon session, cloud principal or access key.
    package var sessionGapSeconds: Int64 = 4 * 3600
    /// Alerts that share an outside address.
    package var addressGapSeconds: Int64 = 1800
    /// From a file's writing to its running, from an assumed role to its use.
    package var preparationSeconds: Int64 = 24 * 3600
    /// Repetitions of one rule on one host.
    package var repetitionGapSeconds: Int64 = 6 * 3600
    /// An address or account that more than this many otherwise separate stories share is a hub.
    package var storiesPerHubMax = 8
    /// An address that more than this many accounts came from is a hub (NAT, proxy, VPN).
    package var accountsPerAddressMax = 3
    /// An address that more than this many hosts connect to is a hub.
    package var hostsPerAddressMax = 3
    /// From a logon at a Linux host to the shell that it opened, when no log ties the two.
    package var shellSeconds: Int64 = 10
    /// A process with more than this many remembered children is a hub (agent, scheduler).
    package var childrenPerHubMax = 200

    package init() {}
}
