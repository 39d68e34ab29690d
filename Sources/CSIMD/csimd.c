#define _GNU_SOURCE
#include "csimd.h"
#include <string.h>

ptrdiff_t kagari_find(const uint8_t *hay, size_t hayLength, const uint8_t *needle, size_t needleLength) {
    const uint8_t *hit = memmem(hay, hayLength, needle, needleLength);
    return hit ? hit - hay : -1;
}

uint32_t kagari_crc32(uint32_t seed, const uint8_t *bytes, size_t length) {
    static const uint32_t nibble[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t value = ~seed;
    for (size_t index = 0; index < length; index++) {
        value ^= bytes[index];
        value = (value >> 4) ^ nibble[value & 15];
        value = (value >> 4) ^ nibble[value & 15];
    }
    return ~value;
}
