/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk_state.c - how a path walk begins and ends, and how it goes from RCU walk to references.
 *
 * WHAT        A walk begins at the root, the working directory, a descriptor or a root that the caller gives. An attempt that
 *             runs as RCU walk holds nothing; nd_unlazy() turns the place where it stands into references, or says that
 *             the walk must start again. nd_terminate() gives back whatever an attempt holds, in either mode.
 * INVARIANTS  K1, K2 of walk.c. After a failed nd_unlazy() the walk holds nothing.
 * LOCKING     RCU, or references.
 * ERRORS      -ECHILD (start again in ref-walk), -EXDEV (outside its scope), -ESTALE, -EBADF, -ENOTDIR.
 * TESTS       tests/guest/vfs/names_test.c, tests/guest/vfs/race_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <vfs/fs_struct.h>
#include "dcache_impl.h"
#include "inode_impl.h"
#include "mount_impl.h"
#include "walk_impl.h"

/* --- begin and end --- */

void nd_begin(struct nameidata *nd, int dfd, struct filename *name, unsigned int flags, const struct path *root)
{
	nd->depth = 0;
	nd->links = nd->first_links;
	nd->name = name;
	nd->dfd = dfd;
	nd->nr_links = 0;
	nd->has_jump = false;
	nd->path.mnt = NULL;
	nd->path.dentry = NULL;
	nd->root.mnt = NULL;
	nd->state = 0;
	nd->outer = current->fs_walk;
	current->fs_walk = nd;
	if (root) {
		nd->root = *root;
		nd->state = ND_ROOT_PRESET;
	}
}

void nd_end(struct nameidata *nd)
{
	current->fs_walk = nd->outer;
	if (nd->links != nd->first_links)
		kfree(nd->links);
}

static void drop_links(struct nameidata *nd)
{
	bool rcu = nd->flags & LOOKUP_RCU;

	while (nd->depth) {
		struct nd_link *link = &nd->links[--nd->depth];

		do_delayed_call(&link->done);
		if (!rcu)
			path_put(&link->link);
	}
}

void nd_terminate(struct nameidata *nd)
{
	drop_links(nd);
	if (nd->flags & LOOKUP_RCU) {
		nd->flags &= ~LOOKUP_RCU;
		rcu_read_unlock();
	} else {
		path_put(&nd->path);
		if (nd->state & ND_ROOT_GRABBED)
			path_put(&nd->root);
	}
	nd->state &= ~(ND_ROOT_GRABBED | ND_JUMPED);
	if (!(nd->state & ND_ROOT_PRESET))
		nd->root.mnt = NULL;
	nd->path.mnt = NULL;
	nd->path.dentry = NULL;
}

/* --- from RCU walk to ref-walk --- */

/* References on @path as it was at @seq. On failure *leak gets what must be put after the RCU section. */
static bool legitimize_path(struct nameidata *nd, const struct path *path, u32 seq, struct path *leak)
{
	bool must_put;

	leak->dentry = NULL;
	leak->mnt = NULL;
	if (!legitimize_mnt(path->mnt, nd->m_seq, &must_put)) {
		if (must_put)
			leak->mnt = path->mnt;
		return false;
	}
	if (!dget_rcu(path->dentry)) {
		leak->mnt = path->mnt;
		return false;
	}
	if (read_seqretry(&path->dentry->d_seq, seq)) {
		*leak = *path;
		return false;
	}
	return true;
}

bool nd_unlazy(struct nameidata *nd)
{
	struct path leak = { NULL, NULL };
	bool root_needed = nd->root.mnt && !(nd->state & ND_ROOT_PRESET);

	KASSERT(nd->flags & LOOKUP_RCU);
	if (nd->depth)
		goto fail;	/* links hold nothing in RCU walk: walk again with references */
	if (!legitimize_path(nd, &nd->path, nd->seq, &leak))
		goto fail;
	if (root_needed) {
		struct path root_leak;

		if (!legitimize_path(nd, &nd->root, nd->root_seq, &root_leak)) {
			nd->flags &= ~LOOKUP_RCU;
			rcu_read_unlock();
			path_put(&root_leak);
			path_put(&nd->path);
			nd->path.mnt = NULL;
			nd->path.dentry = NULL;
			nd->root.mnt = NULL;
			return false;
		}
		nd->state |= ND_ROOT_GRABBED;
	}
	nd->flags &= ~LOOKUP_RCU;
	rcu_read_unlock();
	return true;
fail:
	drop_links(nd);
	nd->flags &= ~LOOKUP_RCU;
	rcu_read_unlock();
	path_put(&leak);
	nd->path.mnt = NULL;
	nd->path.dentry = NULL;
	if (!(nd->state & ND_ROOT_PRESET))
		nd->root.mnt = NULL;
	return false;
}

/* K3: where a scoped walk ended is below its root? */
static int check_scope(struct nameidata *nd)
{
	if (!(nd->flags & LOOKUP_IS_SCOPED) || path_is_under(&nd->path, &nd->root))
		return 0;
	return -EXDEV;
}

