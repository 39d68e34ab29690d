/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * System calls: one program at the end of every call, which looks up what the call is and goes on to the program
 * for that kind. At the end, because then a file descriptor leads to the file that was really opened,
 * wherever symbolic links led, and because a call that failed is not told.
 */
#ifndef KAGARI_CALLS_H
#define KAGARI_CALLS_H

#include "path.h"

/* Slots of `handlers`; 0 is: not looked at. */
enum handler {
    HANDLE_OPEN = 1,
    HANDLE_PATH,
    HANDLE_PATHS,
    HANDLE_FILE,
    HANDLE_CONNECT,
    HANDLE_ACCEPT,
    HANDLE_LISTEN,
    HANDLE_CALL,
    HANDLE_MEMORY,
    HANDLE_MOUNT,
    HANDLERS,
};

#define CALLS 512
/* Call number → handler. Numbers of x86-64. */
static const __u8 handler_of[CALLS] = {
    [2] = HANDLE_OPEN,      /* open */
    [85] = HANDLE_OPEN,     /* creat */
    [257] = HANDLE_OPEN,    /* openat */
    [437] = HANDLE_OPEN,    /* openat2 */
    [76] = HANDLE_PATH,     /* truncate */
    [83] = HANDLE_PATH,     /* mkdir */
    [84] = HANDLE_PATH,     /* rmdir */
    [87] = HANDLE_PATH,     /* unlink */
    [90] = HANDLE_PATH,     /* chmod */
    [92] = HANDLE_PATH,     /* chown */
    [94] = HANDLE_PATH,     /* lchown */
    [133] = HANDLE_PATH,    /* mknod */
    [188] = HANDLE_PATH,    /* setxattr */
    [189] = HANDLE_PATH,    /* lsetxattr */
    [258] = HANDLE_PATH,    /* mkdirat */
    [259] = HANDLE_PATH,    /* mknodat */
    [260] = HANDLE_PATH,    /* fchownat */
    [263] = HANDLE_PATH,    /* unlinkat */
    [268] = HANDLE_PATH,    /* fchmodat */
    [452] = HANDLE_PATH,    /* fchmodat2 */
    [82] = HANDLE_PATHS,    /* rename */
    [86] = HANDLE_PATHS,    /* link */
    [88] = HANDLE_PATHS,    /* symlink */
    [264] = HANDLE_PATHS,   /* renameat */
    [265] = HANDLE_PATHS,   /* linkat */
    [266] = HANDLE_PATHS,   /* symlinkat */
    [316] = HANDLE_PATHS,   /* renameat2 */
    [77] = HANDLE_FILE,     /* ftruncate */
    [91] = HANDLE_FILE,     /* fchmod */
    [93] = HANDLE_FILE,     /* fchown */
    [190] = HANDLE_FILE,    /* fsetxattr */
    [42] = HANDLE_CONNECT,  /* connect */
    [43] = HANDLE_ACCEPT,   /* accept */
    [288] = HANDLE_ACCEPT,  /* accept4 */
    [50] = HANDLE_LISTEN,   /* listen */
    [9] = HANDLE_MEMORY,    /* mmap */
    [10] = HANDLE_MEMORY,   /* mprotect */
    [329] = HANDLE_MEMORY,  /* pkey_mprotect */
    [101] = HANDLE_CALL,    /* ptrace */
    [105] = HANDLE_CALL,    /* setuid */
    [106] = HANDLE_CALL,    /* setgid */
    [113] = HANDLE_CALL,    /* setreuid */
    [114] = HANDLE_CALL,    /* setregid */
    [117] = HANDLE_CALL,    /* setresuid */
    [119] = HANDLE_CALL,    /* setresgid */
    [161] = HANDLE_CALL,    /* chroot */
    [164] = HANDLE_CALL,    /* settimeofday */
    [175] = HANDLE_CALL,    /* init_module */
    [176] = HANDLE_CALL,    /* delete_module */
    [227] = HANDLE_CALL,    /* clock_settime */
    [246] = HANDLE_CALL,    /* kexec_load */
    [272] = HANDLE_CALL,    /* unshare */
    [308] = HANDLE_CALL,    /* setns */
    [311] = HANDLE_CALL,    /* process_vm_writev */
    [313] = HANDLE_CALL,    /* finit_module */
    [319] = HANDLE_CALL,    /* memfd_create */
    [320] = HANDLE_CALL,    /* kexec_file_load */
    [321] = HANDLE_CALL,    /* bpf */
    [425] = HANDLE_CALL,    /* io_uring_setup */
    [155] = HANDLE_MOUNT,   /* pivot_root */
    [165] = HANDLE_MOUNT,   /* mount */
    [166] = HANDLE_MOUNT,   /* umount2 */
    [429] = HANDLE_MOUNT,   /* move_mount */
};

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, HANDLERS);
    __type(key, __u32);
    __type(value, __u32);
} handlers SEC(".maps");

