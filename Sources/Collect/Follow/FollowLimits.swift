/// What following files takes at most. Beyond a limit something is told and counted.
package struct FollowLimits: Sendable {
    /// Of one line, or of one record of several lines; what is longer is kept up to there.
    package var lineBytesMax = 1 << 20
    /// Of records handed in at once.
    package var batchBytesMax = 1 << 20
    package var batchRecordsMax = 1_000
    /// Files of one source; further ones are told and not read.
    package var filesMax = 20_000
    /// Files held open between reads, so that those that are deleted are read to their end.
    package var openMax = 128
    /// Of the lines that name columns.
    package var headerBytesMax = 64 << 10
    /// Places with a problem that are told of at one time.
    package var problemsMax = 1_000

    /// How long a record of several lines waits for its end, and a copy or a compressed file for being whole.
    package var settleSeconds: Int64 = 2
    /// How long the last line of a file that was put aside waits for its line end.
    package var lineSeconds: Int64 = 5
    /// How long what a file held is looked for elsewhere after it was emptied or deleted.
    package var searchSeconds: Int64 = 10
    /// How long a compressed file that cannot be read yet is waited for.
    package var packingSeconds: Int64 = 60

    package init() {}
}
