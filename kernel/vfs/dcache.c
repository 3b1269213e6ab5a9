/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dcache.c - names in directories, cached: making, finding, dropping.
 *
 * WHAT        A dentry says "in this directory, this name is that inode (or nothing)". One hash table
 *             finds all of them by (parent, name). Lookup takes no lock.
 * INVARIANTS  D1  d_count >= 0: live. The step from 0 to D_DEAD is made once, by a compare-and-swap; a dead
 *                 dentry is never revived, so an RCU reader that gets a reference has a live one.
 *             D2  A child holds a reference on its parent.
 *             D3  d_seq is even unless name, parent, hash place or inode are changing under d_lock.
 *             D4  With DCACHE_LRU_LIST the dentry is on its superblock's list; used ones are taken off lazily.
 *             D5  Whoever unhashes holds a reference, so the last dput() sees it and kills.
 * LOCKING     rename_lock > d_lock (parent before child) > i_lock > sb lru lock, hash lock. d_lock of a parent
 *             guards d_subdirs. Memory goes back after a grace period.
 * LIFECYCLE   d_alloc -> (d_add | d_instantiate) -> ... -> last dput: LRU if hashed, else d_kill -> RCU -> freed
 * ERRORS      d_alloc NULL. Nothing else fails.
 * TESTS       tests/guest/vfs/race_test.c
 * SEE         docs/adr/0030-vfs-locking.md
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <pages/slab.h>
#include <vfs/vfs_port.h>
#include "dcache_impl.h"

struct dcache dcache = {
	.rename_lock = SPINLOCK_INIT(RANK_DCACHE_RENAME),
};
struct seqcount rename_seq = SEQCOUNT_INIT(&dcache.rename_lock);

static const struct object_type dentry_type = {
	.name = "dentry", .owner = "vfs", .id = 0x300, .version = 1,
};

static void dentry_reclaim(struct rcu_head *head)
{
	struct dentry *dentry = container_of(head, struct dentry, d_rcu);

	if (dentry->d_name.name != dentry->d_iname)
		kfree(dentry->d_name.name);
	atomic_long_dec(&dcache.nr_dentries);
	kmem_cache_free(dcache.cache, dentry);
}

static const struct rcu_ops dentry_rcu_ops = { .name = "dentry", .reclaim = dentry_reclaim };

u32 d_name_hash(const struct dentry *parent, const char *name, unsigned int len)
{
	u64 hash = name_hash_begin(parent);

	for (; len >= 8; len -= 8, name += 8)
		hash = name_hash_step(hash, load_word(name));
	/* a name whose length is a multiple of 8 ends with a zero word, as the path walk sees it */
	return name_hash_end(name_hash_step(hash, load_tail(name, len)));
}

/* --- making --- */

static bool dentry_set_name(struct dentry *dentry, const struct qstr *name)
{
	char *storage = dentry->d_iname;

	if (name->len >= DNAME_INLINE_LEN) {
		storage = kmalloc(round_up(name->len + 1, 8), GFP_KERNEL);
		if (!storage)
			return false;
	}
	memcpy(storage, name->name, name->len);
	storage[name->len] = 0;
	dentry->d_name.name = storage;
	dentry->d_name.hash_len = name->hash_len;
	return true;
}

static u32 d_op_flags(const struct dentry_operations *op)
{
	u32 flags = 0;

	if (!op)
		return 0;
	if (op->d_hash)
		flags |= DCACHE_OP_HASH;
	if (op->d_compare)
		flags |= DCACHE_OP_COMPARE;
	if (op->d_revalidate)
		flags |= DCACHE_OP_REVALIDATE;
	if (op->d_weak_revalidate)
		flags |= DCACHE_OP_WEAK_REVALIDATE;
	if (op->d_delete)
		flags |= DCACHE_OP_DELETE;
	if (op->d_real)
		flags |= DCACHE_OP_REAL;
	return flags;
}

void d_set_d_op(struct dentry *dentry, const struct dentry_operations *op)
{
	dentry->d_op = op;
	dentry->d_flags |= d_op_flags(op);
}

/* A detached dentry with one reference, its own parent. */
static struct dentry *dentry_create(struct super_block *sb, const struct qstr *name)
{
	struct dentry *dentry = kmem_cache_alloc(dcache.cache, GFP_KERNEL);

