/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Of the kernel's types only the fields that these programs use. Where a field lies is not taken from here but
 * from the running kernel's BTF when the program is loaded (CO-RE), so order and size mean nothing.
 */
#ifndef KAGARI_KERNEL_H
#define KAGARI_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
    int counter;
} atomic_t;

typedef struct {
    __u32 val;
} kuid_t;

typedef struct {
    __u32 val;
} kgid_t;

struct qstr {
    __u32 len;
    const unsigned char *name;
};

typedef struct {
    __u32 words[2];
} kernel_cap_t;

struct super_block {
    __u32 s_dev;
};

struct timespec64 {
    __s64 tv_sec;
    long tv_nsec;
};

struct inode {
    unsigned short i_mode;
    kuid_t i_uid;
    unsigned int i_nlink;
    struct super_block *i_sb;
    unsigned long i_ino;
    __s64 i_size;
    __s64 i_mtime_sec;
    __s64 i_ctime_sec;
    __u32 i_mtime_nsec;
    __u32 i_ctime_nsec;
};

/* Until 6.6 times were structures, and between these i_ctime was called __i_ctime. */
struct inode___times {
    struct timespec64 i_mtime;
    struct timespec64 i_ctime;
};

struct inode___time {
    struct timespec64 i_mtime;
    struct timespec64 __i_ctime;
};

struct dentry {
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
};

struct vfsmount {
    struct dentry *mnt_root;
};

struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
};

struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

struct file {
    struct path f_path;
    struct inode *f_inode;
    unsigned int f_flags;
    unsigned int f_mode;
    void *private_data;
};

struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};

struct files_struct {
    struct fdtable *fdt;
};

struct fs_struct {
    struct path pwd;
};

struct mm_struct {
    unsigned long arg_start;
    unsigned long arg_end;
    unsigned long env_start;
    unsigned long env_end;
    struct file *exe_file;
};

struct ns_common {
    unsigned int inum;
};

struct mnt_namespace {
    struct ns_common ns;
};

struct pid_namespace {
    struct ns_common ns;
};

struct net {
    struct ns_common ns;
};

struct user_namespace {
    struct ns_common ns;
};

struct nsproxy {
    struct mnt_namespace *mnt_ns;
    struct pid_namespace *pid_ns_for_children;
    struct net *net_ns;
};


struct cred {
    kuid_t uid;
    kgid_t gid;
    kuid_t euid;
    kernel_cap_t cap_effective;
    struct user_namespace *user_ns;
};

struct upid {
    int nr;
};

struct pid {
    struct upid numbers[1];
};

struct tty_struct {
    char name[64];
};

struct signal_struct {
    atomic_t live;
    int group_exit_code;
    struct tty_struct *tty;
    struct pid *pids[4];
};

struct kernfs_node {
    const char *name;
};

struct cgroup {
    struct kernfs_node *kn;
};

struct css_set {
    struct cgroup *dfl_cgrp;
};

struct thread_info {
    __u32 status;
};

struct task_struct {
    struct thread_info thread_info;
    int pid;
    int tgid;
    __u64 start_boottime;
    int exit_code;
    struct task_struct *real_parent;
    struct task_struct *group_leader;
    const struct cred *cred;
    char comm[16];
    struct fs_struct *fs;
    struct files_struct *files;
    struct nsproxy *nsproxy;
    struct signal_struct *signal;
    struct mm_struct *mm;
    kuid_t loginuid;
    struct css_set *cgroups;
};

struct linux_binprm {
    const char *filename;
    const char *interp;
};

struct in6_addr {
    __u8 bytes[16];
};

struct sock_common {
    __be32 skc_daddr;
    __be32 skc_rcv_saddr;
    __be16 skc_dport;
    __u16 skc_num;
    unsigned short skc_family;
    unsigned char skc_state;
    struct in6_addr skc_v6_daddr;
    struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
    struct sock_common __sk_common;
    __u16 sk_protocol;
};

struct socket {
    struct sock *sk;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
    unsigned long r10;
    unsigned long r9;
    unsigned long r8;
    unsigned long dx;
    unsigned long si;
    unsigned long di;
    unsigned long orig_ax;
};
#else
#error "only x86-64 so far: say where another machine keeps the arguments of a call"
#endif

#pragma clang attribute pop

#endif
