import Engine
import Foundation
import Testing

@testable import Listen

private let today = Timestamp(nanoseconds: 1_800_000_000_000_000_000)
private let dayNanoseconds: Int64 = 86_400_000_000_000
private let curlPath = "/usr/bin/curl"
private let hasCurl = FileManager.default.isExecutableFile(atPath: curlPath)

@Suite struct `Certificates` {
    private func inFolder(
        _ body: (CertificateAuthority) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "kagari-ca-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(CertificateAuthority(folder: folder.path))
    }

    private func mode(_ path: String) throws -> Int {
        try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `are made once, with keys that nobody else may read`() async throws {
        try await inFolder { authority in
            let first = try authority.identity("server", hosts: ["127.0.0.1"], now: today)
            let made = try String(contentsOfFile: first.certificatePath, encoding: .utf8)
            #expect(try mode(first.keyPath) == 0o600)
            #expect(try mode(authority.folder) == 0o700)
            #expect(try mode(authority.folder + "/ca-key.pem") == 0o600)
            let again = try authority.identity("server", hosts: ["127.0.0.1"], now: today)
            #expect(try String(contentsOfFile: again.certificatePath, encoding: .utf8) == made)
            _ = try first.context()
        }
    }

    @Test func `are made anew before they end, and for other names`() async throws {
        try await inFolder { authority in
            func pem(_ hosts: [String], days: Int) throws -> String {
                let now = Timestamp(
                    nanoseconds: today.nanoseconds + dayNanoseconds * Int64(days))
                let identity = try authority.identity("server", hosts: hosts, now: now)
                return try String(contentsOfFile: identity.certificatePath, encoding: .utf8)
            }
            let left = CertificateAuthority.leafDays - CertificateAuthority.renewDays
            let first = try pem(["a.example"], days: 0)
            #expect(try pem(["a.example"], days: left - 1) == first)
            let renewed = try pem(["a.example"], days: left + 1)
            #expect(renewed != first)
            #expect(try pem(["a.example", "::1"], days: left + 1) != renewed)
        }
    }

    @Test func `a damaged authority is named, not replaced`() async throws {
        try await inFolder { authority in
            _ = try authority.identity("server", hosts: ["a"], now: today)
            try "damaged".write(toFile: authority.rootPath, atomically: true, encoding: .utf8)
            #expect(throws: ListenFailure.self) {
                _ = try authority.identity("other", hosts: ["a"], now: today)
            }
        }
    }

    @Test(arguments: ["", "ca", "../x", "a/b"])
    func `a name that is no file's is refused`(name: String) async throws {
        try await inFolder { authority in
            #expect(throws: ListenFailure.self) {
                _ = try authority.identity(name, hosts: ["a"], now: today)
            }
        }
    }

    @Test func `files that are none are named with the cure`() {
        #expect(throws: ListenFailure.self) {
            try TLSIdentity(certificatePath: "gone.pem", keyPath: "gone.pem").context()
        }
    }

    private func curl(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: curlPath)
        process.arguments = ["-sS", "--max-time", "20"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = Pipe()
        try process.run()
        // Not by waiting: a thread that waits here would be one that the desk lacks.
        while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    @Test(.enabled(if: hasCurl)) func `of a client bind it, and strangers learn nothing`()
        async throws
    {
        try await inFolder { authority in
            // Certificates that hold today; the clock of the other side is not ours to set.
            let now = Timestamp(nanoseconds: Int64(Date.now.timeIntervalSince1970) * 1_000_000_000)
            var server = try authority.identity("server", hosts: ["127.0.0.1"], now: now)
            server.clientRootsPath = authority.rootPath
            let client = try authority.identity(
                "client", hosts: ["sensor-1"], isClient: true, now: now)
            let desk = KeptDesk(tokens: [:], certificates: ["any": .acme])
            try await Service.with(desk: desk, tls: server) { service in
                let target = [
                    "--cacert", authority.rootPath, "-d", "{\"n\":1}",
                    "https://127.0.0.1:\(service.ports["http"] ?? 0)/ingest/webhook",
                ]
                let stranger = try await curl(target)
                #expect(stranger.output.contains("\"status\":401"))
                let known = try await curl(
                    ["--cert", client.certificatePath, "--key", client.keyPath] + target)
                #expect(known.output == #"{"stored":1,"duplicate":0}"#)
                #expect(try await curl(["--tls-max", "1.1"] + target).status != 0)
                #expect(try await curl([target[4]]).status != 0)
                #expect(desk.records.count == 1)
            }
        }
    }
}
