#include "csimd_runs.h"

// What the second character of an escape stands for; 0 where it is longer, or no escape.
static const uint8_t meaning[256] = {
    ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n',
    ['r'] = '\r', ['t'] = '\t'};

kagari_unescaped kagari_string_unescape(uint8_t *to, const uint8_t *from, const uint8_t *end) {
    const uint8_t *at = from;
    uint8_t *out = to;
    while (at < end) {
#if defined(__SSE2__)
        if (end - at >= 16) {
            __m128i chunk = _mm_loadu_si128((const __m128i *)at);
            _mm_storeu_si128((__m128i *)out, chunk);
            unsigned mask = kagari_special_mask(chunk);
            if (!mask) {
                at += 16;
                out += 16;
                continue;
            }
            unsigned count = (unsigned)__builtin_ctz(mask);
            at += count;
            out += count;
        } else
#endif
        if (!kagari_is_special(*at)) {
            *out++ = *at++;
            continue;
        }
        // Escapes often follow one another: line ends and their indentation.
        while (end - at >= 2 && *at == '\\' && meaning[at[1]]) {
            *out++ = meaning[at[1]];
            at += 2;
        }
        if (at < end && kagari_is_special(*at)) break;
    }
    return (kagari_unescaped){(size_t)(at - from), (size_t)(out - to)};
}
