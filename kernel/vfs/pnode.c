/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pnode.c - propagation: what happens on one mount happens on its peers and their slaves.
 *
 * WHAT        Shared mounts of one peer group form a ring (mnt_share). A slave has a master in another group (mnt_master) and is
 *             on its mnt_slave_list; it may itself be shared. A mount or unmount on one member is repeated on each
 *             mount that receives from it, at the same place of the same file system.
 * INVARIANTS  P1  Members of a ring have the same mnt_group_id, MNT_SHARED and the same mnt_master.
 *             P2  A mount with mnt_master == NULL is on no slave list.
 * LOCKING     mount_sem for writing; mount_lock where walks could look.
 * TESTS       tests/guest/vfs/mount_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <vfs/inode.h>
#include "mount_impl.h"

struct mount *next_peer(struct mount *m)
{
	return list_entry(m->mnt_share.next, struct mount, mnt_share);
}

static bool is_shared(const struct mount *m)
{
	return m->mnt.mnt_flags & MNT_SHARED;
}

/* --- changing the kind --- */

/* My slaves find another master: a peer with the same root if there is one, else any peer, else mine. */
static void hand_over_slaves(struct mount *m, struct mount *new_master)
{
	struct mount *slave, *next;

	list_for_each_entry_safe(slave, next, &m->mnt_slave_list, mnt_slave) {
		slave->mnt_master = new_master;
		if (new_master)
			list_move(&slave->mnt_slave, &new_master->mnt_slave_list);
		else
			list_del_init(&slave->mnt_slave);	/* P2 */
	}
}

static struct mount *heir_of(struct mount *m)
{
	struct mount *peer;

	for (peer = next_peer(m); peer != m; peer = next_peer(peer)) {
		if (peer->mnt.mnt_root == m->mnt.mnt_root)
			return peer;
	}
	peer = next_peer(m);
	return peer != m ? peer : m->mnt_master;
}

/* Leave the peer group; become a slave of it if anything is left to follow. */
static void make_slave(struct mount *m)
{
	struct mount *master = list_empty(&m->mnt_share) ? m->mnt_master : heir_of(m);

	hand_over_slaves(m, master);
	if (is_shared(m)) {
		if (list_empty(&m->mnt_share))
			mnt_release_group_id(m);
		list_del_init(&m->mnt_share);
		m->mnt_group_id = 0;
		m->mnt.mnt_flags &= ~MNT_SHARED;
	}
	list_del_init(&m->mnt_slave);
	m->mnt_master = master;
	if (master)
		list_add(&m->mnt_slave, &master->mnt_slave_list);
}

void change_mnt_propagation(struct mount *m, int type)
{
	if (type == MS_SHARED) {
		m->mnt.mnt_flags = (m->mnt.mnt_flags & ~MNT_UNBINDABLE) | MNT_SHARED;
		return;
	}
	make_slave(m);
	if (type != MS_SLAVE) {
		list_del_init(&m->mnt_slave);
		m->mnt_master = NULL;
		if (type == MS_UNBINDABLE)
			m->mnt.mnt_flags |= MNT_UNBINDABLE;
		else
			m->mnt.mnt_flags &= ~MNT_UNBINDABLE;
	} else {
		m->mnt.mnt_flags &= ~MNT_UNBINDABLE;
	}
}

int invent_group_ids(struct mount *m, bool recurse)
{
	struct mount *p;

	for (p = m; p; p = recurse ? next_mnt(p, m) : NULL) {
		if (!p->mnt_group_id) {
			int err = mnt_alloc_group_id(p);

			if (err) {
				cleanup_group_ids(m, p);
				return err;
			}
		}
	}
	return 0;
}

void cleanup_group_ids(struct mount *m, struct mount *end)
{
	struct mount *p;

	for (p = m; p && p != end; p = next_mnt(p, m)) {
		if (p->mnt_group_id && !is_shared(p))
			mnt_release_group_id(p);
	}
}

/* The nearest master group that has a member under the reader's root: "propagate_from" of mountinfo. */
int get_dominating_id(struct mount *m, const struct path *root)
{
	for (m = m->mnt_master; m; m = m->mnt_master) {
		struct mount *peer = m;

		do {
			struct path path = { &peer->mnt, peer->mnt.mnt_root };

			if (peer->mnt_ns && path_is_under(&path, root))
				return peer->mnt_group_id;
			peer = next_peer(peer);
		} while (peer != m);
	}
	return 0;
}

/* --- walking the receivers --- */

/*
 * Each mount that receives from @origin, itself not: its peers, then the slaves of each, with their peers and slaves.
 * A master comes before its slaves.
 */
