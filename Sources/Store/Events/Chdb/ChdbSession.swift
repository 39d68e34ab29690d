internal import CADBC
internal import Glibc

/// chDB in this process, through the one C entry point that its library has (ADBC 1.1).
///
/// All of the room's dealings with C structs that own memory are in this file and `ChdbAnswer.swift`. What makes them
/// safe: a struct that the driver fills is released once, by the `release` it brought; strings and buffers that are
/// lent to the driver outlive the call that takes them, and the driver copies what it keeps (ADBC 1.1, "StatementBind"
/// is consumed by "ExecuteQuery" before this returns).
@safe
final class ChdbSession {
    private var driver: AdbcDriver
    private var database: AdbcDatabase
    private let handlers: [(Int32, sigaction)]

    /// - Parameters:
    ///   - library: path of `_chdb.abi3.so`.
    ///   - folder: where the tables are; is made by chDB.
    init(library: String, folder: String) throws(StoreFailure) {
        let apart = unsafe try Self.open(library)
        unsafe driver = AdbcDriver()
        unsafe database = AdbcDatabase()
        guard let symbol = unsafe dlsym(apart, "AdbcDriverInit") else {
            throw StoreFailure(
                .refused, "the chDB library has no ADBC entry; install chdb-core 26.9.0",
                cause: Self.loaderError)
        }
        let start = unsafe unsafeBitCast(symbol, to: AdbcDriverInitFunction.self)
        // chDB takes these signals for itself; a crash is to be told by Swift's own handler.
        handlers = Self.handlers(of: [SIGSEGV, SIGABRT])
        defer { Self.restore(handlers) }
        unsafe try check("chDB did not start") {
            unsafe start(KAGARI_ADBC_VERSION_1_1_0, &driver, &$0)
        }
        unsafe try check("chDB did not start") { unsafe driver.DatabaseNew(&database, &$0) }
        unsafe try check("chDB takes no folder") {
            unsafe driver.DatabaseSetOption(&database, "path", folder, &$0)
        }
        unsafe try check("chDB cannot open its folder") {
            unsafe driver.DatabaseInit(&database, &$0)
        }
    }

    /// Writes out what is held back. No connection may be open any more.
    func close() {
        var error = unsafe AdbcError()
        _ = unsafe driver.DatabaseRelease(&database, &error)
        unsafe error.release?(&error)
    }

    func connect() throws(StoreFailure) -> AdbcConnection {
        defer { Self.restore(handlers) }
        var connection = unsafe AdbcConnection()
        unsafe try check("chDB takes no connection") {
            unsafe driver.ConnectionNew(&connection, &$0)
        }
        unsafe try check("chDB takes no connection") {
            unsafe driver.ConnectionInit(&connection, &database, &$0)
        }
        return unsafe connection
    }

    func release(_ connection: inout AdbcConnection) {
        var error = unsafe AdbcError()
        _ = unsafe driver.ConnectionRelease(&connection, &error)
        unsafe error.release?(&error)
    }

    /// Runs one statement, and hands its rows on, in the form of ``ChdbAnswer``.
    func run(_ sql: String, on connection: inout AdbcConnection) throws(StoreFailure) -> [UInt8] {
        var statement = unsafe AdbcStatement()
        unsafe try check("chDB took no statement") {
            unsafe driver.StatementNew(&connection, &statement, &$0)
        }
        defer { unsafe release(&statement) }
        unsafe try check("chDB took no statement") {
            unsafe driver.StatementSetSqlQuery(&statement, sql, &$0)
        }
        var stream = unsafe ArrowArrayStream()
        unsafe try check("the event store refused") {
            unsafe driver.StatementExecuteQuery(&statement, &stream, nil, &$0)
        }
        defer { unsafe stream.release?(&stream) }
        return unsafe try ChdbAnswer.read(&stream)
    }

