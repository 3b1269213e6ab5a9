/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dcache_tree.c - the dentry cache as a tree: walking it, moving in it, shrinking it.
 *
 * WHAT        A walk visits a subtree children first, one referenced dentry at a time, without recursion. A
 *             rename is one step for every reader: name, parent and hash place change under rename_seq and d_seq.
 * INVARIANTS  T1  A walk holds one reference; its ancestors live because children hold their parents (D2).
 *             T2  d_move() changes rename_seq, so a path built across it is built again.
 * LOCKING     rename_lock > d_lock of up to two parents > d_lock of the two dentries, by nesting depth.
 * TESTS       tests/guest/vfs/race_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <mm/reclaim.h>
#include "dcache_impl.h"
#include "inode_impl.h"
#include "mount_impl.h"

/* --- ancestry --- */

struct dentry *d_ancestor(struct dentry *p1, struct dentry *p2)
{
	struct dentry *p;

	for (p = p2; p->d_parent != p; p = p->d_parent) {
		if (p->d_parent == p1)
			return p;
	}
	return NULL;
}

bool is_subdir(struct dentry *a, struct dentry *b)
{
	bool below;
	u32 seq;

	if (a == b)
		return true;
	rcu_read_lock();
	do {
		seq = read_seqbegin(&rename_seq);
		below = d_ancestor(b, a) != NULL;
	} while (read_seqretry(&rename_seq, seq));
	rcu_read_unlock();
	return below;
}

/* --- walking: children first --- */

/* The first live child of @parent after @prev (NULL: the first), with a reference. */
static struct dentry *next_child(struct dentry *parent, struct dentry *prev)
{
	struct dentry *child = NULL;
	struct list_head *pos;

	spin_lock(&parent->d_lock);
	if (prev && prev->d_parent != parent) /* moved away meanwhile: end of this directory */
		goto out;
	pos = prev ? prev->d_child.next : parent->d_subdirs.next;
	for (; pos != &parent->d_subdirs; pos = pos->next) {
		struct dentry *d = list_entry(pos, struct dentry, d_child);

		if (dget_rcu(d)) {
			child = d;
			break;
		}
	}
out:
	spin_unlock(&parent->d_lock);
	return child;
}

/* Down from @dentry (reference consumed) to its first leaf. */
static struct dentry *first_leaf(struct dentry *dentry)
{
	struct dentry *child;

	while ((child = next_child(dentry, NULL))) {
		dput(dentry);
		dentry = child;
	}
	return dentry;
}

struct d_visitor;
struct d_visitor_ops {
	/* Look at a referenced dentry; children were visited before. */
	void (*visit)(struct d_visitor *visitor, struct dentry *dentry);
};
struct d_visitor {
	const struct d_visitor_ops *ops;
	unsigned long nr;
};

/* Each dentry below @root, children first; not @root itself. */
static void d_walk(struct dentry *root, struct d_visitor *visitor)
{
	struct dentry *d = first_leaf(dget(root));

	while (d != root) {
		struct dentry *parent = dget_parent(d);
		struct dentry *sibling = next_child(parent, d);

		visitor->ops->visit(visitor, d);
		dput(d);
		if (sibling) {
			dput(parent);
			d = first_leaf(sibling);
		} else {
			d = parent;
		}
		if (IS_ROOT(d) && d != root)
			break;	/* renamed out of the tree while we looked */
	}
	dput(d);
}

static void visit_shrink(struct d_visitor *visitor, struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	if (atomic_read(&dentry->d_count) == 1 && list_empty(&dentry->d_subdirs)) {
		dentry->d_flags |= DCACHE_DONTCACHE;
		visitor->nr++;
	}
	spin_unlock(&dentry->d_lock);
}

static const struct d_visitor_ops shrink_visitor_ops = { .visit = visit_shrink };

void shrink_dcache_parent(struct dentry *parent)
{
	struct d_visitor visitor = { .ops = &shrink_visitor_ops };

	if (list_empty(&parent->d_subdirs))
		return;
	do {
		visitor.nr = 0;
		d_walk(parent, &visitor);
	} while (visitor.nr);
}

