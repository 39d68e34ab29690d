/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Processes: a new program, a new process, an end.
 */
#ifndef KAGARI_PROCESS_H
#define KAGARI_PROCESS_H

#include "path.h"

/* The highest bit is the kernel's own mark since 6.13: somebody asked for the time. */
#define NANOSECONDS_MASK 0x7fffffff

static __always_inline void read_times(struct kagari_head *head, struct inode *inode) {
    if (bpf_core_field_exists(inode->i_mtime_sec)) {
        head->value[1] = BPF_CORE_READ(inode, i_ctime_sec) * 1000000000 +
                         (BPF_CORE_READ(inode, i_ctime_nsec) & NANOSECONDS_MASK);
        head->value[2] = BPF_CORE_READ(inode, i_mtime_sec) * 1000000000 +
                         (BPF_CORE_READ(inode, i_mtime_nsec) & NANOSECONDS_MASK);
        return;
    }
    struct inode___time *between = (void *)inode;
    struct inode___times *old = (void *)inode;
    struct timespec64 change = {}, content = {};
    if (bpf_core_field_exists(between->__i_ctime))
        BPF_CORE_READ_INTO(&change, between, __i_ctime);
    else if (bpf_core_field_exists(old->i_ctime))
        BPF_CORE_READ_INTO(&change, old, i_ctime);
    if (bpf_core_field_exists(old->i_mtime)) BPF_CORE_READ_INTO(&content, old, i_mtime);
    head->value[1] = change.tv_sec * 1000000000 + change.tv_nsec;
    head->value[2] = content.tv_sec * 1000000000 + content.tv_nsec;
}

static __always_inline void read_file(struct scratch *scratch, struct kagari_exec *exec,
                                      struct file *file) {
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    exec->inode = BPF_CORE_READ(inode, i_ino);
    exec->device = BPF_CORE_READ(inode, i_sb, s_dev);
    exec->mode = BPF_CORE_READ(inode, i_mode);
    exec->links = BPF_CORE_READ(inode, i_nlink);
    exec->owner = BPF_CORE_READ(inode, i_uid.val);
    scratch->head.value[0] = BPF_CORE_READ(inode, i_size);
    read_times(&scratch->head, inode);
}

static __always_inline void read_spaces(struct kagari_exec *exec, struct task_struct *task) {
    exec->mount_space = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
    exec->pid_space = BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum);
    exec->net_space = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
    exec->user_space = BPF_CORE_READ(task, cred, user_ns, ns.inum);
}

/* LD_…, SSH_…, SUDO…, and what makes an interpreter run other code: names by their first four letters. */
static __always_inline int is_chosen(__u32 first) {
#define FOUR(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)
    return (first & 0xffffff) == FOUR('L', 'D', '_', 0) || first == FOUR('S', 'S', 'H', '_') ||
           first == FOUR('S', 'U', 'D', 'O') || first == FOUR('B', 'A', 'S', 'H') ||
           first == FOUR('G', 'C', 'O', 'N') || first == FOUR('P', 'Y', 'T', 'H') ||
           first == FOUR('P', 'E', 'R', 'L') || first == FOUR('N', 'O', 'D', 'E') ||
           first == FOUR('H', 'I', 'S', 'T');
}

struct variables {
    __u64 at;
    __u64 end;
    __u32 from;
    __u32 used;
};

static long variable_step(__u32 index, struct variables *variables) {
    struct scratch *scratch = take_scratch();
    if (!scratch || variables->at >= variables->end) return 1;
    __u32 used = variables->used, first = 0;
    HIDE(used);
    used &= BODY_MASK;
    if (used - variables->from > KAGARI_ENVIRONMENT_MAX) return 1;
    void *to = scratch->body + used;
    long length = bpf_probe_read_user_str(to, KAGARI_NAME_MAX, (void *)variables->at);
    if (length <= 0) return 1;
    bpf_probe_read_kernel(&first, sizeof first, to);
    if (is_chosen(first)) variables->used = used + length;
    variables->at += length;
    return 0;
}

