internal import Glibc

/// A thread of its own for what blocks.
enum EngineThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Nil where the system has no more threads.
    static func start(_ run: @escaping @Sendable () -> Void) -> pthread_t? {
        // Taken back by the thread, exactly once; or here, where there is none.
        let body = unsafe Unmanaged.passRetained(Body(run))
        var thread = pthread_t()
        let failed = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard failed == 0 else {
            unsafe body.release()
            return nil
        }
        return thread
    }
}