    /// Adds the rows of an Arrow struct array to a table; the caller releases neither argument.
    func insert(
        into table: String, _ rows: inout ArrowArray, _ schema: inout ArrowSchema,
        on connection: inout AdbcConnection
    ) throws(StoreFailure) {
        var statement = unsafe AdbcStatement()
        unsafe try check("chDB took no rows") {
            unsafe driver.StatementNew(&connection, &statement, &$0)
        }
        defer { unsafe release(&statement) }
        for (option, value) in [
            ("adbc.ingest.target_table", table), ("adbc.ingest.mode", "adbc.ingest.mode.append"),
        ] {
            unsafe try check("chDB took no rows") {
                unsafe driver.StatementSetOption(&statement, option, value, &$0)
            }
        }
        unsafe try check("chDB took no rows") {
            unsafe driver.StatementBind(&statement, &rows, &schema, &$0)
        }
        unsafe try check("the event store refused rows") {
            unsafe driver.StatementExecuteQuery(&statement, nil, nil, &$0)
        }
    }

    private func release(_ statement: inout AdbcStatement) {
        var error = unsafe AdbcError()
        _ = unsafe driver.StatementRelease(&statement, &error)
        unsafe error.release?(&error)
    }

    private func check(
        _ message: String, _ call: (inout AdbcError) -> AdbcStatusCode
    ) throws(StoreFailure) {
        var error = unsafe AdbcError()
        guard unsafe call(&error) != 0 else { return }
        let cause = unsafe error.message.map { unsafe String(cString: $0) } ?? ""
        unsafe error.release?(&error)
        throw StoreFailure(chdb: cause, message)
    }

    // MARK: the library

    private static func open(_ library: String) throws(StoreFailure) -> UnsafeMutableRawPointer {
        guard let names = pythonNames(of: library) else {
            throw StoreFailure(.missing, "the chDB library is not there, or is no library")
        }
        let stub = ELFStub.library(names: names, machine: machine)
        let file = kagari_memory_file()
        defer { Glibc.close(file) }
        let count = unsafe stub.withUnsafeBytes {
            unsafe Glibc.write(file, $0.baseAddress, $0.count)
        }
        guard count == stub.count, unsafe kagari_open_global("/proc/self/fd/\(file)") != nil,
            let opened = unsafe kagari_open_apart(library)
        else {
            throw StoreFailure(.refused, "the chDB library cannot be loaded", cause: loaderError)
        }
        return unsafe opened
    }

    /// Python's names that the library asks for; nil where it cannot be read.
    static func pythonNames(of library: String) -> [String]? {
        let file = unsafe Glibc.open(library, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { Glibc.close(file) }
        let names = ELFNames { offset, count in
            var bytes = [UInt8](repeating: 0, count: count)
            let read = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(file, $0.baseAddress, count, off_t(truncatingIfNeeded: offset))
            }
            return Array(bytes.prefix(max(0, read)))
        }
        return names?.undefined.filter { $0.hasPrefix("Py") || $0.hasPrefix("_Py") }
    }

    private static var machine: UInt16 {
        #if arch(arm64)
            183
        #else
            62
        #endif
    }

    private static var loaderError: String {
        unsafe dlerror().map { unsafe String(cString: $0) } ?? ""
    }

    private static func handlers(of signals: [Int32]) -> [(Int32, sigaction)] {
        signals.map { signal in
            var action = sigaction()
            unsafe sigaction(signal, nil, &action)
            return (signal, action)
        }
    }

    private static func restore(_ handlers: [(Int32, sigaction)]) {
        for (signal, action) in handlers {
            var action = action
            unsafe sigaction(signal, &action, nil)
        }
    }
}

extension StoreFailure {
    /// What chDB said. Its text may quote the statement, so only the code and the error's name are kept.
    init(chdb text: String, _ message: String) {
        let code = text.split(separator: "Code: ").dropFirst().first?.prefix { $0.isNumber }
        let name = text.split(separator: "(").last?.prefix { $0.isUppercase || $0 == "_" }
        let cause = code.map { "chDB \($0) \(name ?? "")" } ?? "chDB"
        switch code.flatMap({ Int($0) }) {
        case 159: self = .tookTooLong
        case 241, 173:
            self.init(
                .limit, "the question needs more memory than it may; ask for less", cause: cause)
        case 243:
            self.init(.diskFull, "the disk of the event store is full; make room", cause: cause)
        case 40, 33, 32, 228, 246:
            self.init(
                .damaged, "the event store is damaged; remove its folder and rebuild it",
                cause: cause)
        case 76 where text.contains("Cannot lock"):
            self.init(.locked, "another process has the event store", cause: cause)
        default: self.init(.refused, message, cause: cause)
        }
    }
}
