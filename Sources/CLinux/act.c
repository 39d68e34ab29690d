#define _GNU_SOURCE
#include "linux_act.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int kagari_openat2(int folder, const char *path, int flags, uint32_t mode, uint64_t resolve) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (uint64_t)(uint32_t)flags;
    how.mode = mode;
    how.resolve = resolve;
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int kagari_renameat2(int from, const char *name, int to, const char *new_name, uint32_t flags) {
    return (int)syscall(SYS_renameat2, from, name, to, new_name, flags);
}

int kagari_get_inode_flags(int file, uint32_t *flags) {
    // The call's type says long, the kernel writes an int.
    int kept = 0;
    int result = ioctl(file, FS_IOC_GETFLAGS, &kept);
    if (result == 0) *flags = (uint32_t)kept;
    return result;
}

int kagari_set_inode_flags(int file, uint32_t flags) {
    int wanted = (int)flags;
    return ioctl(file, FS_IOC_SETFLAGS, &wanted);
}

int kagari_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int kagari_pidfd_send_signal(int process, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, process, signal, (void *)0, 0);
}

int kagari_fanotify_init(uint32_t flags, uint32_t event_flags) {
    return (int)syscall(SYS_fanotify_init, flags, event_flags);
}

int kagari_fanotify_mark(int group, uint32_t flags, uint64_t mask, int folder, const char *path) {
    return (int)syscall(SYS_fanotify_mark, group, flags, mask, folder, path);
}

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif

int kagari_clone_mount(const char *path) {
    const unsigned int clone = 1;
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, clone | O_CLOEXEC);
}

int kagari_birth(int file, int64_t *seconds, int64_t *nanoseconds) {
    struct statx status;
    memset(&status, 0, sizeof status);
    int result = statx(file, "", AT_EMPTY_PATH, STATX_BTIME, &status);
    if (result == 0) {
        *seconds = status.stx_btime.tv_sec;
        *nanoseconds = status.stx_btime.tv_nsec;
    }
    return result;
}

int kagari_scratch_memory(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int kagari_clone_file(int to, int from) { return ioctl(to, FICLONE, from); }
