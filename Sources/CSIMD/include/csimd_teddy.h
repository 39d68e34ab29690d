// Searches a text for any of some short literals at once: nibble tables, 32 bytes a step.
#ifndef KAGARI_CSIMD_TEDDY_H
#define KAGARI_CSIMD_TEDDY_H
#include <stddef.h>
#include <stdint.h>

// For each of four consecutive bytes: low nibble -> buckets, then high nibble -> buckets, each
// table written twice (one for each half of a vector). A bucket survives a place when all eight
// look-ups name it.
typedef struct {
    uint8_t low[4][32];
    uint8_t high[4][32];
} kagari_teddy_tables;

// The first place at or after `from` where some bucket may match, with its buckets in `*buckets`;
// -1 when there is none. Never reads at or past text + length.
ptrdiff_t kagari_teddy_next(const uint8_t *text, size_t from, size_t length, const kagari_teddy_tables *tables, uint8_t *buckets);

#endif
