internal import Sigma

/// A class program as one worker uses it: table pointers at hand, so that
/// reading them takes no reference.
///
/// Unsafe: `tables` point into `program`, which this value keeps alive.
@safe
struct ReadyProgram: ~Copyable {
    let program: ClassProgram
    let tables: ProgramImage.Pointers
    let activity: Activity
    let searchCount: UInt32
    let ruleCount: UInt32
    let alwaysCount: UInt32
    let atomCount: UInt32
    let keywordCount: UInt32

    init(_ program: ClassProgram) {
        self.program = program
        unsafe tables = program.image.pointers
        activity = program.activity
        searchCount = program.image.searchCount
        ruleCount = program.image.ruleCount
        alwaysCount = program.image.alwaysCount
        atomCount = program.image.atomCount
        keywordCount = program.image.keywordCount
    }
}
