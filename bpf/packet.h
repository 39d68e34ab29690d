/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Packets of the control group: name lookups both ways, and the first message of TLS on its way out. Everything
 * passes; these programs only look. They may run in a softirq, where the current task is anybody's: whose the
 * socket is was written down when it was made.
 */
#ifndef KAGARI_PACKET_H
#define KAGARI_PACKET_H

#include "output.h"

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, __u64);
    __type(value, __u32);
} owners SEC(".maps");

SEC("cgroup/sock_create")
int socket_made(struct bpf_sock *context) {
    __u64 cookie = bpf_get_socket_cookie(context);
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    bpf_map_update_elem(&owners, &cookie, &pid, BPF_ANY);
    return 1;
}

struct packet {
    struct kagari_head head;
    struct kagari_flow flow;
    __u8 payload[KAGARI_PACKET_MAX];
};

struct lookup {
    struct kagari_head head;
    struct kagari_flow flow;
    __u8 payload[KAGARI_DNS_MAX];
};

#define PASS 1
#define TCP 6
#define UDP 17

/* Reads addresses and ports; answers where the payload starts, 0 where it is none of ours. */
static __always_inline __u32 read_flow(struct __sk_buff *skb, struct kagari_flow *flow) {
    __u8 first = 0;
    __u32 at = 0;
    __be16 ports[2] = {};
    if (bpf_skb_load_bytes(skb, 0, &first, 1)) return 0;
    if (first >> 4 == 4) {
        flow->family = 2;
        if (bpf_skb_load_bytes(skb, 9, &flow->protocol, 1)) return 0;
        if (bpf_skb_load_bytes(skb, 12, flow->source, 4)) return 0;
        if (bpf_skb_load_bytes(skb, 16, flow->target, 4)) return 0;
        at = (first & 15) * 4;
    } else if (first >> 4 == 6) {
        flow->family = 10;
        if (bpf_skb_load_bytes(skb, 6, &flow->protocol, 1)) return 0;
        if (bpf_skb_load_bytes(skb, 8, flow->source, 16)) return 0;
        if (bpf_skb_load_bytes(skb, 24, flow->target, 16)) return 0;
        at = 40;
    } else {
        return 0;
    }
    if (flow->protocol != TCP && flow->protocol != UDP) return 0;
    if (bpf_skb_load_bytes(skb, at, ports, 4)) return 0;
    flow->source_port = bpf_ntohs(ports[0]);
    flow->target_port = bpf_ntohs(ports[1]);
    if (flow->protocol == UDP) return at + 8;
    __u8 words = 0;
    if (bpf_skb_load_bytes(skb, at + 12, &words, 1)) return 0;
    return at + (words >> 4) * 4;
}

static __always_inline void head_of_packet(struct kagari_head *head, struct __sk_buff *skb,
                                           __u16 kind, int ingress) {
    __u64 cookie = bpf_get_socket_cookie(skb);
    __u32 *owner = bpf_map_lookup_elem(&owners, &cookie);
    __builtin_memset(head, 0, sizeof *head);
    head->kind = kind;
    head->flags = ingress ? KAGARI_INGRESS : 0;
    head->time = bpf_ktime_get_boot_ns();
    head->pid = owner ? *owner : 0;
    head->value[1] = cookie;
}

static __always_inline void tell_lookup(struct __sk_buff *skb, struct kagari_flow *flow, __u32 at,
                                        int ingress) {
    __u32 length = skb->len - at;
    struct lookup *event = bpf_ringbuf_reserve(&ring, sizeof *event, 0);
    if (!event) {
        count(KAGARI_DNS);
        return;
    }
    head_of_packet(&event->head, skb, KAGARI_DNS, ingress);
    if (length > KAGARI_DNS_MAX) {
        length = KAGARI_DNS_MAX;
        event->head.flags |= KAGARI_CUT;
    }
    HIDE(length);
    if (length < 12 || length > KAGARI_DNS_MAX ||
        bpf_skb_load_bytes(skb, at, event->payload, length)) {
        bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
        return;
    }
    event->flow = *flow;
    event->head.length[0] = length;
    event->head.size = sizeof event->head + sizeof event->flow + length;
    bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

static __always_inline void tell_hello(struct __sk_buff *skb, struct kagari_flow *flow, __u32 at) {
    __u8 start[6] = {};
    if (bpf_skb_load_bytes(skb, at, start, sizeof start)) return;
    /* A handshake record of TLS, and in it the client's first message. */
    if (start[0] != 0x16 || start[1] != 3 || start[5] != 1) return;
    __u32 length = skb->len - at;
    struct packet *event = bpf_ringbuf_reserve(&ring, sizeof *event, 0);
    if (!event) {
        count(KAGARI_TLS);
        return;
    }
    head_of_packet(&event->head, skb, KAGARI_TLS, 0);
    if (length > KAGARI_PACKET_MAX) {
        length = KAGARI_PACKET_MAX;
        event->head.flags |= KAGARI_CUT;
    }
    HIDE(length);
    if (length < 6 || length > KAGARI_PACKET_MAX ||
        bpf_skb_load_bytes(skb, at, event->payload, length)) {
        bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
        return;
    }
    event->flow = *flow;
    event->head.length[0] = length;
    event->head.size = sizeof event->head + sizeof event->flow + length;
    bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
}

SEC("cgroup_skb/egress")
int packet_out(struct __sk_buff *skb) {
    struct kagari_flow flow = {};
    __u32 at = read_flow(skb, &flow);
    if (at == 0 || at >= skb->len) return PASS;
    if (flow.protocol == TCP)
        tell_hello(skb, &flow, at);
    else if (flow.target_port == 53)
        tell_lookup(skb, &flow, at, 0);
    return PASS;
}

SEC("cgroup_skb/ingress")
int packet_in(struct __sk_buff *skb) {
    struct kagari_flow flow = {};
    __u32 at = read_flow(skb, &flow);
    if (at == 0 || at >= skb->len) return PASS;
    if (flow.protocol == UDP && flow.source_port == 53) tell_lookup(skb, &flow, at, 1);
    return PASS;
}

#endif
