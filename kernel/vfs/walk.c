/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk.c - from a path string to a place: the walk itself.
 *
 * WHAT        A walk goes component by component through the dentry cache. It begins as an RCU walk, which writes nothing and holds
 *             nothing: each step reads a child, its sequence count, and checks the parent's. Whatever the RCU walk cannot
 *             do (a miss, a file system that wants to sleep, a race) makes it take references where it stands, or
 *             start again as a ref-walk, which holds references and may sleep.
 * INVARIANTS  K1  RCU walk: path.dentry had d_seq == nd->seq when path.dentry was reached, and mount_seq did not move since
 *                 m_seq; both are checked before anything found is used.
 *             K2  Ref-walk: path, root (if grabbed) and each link on the stack hold references.
 *             K3  At most MAXSYMLINKS links; a scoped walk (BENEATH, IN_ROOT) never ends outside its root.
 * LOCKING     RCU, or references. ->lookup under the directory's i_rwsem.
 * ERRORS      -ENOENT, -ENOTDIR, -ELOOP, -EACCES, -EXDEV, -EAGAIN (scoped walk raced, LOOKUP_CACHED), -EPARK from file systems.
 *             -ECHILD never leaves this folder.
 * TESTS       tests/guest/vfs/names_test.c, tests/guest/vfs/race_test.c
 * SEE         docs/adr/0030-vfs-locking.md
 */
#include <lib/err.h>
#include <lib/uabi.h>
#include "dcache_impl.h"
#include "mount_impl.h"
#include "walk_impl.h"

/* --- permission of a directory on the way --- */

static inline int may_search(struct nameidata *nd)
{
	struct inode *inode = nd->inode;
	int err;

	/* everybody may: no need to know who asks */
	if (likely((inode->i_opflags & IOP_FASTPERM) && (inode->i_mode & S_IXUGO) == S_IXUGO && !(inode->i_flags & S_ACL)))
		return 0;
	if (!(nd->flags & LOOKUP_RCU))
		return inode_permission(inode, MAY_EXEC);
	err = inode_permission(inode, MAY_EXEC | MAY_NOT_BLOCK);
	if (err != -ECHILD)
		return err;
	if (!nd_unlazy(nd))
		return -ECHILD;
	return inode_permission(inode, MAY_EXEC);
}

/* --- one step --- */

/* Stand on @path (ref-walk: dentry referenced, mount referenced if @got_mnt). */
static void stand_on(struct nameidata *nd, const struct path *path, bool got_mnt)
{
	dput(nd->path.dentry);
	if (got_mnt)
		mntput(nd->path.mnt);
	nd->path = *path;
}

static const char *step_rcu(struct nameidata *nd, struct dentry *dentry, u32 seq, bool follow)
{
	struct path path = { nd->path.mnt, dentry };
	struct inode *inode = d_inode_rcu(dentry);

	/* K1: the child as read belongs to the parent as read */
	if (read_seqretry(&dentry->d_seq, seq) || read_seqretry(&nd->path.dentry->d_seq, nd->seq))
		return ERR_PTR(-ECHILD);
	if (unlikely(d_mountpoint(dentry))) {
		if (!cross_mounts_rcu(nd, &path, &inode, &seq))
			return ERR_PTR(-ECHILD);
		if ((nd->flags & LOOKUP_NO_XDEV) && path.mnt != nd->path.mnt)
			return ERR_PTR(-EXDEV);
	}
	/* a mount's root that loses its inode is a mount that goes, not a name that is missing: only an unchanged one says no */
	if (unlikely(!inode || d_is_negative(path.dentry)))
		return ERR_PTR(read_seqretry(&path.dentry->d_seq, seq) ? -ECHILD : -ENOENT);
	if (unlikely(d_is_symlink(path.dentry)) && follow) {
		nd->link_seq = seq;
		return pick_link(nd, &path, inode);
	}
	nd->path = path;
	nd->inode = inode;
	nd->seq = seq;
	return NULL;
}

static const char *step_ref(struct nameidata *nd, struct dentry *dentry, bool follow)
{
	struct path path = { nd->path.mnt, dentry };
	bool jumped = false, got_mnt = false;
	struct inode *inode;

	if (unlikely(d_mountpoint(dentry))) {
		cross_mounts(&path, &jumped, &got_mnt);
		if (jumped)
			nd->state |= ND_JUMPED;
		if ((nd->flags & LOOKUP_NO_XDEV) && got_mnt) {
			path_put(&path);
			return ERR_PTR(-EXDEV);
		}
	}
	inode = d_inode(path.dentry);
	if (unlikely(!inode)) {
		dput(path.dentry);
		if (got_mnt)
			mntput(path.mnt);
		return ERR_PTR(-ENOENT);
	}
	if (unlikely(d_is_symlink(path.dentry)) && follow) {
		if (!got_mnt)
			mntget(path.mnt);
		return pick_link(nd, &path, inode);
	}
	stand_on(nd, &path, got_mnt);
	nd->inode = inode;
	return NULL;
}