	if (!dentry)
		return NULL;
	if (!dentry_set_name(dentry, name)) {
		kmem_cache_free(dcache.cache, dentry);
		return NULL;
	}
	atomic_long_inc(&dcache.nr_dentries);
	dentry->d_flags = 0;
	seqcount_init(&dentry->d_seq, &dentry->d_lock);
	INIT_HLIST_NODE(&dentry->d_hash);
	dentry->d_parent = dentry;
	dentry->d_inode = NULL;
	atomic_set(&dentry->d_count, 1);
	spin_lock_init(&dentry->d_lock, RANK_DENTRY);
	dentry->d_sb = sb;
	dentry->d_fsdata = NULL;
	dentry->d_time = 0;
	dentry->d_offset = 0;
	INIT_LIST_HEAD(&dentry->d_lru);
	INIT_LIST_HEAD(&dentry->d_child);
	INIT_LIST_HEAD(&dentry->d_subdirs);
	INIT_HLIST_NODE(&dentry->d_alias);
	d_set_d_op(dentry, sb->s_d_op);
	return dentry;
}

struct dentry *d_alloc(struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry = dentry_create(parent->d_sb, name);

	if (!dentry)
		return NULL;
	dentry->d_parent = dget(parent);	/* D2 */
	spin_lock(&parent->d_lock);
	list_add_tail(&dentry->d_child, &parent->d_subdirs);
	spin_unlock(&parent->d_lock);
	return dentry;
}

struct dentry *d_alloc_name(struct dentry *parent, const char *name)
{
	struct qstr q = { .name = name };

	q.len = strlen(name);
	q.hash = d_name_hash(parent, name, q.len);
	return d_alloc(parent, &q);
}

struct dentry *d_alloc_pseudo(struct super_block *sb, const struct qstr *name)
{
	struct dentry *dentry = dentry_create(sb, name);

	if (dentry)
		dentry->d_flags |= DCACHE_NORCU;
	return dentry;
}

u32 d_flags_for_inode(struct inode *inode)
{
	u32 type = DCACHE_SPECIAL_TYPE;

	if (!inode)
		return DCACHE_MISS_TYPE;
	if (S_ISDIR(inode->i_mode)) {
		type = DCACHE_NOLOOKUP_DIR_TYPE;
		if ((inode->i_opflags & IOP_LOOKUP) || inode->i_op->lookup) {
			inode->i_opflags |= IOP_LOOKUP;
			type = DCACHE_DIRECTORY_TYPE;
		}
	} else if (inode->i_op->get_link || inode->i_link) {
		type = DCACHE_SYMLINK_TYPE;
	} else if (S_ISREG(inode->i_mode)) {
		type = DCACHE_REGULAR_TYPE;
	}
	if (!inode->i_op->permission)
		inode->i_opflags |= IOP_FASTPERM;
	if (type != DCACHE_SYMLINK_TYPE)
		inode->i_opflags |= IOP_NOFOLLOW;
	return type;
}

/* Caller holds d_lock; the inode's reference moves into the dentry. */
void d_set_inode(struct dentry *dentry, struct inode *inode)
{
	u32 type = d_flags_for_inode(inode);

	if (inode) {
		spin_lock(&inode->i_lock);
		hlist_add_head(&dentry->d_alias, &inode->i_dentry);
		dcache_count_negative(dentry, -1);
	}
	write_seqcount_begin(&dentry->d_seq);
	WRITE_ONCE(dentry->d_inode, inode);
	WRITE_ONCE(dentry->d_flags, (dentry->d_flags & ~DCACHE_ENTRY_TYPE) | type);
	write_seqcount_end(&dentry->d_seq);
	if (inode)
		spin_unlock(&inode->i_lock);
}

void d_instantiate(struct dentry *dentry, struct inode *inode)
{
	KASSERT(!dentry->d_inode);
	if (!inode)
		return;
	spin_lock(&dentry->d_lock);
	d_set_inode(dentry, inode);
	spin_unlock(&dentry->d_lock);
}

struct dentry *d_make_root(struct inode *inode)
{
	struct qstr name = { .name = "/", .len = 1 };
	struct dentry *root;

	if (!inode)
		return NULL;
	root = dentry_create(inode->i_sb, &name);
	if (!root) {
		iput(inode);
		return NULL;
	}
	d_instantiate(root, inode);
	return root;
}

/* Caller holds d_lock. */
void d_hash_insert(struct dentry *dentry)
{
	struct hlist_head *bucket = d_bucket(dentry->d_name.hash);
	struct spinlock *lock = d_bucket_lock(bucket);

	spin_lock(lock);
	hlist_add_head_rcu(&dentry->d_hash, bucket);
	spin_unlock(lock);
}