int nd_complete(struct nameidata *nd)
{
	struct dentry *dentry = nd->path.dentry;
	int err;

	if (nd->flags & LOOKUP_RCU) {
		if (nd->depth)
			drop_links(nd);	/* nothing but RCU holds their strings; the walk is over */
		if (!(nd->flags & LOOKUP_IS_SCOPED) && !(nd->state & ND_ROOT_PRESET))
			nd->root.mnt = NULL;	/* not needed any more */
		nd->flags &= ~LOOKUP_CACHED;
		if (!nd_unlazy(nd))
			return -ECHILD;
	}
	err = check_scope(nd);
	if (err)
		return err;
	if (likely(!(nd->state & ND_JUMPED)) || !(dentry->d_flags & DCACHE_OP_WEAK_REVALIDATE))
		return 0;
	err = dentry->d_op->d_weak_revalidate(dentry, nd->flags);
	return err > 0 ? 0 : err ? err : -ESTALE;
}

/* --- the root --- */

int set_root(struct nameidata *nd)
{
	struct fs_struct *fs = current->fs;

	if (WARN_ON(nd->flags & LOOKUP_IS_SCOPED))	/* a scoped walk has its root from the start */
		return -ENOTRECOVERABLE;
	if (nd->flags & LOOKUP_RCU) {
		u32 seq;

		do {
			seq = read_seqbegin(&fs->seq);
			nd->root = fs->root;
			nd->root_seq = raw_read_seqcount(&nd->root.dentry->d_seq);
		} while (read_seqretry(&fs->seq, seq));
		return 0;
	}
	get_fs_root(fs, &nd->root);
	nd->state |= ND_ROOT_GRABBED;
	return 0;
}

int jump_root(struct nameidata *nd)
{
	if (nd->flags & LOOKUP_BENEATH)
		return -EXDEV;
	if ((nd->flags & LOOKUP_NO_XDEV) && nd->path.mnt && nd->root.mnt && nd->path.mnt != nd->root.mnt)
		return -EXDEV;
	if (!nd->root.mnt) {
		int err = set_root(nd);

		if (err)
			return err;
		if ((nd->flags & LOOKUP_NO_XDEV) && nd->path.mnt && nd->path.mnt != nd->root.mnt)
			return -EXDEV;
	}
	if (nd->flags & LOOKUP_RCU) {
		nd->path = nd->root;
		nd->seq = nd->root_seq;
		nd->inode = READ_ONCE(nd->path.dentry->d_inode);
		if (read_seqretry(&nd->path.dentry->d_seq, nd->seq))
			return -ECHILD;
	} else {
		path_put(&nd->path);
		nd->path = nd->root;
		path_get(&nd->path);
		nd->inode = nd->path.dentry->d_inode;
	}
	nd->state |= ND_JUMPED;
	return 0;
}

/* --- where the walk starts --- */

static int start_at_cwd(struct nameidata *nd)
{
	struct fs_struct *fs = current->fs;

	if (nd->flags & LOOKUP_RCU) {
		u32 seq;

		do {
			seq = read_seqbegin(&fs->seq);
			nd->path = fs->pwd;
			nd->inode = READ_ONCE(nd->path.dentry->d_inode);
			nd->seq = raw_read_seqcount(&nd->path.dentry->d_seq);
		} while (read_seqretry(&fs->seq, seq));
		return 0;
	}
	get_fs_pwd(fs, &nd->path);
	nd->inode = d_inode(nd->path.dentry);
	return 0;
}

static int start_at_fd(struct nameidata *nd)
{
	struct fd f = fdget_raw(nd->dfd);
	struct dentry *dentry;

	if (!f.file)
		return -EBADF;
	dentry = f.file->f_path.dentry;
	if (*nd->name->name && !d_can_lookup(dentry)) {
		fdput(f);
		return -ENOTDIR;
	}
	nd->path = f.file->f_path;
	nd->inode = d_inode(dentry);
	if (nd->flags & LOOKUP_RCU)
		nd->seq = raw_read_seqcount(&dentry->d_seq);
	else
		path_get(&nd->path);
	fdput(f);
	return 0;
}

/* The walk's root is where it starts (RESOLVE_BENEATH, RESOLVE_IN_ROOT). */
static void scope_here(struct nameidata *nd)
{
	nd->root = nd->path;
	if (nd->flags & LOOKUP_RCU) {
		nd->root_seq = nd->seq;
		return;
	}
	path_get(&nd->root);
	nd->state |= ND_ROOT_GRABBED;
}

static int start_at_preset_root(struct nameidata *nd)
{
	nd->path = nd->root;
	nd->inode = d_inode(nd->path.dentry);
	if (nd->flags & LOOKUP_RCU) {
		nd->seq = nd->root_seq = raw_read_seqcount(&nd->path.dentry->d_seq);
		return 0;
	}
	path_get(&nd->path);
	return 0;
}

const char *nd_start(struct nameidata *nd, unsigned int flags)
{
	const char *s = nd->name->name;
	int err;

	nd->flags = flags;
	nd->depth = 0;
	nd->nr_links = 0;
	nd->state &= ND_ROOT_PRESET;
	if (flags & LOOKUP_RCU)
		rcu_read_lock();
	nd->m_seq = read_seqbegin(&mount_seq);
	if (unlikely(flags & LOOKUP_IS_SCOPED))
		nd->r_seq = read_seqbegin(&rename_seq);
	if (nd->state & ND_ROOT_PRESET) {
		err = start_at_preset_root(nd);
	} else if (*s == '/' && !(flags & LOOKUP_IN_ROOT)) {
		err = jump_root(nd);
	} else {
		err = nd->dfd == AT_FDCWD ? start_at_cwd(nd) : start_at_fd(nd);
		if (!err && unlikely(flags & LOOKUP_IS_SCOPED))
			scope_here(nd);
	}
	return err ? ERR_PTR(err) : s;
}
