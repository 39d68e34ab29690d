// Searches a text for any of some short literals at once: nibble tables, 32 bytes a step.
#ifndef KAGARI_CSIMD_TEDDY_H
#define KAGARI_CSIMD_TEDDY_H
#include <stddef.h>
#include <stdint.h>

#define KAGARI_TEDDY_FILTER_BITS 13

// For each of four consecutive bytes: low nibble -> buckets, then high nibble -> buckets, each
// table written twice (one for each half of a vector). A bucket survives a place when all eight
// look-ups name it. The place is a hit when then the hash of its four bytes, each with bit 5 set and
// those outside `mask` zero, is in `filter`.
typedef struct {
    uint8_t low[4][32];
    uint8_t high[4][32];
    uint64_t filter[1 << (KAGARI_TEDDY_FILTER_BITS - 6)];
    // 0xffffffff, or 0x00ffffff where some literal has three bytes.
    uint32_t mask;
    // For the caller's own table of literals, by the same hash.
    uint32_t shift;
} kagari_teddy_tables;

static inline uint32_t kagari_teddy_hash(uint32_t word) { return word * 0x9e3779b1u; }

// The first hit at or after `from`, its four bytes as the filter knows them in `*word`; -1 when there
// is none. Never reads at or past text + length; bytes there count as zero.
ptrdiff_t kagari_teddy_next(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *tables, uint32_t *word);

#endif
