// CRC-32 (IEEE 802.3, reflected). Folding by carry-less multiplication where the processor has it,
// else eight table look-ups for eight bytes. Method: Gopal et al., "Fast CRC Computation for
// Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009.
#include "csimd.h"
#include <string.h>

static uint32_t table[8][256];

__attribute__((constructor)) static void fillTable(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (value & 1 ? 0xedb88320u : 0);
        table[0][byte] = value;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int slice = 1; slice < 8; slice++)
            table[slice][byte] =
                (table[slice - 1][byte] >> 8) ^ table[0][table[slice - 1][byte] & 255];
}

static uint32_t slices(uint32_t value, const uint8_t *bytes, size_t length) {
    while (length >= 8) {
        uint32_t low = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
            | (uint32_t)bytes[3] << 24;
        low ^= value;
        value = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255]
            ^ table[4][low >> 24] ^ table[3][bytes[4]] ^ table[2][bytes[5]] ^ table[1][bytes[6]]
            ^ table[0][bytes[7]];
        bytes += 8;
        length -= 8;
    }
    while (length--) value = (value >> 8) ^ table[0][(value ^ *bytes++) & 255];
    return value;
}

#if defined(__x86_64__)
#include <immintrin.h>

// Folds whole 16-byte blocks; needs at least 64 bytes. Returns the state, and how many bytes it took.
__attribute__((target("pclmul,sse4.1"))) static uint32_t fold(
    uint32_t value, const uint8_t *bytes, size_t length, size_t *taken) {
    const __m128i by64 = _mm_set_epi64x(0x00000001c6e41596, 0x0000000154442bd4);
    const __m128i by16 = _mm_set_epi64x(0x00000000ccaa009e, 0x00000001751997d0);
    const uint8_t *start = bytes;
    __m128i lane[4];
    for (int i = 0; i < 4; i++) lane[i] = _mm_loadu_si128((const __m128i *)(bytes + 16 * i));
    lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi32_si128((int)value));
    bytes += 64;
    length -= 64;
    while (length >= 64) {
        for (int i = 0; i < 4; i++) {
            __m128i low = _mm_clmulepi64_si128(lane[i], by64, 0x00);
            __m128i high = _mm_clmulepi64_si128(lane[i], by64, 0x11);
            __m128i next = _mm_loadu_si128((const __m128i *)(bytes + 16 * i));
            lane[i] = _mm_xor_si128(_mm_xor_si128(low, high), next);
        }
        bytes += 64;
        length -= 64;
    }
    __m128i sum = lane[0];
    for (int i = 1; i < 4; i++) {
        __m128i low = _mm_clmulepi64_si128(sum, by16, 0x00);
        __m128i high = _mm_clmulepi64_si128(sum, by16, 0x11);
        sum = _mm_xor_si128(_mm_xor_si128(low, high), lane[i]);
    }
    while (length >= 16) {
        __m128i low = _mm_clmulepi64_si128(sum, by16, 0x00);
        __m128i high = _mm_clmulepi64_si128(sum, by16, 0x11);
        __m128i next = _mm_loadu_si128((const __m128i *)bytes);
        sum = _mm_xor_si128(_mm_xor_si128(low, high), next);
        bytes += 16;
        length -= 16;
    }
    *taken = (size_t)(bytes - start);
    // The 128-bit remainder is congruent to all that was read: its own CRC from zero is the state.
    uint8_t rest[16];
    _mm_storeu_si128((__m128i *)rest, sum);
    return slices(0, rest, 16);
}
#endif

uint32_t kagari_crc32(uint32_t seed, const uint8_t *bytes, size_t length) {
    uint32_t value = ~seed;
#if defined(__x86_64__)
    if (length >= 64 && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
        size_t taken = 0;
        value = fold(value, bytes, length, &taken);
        bytes += taken;
        length -= taken;
    }
#endif
    return ~slices(value, bytes, length);
}
