#define _GNU_SOURCE
#include "csimd_lines.h"
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

size_t kagari_count_byte(const uint8_t *bytes, size_t length, uint8_t value) {
    size_t count = 0, index = 0;
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi8((char)value);
    const __m128i zero = _mm_setzero_si128();
    while (length - index >= 64) {
        // A lane counts to at most 255 before it is added up, so a round is at most 255 steps.
        size_t steps = (length - index) / 64;
        if (steps > 255) steps = 255;
        __m128i a = zero, b = zero, c = zero, d = zero;
        for (size_t step = 0; step < steps; step++, index += 64) {
            const __m128i *at = (const __m128i *)(bytes + index);
            a = _mm_sub_epi8(a, _mm_cmpeq_epi8(_mm_loadu_si128(at), wanted));
            b = _mm_sub_epi8(b, _mm_cmpeq_epi8(_mm_loadu_si128(at + 1), wanted));
            c = _mm_sub_epi8(c, _mm_cmpeq_epi8(_mm_loadu_si128(at + 2), wanted));
            d = _mm_sub_epi8(d, _mm_cmpeq_epi8(_mm_loadu_si128(at + 3), wanted));
        }
        __m128i sum = _mm_add_epi64(
            _mm_add_epi64(_mm_sad_epu8(a, zero), _mm_sad_epu8(b, zero)),
            _mm_add_epi64(_mm_sad_epu8(c, zero), _mm_sad_epu8(d, zero)));
        uint64_t halves[2];
        _mm_storeu_si128((__m128i *)halves, sum);
        count += halves[0] + halves[1];
    }
#endif
    for (; index < length; index++) count += bytes[index] == value;
    return count;
}

ptrdiff_t kagari_first_byte(const uint8_t *bytes, size_t length, uint8_t value) {
    const uint8_t *hit = length ? memchr(bytes, value, length) : NULL;
    return hit ? hit - bytes : -1;
}

ptrdiff_t kagari_last_byte(const uint8_t *bytes, size_t length, uint8_t value) {
    const uint8_t *hit = length ? memrchr(bytes, value, length) : NULL;
    return hit ? hit - bytes : -1;
}

int kagari_all_zero(const uint8_t *bytes, size_t length) {
    // Comparing the text with itself, one byte further on, is memcmp's speed without a second buffer.
    return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

// The bytes of 64 that matter to JSON's outer structure, one bit each.
typedef struct {
    uint64_t quotes, backslashes, opens, closes, commas, newlines;
} masks;

static inline masks masks_of(const uint8_t *bytes) {
    masks m = {0, 0, 0, 0, 0, 0};
#if defined(__SSE2__)
    // '[' | 0x20 is '{' and ']' | 0x20 is '}'; no other byte maps to either.
    const __m128i fold = _mm_set1_epi8(0x20);
    for (int part = 0; part < 4; part++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(bytes + part * 16));
        __m128i f = _mm_or_si128(v, fold);
#define BITS(vector, byte) \
    ((uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(vector, _mm_set1_epi8(byte))) << (part * 16))
        m.quotes |= BITS(v, '"');
        m.backslashes |= BITS(v, '\\');
        m.opens |= BITS(f, '{');
        m.closes |= BITS(f, '}');
        m.commas |= BITS(v, ',');
        m.newlines |= BITS(v, '\n');
#undef BITS
    }
#else
    for (int index = 0; index < 64; index++) {
        uint8_t byte = bytes[index];
        m.quotes |= (uint64_t)(byte == '"') << index;
        m.backslashes |= (uint64_t)(byte == '\\') << index;
        m.opens |= (uint64_t)((byte | 0x20) == '{') << index;
        m.closes |= (uint64_t)((byte | 0x20) == '}') << index;
        m.commas |= (uint64_t)(byte == ',') << index;
        m.newlines |= (uint64_t)(byte == '\n') << index;
    }
#endif
    return m;
}

