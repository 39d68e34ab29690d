#ifndef KAGARI_LINUX_ACT_H
#define KAGARI_LINUX_ACT_H

// System calls that act on the endpoint and that Swift cannot import by itself: they have no wrapper in the C library,
// take a variable number of arguments, or are hidden behind feature macros. Each returns -1 and sets errno as the call does.

#include <stdint.h>
#include <sys/types.h>
#include <sys/xattr.h>

/// openat2(2): `resolve` holds RESOLVE_ bits.
int kagari_openat2(int folder, const char *path, int flags, uint32_t mode, uint64_t resolve);
#define KAGARI_RESOLVE_NO_SYMLINKS 0x04ull
#define KAGARI_RESOLVE_NO_MAGICLINKS 0x02ull
#define KAGARI_RESOLVE_BENEATH 0x08ull
#define KAGARI_RESOLVE_IN_ROOT 0x10ull

/// O_PATH, O_TMPFILE and O_NOATIME need a feature macro.
#define KAGARI_O_PATH 010000000
#define KAGARI_O_NOATIME 01000000
/// Zero in the C library of 64-bit machines; the kernel wants it all the same.
#define KAGARI_O_LARGEFILE 0100000

/// renameat2(2).
int kagari_renameat2(int from, const char *name, int to, const char *new_name, uint32_t flags);
#define KAGARI_RENAME_NOREPLACE 1u
#define KAGARI_RENAME_EXCHANGE 2u

/// FS_IOC_GETFLAGS and FS_IOC_SETFLAGS: inode flags of chattr(1).
int kagari_get_inode_flags(int file, uint32_t *flags);
int kagari_set_inode_flags(int file, uint32_t flags);
#define KAGARI_INODE_IMMUTABLE 0x10u
#define KAGARI_INODE_APPEND_ONLY 0x20u

/// pidfd_open(2), pidfd_send_signal(2).
int kagari_pidfd_open(pid_t process);
int kagari_pidfd_send_signal(int process, int signal);

/// fanotify_init(2) and fanotify_mark(2).
int kagari_fanotify_init(uint32_t flags, uint32_t event_flags);
int kagari_fanotify_mark(int group, uint32_t flags, uint64_t mask, int folder, const char *path);
#define KAGARI_FAN_CLASS_PRE_CONTENT 0x08u
#define KAGARI_FAN_CLOEXEC 0x01u
#define KAGARI_FAN_NONBLOCK 0x02u
#define KAGARI_FAN_MARK_ADD 0x01u
#define KAGARI_FAN_MARK_FILESYSTEM 0x100u
#define KAGARI_FAN_MARK_MOUNT 0x10u
#define KAGARI_FAN_OPEN_PERM 0x10000ull
#define KAGARI_FAN_ALLOW 1u
#define KAGARI_FAN_EVENT_BYTES 24
#define KAGARI_FAN_VERSION 3
#define KAGARI_FAN_OVERFLOW 0x4000ull

/// open_tree(2) with OPEN_TREE_CLONE: a mount of the same filesystem that no mark of the first one sees.
int kagari_clone_mount(const char *path);

/// statx(2): when the inode was made; 0 where the filesystem does not say.
int kagari_birth(int file, int64_t *seconds, int64_t *nanoseconds);

/// memfd_create(2), closed at exec.
int kagari_scratch_memory(const char *name);

/// ioctl_ficlone(2).
int kagari_clone_file(int to, int from);

#endif