static void visit_genocide(struct d_visitor *visitor, struct dentry *dentry)
{
	bool pinned;

	spin_lock(&dentry->d_lock);
	pinned = dentry->d_flags & DCACHE_PERSISTENT;
	dentry->d_flags &= ~DCACHE_PERSISTENT;
	spin_unlock(&dentry->d_lock);
	if (pinned)
		dput(dentry);
}

static const struct d_visitor_ops genocide_visitor_ops = { .visit = visit_genocide };

void d_genocide(struct dentry *root)
{
	struct d_visitor visitor = { .ops = &genocide_visitor_ops };

	d_walk(root, &visitor);
}

static void visit_invalidate(struct d_visitor *visitor, struct dentry *dentry)
{
	if (d_mountpoint(dentry))
		detach_mounts(dentry);
}

static const struct d_visitor_ops invalidate_visitor_ops = { .visit = visit_invalidate };

void d_invalidate(struct dentry *dentry)
{
	struct d_visitor visitor = { .ops = &invalidate_visitor_ops };

	if (d_unhashed(dentry))
		return;
	d_drop(dentry);
	if (!dentry->d_inode)
		return;
	if (!list_empty(&dentry->d_subdirs)) {
		d_walk(dentry, &visitor);
		shrink_dcache_parent(dentry);
	}
	if (d_mountpoint(dentry))
		detach_mounts(dentry);
}

/* --- moving --- */

/* Exchange the names; external storage goes with its name. */
static void swap_names(struct dentry *a, struct dentry *b)
{
	bool a_inline = a->d_name.name == a->d_iname;
	bool b_inline = b->d_name.name == b->d_iname;
	const char *a_name = a->d_name.name, *b_name = b->d_name.name;
	char keep[DNAME_INLINE_LEN];

	memcpy(keep, a->d_iname, sizeof(keep));
	if (b_inline)
		memcpy(a->d_iname, b->d_iname, sizeof(keep));
	if (a_inline)
		memcpy(b->d_iname, keep, sizeof(keep));
	a->d_name.name = b_inline ? a->d_iname : b_name;
	b->d_name.name = a_inline ? b->d_iname : a_name;
	swap(a->d_name.hash_len, b->d_name.hash_len);
}

static void lock_for_move(struct dentry *a_parent, struct dentry *b_parent, struct dentry *a,
			  struct dentry *b)
{
	u32 depth = 0;

	if (a_parent == b_parent) {
		spin_lock_nested(&a_parent->d_lock, depth++);
	} else {
		bool b_first = d_ancestor(b_parent, a_parent) || (!d_ancestor(a_parent, b_parent) &&
								 b_parent < a_parent);

		spin_lock_nested(b_first ? &b_parent->d_lock : &a_parent->d_lock, depth++);
		spin_lock_nested(b_first ? &a_parent->d_lock : &b_parent->d_lock, depth++);
	}
	spin_lock_nested(a < b ? &a->d_lock : &b->d_lock, depth++);
	spin_lock_nested(a < b ? &b->d_lock : &a->d_lock, depth);
}

/*
 * @dentry takes @target's name and place; @target gets the old name of @dentry and, when @exchange, its place
 * too, else it leaves the hash. Both parents and both dentries are locked.
 */
static void move_locked(struct dentry *dentry, struct dentry *target, bool exchange)
{
	struct dentry *old_parent = dentry->d_parent, *new_parent = target->d_parent;

	write_seqcount_begin(&dentry->d_seq);
	write_seqcount_begin(&target->d_seq);
	{
		/* unhash both: the buckets change with the names */
		bool target_hashed = !d_unhashed(target);

		if (!d_unhashed(dentry)) {
			struct spinlock *lock = d_bucket_lock(d_bucket(dentry->d_name.hash));

			spin_lock(lock);
			hlist_del_init_rcu(&dentry->d_hash);
			spin_unlock(lock);
		}
		if (target_hashed) {
			struct spinlock *lock = d_bucket_lock(d_bucket(target->d_name.hash));

			spin_lock(lock);
			hlist_del_init_rcu(&target->d_hash);
			spin_unlock(lock);
		}
		swap_names(dentry, target);
		dentry->d_parent = new_parent;	/* each keeps the reference that the other held (D2) */
		target->d_parent = old_parent;
		d_hash_insert(dentry);
		if (exchange && target_hashed)
			d_hash_insert(target);
	}
	list_move(&target->d_child, &old_parent->d_subdirs);
	list_move(&dentry->d_child, &new_parent->d_subdirs);
	write_seqcount_end(&target->d_seq);
	write_seqcount_end(&dentry->d_seq);
}

