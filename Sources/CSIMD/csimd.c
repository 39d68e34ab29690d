#define _GNU_SOURCE
#include "csimd.h"
#include <string.h>

ptrdiff_t kagari_find(const uint8_t *hay, size_t hayLength, const uint8_t *needle, size_t needleLength) {
    const uint8_t *hit = memmem(hay, hayLength, needle, needleLength);
    return hit ? hit - hay : -1;
}
