#include "csimd_teddy.h"
#include <string.h>

static inline int passes(uint32_t bytes, const kagari_teddy_tables *t, uint32_t *word) {
    *word = (bytes | 0x20202020u) & t->mask;
    uint32_t bit = kagari_teddy_hash(*word) >> (32 - KAGARI_TEDDY_FILTER_BITS);
    return t->filter[bit >> 6] >> (bit & 63) & 1;
}

static ptrdiff_t next_plain(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *t, uint32_t *word) {
    for (size_t at = from; at < length; at++) {
        uint8_t mask = 0xff;
        uint32_t bytes = 0;
        for (size_t k = 0; k < 4 && mask; k++) {
            // Past the end a zero byte stands; a literal of three bytes accepts any fourth.
            uint8_t byte = at + k < length ? text[at + k] : 0;
            bytes |= (uint32_t)byte << (8 * k);
            mask &= t->low[k][byte & 15] & t->high[k][byte >> 4];
        }
        if (mask && passes(bytes, t, word)) return (ptrdiff_t)at;
    }
    return -1;
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) static inline __m256i buckets_at(const uint8_t *at, const kagari_teddy_tables *t, int k) {
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i chunk = _mm256_loadu_si256((const __m256i *)(at + k));
    __m256i low = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)t->low[k]), _mm256_and_si256(chunk, nibble));
    __m256i high = _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)t->high[k]), _mm256_and_si256(_mm256_srli_epi16(chunk, 4), nibble));
    return _mm256_and_si256(low, high);
}

// The places of the 32 from `at` that survive in some bucket; reads 35 bytes.
__attribute__((target("avx2"))) static inline uint32_t survivors(const uint8_t *at, const kagari_teddy_tables *t) {
    __m256i hits = _mm256_and_si256(
        _mm256_and_si256(buckets_at(at, t, 0), buckets_at(at, t, 1)),
        _mm256_and_si256(buckets_at(at, t, 2), buckets_at(at, t, 3)));
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(hits, _mm256_setzero_si256()));
}

__attribute__((target("avx2"))) static ptrdiff_t next_avx2(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *t, uint32_t *word) {
    if (length < 35) return next_plain(text, from, length, t, word);
    size_t at = from;
    while (at + 3 < length) {
        // The last step looks at the last 32 places again, without those seen before.
        size_t start = at + 35 <= length ? at : length - 35;
        uint32_t hits = survivors(text + start, t) & ~(uint32_t)0 << (at - start);
        while (hits) {
            size_t place = start + (size_t)__builtin_ctz(hits);
            hits &= hits - 1;
            uint32_t bytes;
            memcpy(&bytes, text + place, 4);
            if (passes(bytes, t, word)) return (ptrdiff_t)place;
        }
        at = start + 32;
    }
    return next_plain(text, at, length, t, word);
}

ptrdiff_t kagari_teddy_next(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *t, uint32_t *word) {
    if (__builtin_cpu_supports("avx2")) return next_avx2(text, from, length, t, word);
    return next_plain(text, from, length, t, word);
}
#else
ptrdiff_t kagari_teddy_next(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *t, uint32_t *word) {
    return next_plain(text, from, length, t, word);
}
#endif