static void d_move_common(struct dentry *dentry, struct dentry *target, bool exchange)
{
	struct dentry *old_parent, *new_parent;

	spin_lock(&dcache.rename_lock);
	write_seqcount_begin(&rename_seq);	/* T2 */
	old_parent = dentry->d_parent;
	new_parent = target->d_parent;
	if (unlikely(old_parent == dentry)) {
		/* a root without a place (disconnected) takes the target's: treat its own list as empty */
		spin_lock_nested(&new_parent->d_lock, 0);
		spin_lock_nested(&dentry->d_lock, 1);
		spin_lock_nested(&target->d_lock, 2);
		write_seqcount_begin(&dentry->d_seq);
		swap_names(dentry, target);
		dentry->d_parent = dget(new_parent);
		list_add_tail(&dentry->d_child, &new_parent->d_subdirs);
		d_hash_insert(dentry);
		write_seqcount_end(&dentry->d_seq);
		spin_unlock(&target->d_lock);
		spin_unlock(&dentry->d_lock);
		spin_unlock(&new_parent->d_lock);
	} else {
		lock_for_move(old_parent, new_parent, dentry, target);
		move_locked(dentry, target, exchange);
		spin_unlock(&dentry->d_lock);
		spin_unlock(&target->d_lock);
		spin_unlock(&old_parent->d_lock);
		if (new_parent != old_parent)
			spin_unlock(&new_parent->d_lock);
	}
	write_seqcount_end(&rename_seq);
	spin_unlock(&dcache.rename_lock);
}

void d_move(struct dentry *dentry, struct dentry *target)
{
	d_move_common(dentry, target, false);
}

void d_exchange(struct dentry *a, struct dentry *b)
{
	d_move_common(a, b, true);
}

/* --- shrinking --- */

/* Take the coldest dentry off the LRU and kill it, or put it back. Lock order is inverted: only tries. */
static bool prune_one(struct super_block *sb, struct dentry **parentp)
{
	struct dentry *d = list_last_entry(&sb->s_dentry_lru, struct dentry, d_lru);
	int zero = 0;

	*parentp = NULL;
	if (!spin_trylock(&d->d_lock)) {
		list_move(&d->d_lru, &sb->s_dentry_lru);
		return false;
	}
	if (atomic_read(&d->d_count) == 0 && (d->d_flags & DCACHE_REFERENCED)) {
		d->d_flags &= ~DCACHE_REFERENCED;
		list_move(&d->d_lru, &sb->s_dentry_lru);
		spin_unlock(&d->d_lock);
		return false;
	}
	list_del_init(&d->d_lru);
	sb->s_nr_dentry_unused--;
	d->d_flags &= ~DCACHE_LRU_LIST;
	dcache_count_unused(d, -1);
	if (!atomic_try_cmpxchg(&d->d_count, &zero, D_DEAD)) {	/* D1 */
		spin_unlock(&d->d_lock);
		return false;
	}
	spin_unlock(&sb->s_lru_lock);
	*parentp = d_kill(d);
	return true;
}

unsigned long prune_dcache_sb(struct super_block *sb, unsigned long nr)
{
	unsigned long freed = 0;

	spin_lock(&sb->s_lru_lock);
	while (nr-- && !list_empty(&sb->s_dentry_lru)) {
		struct dentry *parent;

		if (!prune_one(sb, &parent))
			continue;
		freed++;
		dput(parent);
		spin_lock(&sb->s_lru_lock);
	}
	spin_unlock(&sb->s_lru_lock);
	return freed;
}

void shrink_dcache_sb(struct super_block *sb)
{
	while (prune_dcache_sb(sb, 2 * sb->s_nr_dentry_unused + 16))
		;
}

void shrink_dcache_for_umount(struct super_block *sb)
{
	struct dentry *root = sb->s_root;

	if (!root)
		return;
	sb->s_root = NULL;
	shrink_dcache_parent(root);
	WARN_ON(!list_empty(&root->d_subdirs));
	d_drop(root);
	spin_lock(&root->d_lock);
	root->d_flags |= DCACHE_DONTCACHE;
	spin_unlock(&root->d_lock);
	dput(root);
}