const char *nd_step(struct nameidata *nd, struct dentry *dentry, u32 seq, bool follow)
{
	if (nd->flags & LOOKUP_RCU)
		return step_rcu(nd, dentry, seq, follow);
	return step_ref(nd, dentry, follow);
}

/* --- finding a child --- */

static inline int revalidate(struct dentry *dentry, unsigned int flags)
{
	if (likely(!(dentry->d_flags & DCACHE_OP_REVALIDATE)))
		return 1;
	return dentry->d_op->d_revalidate(dentry, flags);
}

static struct dentry *lookup_fast_rcu(struct nameidata *nd, u32 *seqp)
{
	struct dentry *dentry = d_lookup_rcu(nd->path.dentry, &nd->last, seqp);
	int status;

	if (unlikely(!dentry)) {
		if (nd->flags & LOOKUP_CACHED)
			return ERR_PTR(-EAGAIN);
		return nd_unlazy(nd) ? NULL : ERR_PTR(-ECHILD);
	}
	status = revalidate(dentry, nd->flags);
	if (likely(status > 0))
		return dentry;
	return ERR_PTR(status == -ECHILD || !status ? -ECHILD : status);
}

struct dentry *nd_lookup_fast(struct nameidata *nd, u32 *seqp)
{
	struct dentry *dentry;
	int status;

	if (likely(nd->flags & LOOKUP_RCU))
		return lookup_fast_rcu(nd, seqp);
	dentry = d_lookup(nd->path.dentry, &nd->last);
	if (!dentry)
		return NULL;
	status = revalidate(dentry, nd->flags);
	if (likely(status > 0))
		return dentry;
	if (!status)
		d_invalidate(dentry);
	dput(dentry);
	return ERR_PTR(status);	/* 0 is NULL: ask the file system */
}

struct dentry *lookup_in_dir_locked(const struct qstr *name, struct dentry *dir, unsigned int flags)
{
	struct inode *inode = d_inode(dir);
	struct dentry *dentry = d_lookup(dir, name), *found;

	if (dentry) {
		int status = revalidate(dentry, flags);

		if (status > 0)
			return dentry;
		if (!status)
			d_invalidate(dentry);
		dput(dentry);
		if (status)
			return ERR_PTR(status);
	}
	if (unlikely(IS_DEADDIR(inode)))
		return ERR_PTR(-ENOENT);
	dentry = d_alloc(dir, name);
	if (!dentry)
		return ERR_PTR(-ENOMEM);
	found = inode->i_op->lookup(inode, dentry, flags);
	if (unlikely(found)) {	/* an alias, or an error */
		dput(dentry);
		dentry = found;
	}
	return dentry;
}

static struct dentry *lookup_slow(struct nameidata *nd)
{
	struct dentry *dir = nd->path.dentry, *dentry;
	int err = inode_lock_killable_nested(d_inode(dir), I_MUTEX_PARENT);

	if (err)
		return ERR_PTR(err);
	dentry = lookup_in_dir_locked(&nd->last, dir, nd->flags & ~LOOKUP_RCU);
	inode_unlock(d_inode(dir));
	return dentry;
}

static const char *walk_component(struct nameidata *nd, bool follow)
{
	struct dentry *dentry;
	u32 seq = 0;

	if (unlikely(nd->last_type != LAST_NORM)) {
		int err = walk_dots(nd);

		return err ? ERR_PTR(err) : NULL;
	}
	dentry = nd_lookup_fast(nd, &seq);
	if (unlikely(IS_ERR(dentry)))
		return ERR_CAST(dentry);
	if (unlikely(!dentry)) {
		dentry = lookup_slow(nd);
		if (IS_ERR(dentry))
			return ERR_CAST(dentry);
	}
	return nd_step(nd, dentry, seq, follow);
}

/* --- the string --- */

#define ONES	0x0101010101010101UL
#define HIGHS	0x8080808080808080UL

/* High bit set in each byte of @w that is zero; only the lowest set one is exact. */
static inline u64 zero_bytes(u64 w)
{
	return (w - ONES) & ~w & HIGHS;
}

/*
 * Hash the component at @name, which ends at '/' or the terminator; struct filename is padded, so whole
 * words may be read. The same function of the bytes as d_name_hash().
 */
static __no_sanitize u32 hash_component(const struct dentry *parent, const char *name, u32 *len)
{
	u64 hash = name_hash_begin(parent);
	const char *p = name;

	for (;; p += 8) {
		u64 word = load_word(p);
		u64 end = zero_bytes(word) | zero_bytes(word ^ ('/' * ONES));

		if (end) {
			unsigned int bits = __builtin_ctzl(end) & ~7U;

			*len = (u32)(p - name) + bits / 8;
			return name_hash_end(name_hash_step(hash, word & ((1UL << bits) - 1)));
		}
		hash = name_hash_step(hash, word);
	}
}

