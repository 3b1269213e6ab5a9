/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk_links.c - a path walk follows symbolic links.
 *
 * WHAT        A link met on the way is pushed on nd->links with what keeps its target readable; the walk goes on in the target's string
 *             and pops the link at its end. A magic link has no string: its method calls nd_jump_link() with the place itself.
 * INVARIANTS  K2, K3 of walk.c.
 * LOCKING     RCU: the target is believed after the link's d_seq was checked. Ref-walk: the slot holds references.
 * ERRORS      -ELOOP, -ECHILD, -ENOMEM, -EXDEV, what ->get_link says.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <vfs/inode.h>
#include "dcache_impl.h"
#include "inode_impl.h"
#include "walk_impl.h"

/* --- pushing and popping --- */

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

const char *pick_link(struct nameidata *nd, struct path *link, struct inode *inode)
{
	bool rcu = nd->flags & LOOKUP_RCU;
	struct nd_link *slot;
	const char *target;
	int err = -ELOOP;

	if (nd->nr_links++ >= MAXSYMLINKS)	/* K3 */
		goto fail;
	err = nd->state & ND_LAST ? may_follow_link(nd, inode) : 0;
	if (err)
		goto fail;
	err = -ELOOP;
	if ((nd->flags & LOOKUP_NO_SYMLINKS) || (link->mnt->mnt_flags & MNT_NOSYMFOLLOW))
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

void pop_link(struct nameidata *nd)
{
	struct nd_link *slot = &nd->links[--nd->depth];

	do_delayed_call(&slot->done);
	if (!(nd->flags & LOOKUP_RCU))
		path_put(&slot->link);
}

void replace_outer_link(struct nameidata *nd)
{
	struct nd_link inner = nd->links[--nd->depth];

	pop_link(nd);
	nd->links[nd->depth++] = inner;
}
