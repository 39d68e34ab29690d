// Small vector helpers that Swift cannot express: byte masks and shuffles.
#ifndef KAGARI_CSIMD_H
#define KAGARI_CSIMD_H
#include <stddef.h>
#include <stdint.h>
#include "csimd_lines.h"
#include "csimd_teddy.h"
#include "csimd_runs.h"
#include "csimd_text.h"

// First position of `needle` in `hay`, or -1.
ptrdiff_t kagari_find(const uint8_t *hay, size_t hayLength, const uint8_t *needle, size_t needleLength);

// Looks up the four bytes at `text`, text + step, … (below text + places) by their hash in a bitmap of
// 2^(32 - shift) bits, and writes the offsets of those that are in it to `hits`, which has room for
// all. Returns how many. Reads 3 bytes past the last place.
size_t kagari_quads(const uint8_t *text, size_t places, size_t step, const uint64_t *bitmap, unsigned shift, uint32_t *hits);

// CRC-32 (IEEE 802.3, reflected), continuing from `seed` (0 to start).
uint32_t kagari_crc32(uint32_t seed, const uint8_t *bytes, size_t length);

#endif
