#include "csimd_text.h"
#include <string.h>
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

static inline uint16_t unit(const uint8_t *from) {
    return (uint16_t)(from[0] | from[1] << 8);
}

size_t kagari_utf16le_to_utf8(const uint8_t *from, size_t units, uint8_t *to) {
    uint8_t *out = to;
    size_t index = 0;
    while (index < units) {
#if defined(__x86_64__)
        // 8 units become 8 bytes, where 24 are owed: the store stays inside `to`.
        while (units - index >= 8) {
            __m128i text = _mm_loadu_si128((const __m128i *)(from + 2 * index));
            __m128i wide = _mm_and_si128(text, _mm_set1_epi16((short)0xff80));
            __m128i plain = _mm_cmpeq_epi16(wide, _mm_setzero_si128());
            __m128i zero = _mm_cmpeq_epi16(text, _mm_setzero_si128());
            if (_mm_movemask_epi8(_mm_andnot_si128(zero, plain)) != 0xffff) break;
            _mm_storel_epi64((__m128i *)out, _mm_packus_epi16(text, text));
            out += 8;
            index += 8;
        }
        if (index == units) break;
#endif
        // One vector's worth unit by unit, then the fast loop is tried again.
        size_t stop = units - index < 8 ? units : index + 8;
        while (index < stop) {
            uint32_t value = unit(from + 2 * index);
            index++;
            if (value == 0) return (size_t)(out - to);
            if (value < 0x80) {
                *out++ = (uint8_t)value;
            } else if (value < 0x800) {
                *out++ = (uint8_t)(0xc0 | value >> 6);
                *out++ = (uint8_t)(0x80 | (value & 63));
            } else {
                if (value >= 0xd800 && value < 0xe000) {
                    uint32_t low = index < units ? unit(from + 2 * index) : 0;
                    if (value < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
                        index++;
                        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
                        *out++ = (uint8_t)(0xf0 | value >> 18);
                        *out++ = (uint8_t)(0x80 | (value >> 12 & 63));
                        *out++ = (uint8_t)(0x80 | (value >> 6 & 63));
                        *out++ = (uint8_t)(0x80 | (value & 63));
                        continue;
                    }
                    value = 0xfffd;
                }
                *out++ = (uint8_t)(0xe0 | value >> 12);
                *out++ = (uint8_t)(0x80 | (value >> 6 & 63));
                *out++ = (uint8_t)(0x80 | (value & 63));
            }
        }
    }
    return (size_t)(out - to);
}

size_t kagari_windows1252_to_utf8(const uint8_t *from, size_t count, uint8_t *to) {
    static const uint16_t high[32] = {
        0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};
    uint8_t *out = to;
    for (size_t index = 0; index < count; index++) {
        uint8_t byte = from[index];
        if (byte == 0) continue;
        if (byte < 0x80) {
            *out++ = byte;
            continue;
        }
        uint16_t code = byte < 0xa0 ? high[byte - 0x80] : byte;
        if (code < 0x800) {
            *out++ = (uint8_t)(0xc0 | code >> 6);
        } else {
            *out++ = (uint8_t)(0xe0 | code >> 12);
            *out++ = (uint8_t)(0x80 | (code >> 6 & 63));
        }
        *out++ = (uint8_t)(0x80 | (code & 63));
    }
    return (size_t)(out - to);
}

void kagari_hex_upper(const uint8_t *from, size_t count, uint8_t *to) {
    static const char digits[16] = "0123456789ABCDEF";
    for (size_t index = 0; index < count; index++) {
        to[2 * index] = (uint8_t)digits[from[index] >> 4];
        to[2 * index + 1] = (uint8_t)digits[from[index] & 15];
    }
}

void kagari_guid_upper(uint64_t low, uint64_t high, uint8_t *to) {
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t bytes[16], text[32];
    for (int index = 0; index < 16; index++) {
        uint64_t half = order[index] < 8 ? low : high;
        bytes[index] = (uint8_t)(half >> (order[index] % 8 * 8));
    }
    kagari_hex_upper(bytes, 16, text);
    memcpy(to, text, 8);
    memcpy(to + 9, text + 8, 4);
    memcpy(to + 14, text + 12, 4);
    memcpy(to + 19, text + 16, 4);
    memcpy(to + 24, text + 20, 12);
    to[8] = to[13] = to[18] = to[23] = '-';
}
