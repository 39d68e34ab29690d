/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * How a record is built and handed over: in a scratch buffer of the processor, then copied into the ring at its
 * true length. The programs that use the scratch buffer run in the context of a task, where tracepoints
 * do not interrupt one another; what may run in a softirq (packet.h) reserves in the ring instead.
 */
#ifndef KAGARI_OUTPUT_H
#define KAGARI_OUTPUT_H

#include "kagari_event.h"
#include "kernel.h"

/* Clang drops a mask that it can prove to be superfluous; the verifier of 6.1 cannot prove it and refuses. */
#define HIDE(value) asm volatile("" : "+r"(value))

#define BODY_MAX 16384
#define BODY_MASK (BODY_MAX - 1)

struct scratch {
    struct kagari_head head;
    __u8 body[BODY_MAX + KAGARI_PATH_MAX];
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4 << 20);
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, KAGARI_COUNTERS);
    __type(key, __u32);
    __type(value, __u64);
} counters SEC(".maps");

const volatile struct kagari_settings settings SEC(".rodata.settings") = {
    .wake_bytes = 256 << 10,
};

static __always_inline void count(__u32 index) {
    __u64 *value = bpf_map_lookup_elem(&counters, &index);
    if (value) *value += 1;
}

static __always_inline struct scratch *take_scratch(void) {
    __u32 zero = 0;
    return bpf_map_lookup_elem(&scratches, &zero);
}

/* Who does it: the current task. */
static __always_inline void begin(struct kagari_head *head, struct task_struct *task, __u16 kind) {
    struct task_struct *leader = task->group_leader;
    struct task_struct *parent = task->real_parent;
    const struct cred *cred = task->cred;
    __builtin_memset(head, 0, sizeof *head);
    head->kind = kind;
    head->time = bpf_ktime_get_boot_ns();
    head->pid = task->tgid;
    head->tid = task->pid;
    if (head->pid != head->tid) head->flags = KAGARI_THREAD;
    head->start = leader->start_boottime;
    head->ppid = parent->tgid;
    head->parent_start = parent->group_leader->start_boottime;
    head->uid = cred->uid.val;
    head->euid = cred->euid.val;
    head->gid = cred->gid.val;
    head->cgroup = bpf_get_current_cgroup_id();
    bpf_probe_read_kernel_str(head->comm, sizeof head->comm, leader->comm);
}

static __always_inline __u64 wake(void) {
    return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= settings.wake_bytes ? BPF_RB_FORCE_WAKEUP
                                                                     : BPF_RB_NO_WAKEUP;
}

/* Hands over head and `used` bytes of the body. */
static __always_inline void finish(struct scratch *scratch, __u32 used, int urgent) {
    HIDE(used);
    used &= BODY_MASK;
    __u32 size = sizeof scratch->head + used;
    scratch->head.size = size;
    if (bpf_ringbuf_output(&ring, scratch, size, urgent ? BPF_RB_FORCE_WAKEUP : wake()))
        count(scratch->head.kind);
}

/* Appends a text that ends in 0 as part `part`; answers the new length of the body. */
static __always_inline __u32 add_text(struct scratch *scratch, __u32 used, int part,
                                      const void *from, __u32 bound, int user) {
    if (!from) return used;
    HIDE(used);
    used &= BODY_MASK;
    long length = user ? bpf_probe_read_user_str(scratch->body + used, bound, from)
                       : bpf_probe_read_kernel_str(scratch->body + used, bound, from);
    if (length < 0) {
        count(KAGARI_COUNT_UNREAD);
        return used;
    }
    if (length == bound) scratch->head.flags |= KAGARI_CUT;
    scratch->head.length[part] = length;
    return used + length;
}

#endif
