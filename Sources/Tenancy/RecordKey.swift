/// 128 bits of a digest over what the sender called a record (source and its `_id`, cursor, event id).
package struct RecordKey: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
