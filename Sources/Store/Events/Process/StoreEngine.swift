internal import CADBC
internal import Glibc
internal import Synchronization

/// The engine's side: what `kagari store-engine` runs. Answers on the sockets it was born with until they close.
package enum StoreEngine {
    /// Sockets that one engine serves.
    package static let linksMax = 16

    /// Blocks until the service has gone.
    ///
    /// - Parameters:
    ///   - library: path of `_chdb.abi3.so`.
    ///   - folder: where the tables are.
    ///   - links: how many sockets, from descriptor 3 on.
    ///   - memoryBytes: what one statement may take.
    /// - Returns: the exit code: 0 when the service closed the sockets, 3 where chDB could not be opened.
    package static func serve(
        library: String, folder: String, links: Int, memoryBytes: Int
    ) -> Int32 {
        preferEndingHere()
        let sockets = (0..<min(max(1, links), linksMax)).map {
            EngineProcess.firstSocket + Int32($0)
        }
        let session: ChdbSession
        do throws(StoreFailure) {
            session = try ChdbSession(library: library, folder: folder)
        } catch {
            for socket in sockets {
                guard EngineFrame.receive(from: socket, seconds: 60) != nil else { continue }
                _ = EngineFrame.send(.refused, error.engineBytes, to: socket)
            }
            return 3
        }
        // Connections of one database may be used at the same time, each by one thread (ADBC 1.1, "Concurrency and
        // Thread Safety"); the session is not changed while they run, and outlives them: they are waited for.
        let address = unsafe UInt(bitPattern: Unmanaged.passUnretained(session).toOpaque())
        let threads = sockets.compactMap { socket in
            EngineThread.start {
                guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return }
                let session = unsafe Unmanaged<ChdbSession>.fromOpaque(pointer)
                    .takeUnretainedValue()
                Worker(session: session, socket: socket, memoryBytes: memoryBytes).serve()
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        session.close()
        return 0
    }

    /// Where memory runs out, the kernel ends the engine and not the service.
    private static func preferEndingHere() {
        let file = unsafe open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = unsafe write(file, "500", 3)
        close(file)
    }

    /// One socket, one thread, one connection.
    private struct Worker {
        let session: ChdbSession
        let socket: Int32
        let memoryBytes: Int

        func serve() {
            defer { close(socket) }
            var connection: AdbcConnection
            do throws(StoreFailure) {
                unsafe connection = unsafe try session.connect()
                for statement in ChdbSQL.settings(memoryBytes: memoryBytes) {
                    _ = unsafe try session.run(statement, on: &connection)
                }
            } catch {
                guard EngineFrame.receive(from: socket, seconds: nil) != nil else { return }
                _ = EngineFrame.send(.refused, error.engineBytes, to: socket)
                return
            }
            defer { unsafe session.release(&connection) }
            while let (kind, bytes) = EngineFrame.receive(from: socket, seconds: nil) {
                do throws(StoreFailure) {
                    let answer = unsafe try answer(kind, bytes, &connection)
                    guard EngineFrame.send(.done, answer, to: socket) else { return }
                } catch {
                    guard EngineFrame.send(.refused, error.engineBytes, to: socket) else { return }
                }
            }
        }

        private func answer(
            _ kind: EngineFrame.Kind, _ bytes: [UInt8], _ connection: inout AdbcConnection
        ) throws(StoreFailure) -> [UInt8] {
            switch kind {
            case .run:
                return unsafe try session.run(
                    String(decoding: bytes, as: UTF8.self), on: &connection)
            case .insert:
                unsafe try session.insert(bytes, on: &connection)
                return []
            case .done, .refused:
                throw StoreFailure(.refused, "the store engine was asked in an unexpected form")
            }
        }
    }
}
