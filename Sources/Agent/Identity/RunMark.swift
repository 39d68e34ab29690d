internal import Wire

/// What the disk says of how the run before ended.
struct RunMark {
    static let file = "run"

    let previousEnd: WirePreviousEnd

    /// Says that a run goes on.
    init(_ folder: StateFolder, boot: String) throws(AgentFailure) {
        let text = try folder.read(Self.file, bytesMax: 256).map {
            String(decoding: $0, as: UTF8.self)
        }
        previousEnd =
            switch text {
            case nil: .none
            case "clean"?: .clean
            case "running \(boot)"?: .killed
            default: .boot
            }
        try folder.write(Array("running \(boot)".utf8), as: Self.file)
    }

    /// Says that it ended by itself.
    static func end(_ folder: StateFolder) throws(AgentFailure) {
        try folder.write(Array("clean".utf8), as: file)
    }
}
