/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dentry.h - a name in a directory, cached.
 *
 * d_count is alone and atomic: >= 0 live, negative dead. A lookup takes a
 * reference with dget_rcu(), which fails on the dead. d_seq changes whenever
 * name, parent or inode do, so an RCU walk can tell that it read them together.
 */
#ifndef VFS_DENTRY_H
#define VFS_DENTRY_H

#include <lib/list.h>
#include <lib/hlist.h>
#include <arch/atomic.h>
#include <sync/rcu.h>
#include <sync/seqlock.h>
#include <sync/spinlock.h>
#include <vfs/types.h>

#define DNAME_INLINE_LEN	40

/* d_flags; writers hold d_lock */
#define DCACHE_MOUNTED		0x0001	/* something may be mounted here */
#define DCACHE_OP_HASH		0x0002
#define DCACHE_OP_COMPARE	0x0004
#define DCACHE_OP_REVALIDATE	0x0008
#define DCACHE_OP_DELETE	0x0010
#define DCACHE_OP_REAL		0x0020
#define DCACHE_OP_WEAK_REVALIDATE 0x0040
#define DCACHE_NEED_AUTOMOUNT	0x0080
#define DCACHE_REFERENCED	0x0100	/* used since the shrinker last came by */
#define DCACHE_LRU_LIST		0x0200
#define DCACHE_DONTCACHE	0x0400
#define DCACHE_PAR_LOOKUP	0x0800	/* ->lookup under way */
#define DCACHE_CANT_MOUNT	0x1000
#define DCACHE_DISCONNECTED	0x2000
#define DCACHE_SHRINK_LIST	0x4000
#define DCACHE_NORCU		0x8000
#define DCACHE_PERSISTENT	0x80000	/* pinned by its ram file system: one reference */
/* type of the inode, so a walk need not touch it */
#define DCACHE_ENTRY_TYPE	0x70000
#define DCACHE_MISS_TYPE	0x00000	/* negative */
#define DCACHE_DIRECTORY_TYPE	0x10000
#define DCACHE_SYMLINK_TYPE	0x20000
#define DCACHE_REGULAR_TYPE	0x30000
#define DCACHE_SPECIAL_TYPE	0x40000
#define DCACHE_NOLOOKUP_DIR_TYPE 0x50000	/* directory without ->lookup */

struct dentry_operations {
	/* Is the cached answer still right? > 0 yes, 0 no, -errno. LOOKUP_RCU: -ECHILD to be asked in ref-walk. */
	int (*d_revalidate)(struct dentry *dentry, unsigned int flags);
	/* Same for the place a walk jumped to ("." or a magic link). */
	int (*d_weak_revalidate)(struct dentry *dentry, unsigned int flags);
	int (*d_hash)(const struct dentry *dir, struct qstr *name);
	/* 0: equal. Called under RCU. */
	int (*d_compare)(const struct dentry *dentry, unsigned int len, const char *str,
			 const struct qstr *name);
	/* Last reference went: true frees the dentry at once. */
	bool (*d_delete)(const struct dentry *dentry);
	void (*d_release)(struct dentry *dentry);
	void (*d_iput)(struct dentry *dentry, struct inode *inode);
	/* The name to show for files that have no place ("pipe:[1]"). Returns a pointer inside @buf. */
	char *(*d_dname)(struct dentry *dentry, char *buf, int len);
	/* The dentry that really holds the data (overlay). */
	struct dentry *(*d_real)(struct dentry *dentry, const struct inode *inode);
};

struct dentry {
	u32 d_flags;			/* writers: d_lock */
	struct seqcount d_seq;		/* writers: d_lock; covers name, parent, inode */
	struct hlist_node d_hash;	/* bucket lock; readers RCU */
	struct dentry *d_parent;	/* d_seq, rename_lock */
	struct qstr d_name;		/* d_seq, rename_lock */
	struct inode *d_inode;		/* d_seq; NULL: negative */
	char d_iname[DNAME_INLINE_LEN];	/* short names live here */

	atomic_t d_count;		/* < 0: dead */
	struct spinlock d_lock;		/* rank DENTRY, parent before child */
	const struct dentry_operations *d_op;	/* __final */
	struct super_block *d_sb;		/* __final */
	void *d_fsdata;
	u64 d_time;			/* for d_revalidate */
	u64 d_offset;			/* place in a ram directory; parent's i_rwsem */
	struct list_head d_lru;		/* sb->s_dentry_lru_lock */
	struct list_head d_child;	/* parent's d_lock */
	struct list_head d_subdirs;	/* own d_lock */
	union {
		struct hlist_node d_alias;	/* inode->i_lock */
		struct rcu_head d_rcu;
	};
};

/* Moves whenever any name moves; a path built while it did is built again. Writers: rename_lock. */
extern struct seqcount rename_seq;

/* --- references --- */

static inline struct dentry *dget(struct dentry *dentry)
{
	if (dentry)
		atomic_inc(&dentry->d_count);
	return dentry;
}

/* A reference under RCU; false if the dentry is dead. */
static inline bool dget_rcu(struct dentry *dentry)
{
	return atomic_inc_unless_negative(&dentry->d_count);
}

/* Give a reference back; the last may free the dentry and its inode. May sleep. NULL is fine. */
void dput(struct dentry *dentry);
/* The parent, with a reference. */
struct dentry *dget_parent(struct dentry *dentry);

static inline unsigned int d_count(const struct dentry *dentry)
{
	return atomic_read(&dentry->d_count);
}

/* --- making --- */

