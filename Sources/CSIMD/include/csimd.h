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

// CRC-32 (IEEE 802.3, reflected), continuing from `seed` (0 to start).
uint32_t kagari_crc32(uint32_t seed, const uint8_t *bytes, size_t length);

#endif