static struct mount *propagation_next(struct mount *m, struct mount *origin)
{
	/* down: the slaves of m */
	if (!list_empty(&m->mnt_slave_list))
		return list_first_entry(&m->mnt_slave_list, struct mount, mnt_slave);
	for (;;) {
		struct mount *master = m->mnt_master;

		if (master == origin->mnt_master) {
			struct mount *next = next_peer(m);

			return next == origin ? NULL : next;
		}
		if (m->mnt_slave.next != &master->mnt_slave_list)
			return list_entry(m->mnt_slave.next, struct mount, mnt_slave);
		m = master;
	}
}

/* --- mounting --- */

struct propagation {
	struct mount *source;		/* the tree that is being grafted */
	struct mountpoint *mp;
	struct mount *dest;
	struct list_head *tree_list;	/* copies made, by mnt_umounting */
};

/* What to copy for receiver @m: the copy on its master or on a peer already made, and how. */
static struct mount *copy_source_for(struct propagation *pg, struct mount *m, int *type)
{
	struct mount *copy;

	list_for_each_entry(copy, pg->tree_list, mnt_umounting) {
		struct mount *parent = copy->mnt_prop_dest;

		if (parent->mnt_group_id && parent->mnt_group_id == m->mnt_group_id) {
			*type = CL_MAKE_SHARED;
			return copy;
		}
	}
	if (is_shared(m) && m->mnt_group_id == pg->dest->mnt_group_id) {
		*type = CL_MAKE_SHARED;
		return pg->source;
	}
	*type = is_shared(m) ? CL_SLAVE | CL_MAKE_SHARED : CL_SLAVE;
	list_for_each_entry(copy, pg->tree_list, mnt_umounting) {
		struct mount *parent = copy->mnt_prop_dest;

		if (parent == m->mnt_master || (m->mnt_master && parent->mnt_group_id &&
						parent->mnt_group_id == m->mnt_master->mnt_group_id))
			return copy;
	}
	return pg->source;
}

static int propagate_one(struct propagation *pg, struct mount *m)
{
	struct mount *from, *copy;
	int type;

	if (!is_subdir(pg->mp->m_dentry, m->mnt.mnt_root))
		return 0;	/* the place does not exist there */
	from = copy_source_for(pg, m, &type);
	copy = copy_tree(from, from->mnt.mnt_root, type);
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	copy->mnt_prop_dest = m;
	list_add_tail(&copy->mnt_umounting, pg->tree_list);
	lock_mount_hash();
	mnt_set_mountpoint_locked(m, pg->mp, copy);
	unlock_mount_hash();
	if (m->mnt_ns && m->mnt_ns->user_ns != pg->dest->mnt_ns->user_ns)
		lock_mnt_tree(copy);
	return 0;
}

int propagate_mnt(struct mount *dest, struct mountpoint *mp, struct mount *source, struct list_head *tree_list)
{
	struct propagation pg = { source, mp, dest, tree_list };
	struct mount *m;
	int err = 0;

	/* the source's own copies appear in no list that this walk follows: dest's ring and slaves only */
	for (m = propagation_next(dest, dest); m && !err; m = propagation_next(m, dest)) {
		if (m->mnt_ns)
			err = propagate_one(&pg, m);
	}
	return err;
}

/* --- unmounting --- */

bool propagate_mount_busy(struct mount *m, int refs)
{
	struct mount *parent = m->mnt_parent, *p, *child;

	if (!list_empty(&m->mnt_mounts) || atomic_read(&m->mnt_count) > refs)
		return true;
	if (parent == m)
		return false;
	for (p = propagation_next(parent, parent); p; p = propagation_next(p, parent)) {
		child = mount_find_rcu(&p->mnt, m->mnt_mountpoint);
		if (!child || child->mnt.mnt_sb != m->mnt.mnt_sb)
			continue;
		if (!list_empty(&child->mnt_mounts))
			continue;	/* something else covers it there: it stays */
		if (atomic_read(&child->mnt_count) > 1)
			return true;
	}
	return false;
}

static bool children_all_go(const struct mount *m)
{
	struct mount *child;

	list_for_each_entry(child, &m->mnt_mounts, mnt_child) {
		if (!(child->mnt.mnt_flags & MNT_UMOUNT))
			return false;
	}
	return true;
}

/* Add to @list the counterparts of its members on mounts that receive from their parents. mount_lock held. */
void propagate_umount(struct list_head *list)
{
	struct mount *m, *p, *child;

	/* children before parents: a counterpart goes only when everything on it goes */
	list_for_each_entry_reverse(m, list, mnt_umounting) {
		struct mount *parent = m->mnt_parent;

		if (parent == m)
			continue;
		for (p = propagation_next(parent, parent); p; p = propagation_next(p, parent)) {
			child = mount_find_rcu(&p->mnt, m->mnt_mountpoint);
			if (!child || child == m || (child->mnt.mnt_flags & (MNT_UMOUNT | MNT_LOCKED)))
				continue;
			if (child->mnt.mnt_root != m->mnt.mnt_root || !children_all_go(child))
				continue;
			child->mnt.mnt_flags |= MNT_UMOUNT;
			list_add(&child->mnt_umounting, list);
		}
	}
}
