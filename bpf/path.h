/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * Paths by walking from the file up, across mounts, to the top of its mount namespace; and whether somebody
 * watches the place.
 */
#ifndef KAGARI_PATH_H
#define KAGARI_PATH_H

#include "output.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, struct kagari_place);
    __type(value, __u32);
} places SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 4096);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct kagari_prefix);
    __type(value, __u32);
} prefixes SEC(".maps");

/* Where a walk stands. Numbers and addresses only: what a loop's function finds in its caller's stack. */
struct walk {
    struct mount *mount;
    struct dentry *root;
    struct dentry *dentry;
    __u32 used;
    __u32 done;
};

/* One step of a walk. A function of its own, so that the verifier looks at it once and not at every depth. */
static long walk_step(__u32 depth, struct walk *walk) {
    struct scratch *scratch = take_scratch();
    if (!scratch) return 1;
    struct dentry *dentry = walk->dentry;
    struct mount *mount = walk->mount;
    if (dentry == walk->root) {
        struct mount *above = BPF_CORE_READ(mount, mnt_parent);
        if (above == mount) {
            walk->done = 1;
            return 1;
        }
        walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
        walk->mount = above;
        walk->root = BPF_CORE_READ(above, mnt.mnt_root);
        return 0;
    }
    struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
    const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
    __u32 used = walk->used;
    HIDE(used);
    used &= BODY_MASK;
    long length = bpf_probe_read_kernel_str(scratch->body + used, KAGARI_NAME_MAX, name);
    if (length < 0) return 1;
    walk->used = used + length;
    /* A file without a place in the tree has no parent: memfd, pipe. */
    walk->done = parent == dentry;
    walk->dentry = parent;
    return walk->done;
}

/* Appends the names from the leaf up, each with its 0, as part `part`. A name longer than 255 does not exist. */
static __always_inline __u32 add_walk(struct scratch *scratch, __u32 used, int part,
                                      struct vfsmount *mnt, struct dentry *dentry) {
    struct walk walk = {
        .mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt),
        .root = BPF_CORE_READ(mnt, mnt_root),
        .dentry = dentry,
        .used = used,
    };
    bpf_loop(KAGARI_PATH_DEPTH_MAX, walk_step, &walk, 0);
    if (!walk.done) scratch->head.flags |= KAGARI_DEEP;
    __u32 end = walk.used;
    HIDE(end);
    end &= BODY_MASK;
    scratch->head.length[part] = end - used;
    return end;
}

static __always_inline __u32 add_path(struct scratch *scratch, __u32 used, int part,
                                      struct path *path) {
    return add_walk(scratch, used, part, BPF_CORE_READ(path, mnt), BPF_CORE_READ(path, dentry));
}

struct search {
    struct dentry *dentry;
    __u32 found;
    __u32 shallow; /* how many steps a shallow place reaches down */
};

static long search_step(__u32 depth, struct search *search) {
    struct dentry *dentry = search->dentry;
    struct inode *inode = BPF_CORE_READ(dentry, d_inode);
    struct kagari_place place = {
        .inode = BPF_CORE_READ(inode, i_ino),
        .device = BPF_CORE_READ(inode, i_sb, s_dev),
    };
    __u32 *bits = bpf_map_lookup_elem(&places, &place);
    if (bits && (depth < search->shallow || !(*bits & KAGARI_WATCH_SHALLOW))) {
        search->found = *bits;
        return 1;
    }
    search->dentry = BPF_CORE_READ(dentry, d_parent);
    return search->dentry == dentry;
}

/* What the place is watched for: its own bits, or those of the nearest of 16 folders above it. */
static __always_inline __u32 watched(struct dentry *dentry, __u32 shallow) {
    struct search search = {.dentry = dentry, .shallow = shallow};
    bpf_loop(16, search_step, &search, 0);
    return search.found;
}

/* Whether a name in it is empty, `.` or `..`: then its first letters do not tell where it leads. */
static __always_inline int is_winding(const char *text) {
    for (__u32 index = 0; index + 2 < KAGARI_PREFIX_MAX; index++) {
        if (text[index] != '/') continue;
        if (text[index + 1] == '/') return 1;
        if (text[index + 1] == '.' && (text[index + 2] == '/' || text[index + 2] == '.')) return 1;
    }
    return 0;
}

/* The same for a path as given; `used` is where it stands in the body. A relative one is watched where the folder
 * is that it starts from. One that winds is told wherever it leads. */
static __always_inline __u32 watched_text(struct scratch *scratch, __u32 at, struct dentry *base) {
    struct kagari_prefix key = {.bits = KAGARI_PREFIX_MAX * 8};
    HIDE(at);
    at &= BODY_MASK;
    bpf_probe_read_kernel_str(key.text, sizeof key.text, scratch->body + at);
    if (is_winding(key.text)) return KAGARI_WATCH_ALL;
    if (key.text[0] == '/') {
        __u32 *bits = bpf_map_lookup_elem(&prefixes, &key);
        if (!bits) return 0;
        if (!(*bits & KAGARI_WATCH_SHALLOW)) return *bits;
        /* Above the bits: how long the prefix is. Below a shallow place no further folder may follow. */
        __u32 length = *bits >> 16;
        for (__u32 index = 0; index < KAGARI_PREFIX_MAX; index++)
            if (index >= length && key.text[index] == '/') return 0;
        return *bits;
    }
    if (key.text[0] == '.' && key.text[1] == '.') return KAGARI_WATCH_ALL;
    return base ? watched(base, 1) : 0;
}

#endif