void d_rehash(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	if (d_unhashed(dentry))
		d_hash_insert(dentry);
	spin_unlock(&dentry->d_lock);
}

void d_add(struct dentry *dentry, struct inode *inode)
{
	spin_lock(&dentry->d_lock);
	if (inode)
		d_set_inode(dentry, inode);
	if (d_unhashed(dentry))
		d_hash_insert(dentry);
	spin_unlock(&dentry->d_lock);
}

/* --- taking away --- */

/* Caller holds d_lock. RCU walkers notice by d_seq. */
void d_drop_locked(struct dentry *dentry)
{
	struct spinlock *lock;

	if (d_unhashed(dentry))
		return;
	lock = d_bucket_lock(d_bucket(dentry->d_name.hash));
	spin_lock(lock);
	hlist_del_init_rcu(&dentry->d_hash);
	spin_unlock(lock);
	write_seqcount_invalidate(&dentry->d_seq);
}

void d_drop(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	d_drop_locked(dentry);
	spin_unlock(&dentry->d_lock);
}

static void lru_remove(struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;

	if (!(dentry->d_flags & DCACHE_LRU_LIST))
		return;
	spin_lock(&sb->s_lru_lock);
	list_del_init(&dentry->d_lru);
	sb->s_nr_dentry_unused--;
	spin_unlock(&sb->s_lru_lock);
	dentry->d_flags &= ~DCACHE_LRU_LIST;
	dcache_count_unused(dentry, -1);
}

/* The inode leaves @dentry and is returned with the reference. d_lock held. */
static struct inode *detach_inode_locked(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	if (!inode)
		return NULL;
	dcache_count_negative(dentry, 1);
	spin_lock(&inode->i_lock);
	write_seqcount_begin(&dentry->d_seq);
	WRITE_ONCE(dentry->d_flags, dentry->d_flags & ~DCACHE_ENTRY_TYPE);
	WRITE_ONCE(dentry->d_inode, NULL);
	write_seqcount_end(&dentry->d_seq);
	hlist_del_init(&dentry->d_alias);
	spin_unlock(&inode->i_lock);
	return inode;
}

static void put_detached_inode(struct dentry *dentry, struct inode *inode)
{
	if (inode && dentry->d_op && dentry->d_op->d_iput)
		dentry->d_op->d_iput(dentry, inode);
	else
		iput(inode);
}

/* Take the parent's lock as well, in the right order; returns the parent or NULL for a root. */
static struct dentry *lock_parent(struct dentry *dentry)
{
	struct dentry *parent = dentry->d_parent;

	if (parent == dentry)
		return NULL;
	if (spin_trylock(&parent->d_lock))
		return parent;
	spin_unlock(&dentry->d_lock);
	/* @dentry is dead, so it keeps its reference on a parent: no rename moves it any more */
	parent = READ_ONCE(dentry->d_parent);
	spin_lock(&parent->d_lock);
	spin_lock_nested(&dentry->d_lock, 1);
	KASSERT(dentry->d_parent == parent);
	return parent;
}

struct dentry *d_kill(struct dentry *dentry)
{
	struct dentry *parent = lock_parent(dentry);
	struct inode *inode;

	KASSERT(list_empty(&dentry->d_subdirs));	/* D2: children hold references */
	lru_remove(dentry);
	d_drop_locked(dentry);
	if (parent) {
		list_del_init(&dentry->d_child);
		spin_unlock(&parent->d_lock);
	}
	inode = detach_inode_locked(dentry);
	spin_unlock(&dentry->d_lock);
	put_detached_inode(dentry, inode);
	if (dentry->d_op && dentry->d_op->d_release)
		dentry->d_op->d_release(dentry);
	call_rcu(&dentry->d_rcu, &dentry_rcu_ops);
	return parent;
}

#define D_KEEP_FLAGS (DCACHE_OP_DELETE | DCACHE_DONTCACHE | DCACHE_REFERENCED | DCACHE_LRU_LIST)

/* Hashed, known to the LRU and marked used: a plain decrement is all there is to do. */
static inline bool d_is_settled(const struct dentry *dentry)
{
	return (READ_ONCE(dentry->d_flags) & D_KEEP_FLAGS) == (DCACHE_REFERENCED | DCACHE_LRU_LIST) &&
	       !d_unhashed(dentry);
}

/*
 * Give back what looks like the last reference of a settled dentry. Somebody may unhash it and go between the look and the step: then
 * nobody else would kill it (D5), so the reference is taken again for the slow way. RCU keeps the memory meanwhile.
 */