/* A negative, unhashed child of @parent. NULL: no memory. */
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name);
struct dentry *d_alloc_name(struct dentry *parent, const char *name);
/* A dentry that belongs to no tree (pipes, sockets, anonymous inodes). */
struct dentry *d_alloc_pseudo(struct super_block *sb, const struct qstr *name);
/* The root of a file system; consumes @inode also on failure. */
struct dentry *d_make_root(struct inode *inode);
/* Give @dentry its inode (reference consumed) without, or with, entering the hash. */
void d_instantiate(struct dentry *dentry, struct inode *inode);
void d_add(struct dentry *dentry, struct inode *inode);
void d_rehash(struct dentry *dentry);
/* d_add() for ->lookup: reuses an existing alias of a directory. Consumes @inode (NULL, ERR_PTR fine). */
struct dentry *d_splice_alias(struct inode *inode, struct dentry *dentry);
/* A dentry of @inode in no tree (O_TMPFILE): consumes nothing. */
void d_mark_tmpfile(struct file *file, struct inode *inode);
/* Some dentry of @inode with a reference, or NULL. */
struct dentry *d_find_alias(struct inode *inode);
struct dentry *d_find_any_alias(struct inode *inode);

/* --- taking away --- */

void d_drop(struct dentry *dentry);
/* After unlink: turn negative, or leave the hash if others use it. Consumes nothing. */
void d_delete(struct dentry *dentry);
/* Drop a cached subtree as far as it is unused; detach mounts on it. */
void d_invalidate(struct dentry *dentry);
void shrink_dcache_parent(struct dentry *parent);
void shrink_dcache_sb(struct super_block *sb);
void d_prune_aliases(struct inode *inode);
/* rename: put @dentry where @target is. Caller holds both directories' i_rwsem. */
void d_move(struct dentry *dentry, struct dentry *target);
void d_exchange(struct dentry *a, struct dentry *b);
/* unlink and lookup of one name done by the file system itself (simple ram trees). */
void d_genocide(struct dentry *root);

/* --- finding --- */

/* Cached child with a reference, or NULL; no ->lookup, no revalidation. */
struct dentry *d_lookup(const struct dentry *parent, const struct qstr *name);
struct dentry *d_hash_and_lookup(struct dentry *parent, struct qstr *name);
/* Is @a @b or below it? */
bool is_subdir(struct dentry *a, struct dentry *b);
struct dentry *d_ancestor(struct dentry *p1, struct dentry *p2);
/* Hash of a name below @parent, for qstr.hash. (lib's full_name_hash is another function.) */
u32 d_name_hash(const struct dentry *parent, const char *name, unsigned int len);

/* --- names --- */

/*
 * The path as seen from current's root, built backwards in @buf; a pointer
 * inside @buf, or ERR_PTR(-ENAMETOOLONG). " (deleted)" is appended for the unlinked.
 */
char *d_path(const struct path *path, char *buf, int buflen);
/* Without mounts: inside the file system. */
char *dentry_path_raw(struct dentry *dentry, char *buf, int buflen);
/* For d_dname of file systems with fixed names: "kind:[ino]" style text from @fmt. */
char *simple_dname(struct dentry *dentry, char *buf, int buflen);
char *dynamic_dname(char *buf, int buflen, const char *fmt, ...) __printf(3, 4);

/* --- questions --- */

static inline bool d_unhashed(const struct dentry *dentry)
{
	return hlist_unhashed(&dentry->d_hash);
}
static inline bool d_unlinked(const struct dentry *dentry)
{
	return d_unhashed(dentry) && dentry->d_parent != dentry;
}
static inline bool IS_ROOT(const struct dentry *dentry) { return dentry->d_parent == dentry; }
static inline u32 d_entry_type(const struct dentry *dentry)
{
	return READ_ONCE(dentry->d_flags) & DCACHE_ENTRY_TYPE;
}
static inline bool d_is_negative(const struct dentry *dentry)
{
	return d_entry_type(dentry) == DCACHE_MISS_TYPE;
}
static inline bool d_is_positive(const struct dentry *dentry) { return !d_is_negative(dentry); }
static inline bool d_really_is_negative(const struct dentry *dentry) { return !dentry->d_inode; }
static inline bool d_really_is_positive(const struct dentry *dentry) { return dentry->d_inode; }
static inline bool d_can_lookup(const struct dentry *dentry)
{
	return d_entry_type(dentry) == DCACHE_DIRECTORY_TYPE;
}
static inline bool d_is_dir(const struct dentry *dentry)
{
	return d_can_lookup(dentry) || d_entry_type(dentry) == DCACHE_NOLOOKUP_DIR_TYPE;
}
static inline bool d_is_symlink(const struct dentry *dentry)
{
	return d_entry_type(dentry) == DCACHE_SYMLINK_TYPE;
}
static inline bool d_is_reg(const struct dentry *dentry)
{
	return d_entry_type(dentry) == DCACHE_REGULAR_TYPE;
}
static inline bool d_mountpoint(const struct dentry *dentry)
{
	return READ_ONCE(dentry->d_flags) & DCACHE_MOUNTED;
}
static inline struct inode *d_inode(const struct dentry *dentry) { return dentry->d_inode; }
static inline struct inode *d_inode_rcu(const struct dentry *dentry)
{
	return READ_ONCE(dentry->d_inode);
}
static inline struct inode *d_backing_inode(const struct dentry *dentry) { return dentry->d_inode; }

/* The dentry with the data: itself unless a stacked file system says otherwise. */
static inline struct dentry *d_real(struct dentry *dentry, const struct inode *inode)
{
	if (unlikely(dentry->d_flags & DCACHE_OP_REAL))
		return dentry->d_op->d_real(dentry, inode);
	return dentry;
}

void d_set_d_op(struct dentry *dentry, const struct dentry_operations *op);

/* Boot: the hash table (vfs_init() calls it). */
void dcache_init(unsigned long nr_pages, u64 seed);

#endif
