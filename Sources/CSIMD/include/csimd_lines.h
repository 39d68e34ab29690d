// Finding where records end: newlines, and the ends of JSON values, 64 bytes a step.
#ifndef KAGARI_CSIMD_LINES_H
#define KAGARI_CSIMD_LINES_H
#include <stddef.h>
#include <stdint.h>

// How many of `bytes` equal `value`.
size_t kagari_count_byte(const uint8_t *bytes, size_t length, uint8_t value);

// First and last position of `value`, or -1.
ptrdiff_t kagari_first_byte(const uint8_t *bytes, size_t length, uint8_t value);
ptrdiff_t kagari_last_byte(const uint8_t *bytes, size_t length, uint8_t value);

// Whether every byte is zero.
int kagari_all_zero(const uint8_t *bytes, size_t length);

// What is known about JSON text at one position; all zero at the start of a value.
typedef struct {
    uint64_t inside;   // all ones within a string, else zero
    uint64_t escaped;  // 1 when the next byte is escaped by a backslash
    uint64_t depth;    // brackets open
} kagari_json_state;

// What one step over the elements of a JSON array found.
typedef struct {
    size_t scanned;  // how far it read
    size_t end;      // position after the last whole element (and its separator), 0 when none
    int closed;      // 1 when the array's own bracket was met; `scanned` is then just after it
} kagari_json_elements_result;

// Reads on from `from` within an array. Each separator of elements, and the closing bracket, becomes
// '\n'; every other newline becomes ' '. So what was an array becomes JSON lines of the same length.
kagari_json_elements_result kagari_json_elements(
    uint8_t *bytes, size_t from, size_t length, kagari_json_state *state);

// Position after the last bracket that closes a value at depth 0, reading from the start of a value;
// 0 when none closes.
size_t kagari_json_last_value(const uint8_t *bytes, size_t length);

#endif
