#include "kagari_sensor.h"

#include <bpf/libbpf.h>
#include <stdarg.h>

/* Bytes in a file of their own would have to be found beside the program; here they cannot be lost or exchanged. */
#if __has_embed("../../.build-bpf/kagari-sensor.o") == __STDC_EMBED_FOUND__
_Alignas(8) static const uint8_t object[] = {
#pragma clang diagnostic ignored "-Wc23-extensions"
#embed "../../.build-bpf/kagari-sensor.o"
};
static const size_t object_size = sizeof object;
#else
static const uint8_t object[1];
static const size_t object_size = 0;
#endif

const uint8_t *kagari_sensor_object(size_t *size) {
    *size = object_size;
    return object;
}

static int say_nothing(enum libbpf_print_level level, const char *format, va_list arguments) {
    (void)level, (void)format, (void)arguments;
    return 0;
}

void kagari_sensor_silence(void) { libbpf_set_print(say_nothing); }
