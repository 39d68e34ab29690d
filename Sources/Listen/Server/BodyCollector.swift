/// A request's body while it comes: decompressed, within limits, its bytes counted among those held by all.
struct BodyCollector {
    enum Problem: Error, Hashable {
        case tooLarge, bomb, damaged, busy
        case unknownEncoding(String)
    }

    private let inflater: BodyInflater?
    private let limits: IntakeLimits
    private let held: HeldBytes
    private(set) var bytes: [UInt8] = []
    /// Of `held`, until ``release()``.
    private(set) var heldCount = 0

    /// - Parameter encoding: the `Content-Encoding`, nil where there is none.
    init(
        encoding: String?, limits: IntakeLimits, held: HeldBytes, isStream: Bool = false
    ) throws(Problem) {
        self.limits = limits
        self.held = held
        let bytesMax = isStream ? Int.max : limits.bodyBytesMax
        switch encoding?.lowercased() {
        case nil, "", "identity": inflater = nil
        case "gzip", "x-gzip":
            inflater = BodyInflater(
                .gzip, bytesMax: bytesMax, ratioMax: limits.inflationRatioMax)
        case "deflate":
            inflater = BodyInflater(
                .deflate, bytesMax: bytesMax, ratioMax: limits.inflationRatioMax)
        case let name?: throw .unknownEncoding(String(name.prefix(32)))
        }
    }

    mutating func add(_ piece: [UInt8]) throws(Problem) {
        if let inflater {
            do throws(BodyInflater.Failure) {
                try inflater.inflate(piece, into: &bytes)
            } catch {
                throw Self.problem(error)
            }
        } else {
            bytes.append(contentsOf: piece)
        }
        guard bytes.count <= limits.bodyBytesMax else { throw .tooLarge }
        try hold(bytes.count)
    }

    func finish() throws(Problem) {
        do throws(BodyInflater.Failure) {
            try inflater?.finish()
        } catch {
            throw Self.problem(error)
        }
    }

    /// Hands over what has come, and goes on holding it until ``hold(_:)`` says less.
    mutating func takeBytes() -> [UInt8] {
        let taken = bytes
        bytes = []
        return taken
    }

    mutating func hold(_ count: Int) throws(Problem) {
        if count > heldCount {
            guard held.take(count - heldCount) else { throw .busy }
        } else {
            held.giveBack(heldCount - count)
        }
        heldCount = count
    }

    mutating func release() {
        held.giveBack(heldCount)
        heldCount = 0
        bytes = []
    }

    private static func problem(_ failure: BodyInflater.Failure) -> Problem {
        switch failure {
        case .tooLarge: .tooLarge
        case .bomb: .bomb
        case .damaged, .truncated: .damaged
        case .memory: .busy
        }
    }
}

extension BodyCollector.Problem {
    var reason: IntakeTally.Reason {
        switch self {
        case .tooLarge, .bomb: .tooLarge
        case .damaged, .unknownEncoding: .encoding
        case .busy: .busy
        }
    }

    var status: Int {
        switch self {
        case .tooLarge, .bomb: 413
        case .damaged: 400
        case .unknownEncoding: 415
        case .busy: 503
        }
    }

    var title: String {
        switch self {
        case .tooLarge: "The body is larger than the limit; send smaller batches."
        case .bomb: "The compressed body grows more than any log does."
        case .damaged: "The compressed body is damaged or cut short."
        case .unknownEncoding: "Content-Encoding is none of gzip, deflate, identity."
        case .busy: "Too many bytes are waiting to be written; try again."
        }
    }
}
