/// Walks the members of an archive, one a call.
protocol Archive: AnyObject {
    /// - Returns: nil after the last member. The stream of the member before is dead by then.
    /// - Throws: when the archive itself cannot be read further; what was given stands.
    func nextMember() throws(ReadFailure) -> ArchiveMember?
}

struct ArchiveMember {
    /// As the archive spells it, invalid UTF-8 replaced.
    var name: String
    var content: Result<any ByteStream, ReadFailure>
}