/* Read the next component of @name into nd->last; returns what follows it. */
static int parse_component(struct nameidata *nd, const char *name)
{
	nd->last.name = name;
	nd->last_type = LAST_NORM;
	if (unlikely(name[0] == '.')) {
		if (name[1] == '/' || !name[1]) {
			nd->last_type = LAST_DOT;
			nd->last.len = 1;
			return 0;
		}
		if (name[1] == '.' && (name[2] == '/' || !name[2])) {
			nd->last_type = LAST_DOTDOT;
			nd->last.len = 2;
			return 0;
		}
	}
	nd->last.hash = hash_component(nd->path.dentry, name, &nd->last.len);
	if (unlikely(nd->path.dentry->d_flags & DCACHE_OP_HASH)) {
		int err = nd->path.dentry->d_op->d_hash(nd->path.dentry, &nd->last);

		if (err < 0)
			return err;
	}
	if (unlikely(nd->last.len > NAME_MAX))
		return -ENAMETOOLONG;
	return 0;
}

/*
 * Walk the string up to, not including, its last component. @base is the link depth at which the string itself lies:
 * links inside it are walked to their ends here; the link at its very end is the caller's.
 */
static int walk_string(const char *name, struct nameidata *nd, unsigned int base)
{
	int err;

	nd->state &= ~ND_LAST;
	while (*name == '/')
		name++;
	if (!*name) {
		nd->dir_mode = 0;
		nd->last_type = LAST_ROOT;
		nd->last.name = name;
		nd->last.len = 0;
		return 0;
	}
	for (;;) {
		const char *rest, *link;

		err = may_search(nd);
		if (err)
			return err;
		err = parse_component(nd, name);
		if (err)
			return err;
		rest = nd->last.name + nd->last.len;
		if (*rest) {
			do
				rest++;
			while (*rest == '/');
		}
		if (!*rest) {
			if (nd->depth == base) {
				nd->dir_uid = nd->inode->i_uid;
				nd->dir_mode = nd->inode->i_mode;
				nd->state |= ND_LAST;
				return 0;
			}
			/* the end of an inner link's target: go on with what follows the link */
			rest = nd->links[nd->depth - 1].rest;
			link = walk_component(nd, true);
			if (!link)
				pop_link(nd);
			else if (!IS_ERR(link))
				replace_outer_link(nd);
		} else {
			link = walk_component(nd, true);
		}
		if (unlikely(link)) {
			if (IS_ERR(link))
				return PTR_ERR(link);
			if (*link) {
				nd->links[nd->depth - 1].rest = rest;
				name = link;
				goto check_dir;
			}
			pop_link(nd);
		}
		name = rest;
check_dir:
		if (unlikely(!d_can_lookup(nd->path.dentry))) {
			if (nd->flags & LOOKUP_RCU)
				return nd_unlazy(nd) ? -ENOTDIR : -ECHILD;
			return -ENOTDIR;
		}
	}
}

int nd_walk_parent(const char *name, struct nameidata *nd)
{
	return walk_string(name, nd, nd->depth);
}

const char *nd_walk_last(struct nameidata *nd)
{
	if (nd->last_type == LAST_NORM && nd->last.name[nd->last.len])	/* a trailing slash */
		nd->flags |= LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
	return walk_component(nd, nd->flags & LOOKUP_FOLLOW);
}

/* --- the whole walk --- */

static int walk_to_end(struct nameidata *nd, unsigned int flags)
{
	const char *s = nd_start(nd, flags);
	int err;

	if (IS_ERR(s))
		return PTR_ERR(s);
	do {
		err = nd_walk_parent(s, nd);
		if (err)
			return err;
		if (nd->last_type == LAST_ROOT)
			break;
		s = nd_walk_last(nd);
		if (IS_ERR(s))
			return PTR_ERR(s);
	} while (s);
	return 0;
}

int path_lookupat(struct nameidata *nd, unsigned int flags, struct path *path)
{
	int err = walk_to_end(nd, flags);

	if (!err && (nd->flags & LOOKUP_DOWN) && !(nd->flags & LOOKUP_RCU)) {
		bool jumped, got_mnt = true;

		cross_mounts(&nd->path, &jumped, &got_mnt);
		nd->inode = d_inode(nd->path.dentry);
	}
	if (!err)
		err = nd_complete(nd);
	if (!err && (nd->flags & LOOKUP_DIRECTORY) && !d_can_lookup(nd->path.dentry))
		err = -ENOTDIR;
	if (!err) {
		*path = nd->path;
		nd->path.mnt = NULL;
		nd->path.dentry = NULL;
	}
	nd_terminate(nd);
	return err;
}

int path_parentat(struct nameidata *nd, unsigned int flags, struct path *parent)
{
	const char *s = nd_start(nd, flags);
	int err = PTR_ERR_OR_ZERO(s);

	if (!err)
		err = nd_walk_parent(s, nd);
	if (!err)
		err = nd_complete(nd);
	if (!err) {
		*parent = nd->path;
		nd->path.mnt = NULL;
		nd->path.dentry = NULL;
	}
	nd_terminate(nd);
	return err;
}