#define TS_COMPAT 2
#define PROT_WRITE_EXEC 6

SEC("tp_btf/sys_exit")
int BPF_PROG(call_end, struct pt_regs *regs, long result) {
    __u64 number = regs->orig_ax;
    if (number >= CALLS) return 0;
    HIDE(number);
    number &= CALLS - 1;
    __u32 handler = handler_of[number];
    if (handler == 0) return 0;
    struct task_struct *task = bpf_get_current_task_btf();
    /* A 32-bit call has the same number for something else. */
    if (task->thread_info.status & TS_COMPAT) {
        count(KAGARI_COUNT_COMPAT);
        return 0;
    }
    if (handler == HANDLE_MEMORY) {
        if ((regs->dx & PROT_WRITE_EXEC) != PROT_WRITE_EXEC) return 0;
        handler = HANDLE_CALL;
    }
    /* A connection that is still being made, or was refused, is told as well. */
    if (result < 0 && handler != HANDLE_CONNECT) return 0;
    if ((__u32)task->tgid == settings.agent_pid) return 0;
    bpf_tail_call(ctx, &handlers, handler);
    return 0;
}

/* The open file behind a descriptor of the current task; NULL where there is none. */
static __always_inline struct file *file_of(struct task_struct *task, __u32 descriptor) {
    struct fdtable *table = BPF_CORE_READ(task, files, fdt);
    if (descriptor >= BPF_CORE_READ(table, max_fds)) return NULL;
    struct file **files = BPF_CORE_READ(table, fd);
    struct file *file = NULL;
    bpf_probe_read_kernel(&file, sizeof file, files + descriptor);
    return file;
}

/* Calls whose first arguments say all; memfd_create and delete_module have a name besides. */
SEC("tp_btf/sys_exit")
int BPF_PROG(handle_call, struct pt_regs *regs, long result) {
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 number = regs->orig_ax;
    __u64 first = regs->di;
    /* Of ptrace what takes hold of another or changes it: POKE…, ATTACH, SETREGS, SEIZE; the rest is a debugger at work. */
    if (number == 101 && first != 4 && first != 5 && first != 13 && first != 16 && first != 0x4206)
        return 0;
    /* Of bpf() what brings code in or ties it on: PROG_LOAD, PROG_ATTACH, RAW_TRACEPOINT_OPEN, LINK_CREATE. */
    if (number == 321 && first != 5 && first != 8 && first != 17 && first != 28) return 0;
    begin(&scratch->head, task, KAGARI_CALL);
    scratch->head.value[0] = number;
    scratch->head.value[1] = first;
    scratch->head.value[2] = regs->si;
    scratch->head.value[3] = regs->dx;
    __u32 used = 0;
    if (number == 319 || number == 176)
        used = add_text(scratch, used, 0, (void *)first, KAGARI_NAME_MAX, 1);
    if (number == 161) used = add_text(scratch, used, 0, (void *)first, KAGARI_NAME_MAX, 1);
    if (number == 313) {
        struct file *file = file_of(task, first);
        if (file) used = add_path(scratch, used, 0, &file->f_path);
    }
    finish(scratch, used, 0);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(handle_mount, struct pt_regs *regs, long result) {
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    begin(&scratch->head, bpf_get_current_task_btf(), KAGARI_MOUNT);
    __u64 number = regs->orig_ax;
    scratch->head.value[0] = number;
    __u32 used = 0;
    if (number == 429) {
        used = add_text(scratch, used, 0, (void *)regs->si, KAGARI_NAME_MAX, 1);
        used = add_text(scratch, used, 1, (void *)regs->r10, KAGARI_NAME_MAX, 1);
    } else if (number == 166) {
        scratch->head.value[1] = regs->si;
        used = add_text(scratch, used, 1, (void *)regs->di, KAGARI_NAME_MAX, 1);
    } else {
        used = add_text(scratch, used, 0, (void *)regs->di, KAGARI_NAME_MAX, 1);
        used = add_text(scratch, used, 1, (void *)regs->si, KAGARI_NAME_MAX, 1);
        if (number == 165) {
            scratch->head.value[1] = regs->r10;
            used = add_text(scratch, used, 2, (void *)regs->dx, 64, 1);
        }
    }
    finish(scratch, used, 0);
    return 0;
}

#endif
