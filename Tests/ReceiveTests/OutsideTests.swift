import Foundation
import Testing
import Wire

@testable import Receive

/// openssl against the listener: what others than our own agent are told.
@Suite struct `The listener of agents, asked by openssl` {
    private static let program = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// What s_client prints, with nothing to send.
    private func ask(_ port: Int, _ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.program))
        process.arguments = ["s_client", "-connect", "127.0.0.1:\(port)"] + words
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test(.enabled(if: program != nil, "openssl is not installed"))
    func `refuses TLS 1.2, and sessions without a certificate`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            for name in ["agents.kagari", "enrol.kagari"] {
                let old = try self.ask(server.port, "-tls1_2", "-servername", name)
                #expect(old.contains("alert protocol version"), "\(old)")
            }
            let bare = try self.ask(
                server.port, "-tls1_3", "-servername", "agents.kagari", "-ign_eof")
            #expect(bare.contains("alert certificate required"), "\(bare)")
            #expect(server.hub.counts.sessions == 0)
        }
    }

    @Test(.enabled(if: program != nil, "openssl is not installed"))
    func `shows an enrolment its certificate and asks for none`() async throws {
        let kit = try ReceiveKit()
        defer { kit.remove() }
        try await kit.run { server in
            let told = try self.ask(server.port, "-tls1_3", "-servername", "enrol.kagari")
            #expect(told.contains("CN = Kagari server") || told.contains("CN=Kagari server"))
            #expect(told.contains("No client certificate CA names sent"))
            #expect(told.contains("TLSv1.3"))
        }
    }
}