static bool dput_settled(struct dentry *dentry)
{
	bool done = false;
	int one = 1;

	rcu_read_lock();
	if (d_is_settled(dentry) && atomic_try_cmpxchg(&dentry->d_count, &one, 0))
		done = d_is_settled(dentry) || !dget_rcu(dentry);
	rcu_read_unlock();
	return done;
}

static inline bool dput_fast(struct dentry *dentry)
{
	int count = atomic_read_acquire(&dentry->d_count);

	while (count > 1) {
		if (atomic_try_cmpxchg(&dentry->d_count, &count, count - 1))
			return true;
	}
	return dput_settled(dentry);
}

static bool d_wants_keeping(struct dentry *dentry)
{
	if (d_unhashed(dentry) || (dentry->d_flags & DCACHE_DONTCACHE))
		return false;
	return !(dentry->d_flags & DCACHE_OP_DELETE) || !dentry->d_op->d_delete(dentry);
}

static void lru_note_used(struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;

	dentry->d_flags |= DCACHE_REFERENCED;
	if (dentry->d_flags & DCACHE_LRU_LIST)
		return;
	dentry->d_flags |= DCACHE_LRU_LIST;
	spin_lock(&sb->s_lru_lock);
	list_add(&dentry->d_lru, &sb->s_dentry_lru);
	sb->s_nr_dentry_unused++;
	spin_unlock(&sb->s_lru_lock);
	dcache_count_unused(dentry, 1);
}

/* The reference may be the last. Returns the next dentry to put (the parent of a killed one) or NULL. */
static struct dentry *dput_slow(struct dentry *dentry)
{
	int count = 1;

	spin_lock(&dentry->d_lock);
	if (atomic_read(&dentry->d_count) == 1 && d_wants_keeping(dentry)) {
		lru_note_used(dentry);
		atomic_dec(&dentry->d_count);
		spin_unlock(&dentry->d_lock);
		return NULL;
	}
	if (atomic_try_cmpxchg(&dentry->d_count, &count, D_DEAD))	/* D1 */
		return d_kill(dentry);
	KASSERT(count > 1);
	/* others came meanwhile: theirs may be the last */
	while (count > 1) {
		if (atomic_try_cmpxchg(&dentry->d_count, &count, count - 1)) {
			spin_unlock(&dentry->d_lock);
			return NULL;
		}
	}
	spin_unlock(&dentry->d_lock);
	return dentry;
}

void dput(struct dentry *dentry)
{
	while (dentry) {
		if (dput_fast(dentry))
			return;
		might_sleep();
		dentry = dput_slow(dentry);
	}
}

/*
 * Who holds a reference relies on the inode staying. So a dentry turns negative only while nobody can get one: its count is dead for
 * that moment, and a lookup that meets it asks the directory, whose lock our caller has.
 */
void d_delete(struct dentry *dentry)
{
	struct inode *inode = NULL;
	int one = 1;

	spin_lock(&dentry->d_lock);
	if (dentry->d_inode && atomic_try_cmpxchg(&dentry->d_count, &one, D_DEAD)) {
		dentry->d_flags &= ~DCACHE_CANT_MOUNT;
		inode = detach_inode_locked(dentry);
		atomic_set_release(&dentry->d_count, 1);
	} else {
		d_drop_locked(dentry);
	}
	spin_unlock(&dentry->d_lock);
	put_detached_inode(dentry, inode);
}

/* --- finding --- */

static bool d_compare_slow(const struct dentry *dentry, const struct qstr *name)
{
	return dentry->d_op->d_compare(dentry, dentry->d_name.len, dentry->d_name.name, name) == 0;
}

static inline bool d_same_name(const struct dentry *dentry, const struct qstr *name)
{
	if (unlikely(dentry->d_flags & DCACHE_OP_COMPARE))
		return dentry->d_name.hash == name->hash && d_compare_slow(dentry, name);
	return dentry->d_name.hash_len == name->hash_len &&
	       name_equal(dentry->d_name.name, name->name, name->len);
}

struct dentry *d_lookup_rcu(const struct dentry *parent, const struct qstr *name, u32 *seqp)
{
	struct dentry *dentry;

	hlist_for_each_entry_rcu(dentry, d_bucket(name->hash), d_hash) {
		u32 seq;

		if (READ_ONCE(dentry->d_parent) != parent)
			continue;
		seq = raw_read_seqcount(&dentry->d_seq);
		if (dentry->d_parent != parent || d_unhashed(dentry) || !d_same_name(dentry, name))
			continue;
		*seqp = seq;
		return dentry;
	}
	return NULL;
}

