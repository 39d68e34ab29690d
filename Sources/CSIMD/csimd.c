#define _GNU_SOURCE
#include "csimd.h"
#include <string.h>

static ptrdiff_t find_from(const uint8_t *hay, size_t from, size_t hayLength, const uint8_t *needle, size_t needleLength) {
    const uint8_t *hit = memmem(hay + from, hayLength - from, needle, needleLength);
    return hit ? hit - hay : -1;
}

#if defined(__SSE2__)
// Compares sixteen places a step by the needle's first and last byte. A text made to pass that test
// again and again is left to memmem, whose time is linear whatever the text.
ptrdiff_t kagari_find(const uint8_t *hay, size_t hayLength, const uint8_t *needle, size_t needleLength) {
    if (needleLength > hayLength) return -1;
    if (needleLength < 2) return find_from(hay, 0, hayLength, needle, needleLength);
    const __m128i first = _mm_set1_epi8((char)needle[0]);
    const __m128i last = _mm_set1_epi8((char)needle[needleLength - 1]);
    const size_t places = hayLength - needleLength + 1;
    size_t at = 0;
    unsigned failures = 0;
    for (; at < places; at += 16) {
        __m128i starts, ends;
        unsigned wanted = 0xffff;
        if (places - at >= 16) {
            starts = _mm_loadu_si128((const __m128i *)(hay + at));
            ends = _mm_loadu_si128((const __m128i *)(hay + at + needleLength - 1));
        } else if (places >= 16) {
            // The last sixteen places, those seen before left out.
            wanted = 0xffffu << (16 - (places - at)) & 0xffff;
            at = places - 16;
            starts = _mm_loadu_si128((const __m128i *)(hay + at));
            ends = _mm_loadu_si128((const __m128i *)(hay + at + needleLength - 1));
        } else {
            break;
        }
        unsigned hits = wanted & (unsigned)_mm_movemask_epi8(
            _mm_and_si128(_mm_cmpeq_epi8(starts, first), _mm_cmpeq_epi8(ends, last)));
        while (hits) {
            size_t place = at + (size_t)__builtin_ctz(hits);
            hits &= hits - 1;
            if (kagari_equal(hay + place, needle, needleLength)) return (ptrdiff_t)place;
            if (++failures > 32) return find_from(hay, place + 1, hayLength, needle, needleLength);
        }
    }
    for (; at < places; at++) {
        if (hay[at] == needle[0] && hay[at + needleLength - 1] == needle[needleLength - 1]
            && kagari_equal(hay + at, needle, needleLength)) return (ptrdiff_t)at;
    }
    return -1;
}
#else
ptrdiff_t kagari_find(const uint8_t *hay, size_t hayLength, const uint8_t *needle, size_t needleLength) {
    return find_from(hay, 0, hayLength, needle, needleLength);
}
#endif

size_t kagari_quads(const uint8_t *text, size_t places, size_t step, const uint64_t *bitmap, unsigned shift, uint32_t *hits) {
    size_t count = 0;
    for (size_t at = 0; at < places; at += step) {
        uint32_t bit = (kagari_load32(text + at) * 0x9e3779b1u) >> shift;
        hits[count] = (uint32_t)at;
        count += bitmap[bit >> 6] >> (bit & 63) & 1;
    }
    return count;
}
