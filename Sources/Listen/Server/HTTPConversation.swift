internal import NIOCore
internal import NIOHTTP1

/// One HTTP connection: performs what ``IntakeRouter`` decides. Requests come one at a time, since the pipelining
/// handler before it holds the next back until this one is answered.
final class HTTPConversation: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case collecting(IntakeRouter.Route, SourceBinding, IntakeRequest)
        case streaming(JournalStream)
        /// The answer is known; what still comes of the body is read and forgotten.
        case discarding(IntakeAnswer)
        /// As above, and the answer was sent.
        case draining
        case working
    }

    private let router: IntakeRouter
    private let counters: IntakeCounters
    private let held: HeldBytes
    private let pulse: ConnectionPulse
    private var state = State.idle
    private var body: BodyCollector?
    private var keepsAlive = true
    private var isHead = false
    private var isStopping = false
    private var discarded = 0

    /// A body that nobody wants is read this far, so that the connection can be used again and the answer is not lost
    /// to a reset.
    static let discardBytesMax = 1 << 20
    static let drainBytesMax = 64 << 20

    init(
        router: IntakeRouter, counters: IntakeCounters, held: HeldBytes, pulse: ConnectionPulse
    ) {
        self.router = router
        self.counters = counters
        self.held = held
        self.pulse = pulse
    }

    func channelActive(context: ChannelHandlerContext) {
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        pulse.start { [weak self] in self?.expired($0, context.value) }
        context.value.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        pulse.stop()
        // A delivery under way keeps its bytes until the desk answers.
        if case .working = state {} else { body?.release() }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let buffer): add(buffer, context)
        case .end: end(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, case .idle = state else {
            return context.close(promise: nil)
        }
        let isTooLarge = error == .headerOverflow
        var answer = IntakeAnswer.problem(
            isTooLarge ? 431 : 400,
            isTooLarge ? "The header is larger than the limit." : "This is not HTTP/1.1.",
            reason: isTooLarge ? .tooLarge : .malformed)
        answer.closes = true
        send(answer, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is StopSignal {
            isStopping = true
            if case .idle = state { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: a request

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        counters.count { $0.requests += 1 }
        keepsAlive = head.isKeepAlive && !isStopping
        isHead = head.method == .HEAD
        discarded = 0
        pulse.enter(.body)
        let request = IntakeRequest(
            method: head.method.rawValue, target: head.uri,
            headers: head.headers.map { ($0.name, $0.value) })
        let expects = request.headers["expect"]?.lowercased() == "100-continue"
        let admission = router.admit(request, Peer.of(context.channel))
        switch admission {
        case .answer(let answer): refuse(answer, mayRead: !expects, context)
        case .collect(let route, let binding):
            if let length = request.headers["content-length"].flatMap({ Int($0) }),
                length > router.limits.bodyBytesMax
            {
                return refuse(.tooLarge, route, mayRead: !expects, context)
            }
            open(request, .collecting(route, binding, request), route, expects, context)
        case .stream(let binding):
            let stream = JournalStream(
                binding: binding, desk: router.desk, limits: router.limits, counters: counters)
            open(request, .streaming(stream), .journal, expects, context)
        }
    }

    private func open(
        _ request: IntakeRequest, _ next: State, _ route: IntakeRouter.Route, _ expects: Bool,
        _ context: ChannelHandlerContext
    ) {
        do throws(BodyCollector.Problem) {
            body = try BodyCollector(
                encoding: request.headers["content-encoding"], limits: router.limits, held: held,
                isStream: route == .journal)
        } catch {
            return refuse(error, route, mayRead: !expects, context)
        }
        state = next
        guard expects else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func refuse(
        _ problem: BodyCollector.Problem, _ route: IntakeRouter.Route, mayRead: Bool,
        _ context: ChannelHandlerContext
    ) {
        refuse(
            router.answer(problem.reason, problem.title, status: problem.status, for: route),
            mayRead: mayRead, context)
    }

    private func refuse(
        _ answer: IntakeAnswer, mayRead: Bool, _ context: ChannelHandlerContext
    ) {
        body?.release()
        body = nil
        if mayRead {
            state = .discarding(answer)
        } else {
            var answer = answer
            answer.closes = true
            state = .draining
            send(answer, context)
        }
    }

    private func add(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        switch state {
        case .collecting(let route, _, _):
            if let problem = collect(buffer) { refuse(problem, route, mayRead: true, context) }
        case .streaming(let stream):
            if let problem = collect(buffer) {
                stream.abandon()
                return refuse(problem, .journal, mayRead: true, context)
            }
            stream.add(body?.takeBytes() ?? [])
            advance(stream, context)
        case .discarding(var answer):
            discarded += buffer.readableBytes
            guard discarded > Self.discardBytesMax else { return }
            answer.closes = true
            state = .draining
            send(answer, context)
        case .draining:
            discarded += buffer.readableBytes
            if discarded > Self.drainBytesMax { context.close(promise: nil) }
        case .idle, .working: break
        }
    }

    private func collect(_ buffer: ByteBuffer) -> BodyCollector.Problem? {
        do throws(BodyCollector.Problem) {
            try body?.add(Array(buffer.readableBytesView))
            return nil
        } catch {
            return error
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        switch state {
        case .collecting(let route, let binding, let request):
            do throws(BodyCollector.Problem) {
                try body?.finish()
            } catch {
                refuse(error, route, mayRead: true, context)
                return end(context)
            }
            var request = request
            request.body = body?.takeBytes() ?? []
            work(route, request, binding, context)
        case .streaming(let stream):
            pulse.enter(.working)
            stream.end()
            advance(stream, context)
        case .discarding(let answer):
            state = .working
            send(answer, context)
        case .draining: context.close(promise: nil)
        case .idle, .working: break
        }
    }

    // MARK: the desk

    private func work(
        _ route: IntakeRouter.Route, _ request: IntakeRequest, _ binding: SourceBinding,
        _ context: ChannelHandlerContext
    ) {
        state = .working
        pulse.enter(.working)
        let (router, counters) = (router, counters)
        // Decoding happens off the event loop: one large body must not hold up other connections.
        let answer = context.eventLoop.makeFutureWithTask { () -> IntakeAnswer in
            switch router.plan(route, request, binding) {
            case .answer(let answer): return answer
            case .take(let records, let answer):
                let delivery = Delivery(binding: binding, records: records)
                do throws(IntakeRefusal) {
                    let outcomes = try await router.desk.take(delivery)
                    counters.took(outcomes, bytes: delivery.byteCount)
                    return answer(.success(outcomes))
                } catch {
                    return answer(.failure(error))
                }
            }
        }
        answer.assumeIsolated().whenComplete { [self] result in
            body?.release()
            body = nil
            switch result {
            case .success(let answer): send(answer, context)
            case .failure: context.close(promise: nil)
            }
        }
    }

    /// Lets the stream do what is next: hand in a batch, read on, or be answered.
    private func advance(_ stream: JournalStream, _ context: ChannelHandlerContext) {
        switch stream.next() {
        case .read: setReading(true, context)
        case .wait: setReading(false, context)
        case .deliver(let delivery):
            setReading(false, context)
            pulse.enter(.working)
            stream.deliver(delivery, on: context.eventLoop).assumeIsolated().whenComplete {
                [self] _ in
                try? body?.hold(stream.waitingBytes)
                guard context.channel.isActive, case .streaming = state else { return }
                if !stream.hasEnded { pulse.enter(.body) }
                advance(stream, context)
            }
        case .answer(let answer):
            setReading(true, context)
            body?.release()
            body = nil
            if stream.hasEnded {
                state = .working
                send(answer, context)
            } else {
                refuse(answer, mayRead: false, context)
            }
        }
    }

    private func setReading(_ reads: Bool, _ context: ChannelHandlerContext) {
        try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
    }

    // MARK: answers

    private func send(_ answer: IntakeAnswer, _ context: ChannelHandlerContext) {
        if let reason = answer.reason { counters.refuse(reason) }
        let closes = answer.closes || !keepsAlive || isStopping
        var headers = HTTPHeaders()
        if let type = answer.contentType { headers.add(name: "Content-Type", value: type) }
        for (name, value) in answer.headers.sorted(by: { $0.key < $1.key }) {
            headers.add(name: name, value: value)
        }
        headers.add(name: "Content-Length", value: String(answer.body.count))
        if closes { headers.add(name: "Connection", value: "close") }
        let status = HTTPResponseStatus(statusCode: answer.status)
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead, !answer.body.isEmpty {
            let buffer = context.channel.allocator.buffer(bytes: answer.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        if case .draining = state {
            // What still comes is read first, so that a reset does not overtake the answer.
            pulse.enter(.body)
        } else if closes {
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        } else {
            state = .idle
            pulse.enter(.idle)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func expired(_ phase: ConnectionPulse.Phase, _ context: ChannelHandlerContext) {
        switch phase {
        case .idle, .working: context.close(promise: nil)
        case .head:
            // There is no request yet that could be answered, and the half of one is no error of its own.
            state = .working
            counters.refuse(.slow)
            context.close(promise: nil)
        case .body:
            if case .draining = state { return context.close(promise: nil) }
            body?.release()
            body = nil
            var answer = IntakeAnswer.problem(
                408, "The request came too slowly.", reason: .slow)
            answer.closes = true
            state = .working
            send(answer, context)
        }
    }
}
