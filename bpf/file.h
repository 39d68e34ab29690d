/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Files at watched places: made, opened to be written, named, marked.
 */
#ifndef KAGARI_FILE_H
#define KAGARI_FILE_H

#include "calls.h"

#define FMODE_WRITE 2
#define FMODE_CREATED 0x100000
#define O_TRUNC 01000
#define AT_FDCWD -100

/* Who wrote what last, so that a file written again and again is told once a second. */
struct writer {
    __u64 inode;
    __u32 device;
    __u32 pid;
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __type(key, struct writer);
    __type(value, __u64);
} writers SEC(".maps");

static __always_inline int is_repeated(struct inode *inode, __u32 pid) {
    struct writer writer = {
        .inode = BPF_CORE_READ(inode, i_ino),
        .device = BPF_CORE_READ(inode, i_sb, s_dev),
        .pid = pid,
    };
    __u64 now = bpf_ktime_get_boot_ns();
    __u64 *last = bpf_map_lookup_elem(&writers, &writer);
    if (last && now - *last < 1000000000) return 1;
    bpf_map_update_elem(&writers, &writer, &now, BPF_ANY);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(handle_open, struct pt_regs *regs, long result) {
    struct task_struct *task = bpf_get_current_task_btf();
    struct file *file = file_of(task, result);
    if (!file) return 0;
    __u32 mode = BPF_CORE_READ(file, f_mode);
    if (!(mode & FMODE_WRITE) && !(mode & FMODE_CREATED)) return 0;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    __u32 type = BPF_CORE_READ(inode, i_mode);
    if ((type & 0170000) != 0100000) return 0;
    __u32 wanted = mode & FMODE_CREATED ? KAGARI_WATCH_CREATE : KAGARI_WATCH_WRITE;
    if (!(watched(BPF_CORE_READ(file, f_path.dentry), 2) & wanted)) {
        count(KAGARI_COUNT_FILTERED);
        return 0;
    }
    /* A file that was just made is told even where its number was another file's a moment ago. */
    if (is_repeated(inode, task->tgid) && !(mode & FMODE_CREATED)) {
        count(KAGARI_COUNT_REPEATED);
        return 0;
    }
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    begin(&scratch->head, task, KAGARI_OPEN);
    __u32 flags = BPF_CORE_READ(file, f_flags);
    if (mode & FMODE_CREATED) scratch->head.flags |= KAGARI_CREATED;
    /* The kernel takes O_TRUNC off the file; the call still has it. */
    __u64 number = regs->orig_ax;
    __u64 asked = number == 257 ? regs->dx : number == 2 ? regs->si : number == 85 ? O_TRUNC : 0;
    if (asked & O_TRUNC) scratch->head.flags |= KAGARI_TRUNCATED;
    scratch->head.value[0] = BPF_CORE_READ(inode, i_ino);
    scratch->head.value[1] = BPF_CORE_READ(inode, i_sb, s_dev);
    scratch->head.value[2] = flags;
    scratch->head.value[3] = type;
    finish(scratch, add_path(scratch, 0, 0, &file->f_path), 0);
    return 0;
}

/* Marks set through a descriptor. */
SEC("tp_btf/sys_exit")
int BPF_PROG(handle_file, struct pt_regs *regs, long result) {
    struct task_struct *task = bpf_get_current_task_btf();
    struct file *file = file_of(task, regs->di);
    if (!file) return 0;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    __u64 number = regs->orig_ax;
    __u32 wanted = number == 77 ? KAGARI_WATCH_WRITE : KAGARI_WATCH_MARKS;
    if (!(watched(BPF_CORE_READ(file, f_path.dentry), 2) & wanted)) {
        count(KAGARI_COUNT_FILTERED);
        return 0;
    }
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    begin(&scratch->head, task, KAGARI_FILE);
    scratch->head.value[0] = number;
    scratch->head.value[1] = BPF_CORE_READ(inode, i_ino);
    scratch->head.value[2] = BPF_CORE_READ(inode, i_sb, s_dev);
    scratch->head.value[3] = regs->si;
    __u32 used = add_path(scratch, 0, 0, &file->f_path);
    if (number == 190) used = add_text(scratch, used, 1, (void *)regs->si, KAGARI_NAME_MAX, 1);
    finish(scratch, used, 0);
    return 0;
}

/* Where a path as given starts: the folder of a descriptor, or the working folder. */
static __always_inline void base_of(struct task_struct *task, int descriptor, struct path *base) {
    base->mnt = NULL;
    base->dentry = NULL;
    if (descriptor == AT_FDCWD) {
        struct fs_struct *fs = task->fs;
        base->mnt = fs->pwd.mnt;
        base->dentry = fs->pwd.dentry;
        return;
    }
    struct file *file = file_of(task, descriptor);
    if (!file) return;
    base->mnt = BPF_CORE_READ(file, f_path.mnt);
    base->dentry = BPF_CORE_READ(file, f_path.dentry);
}

/* Appends a path as given and, where it is relative, the folder it starts from; adds to `bits` what is watched. */
static __always_inline __u32 add_given(struct scratch *scratch, __u32 used, int part,
                                       struct task_struct *task, int descriptor,
                                       const void *text, __u32 *bits) {
    __u32 at = used;
    struct path base;
    used = add_text(scratch, used, part, text, 1024, 1);
    if (used == at) return used;
    base_of(task, descriptor, &base);
    *bits |= watched_text(scratch, at, base.dentry);
    HIDE(at);
    at &= BODY_MASK;
    if (scratch->body[at] != '/' && base.dentry)
        used = add_walk(scratch, used, part + 1, base.mnt, base.dentry);
    return used;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(handle_path, struct pt_regs *regs, long result) {
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 number = regs->orig_ax;
    __u64 first = regs->di, second = regs->si, third = regs->dx, fourth = regs->r10;
    /* The …at calls have the folder first. */
    int at = number >= 257;
    int descriptor = at ? (int)first : AT_FDCWD;
    const void *text = (void *)(at ? second : first);
    __u32 bits = 0;
    begin(&scratch->head, task, KAGARI_PATH);
    scratch->head.value[0] = number;
    scratch->head.value[1] = at ? third : second;
    scratch->head.value[2] = at ? fourth : third;
    __u32 used = add_given(scratch, 0, 0, task, descriptor, text, &bits);
    __u32 wanted = KAGARI_WATCH_MARKS;
    if (number == 83 || number == 84 || number == 87 || number == 133 || number == 258 ||
        number == 259 || number == 263)
        wanted = KAGARI_WATCH_NAMES;
    if (number == 76) wanted = KAGARI_WATCH_WRITE;
    if (!(bits & wanted)) {
        count(KAGARI_COUNT_FILTERED);
        return 0;
    }
    if (number == 188 || number == 189)
        used = add_text(scratch, used, 2, (void *)second, KAGARI_NAME_MAX, 1);
    finish(scratch, used, 0);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(handle_paths, struct pt_regs *regs, long result) {
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 number = regs->orig_ax;
    __u64 first = regs->di, second = regs->si, third = regs->dx, fourth = regs->r10;
    int from_folder = AT_FDCWD, to_folder = AT_FDCWD;
    const void *from = (void *)first, *to = (void *)second;
    if (number == 264 || number == 265 || number == 316) {
        from_folder = first;
        from = (void *)second;
        to_folder = third;
        to = (void *)fourth;
    }
    if (number == 266) {
        to_folder = second;
        to = (void *)third;
    }
    __u32 bits = 0;
    begin(&scratch->head, task, KAGARI_PATHS);
    scratch->head.value[0] = number;
    __u32 used = add_given(scratch, 0, 0, task, from_folder, from, &bits);
    used = add_given(scratch, used, 2, task, to_folder, to, &bits);
    if (!(bits & KAGARI_WATCH_NAMES)) {
        count(KAGARI_COUNT_FILTERED);
        return 0;
    }
    finish(scratch, used, 0);
    return 0;
}

#endif