struct dentry *d_lookup(const struct dentry *parent, const struct qstr *name)
{
	struct dentry *dentry;
	u32 rename, seq;

	rcu_read_lock();
	do {
		rename = read_seqbegin(&rename_seq);
		dentry = d_lookup_rcu(parent, name, &seq);
		if (dentry && !dget_rcu(dentry))
			dentry = NULL;
		if (!dentry)
			continue;
		if (!read_seqretry(&dentry->d_seq, seq))
			break;
		/* it moved or died between: our reference keeps it alive; look again */
		rcu_read_unlock();
		dput(dentry);
		dentry = NULL;
		rcu_read_lock();
		rename = ~0U;
	} while (read_seqretry(&rename_seq, rename));
	rcu_read_unlock();
	return dentry;
}

struct dentry *d_hash_and_lookup(struct dentry *parent, struct qstr *name)
{
	name->hash = d_name_hash(parent, name->name, name->len);
	if (parent->d_flags & DCACHE_OP_HASH) {
		int err = parent->d_op->d_hash(parent, name);

		if (err < 0)
			return ERR_PTR(err);
	}
	return d_lookup(parent, name);
}

struct dentry *dget_parent(struct dentry *dentry)
{
	struct dentry *parent;

	rcu_read_lock();
	for (;;) {
		parent = READ_ONCE(dentry->d_parent);
		if (!dget_rcu(parent))
			continue;
		if (READ_ONCE(dentry->d_parent) == parent)
			break;
		rcu_read_unlock();
		dput(parent);
		rcu_read_lock();
	}
	rcu_read_unlock();
	return parent;
}

/* Caller holds i_lock. */
static struct dentry *find_alias_locked(struct inode *inode, bool hashed_only)
{
	struct dentry *alias;

	hlist_for_each_entry(alias, &inode->i_dentry, d_alias) {
		if (hashed_only && d_unhashed(alias) && !S_ISDIR(inode->i_mode))
			continue;
		if (dget_rcu(alias))
			return alias;
	}
	return NULL;
}

struct dentry *d_find_alias(struct inode *inode)
{
	struct dentry *alias;

	spin_lock(&inode->i_lock);
	alias = find_alias_locked(inode, true);
	spin_unlock(&inode->i_lock);
	return alias;
}

struct dentry *d_find_any_alias(struct inode *inode)
{
	struct dentry *alias;

	spin_lock(&inode->i_lock);
	alias = find_alias_locked(inode, false);
	spin_unlock(&inode->i_lock);
	return alias;
}

void d_prune_aliases(struct inode *inode)
{
	struct dentry *alias;

	while ((alias = d_find_any_alias(inode))) {
		bool is_last = atomic_read(&alias->d_count) == 1;

		if (is_last)
			d_drop(alias);
		dput(alias);
		if (!is_last)
			break;
	}
}

struct dentry *d_splice_alias(struct inode *inode, struct dentry *dentry)
{
	struct dentry *alias;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	KASSERT(d_unhashed(dentry));
	if (!inode || !S_ISDIR(inode->i_mode)) {
		d_add(dentry, inode);
		return NULL;
	}
	/* a directory has one dentry: the server moved it under another name */
	alias = d_find_any_alias(inode);
	if (!alias) {
		d_add(dentry, inode);
		return NULL;
	}
	if (alias->d_parent != alias && d_ancestor(alias, dentry)) {
		dput(alias);
		iput(inode);
		return ERR_PTR(-ELOOP);
	}
	d_move(alias, dentry);
	iput(inode);
	return alias;
}

/* One bucket for each 32 KiB of memory, 1024 to 256 Ki. */
static void dcache_alloc_table(unsigned long nr_pages)
{
	unsigned int log2 = 10;

	while (log2 < 18 && (1UL << log2) < nr_pages / 8)
		log2++;
	dcache.shift = 32 - log2;
	dcache.buckets = kvzalloc(sizeof(struct hlist_head) << log2, GFP_KERNEL);
	KASSERT(dcache.buckets);
}

void dcache_init(unsigned long nr_pages, u64 seed)
{
	unsigned int i;

	dcache.cache = kmem_cache_create(&dentry_type, sizeof(struct dentry), 64,
					 SLAB_PANIC | SLAB_RECLAIMABLE);
	dcache.seed = seed;
	for (i = 0; i < D_HASH_LOCKS; i++)
		spin_lock_init(&dcache.hash_locks[i], RANK_DCACHE_HASH);
	dcache_alloc_table(nr_pages);
}