static __always_inline __u32 add_environment(struct scratch *scratch, __u32 used,
                                             struct mm_struct *mm) {
    struct variables variables = {
        .at = BPF_CORE_READ(mm, env_start),
        .end = BPF_CORE_READ(mm, env_end),
        .from = used,
        .used = used,
    };
    bpf_loop(KAGARI_VARIABLES_MAX, variable_step, &variables, 0);
    __u32 end = variables.used;
    HIDE(end);
    end &= BODY_MASK;
    scratch->head.length[3] = end - used;
    return end;
}

static __always_inline __u32 add_arguments(struct scratch *scratch, __u32 used,
                                           struct mm_struct *mm) {
    __u64 start = BPF_CORE_READ(mm, arg_start);
    __u64 wanted = BPF_CORE_READ(mm, arg_end) - start;
    __u32 length = KAGARI_ARGUMENTS_MAX - 1;
    if (wanted < length)
        length = wanted;
    else
        scratch->head.flags |= KAGARI_CUT;
    HIDE(length);
    length &= KAGARI_ARGUMENTS_MAX - 1;
    HIDE(used);
    used &= BODY_MASK;
    if (bpf_probe_read_user(scratch->body + used, length, (void *)start)) {
        count(KAGARI_COUNT_UNREAD);
        return used;
    }
    scratch->head.length[0] = length;
    return used + length;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm) {
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    begin(&scratch->head, task, KAGARI_EXEC);
    struct kagari_exec *exec = (void *)scratch->body;
    __builtin_memset(exec, 0, sizeof *exec);
    struct mm_struct *mm = task->mm;
    struct file *file = BPF_CORE_READ(mm, exe_file);
    read_file(scratch, exec, file);
    read_spaces(exec, task);
    exec->session = BPF_CORE_READ(task, signal, pids[3], numbers[0].nr);
    exec->login = -1;
    if (bpf_core_field_exists(task->loginuid)) exec->login = BPF_CORE_READ(task, loginuid.val);
    bpf_core_read(&scratch->head.value[3], 8, &task->cred->cap_effective);

    __u32 used = sizeof *exec;
    used = add_arguments(scratch, used, mm);
    used = add_path(scratch, used, 1, &file->f_path);
    used = add_path(scratch, used, 2, &task->fs->pwd);
    used = add_environment(scratch, used, mm);
    used = add_text(scratch, used, 4, BPF_CORE_READ(bprm, filename), KAGARI_NAME_MAX, 0);
    struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
    if (tty) used = add_text(scratch, used, 5, tty->name, 64, 0);
    used = add_text(scratch, used, 6, BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, name), 128, 0);
    used = add_text(scratch, used, 7, BPF_CORE_READ(bprm, interp), KAGARI_NAME_MAX, 0);
    /* A file without a name is gone when its process is: the agent must read it now. */
    finish(scratch, used, exec->links == 0);
    return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child) {
    if (child->pid != child->tgid) return 0;
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    begin(&scratch->head, parent, KAGARI_FORK);
    scratch->head.value[0] = child->tgid;
    scratch->head.value[1] = child->start_boottime;
    finish(scratch, 0, 0);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task) {
    struct signal_struct *signal = task->signal;
    /* The last task of the group to go; the tracepoint's own word for it is not there in 6.1. */
    if (signal->live.counter != 0) return 0;
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    begin(&scratch->head, task, KAGARI_EXIT);
    int code = signal->group_exit_code;
    scratch->head.value[0] = code ? code : task->exit_code;
    finish(scratch, 0, 0);
    return 0;
}

/* Refuses nothing: whether it can be attached tells whether this kernel lets programs refuse. */
SEC("lsm/bprm_check_security")
int BPF_PROG(may_refuse, struct linux_binprm *bprm) {
    return 0;
}

#endif
