#include "csimd_teddy.h"
#include <string.h>

static ptrdiff_t next_plain(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *t, uint8_t *buckets) {
    for (size_t at = from; at < length; at++) {
        uint8_t mask = 0xff;
        for (size_t k = 0; k < 4 && mask; k++) {
            // Past the end a zero byte stands; a literal of three bytes accepts any fourth.
            uint8_t byte = at + k < length ? text[at + k] : 0;
            mask &= t->low[k][byte & 15] & t->high[k][byte >> 4];
        }
        if (mask) {
            *buckets = mask;
            return (ptrdiff_t)at;
        }
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

__attribute__((target("avx2"))) static ptrdiff_t next_avx2(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *t, uint8_t *buckets) {
    size_t at = from;
    while (at + 35 <= length) {
        __m256i hits = _mm256_and_si256(
            _mm256_and_si256(buckets_at(text + at, t, 0), buckets_at(text + at, t, 1)),
            _mm256_and_si256(buckets_at(text + at, t, 2), buckets_at(text + at, t, 3)));
        uint32_t none = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(hits, _mm256_setzero_si256()));
        if (none != 0xffffffffu) {
            uint8_t lanes[32];
            _mm256_storeu_si256((__m256i *)lanes, hits);
            unsigned lane = (unsigned)__builtin_ctz(~none);
            *buckets = lanes[lane];
            return (ptrdiff_t)(at + lane);
        }
        at += 32;
    }
    return next_plain(text, at, length, t, buckets);
}

ptrdiff_t kagari_teddy_next(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *t, uint8_t *buckets) {
    if (__builtin_cpu_supports("avx2")) return next_avx2(text, from, length, t, buckets);
    return next_plain(text, from, length, t, buckets);
}
#else
ptrdiff_t kagari_teddy_next(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *t, uint8_t *buckets) {
    return next_plain(text, from, length, t, buckets);
}
#endif
