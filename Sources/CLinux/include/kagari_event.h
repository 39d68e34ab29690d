/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * What the kernel programs (bpf/) hand to the agent: one record of the ring is a head, for some kinds a
 * fixed detail, and up to eight parts of variable length one behind the other. Numbers are of the
 * machine's own byte order; both sides are built for the same machine from this one file.
 */
#ifndef KAGARI_EVENT_H
#define KAGARI_EVENT_H

#include <linux/types.h>

/* Bounds of parts, bytes. What is longer is cut and KAGARI_CUT is set. */
#define KAGARI_ARGUMENTS_MAX 4096
#define KAGARI_PATH_MAX 4096
#define KAGARI_NAME_MAX 256
#define KAGARI_PATH_DEPTH_MAX 32
#define KAGARI_ENVIRONMENT_MAX 2048
#define KAGARI_VARIABLES_MAX 96
#define KAGARI_PACKET_MAX 2048
#define KAGARI_DNS_MAX 1024
#define KAGARI_PARTS 8

enum kagari_kind {
    KAGARI_EXEC = 1,
    KAGARI_FORK = 2,
    KAGARI_EXIT = 3,
    KAGARI_OPEN = 10,
    KAGARI_PATH = 11,
    KAGARI_PATHS = 12,
    KAGARI_FILE = 13,
    KAGARI_CONNECT = 20,
    KAGARI_ACCEPT = 21,
    KAGARI_LISTEN = 22,
    KAGARI_DNS = 30,
    KAGARI_TLS = 31,
    KAGARI_CALL = 40,
    KAGARI_MOUNT = 41,
    KAGARI_KINDS = 48,
};

/* Flags of the head. */
#define KAGARI_CUT 1          /* a part was longer than its bound */
#define KAGARI_DEEP 2         /* a path has more than KAGARI_PATH_DEPTH_MAX names; its top is missing */
#define KAGARI_CREATED 4      /* OPEN: this call made the file */
#define KAGARI_TRUNCATED 8    /* OPEN: this call emptied it */
#define KAGARI_INGRESS 16     /* DNS, TLS: the packet came in */
#define KAGARI_THREAD 32      /* the task is not its group's first */

struct kagari_head {
    __u16 kind;
    __u16 flags;
    __u32 size;         /* of the whole record */
    __u64 time;         /* ns since boot, suspended time counted */
    __u32 pid;          /* thread group, seen from the initial pid namespace */
    __u32 tid;
    __u64 start;        /* of the thread group's first task, ns since boot */
    __u64 parent_start;
    __u32 ppid;
    __u32 uid;
    __u32 euid;
    __u32 gid;
    __s64 value[4];     /* by kind, below */
    __u64 cgroup;
    char comm[16];
    __u16 length[KAGARI_PARTS];
};

/* EXEC. Parts: arguments (each ends in 0), executable, working folder, chosen environment, name as called,
 * terminal, leaf of the control group, name of the interpreter. Paths that the kernel walked are names from
 * the leaf up, each ending in 0. value: 0 file size, 1 change time ns, 2 content time ns, 3 capabilities */
struct kagari_exec {
    __u64 inode;
    __u32 device;       /* major << 20 | minor */
    __u32 mode;
    __u32 links;        /* 0: nothing names the file any more */
    __u32 owner;
    __u32 session;
    __u32 login;        /* 0xffffffff: none */
    __u32 mount_space;
    __u32 pid_space;
    __u32 net_space;
    __u32 user_space;
};

/* FORK: value 0 child pid, 1 child start. EXIT: value 0 exit status as wait(2) tells it.
 * OPEN: value 0 inode, 1 device, 2 open flags, 3 mode of the file. Part 0: path as walked.
 * FILE: value 0 call number, 1 inode, 2 device, 3 argument. Part 0: path as walked. part 1: attribute
 * PATH: value 0 call number, 1 flags or mode or owner, 2 group. Parts: path as given, folder it starts from
 *   as walked (empty where the path is absolute), attribute.
 * PATHS: value 0 call number. Parts: from, its folder, to, its folder.
 * CONNECT, ACCEPT, LISTEN, DNS, TLS: a flow; value 0 result, 1 socket cookie. Part 0 of DNS and TLS: the payload.
 * CALL: value 0 call number, 1-3 first arguments. Part 0: a name where the call has one.
 * MOUNT: value 0 call number, 1 flags. Parts: source, target, type. */

struct kagari_flow {
    __u8 source[16];    /* of IPv4 the first four */
    __u8 target[16];
    __u16 source_port;  /* as people read it */
    __u16 target_port;
    __u16 family;       /* AF_INET, AF_INET6 */
    __u8 protocol;      /* IPPROTO_* */
    __u8 state;
};

/* What a place is watched for, bits of the maps `places` and `prefixes`. */
#define KAGARI_WATCH_CREATE 1
#define KAGARI_WATCH_WRITE 2
#define KAGARI_WATCH_NAMES 4   /* rename, delete, link, folders */
#define KAGARI_WATCH_MARKS 8   /* owner, mode, attributes */
#define KAGARI_WATCH_ALL 15
#define KAGARI_WATCH_SHALLOW 16 /* only what lies directly in it */

struct kagari_place {
    __u64 inode;
    __u64 device;
};

#define KAGARI_PREFIX_MAX 60
struct kagari_prefix {
    __u32 bits;
    char text[KAGARI_PREFIX_MAX];
};

/* What the agent sets before the programs are loaded. */
struct kagari_settings {
    __u32 agent_pid;  /* whose own calls are not told; 0: nobody's */
    __u32 unused;
    __u64 wake_bytes; /* records beyond this many waiting bytes wake the agent; fewer wait for its next round */
};

/* Counters, one row for each processor. Up to KAGARI_KINDS: records lost by kind because the ring was full. */
enum kagari_counter {
    KAGARI_COUNT_FILTERED = KAGARI_KINDS, /* file events at places nobody watches */
    KAGARI_COUNT_REPEATED,                /* writes of the same file by the same process within a second */
    KAGARI_COUNT_COMPAT,                  /* calls of 32-bit programs, which are not looked at */
    KAGARI_COUNT_UNREAD,                  /* arguments that could not be read */
    KAGARI_COUNTERS,
};

#endif
