#define _GNU_SOURCE
#include "adbc.h"

#include <dlfcn.h>
#include <sys/mman.h>

int kagari_memory_file(void) { return memfd_create("kagari-python-names", MFD_CLOEXEC); }

void *kagari_open_global(const char *path) { return dlopen(path, RTLD_NOW | RTLD_GLOBAL); }

void *kagari_open_apart(const char *path) { return dlopen(path, RTLD_NOW | RTLD_DEEPBIND); }
