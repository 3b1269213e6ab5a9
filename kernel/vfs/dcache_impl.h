/* SPDX-License-Identifier: GPL-2.0-only */
/* dcache_impl.h - the dentry cache's private half: hash, comparison, RCU lookup, locks. */
#ifndef VFS_DCACHE_IMPL_H
#define VFS_DCACHE_IMPL_H

#include <lib/string.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/super.h>

#define D_DEAD (-128)
#define D_HASH_LOCKS 256

struct dcache {
	struct hlist_head *buckets;	/* __final after dcache_init(); chains: lock of the bucket, readers RCU */
	unsigned int shift;		/* __final: 32 - log2(buckets) */
	u64 seed;			/* __final */
	struct kmem_cache *cache;	/* __final */
	struct spinlock rename_lock;	/* rank DCACHE_RENAME: rename_seq */
	struct spinlock hash_locks[D_HASH_LOCKS];	/* rank DCACHE_HASH */
	atomic_long_t nr_dentries;
	atomic_long_t nr_unused;	/* on the LRU lists */
	atomic_long_t nr_negative;	/* of those: without an inode */
};
extern struct dcache dcache;

/* @dentry went to its LRU list (@by 1) or left it (-1). d_lock held, so that it keeps its inode, or its being without. */
static inline void dcache_count_unused(const struct dentry *dentry, int by)
{
	atomic_long_add(by, &dcache.nr_unused);
	if (!dentry->d_inode)
		atomic_long_add(by, &dcache.nr_negative);
}

/* A dentry that may be on its LRU list gets an inode (@by -1) or loses it (1). d_lock held. */
static inline void dcache_count_negative(const struct dentry *dentry, int by)
{
	if (dentry->d_flags & DCACHE_LRU_LIST)
		atomic_long_add(by, &dcache.nr_negative);
}

#define NAME_HASH_MUL 0x9E3779B97F4A7C15UL

static inline u64 name_hash_begin(const struct dentry *parent)
{
	return dcache.seed ^ (u64)(unsigned long)parent;
}

static inline u64 name_hash_step(u64 hash, u64 word)
{
	hash = (hash ^ word) * NAME_HASH_MUL;
	return hash ^ (hash >> 29);
}

static inline u32 name_hash_end(u64 hash)
{
	return (u32)((hash * NAME_HASH_MUL) >> 32);
}

static inline __no_sanitize u64 load_word(const char *p)
{
	u64 word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}

/* The first @len (< 8) bytes as a word, zero filled, without touching what follows. */
static inline u64 load_tail(const char *p, unsigned int len)
{
	u64 word = 0;

	if (len & 4) {
		u32 part;

		__builtin_memcpy(&part, p, 4);
		word = part;
		p += 4;
	}
	if (len & 2) {
		u16 part;

		__builtin_memcpy(&part, p, 2);
		word |= (u64)part << ((len & 4) * 8);
		p += 2;
	}
	if (len & 1)
		word |= (u64)(u8)*p << ((len & 6) * 8);
	return word;
}

/* Equal names of the same length? */
static inline bool name_equal(const char *a, const char *b, unsigned int len)
{
	if (len < 8)
		return load_tail(a, len) == load_tail(b, len);
	while (len > 8) {
		if (load_word(a) != load_word(b))
			return false;
		a += 8;
		b += 8;
		len -= 8;
	}
	/* the last eight bytes, perhaps some of them again */
	return load_word(a + len - 8) == load_word(b + len - 8);
}

static inline struct hlist_head *d_bucket(u32 hash)
{
	return &dcache.buckets[hash >> dcache.shift];
}

static inline struct spinlock *d_bucket_lock(const struct hlist_head *bucket)
{
	return &dcache.hash_locks[(bucket - dcache.buckets) % D_HASH_LOCKS];
}

/*
 * Under RCU: the cached child, no reference. *seqp is its d_seq before anything
 * was read; the caller checks it (and the parent's) before it believes.
 */
struct dentry *d_lookup_rcu(const struct dentry *parent, const struct qstr *name, u32 *seqp);
/* Kill a dentry that the caller has just made D_DEAD, d_lock held; returns its parent, whose reference is the caller's now. */
struct dentry *d_kill(struct dentry *dentry);
u32 d_flags_for_inode(struct inode *inode);
void d_set_inode(struct dentry *dentry, struct inode *inode);
void d_hash_insert(struct dentry *dentry);
void d_drop_locked(struct dentry *dentry);
/* Everything below and the root itself; after kill_sb's unmount. */
void shrink_dcache_for_umount(struct super_block *sb);
unsigned long prune_dcache_sb(struct super_block *sb, unsigned long nr);
/* d_path.c: path of @path as seen from @root; *root unreachable gives a path that does not start with '/'. */
char *d_path_from(const struct path *path, const struct path *root, char *buf, int buflen, bool *reachable);

#endif
