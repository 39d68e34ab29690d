import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Where browsers say that a page was not as its content policy has it. A report is counted; what it says goes to the log,
/// as anybody may send one.
///
/// - Source: Content Security Policy Level 3 §5; Reporting API §4.
enum PolicyReports {
    static let path = "/policy-reports"

    static func take(
        _ request: Request, _ context: ConsoleContext, _ parts: ConsoleParts
    ) async throws -> Response {
        try parts.rates.require(of: context.address, now: parts.now())
        let type = request.headers[.contentType] ?? ""
        guard type.hasPrefix("application/csp-report") || type.hasPrefix("application/reports+json")
        else { throw Problem(.media, "A report is application/csp-report.") }
        let text: String
        do {
            let buffer = try await request.body.collect(
                upTo: ConsoleLimits.policyReportBytesMax)
            text = String(buffer: buffer)
        } catch {
            throw Problem(
                .tooLarge, "A report has at most \(ConsoleLimits.policyReportBytesMax) bytes.")
        }
        parts.counts.notePolicyReport()
        context.logger.warning(
            "A page broke its content policy.",
            metadata: ["report": "\(text.prefix(500).filter { !$0.isNewline })"])
        return Response(status: .noContent)
    }
}
