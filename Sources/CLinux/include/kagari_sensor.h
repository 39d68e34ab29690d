/* What of the kernel's interface Swift cannot import by itself. */
#ifndef KAGARI_SENSOR_H
#define KAGARI_SENSOR_H

#include <stddef.h>
#include <stdint.h>

/* The kernel programs as scripts/bpf.sh built them; size 0 where they were not built before this program. */
const uint8_t *kagari_sensor_object(size_t *size);

/* Silences libbpf, which writes to standard error; its callback takes a va_list. What it had to say of a program stands
 * in that program's own log. */
void kagari_sensor_silence(void);

#endif
