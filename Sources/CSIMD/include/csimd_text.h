// Text conversions that need byte shuffles.
#ifndef KAGARI_CSIMD_TEXT_H
#define KAGARI_CSIMD_TEXT_H
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Converts UTF-16LE to UTF-8 up to the first NUL unit or `units`, whichever is first. A lone
// surrogate becomes U+FFFD. `to` must have room for 3 * units bytes. Returns the bytes written.
size_t kagari_utf16le_to_utf8(const uint8_t *from, size_t units, uint8_t *to);

// Converts Windows-1252 to UTF-8, leaving out NULs. `to` must have room for 3 * count bytes.
size_t kagari_windows1252_to_utf8(const uint8_t *from, size_t count, uint8_t *to);

// Writes 2 * count upper-case hexadecimal digits.
void kagari_hex_upper(const uint8_t *from, size_t count, uint8_t *to);

// A GUID's 36 characters, its first three parts little-endian in `low`.
void kagari_guid_upper(uint64_t low, uint64_t high, uint8_t *to);

#endif
