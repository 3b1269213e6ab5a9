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
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <vfs/fs_struct.h>
#include <vfs/super.h>
#include "dcache_impl.h"
#include "inode_impl.h"
#include "mount_impl.h"
#include "namei_impl.h"

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

static int set_root(struct nameidata *nd)
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

/* Stand on the root: an absolute path or link. */
static int jump_root(struct nameidata *nd)
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

/* --- permission of a directory on the way --- */

static inline int may_search(struct nameidata *nd)
{
	struct inode *inode = nd->inode;
	int err;

	/* everybody may: no need to know who asks */
	if (likely((inode->i_opflags & IOP_FASTPERM) && (inode->i_mode & S_IXUGO) == S_IXUGO))
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

/* --- crossing mounts --- */

/* Down through what is mounted on the place, RCU. False: start again. */
static bool cross_mounts_rcu(struct nameidata *nd, struct path *path, struct inode **inode, u32 *seqp)
{
	while (d_mountpoint(path->dentry)) {
		struct mount *m = mount_find_rcu(path->mnt, path->dentry);

		if (!m)
			return !read_seqretry(&mount_seq, nd->m_seq);
		path->mnt = &m->mnt;
		path->dentry = m->mnt.mnt_root;
		nd->state |= ND_JUMPED;
		*seqp = raw_read_seqcount(&path->dentry->d_seq);
		*inode = READ_ONCE(path->dentry->d_inode);
		if (read_seqretry(&mount_seq, nd->m_seq))
			return false;
	}
	return true;
}

/* Ref-walk: path.dentry is referenced; path.mnt is nd->path.mnt, borrowed, unless we cross. */
static int cross_mounts(struct path *path, bool *jumped, bool *got_mnt)
{
	while (d_mountpoint(path->dentry)) {
		struct vfsmount *mnt = lookup_mnt(path);

		if (!mnt)
			break;
		dput(path->dentry);
		if (*got_mnt)
			mntput(path->mnt);
		path->mnt = mnt;
		path->dentry = dget(mnt->mnt_root);
		*got_mnt = true;
		*jumped = true;
	}
	return 0;
}

/* --- symlinks --- */

static bool reserve_link(struct nameidata *nd)
{
	struct nd_link *more;

	if (likely(nd->depth < ARRAY_SIZE(nd->first_links)) || nd->links != nd->first_links)
		return true;
	more = kmalloc(sizeof(*more) * MAXSYMLINKS,
		       nd->flags & LOOKUP_RCU ? GFP_NOWAIT : GFP_KERNEL);
	if (!more)
		return false;
	memcpy(more, nd->first_links, sizeof(nd->first_links));
	nd->links = more;
	return true;
}

/* The target of the link at @link; ERR_PTR, or NULL after a jump. */
static const char *read_link(struct nameidata *nd, struct path *link, struct inode *inode, struct nd_link *slot)
{
	const char *target = READ_ONCE(inode->i_link);

	if (target)
		return target;
	if (!inode->i_op->get_link)
		return ERR_PTR(-EINVAL);
	if (nd->flags & LOOKUP_RCU) {
		target = inode->i_op->get_link(NULL, inode, &slot->done);
		return target ? target : ERR_PTR(-ECHILD);
	}
	target = inode->i_op->get_link(link->dentry, inode, &slot->done);
	if (IS_ERR(target) || target)
		return target;
	return nd->has_jump ? NULL : ERR_PTR(-ENOENT);
}

/* Move to where a magic link jumped. */
static int take_jump(struct nameidata *nd)
{
	nd->has_jump = false;
	if ((nd->flags & (LOOKUP_NO_MAGICLINKS | LOOKUP_IS_SCOPED))) {
		path_put(&nd->jump);
		return nd->flags & LOOKUP_NO_MAGICLINKS ? -ELOOP : -EXDEV;
	}
	if ((nd->flags & LOOKUP_NO_XDEV) && nd->jump.mnt != nd->path.mnt) {
		path_put(&nd->jump);
		return -EXDEV;
	}
	path_put(&nd->path);
	nd->path = nd->jump;
	nd->inode = nd->path.dentry->d_inode;
	nd->state |= ND_JUMPED;
	return 0;
}

int nd_jump_link(struct path *path)
{
	struct nameidata *nd = current->fs_walk;

	if (!nd || nd->has_jump) {
		path_put(path);
		return -ELOOP;
	}
	nd->jump = *path;
	nd->has_jump = true;
	return 0;
}

/*
 * @link is a symlink to be followed (ref-walk: its references are consumed). The walk stays in the link's directory.
 * Returns the string to walk next, "" after a jump with nothing left, or ERR_PTR.
 */
static const char *pick_link(struct nameidata *nd, struct path *link, struct inode *inode)
{
	bool rcu = nd->flags & LOOKUP_RCU;
	struct nd_link *slot;
	const char *target;
	int err = -ELOOP;

	if (nd->nr_links++ >= MAXSYMLINKS || (nd->flags & LOOKUP_NO_SYMLINKS) ||
	    (link->mnt->mnt_flags & MNT_NOSYMFOLLOW))	/* K3 */
		goto fail;
	err = rcu ? -ECHILD : -ENOMEM;
	if (!reserve_link(nd))
		goto fail;
	slot = &nd->links[nd->depth];
	slot->done.kmem = NULL;
	slot->link = *link;
	if (rcu) {
		if (atime_needs_update(link, inode))
			return ERR_PTR(-ECHILD);
	} else {
		touch_atime(link);
	}
	target = read_link(nd, link, inode, slot);
	if (rcu && !IS_ERR(target) && read_seqretry(&link->dentry->d_seq, nd->link_seq))
		target = ERR_PTR(-ECHILD);
	if (IS_ERR(target)) {
		do_delayed_call(&slot->done);
		err = PTR_ERR(target);
		goto fail;
	}
	nd->depth++;
	if (!target) {
		err = take_jump(nd);
		return err ? ERR_PTR(err) : "";
	}
	if (*target == '/') {
		err = jump_root(nd);
		if (err)
			return ERR_PTR(err);
		while (*target == '/')
			target++;
	}
	return target;
fail:
	if (!rcu)
		path_put(link);
	return ERR_PTR(err);
}

/* The innermost link's target was walked to its end. */
static void pop_link(struct nameidata *nd)
{
	struct nd_link *slot = &nd->links[--nd->depth];

	do_delayed_call(&slot->done);
	if (!(nd->flags & LOOKUP_RCU))
		path_put(&slot->link);
}

/* The link just pushed stood at the end of the one before it, which is done with: it takes its place. */
static void replace_outer_link(struct nameidata *nd)
{
	struct nd_link inner = nd->links[--nd->depth];

	pop_link(nd);
	nd->links[nd->depth++] = inner;
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

/* --- ".." --- */

static bool at_root(const struct nameidata *nd, const struct path *path)
{
	return path->dentry == nd->root.dentry && path->mnt == nd->root.mnt;
}

static int dotdot_rcu(struct nameidata *nd)
{
	struct path path = nd->path;
	struct dentry *parent;
	u32 seq = nd->seq;

	while (!at_root(nd, &path) && path.dentry == path.mnt->mnt_root) {
		struct mount *m = real_mount(path.mnt), *up = READ_ONCE(m->mnt_parent);

		if (up == m)
			break;
		path.dentry = READ_ONCE(m->mnt_mountpoint);
		path.mnt = &up->mnt;
		seq = raw_read_seqcount(&path.dentry->d_seq);
		if (read_seqretry(&mount_seq, nd->m_seq))
			return -ECHILD;
		if (nd->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
	}
	if (at_root(nd, &path) || path.dentry == path.mnt->mnt_root) {
		if (nd->flags & LOOKUP_BENEATH)
			return -ECHILD;
		parent = path.dentry;
	} else {
		struct inode *inode;

		parent = READ_ONCE(path.dentry->d_parent);
		if (read_seqretry(&path.dentry->d_seq, seq))
			return -ECHILD;
		path.dentry = parent;
		seq = raw_read_seqcount(&parent->d_seq);
		inode = d_inode_rcu(parent);
		if (!cross_mounts_rcu(nd, &path, &inode, &seq))
			return -ECHILD;
	}
	nd->inode = d_inode_rcu(path.dentry);
	if (!nd->inode || read_seqretry(&path.dentry->d_seq, seq))
		return -ECHILD;
	nd->path = path;
	nd->seq = seq;
	return 0;
}

/* From the root of a mount to the place that it covers. False: it is the top. */
static bool up_one_mount(struct path *path)
{
	struct path upper;
	struct mount *m = real_mount(path->mnt);

	spin_lock(&mounts.lock);
	if (!mnt_has_parent(m)) {
		spin_unlock(&mounts.lock);
		return false;
	}
	upper.mnt = mntget(&m->mnt_parent->mnt);
	upper.dentry = dget(m->mnt_mountpoint);
	spin_unlock(&mounts.lock);
	path_put(path);
	*path = upper;
	return true;
}

static int dotdot_ref(struct nameidata *nd)
{
	struct path path = nd->path;
	bool jumped = false, got_mnt = true;

	path_get(&path);
	while (!at_root(nd, &path) && path.dentry == path.mnt->mnt_root) {
		if (!up_one_mount(&path))
			break;
		if (nd->flags & LOOKUP_NO_XDEV) {
			path_put(&path);
			return -EXDEV;
		}
	}
	if (at_root(nd, &path) || path.dentry == path.mnt->mnt_root) {
		if (nd->flags & LOOKUP_BENEATH) {
			path_put(&path);
			return -EXDEV;
		}
	} else {
		struct dentry *parent = dget_parent(path.dentry);

		dput(path.dentry);
		path.dentry = parent;
		cross_mounts(&path, &jumped, &got_mnt);
	}
	path_put(&nd->path);
	nd->path = path;
	nd->inode = d_inode(path.dentry);
	return 0;
}

static int walk_dots(struct nameidata *nd)
{
	int err;

	if (nd->last_type != LAST_DOTDOT)
		return 0;
	if (!nd->root.mnt) {
		err = set_root(nd);
		if (err)
			return err;
	}
	nd->state |= ND_JUMPED;
	if (nd->flags & LOOKUP_RCU)
		err = dotdot_rcu(nd);
	else
		err = dotdot_ref(nd);
	if (err || !(nd->flags & LOOKUP_IS_SCOPED))
		return err;
	/* a rename or mount meanwhile may have moved us outside: the caller tries again */
	if (read_seqretry(&mount_seq, nd->m_seq) || read_seqretry(&rename_seq, nd->r_seq))
		return nd->flags & LOOKUP_RCU ? -ECHILD : -EAGAIN;
	return 0;
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

	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
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

	while (*name == '/')
		name++;
	if (!*name) {
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
