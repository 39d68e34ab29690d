// Byte runs of text, sixteen at a time (SSE2, NEON or plain C). None reads at or past `end`.
#ifndef KAGARI_CSIMD_RUNS_H
#define KAGARI_CSIMD_RUNS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static inline int kagari_is_special(uint8_t byte) {
    return byte == '"' || byte == '\\' || byte < 0x20;
}

#if defined(__SSE2__)
static inline unsigned kagari_special_mask(__m128i chunk) {
    __m128i quote = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('\\'));
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, _mm_set1_epi8(0x1f)), chunk);
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control));
}
#endif

// How many bytes stand before the first quote, backslash or control byte (or `end`).
static inline size_t kagari_string_run(const uint8_t *from, const uint8_t *end) {
    const uint8_t *at = from;
#if defined(__SSE2__)
    while (end - at >= 16) {
        unsigned mask = kagari_special_mask(_mm_loadu_si128((const __m128i *)at));
        if (mask) return (size_t)(at - from) + (size_t)__builtin_ctz(mask);
        at += 16;
    }
#endif
    while (at < end && !kagari_is_special(*at)) at++;
    return (size_t)(at - from);
}

// Whether the `count` bytes at both places are equal. Reads up to 16 bytes further at both.
static inline bool kagari_token(const uint8_t *at, const uint8_t *token, size_t count) {
#if defined(__SSE2__)
    while (count > 16) {
        __m128i left = _mm_loadu_si128((const __m128i *)at), right = _mm_loadu_si128((const __m128i *)token);
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) != 0xffff) return false;
        at += 16;
        token += 16;
        count -= 16;
    }
    __m128i left = _mm_loadu_si128((const __m128i *)at), right = _mm_loadu_si128((const __m128i *)token);
    unsigned different = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(left, right)) ^ 0xffffu;
    return (different & ((1u << count) - 1)) == 0;
#else
    return memcmp(at, token, count) == 0;
#endif
}

typedef struct {
    size_t taken, written;
} kagari_unescaped;

// Copies the inside of a JSON string up to its quote, a control byte, an escape that is not of two
// plain characters, or `end`, with escapes of two characters resolved. Never writes more than it
// takes, but `to` must have room for 16 bytes more than end - from.
kagari_unescaped kagari_string_unescape(uint8_t *to, const uint8_t *from, const uint8_t *end);

// Lower-cases ASCII letters of `from` into `to`; returns nonzero when a byte >= 0x80 was met
// (the copy is then complete all the same, such bytes unchanged).
static inline int kagari_fold_ascii(uint8_t *to, const uint8_t *from, size_t count) {
    size_t at = 0;
    unsigned wide = 0;
#if defined(__SSE2__)
    const __m128i below = _mm_set1_epi8('A' - 1), above = _mm_set1_epi8('Z' + 1);
    const __m128i bit = _mm_set1_epi8(0x20);
    for (; at + 16 <= count; at += 16) {
        __m128i chunk = _mm_loadu_si128((const __m128i *)(from + at));
        wide |= (unsigned)_mm_movemask_epi8(chunk);
        __m128i upper = _mm_and_si128(_mm_cmpgt_epi8(chunk, below), _mm_cmplt_epi8(chunk, above));
        _mm_storeu_si128((__m128i *)(to + at), _mm_or_si128(chunk, _mm_and_si128(upper, bit)));
    }
#endif
    for (; at < count; at++) {
        uint8_t byte = from[at];
        wide |= byte & 0x80;
        to[at] = (uint8_t)(byte - 'A') < 26 ? (uint8_t)(byte | 0x20) : byte;
    }
    return wide != 0;
}

static inline uint64_t kagari_load64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

static inline uint32_t kagari_load32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

// Up to the first 8 bytes, zero-filled, never reading past `count`.
static inline uint64_t kagari_load_upto8(const uint8_t *at, size_t count) {
    if (count >= 8) return kagari_load64(at);
    uint64_t value = 0;
    if (count >= 4) {
        uint32_t low, high;
        memcpy(&low, at, 4);
        memcpy(&high, at + count - 4, 4);
        value = (uint64_t)low | (uint64_t)high << ((count - 4) * 8);
    } else if (count) {
        value = at[0] | (uint64_t)at[count >> 1] << ((count >> 1) * 8) | (uint64_t)at[count - 1] << ((count - 1) * 8);
    }
    return value;
}

static inline bool kagari_equal(const uint8_t *left, const uint8_t *right, size_t count) {
    while (count >= 8) {
        if (kagari_load64(left) != kagari_load64(right)) return 0;
        left += 8;
        right += 8;
        count -= 8;
    }
    return count == 0 || kagari_load_upto8(left, count) == kagari_load_upto8(right, count);
}

#endif