// Bytes that stand after an odd number of backslashes. After Langdale and Lemire, "Parsing Gigabytes
// of JSON per Second", section 3.1.1 (method only).
static inline uint64_t escaped_bytes(uint64_t backslashes, uint64_t *carry) {
    if (!backslashes) {
        uint64_t escaped = *carry;
        *carry = 0;
        return escaped;
    }
    const uint64_t even = 0x5555555555555555ULL;
    backslashes &= ~*carry;
    uint64_t follows = (backslashes << 1) | *carry;
    uint64_t oddStarts = backslashes & ~even & ~follows;
    uint64_t sequences = oddStarts + backslashes;
    *carry = sequences < oddStarts;
    return (even ^ (sequences << 1)) & follows;
}

static inline uint64_t prefix_xor(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ (bits << 32);
}

// Masks of up to 64 bytes at `bytes`, with what lies in strings taken out, and the state moved on.
static inline masks step(const uint8_t *bytes, size_t count, kagari_json_state *state) {
    uint8_t padded[64];
    if (count < 64) {
        memset(padded, ' ', sizeof padded);
        memcpy(padded, bytes, count);
        bytes = padded;
    }
    masks m = masks_of(bytes);
    uint64_t carry = state->escaped;
    uint64_t escaped = escaped_bytes(m.backslashes, &carry);
    uint64_t inside = prefix_xor(m.quotes & ~escaped) ^ state->inside;
    if (count < 64) {
        carry = (escaped >> count) & 1;
        state->inside = 0 - ((inside >> (count - 1)) & 1);
    } else {
        state->inside = 0 - (inside >> 63);
    }
    state->escaped = carry;
    m.opens &= ~inside;
    m.closes &= ~inside;
    m.commas &= ~inside;
    return m;
}

kagari_json_elements_result kagari_json_elements(
    uint8_t *bytes, size_t from, size_t length, kagari_json_state *state) {
    kagari_json_elements_result found = {from, 0, 0};
    for (size_t at = from; at < length; at += 64) {
        size_t count = length - at < 64 ? length - at : 64;
        masks m = step(bytes + at, count, state);
        for (uint64_t lines = m.newlines; lines; lines &= lines - 1)
            bytes[at + (size_t)__builtin_ctzll(lines)] = ' ';
        uint64_t closing = (uint64_t)__builtin_popcountll(m.closes);
        if (state->depth > closing) {
            state->depth += (uint64_t)__builtin_popcountll(m.opens) - closing;
            continue;
        }
        for (uint64_t marks = m.opens | m.closes | m.commas; marks; marks &= marks - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(marks);
            uint64_t one = 1ULL << bit;
            if (m.opens & one) {
                state->depth++;
            } else if (m.closes & one) {
                if (state->depth > 0) {
                    state->depth--;
                } else if (bytes[at + bit] == ']') {
                    bytes[at + bit] = '\n';
                    memset(state, 0, sizeof *state);
                    found.scanned = found.end = at + bit + 1;
                    found.closed = 1;
                    return found;
                }
            } else if (state->depth == 0) {
                bytes[at + bit] = '\n';
                found.end = at + bit + 1;
            }
        }
    }
    found.scanned = length;
    return found;
}

size_t kagari_json_last_value(const uint8_t *bytes, size_t length) {
    kagari_json_state state = {0, 0, 0};
    size_t end = 0;
    for (size_t at = 0; at < length; at += 64) {
        size_t count = length - at < 64 ? length - at : 64;
        masks m = step(bytes + at, count, &state);
        uint64_t closing = (uint64_t)__builtin_popcountll(m.closes);
        if (state.depth > closing) {
            state.depth += (uint64_t)__builtin_popcountll(m.opens) - closing;
            continue;
        }
        for (uint64_t marks = m.opens | m.closes; marks; marks &= marks - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(marks);
            if (m.opens & (1ULL << bit)) {
                state.depth++;
            } else if (state.depth > 0 && --state.depth == 0) {
                end = at + bit + 1;
            }
        }
    }
    return end;
}
