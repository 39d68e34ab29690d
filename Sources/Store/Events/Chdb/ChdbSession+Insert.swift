internal import CADBC
internal import Glibc

extension ChdbSession {
    /// Adds the rows of a message in the form of ``EventColumns``.
    ///
    /// The Arrow structs point into the message, which outlives the call; its parts were checked to lie within it, and
    /// stand at multiples of eight bytes from the start of an array's storage, which is aligned to sixteen.
    func insert(
        _ message: [UInt8], on connection: inout AdbcConnection
    ) throws(StoreFailure) {
        let places: [EventColumns.Place]
        do throws(Bytes.Malformed) {
            places = try EventColumns.places(message.span)
        } catch {
            throw StoreFailure(.refused, "the store engine was given rows in an unexpected form")
        }
        let result: Result<Void, StoreFailure> = unsafe message.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return .success(()) }
            do throws(StoreFailure) {
                unsafe try insert(base, places, &connection)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func insert(
        _ base: UnsafeRawPointer, _ places: [EventColumns.Place],
        _ connection: inout AdbcConnection
    ) throws(StoreFailure) {
        let count = places.count
        let schemas = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: count)
        let arrays = UnsafeMutablePointer<ArrowArray>.allocate(capacity: count)
        let schemaList = UnsafeMutablePointer<UnsafeMutablePointer<ArrowSchema>?>
            .allocate(capacity: count)
        let arrayList = UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>
            .allocate(capacity: count)
        let buffers = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: 3 * count + 1)
        var texts = unsafe [strdup("+s")]
        defer {
            unsafe schemas.deallocate()
            unsafe arrays.deallocate()
            unsafe schemaList.deallocate()
            unsafe arrayList.deallocate()
            unsafe buffers.deallocate()
            unsafe texts.forEach { unsafe free($0) }
        }
        for (index, place) in places.enumerated() {
            let column = EventColumns.columns[index]
            let (name, format) = unsafe (strdup(column.name), strdup(column.format))
            unsafe texts += [name, format]
            unsafe (schemas + index).initialize(to: ArrowSchema())
            unsafe schemas[index].name = UnsafePointer(name)
            unsafe schemas[index].format = UnsafePointer(format)
            unsafe schemas[index].flags = column.mayBeNull ? 2 : 0
            unsafe schemas[index].release = { unsafe $0?.pointee.release = nil }
            let own = unsafe buffers + 3 * index
            unsafe own[0] = place.nullBits.map { unsafe base + $0 }
            unsafe own[1] = base + place.values
            unsafe own[2] = place.text.map { unsafe base + $0 }
            unsafe (arrays + index).initialize(to: ArrowArray())
            unsafe arrays[index].length = Int64(place.rows)
            // Not counted: the bits tell.
            unsafe arrays[index].null_count = place.nullBits == nil ? 0 : -1
            unsafe arrays[index].n_buffers = place.text == nil ? 2 : 3
            unsafe arrays[index].buffers = own
            unsafe arrays[index].release = { unsafe $0?.pointee.release = nil }
            unsafe schemaList[index] = schemas + index
            unsafe arrayList[index] = arrays + index
        }
        unsafe buffers[3 * count] = nil
        var schema = unsafe ArrowSchema()
        unsafe schema.format = UnsafePointer(texts[0])
        unsafe schema.name = UnsafePointer(texts[0])
        unsafe schema.n_children = Int64(count)
        unsafe schema.children = schemaList
        unsafe schema.release = { unsafe $0?.pointee.release = nil }
        var rows = unsafe ArrowArray()
        unsafe rows.length = Int64(places[0].rows)
        unsafe rows.n_buffers = 1
        unsafe rows.buffers = buffers + 3 * count
        unsafe rows.n_children = Int64(count)
        unsafe rows.children = arrayList
        unsafe rows.release = { unsafe $0?.pointee.release = nil }
        unsafe try insert(into: EventColumns.table, &rows, &schema, on: &connection)
    }
}
