/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Connections: read from the socket itself when the call is over, so addresses are those in use.
 */
#ifndef KAGARI_NETWORK_H
#define KAGARI_NETWORK_H

#include "calls.h"

#define AF_INET 2
#define AF_INET6 10

struct address {
    __u16 family;
    __be16 port;
    __u8 four[4]; /* of IPv6: the flow label */
    __u8 six[16];
};

/* A connection that failed has lost its target again; the call still has it. */
static __always_inline void read_asked(struct kagari_flow *flow, const void *from, __u64 count) {
    struct address asked = {};
    if (count >= sizeof asked) {
        if (bpf_probe_read_user(&asked, sizeof asked, from)) return;
    } else if (count < 8 || bpf_probe_read_user(&asked, 8, from)) {
        return;
    }
    if (asked.family == AF_INET)
        __builtin_memcpy(flow->target, asked.four, 4);
    else if (asked.family == AF_INET6)
        __builtin_memcpy(flow->target, asked.six, 16);
    else
        return;
    flow->family = asked.family;
    flow->target_port = bpf_ntohs(asked.port);
}

static __always_inline int tell_socket(struct pt_regs *regs, long result, __u32 descriptor,
                                       __u16 kind) {
    struct task_struct *task = bpf_get_current_task_btf();
    struct file *file = file_of(task, descriptor);
    if (!file) return 0;
    __u32 mode = BPF_CORE_READ(file, f_inode, i_mode);
    if ((mode & 0170000) != 0140000) return 0;
    struct socket *socket = BPF_CORE_READ(file, private_data);
    struct sock *sk = BPF_CORE_READ(socket, sk);
    if (!sk) return 0;
    __u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
    if (family != AF_INET && family != AF_INET6) return 0;
    struct scratch *scratch = take_scratch();
    if (!scratch) return 0;
    begin(&scratch->head, task, kind);
    scratch->head.value[0] = result;
    struct kagari_flow *flow = (void *)scratch->body;
    __builtin_memset(flow, 0, sizeof *flow);
    flow->family = family;
    flow->protocol = BPF_CORE_READ(sk, sk_protocol);
    flow->state = BPF_CORE_READ(sk, __sk_common.skc_state);
    flow->source_port = BPF_CORE_READ(sk, __sk_common.skc_num);
    flow->target_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
    if (family == AF_INET) {
        bpf_core_read(flow->source, 4, &sk->__sk_common.skc_rcv_saddr);
        bpf_core_read(flow->target, 4, &sk->__sk_common.skc_daddr);
    } else {
        bpf_core_read(flow->source, 16, &sk->__sk_common.skc_v6_rcv_saddr);
        bpf_core_read(flow->target, 16, &sk->__sk_common.skc_v6_daddr);
    }
    if (kind == KAGARI_CONNECT && flow->target_port == 0) read_asked(flow, (void *)regs->si, regs->dx);
    finish(scratch, sizeof *flow, 0);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(handle_connect, struct pt_regs *regs, long result) {
    return tell_socket(regs, result, regs->di, KAGARI_CONNECT);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(handle_accept, struct pt_regs *regs, long result) {
    return tell_socket(regs, result, result, KAGARI_ACCEPT);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(handle_listen, struct pt_regs *regs, long result) {
    return tell_socket(regs, result, regs->di, KAGARI_LISTEN);
}

#endif
