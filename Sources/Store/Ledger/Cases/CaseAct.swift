package import Engine
package import Tenancy

/// What a person, or a program in a person's name, does to an incident.
package enum CaseAct: Hashable, Sendable {
    /// Somebody looks at it: T3.
    case see
    /// Nil takes it from whoever had it.
    case assign(PrincipalID?)
    case decide(Verdict, reason: String)
    /// Needs a verdict given since it was last opened, and no task undone.
    case close
    case reopen(reason: String)
    case comment(String)
    /// Only by who wrote it; the versions before stay.
    case editComment(Int64, String)
    case addTask(String)
    case setTask(Int64, done: Bool)
    case addEvidence(EvidenceNote)
    case tag(String)
    case untag(String)
    /// T5…T7, when it was contained, eradicated, restored.
    case record(CaseTime, Timestamp)

    /// What a scope must allow for it.
    package var permission: Permission {
        switch self {
        case .decide, .close, .reopen: Permission(.decide, .incidents)
        default: Permission(.update, .incidents)
        }
    }
}

/// Records that prove something, by their place in the tenant's archive.
package struct EvidenceNote: Hashable, Sendable {
    /// Why they matter.
    package var note: String
    /// SHA-256 over the records' bytes, as the caller took it.
    package var digest: LedgerDigest
    /// 1...``LedgerLimits/evidenceSequencesMax`` of them, ascending.
    package var sequences: [UInt64]

    package init(note: String, digest: LedgerDigest, sequences: [UInt64]) {
        self.note = note
        self.digest = digest
        self.sequences = sequences
    }
}

/// What came of an act.
package struct CaseOutcome: Hashable, Sendable {
    /// Nil where it was so already and nothing was written.
    package let receipt: AuditReceipt?
    /// Of the incident now.
    package let revision: UInt64
}
