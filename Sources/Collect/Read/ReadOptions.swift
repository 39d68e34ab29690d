package import Engine

/// Every bound of reading. What meets one is refused or cut with a reason and counted; the rest of
/// the input goes on.
package struct ReadLimits: Sendable {
    /// What a block is filled to before it is cut; the last record decides the exact size.
    package var blockBytes = 1 << 20
    /// The longest line, and the longest record of more than one line.
    package var recordBytesMax = 16 << 20
    /// gzip, zstd, zip and tar within one another; tar.gz counts once.
    package var nestingMax = 3
    /// What one input on disk may grow to, as a multiple of its size, past ``expansionFreeBytes``.
    package var expansionRatioMax: UInt64 = 400
    /// Growth nobody asks about: a small file of repeated lines is no bomb, and as nothing is held
    /// a gigabyte costs a second at most.
    package var expansionFreeBytes: UInt64 = 1 << 30
    /// What one compressed stream or archive member may hold.
    package var memberBytesMax: UInt64 = 1 << 40
    /// Members of one archive that are looked at.
    package var membersMax = 1_000_000
    /// Files that all folders and patterns together may name.
    package var filesMax = 1_000_000
    /// A zip that is not a plain file (standard input, or within another archive) is held in memory.
    package var heldArchiveBytesMax = 64 << 20
    /// zstd frames ask for a window of this many bits at most (128 MiB, what `zstd -d` allows).
    package var zstdWindowBitsMax: Int32 = 27
    /// Failures kept with their bytes; further ones are only counted.
    package var unparsedKeptMax = 1000

    package init() {}
}

package struct ReadOptions: Sendable {
    /// `--input-format`: every source is taken to be in this format, whatever it looks like.
    package var format: RecordFormat?
    /// Look for EVTX chunks anywhere in a damaged file, and pass on what lies between them.
    package var carve: Bool
    package var limits: ReadLimits

    package init(
        format: RecordFormat? = nil, carve: Bool = false, limits: ReadLimits = ReadLimits()
    ) {
        self.format = format
        self.carve = carve
        self.limits = limits
    }
}
