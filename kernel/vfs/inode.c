/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inode.c - the life of inodes: making, finding by number, counting, evicting.
 *
 * WHAT        An inode is what names point to. File systems with numbers of their own find an inode again
 *             through one hash table; others hold theirs by their dentries alone.
 * INVARIANTS  N1  i_count falls from 1 to 0 only under i_lock; with I_FREEING set nobody raises it again.
 *             N2  An inode with i_count 0 is on its superblock's LRU, or I_FREEING.
 *             N3  Memory is freed after a grace period: RCU walks may look at a dying inode.
 * LOCKING     i_lock (rank INODE_STATE): i_state. Hash chains: hash lock; readers RCU. LRU and lists: the superblock's locks.
 * LIFECYCLE   new_inode/iget (count 1) -> in use -> last iput: LRU (linked, hashed) or evict -> RCU -> freed
 * ERRORS      NULL or -ENOMEM when there is no memory.
 * TESTS       tests/guest/vfs/files_test.c, tests/guest/vfs/race_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/hash.h>
#include <mm/filemap.h>
#include <mm/mm.h>
#include <mm/reclaim.h>
#include <pages/slab.h>
#include <sync/wait.h>
#include <time/ktime.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/fs_struct.h>
#include <vfs/libfs.h>
#include <vfs/locks.h>
#include "dcache_impl.h"
#include "inode_impl.h"

#define I_HASH_LOCKS 64

struct inode_table {
	struct hlist_head *buckets;	/* __final; chains: lock */
	unsigned int log2;		/* __final */
	struct spinlock locks[I_HASH_LOCKS];	/* rank INODE_HASH */
	struct wait_queue_head wait;	/* I_NEW or I_FREEING went */
	atomic64_t next_ino;
	atomic_long_t nr;
};

static struct inode_table inodes = {
	.wait = WAIT_QUEUE_HEAD_INIT(inodes.wait),
};

static loff_t inode_mapping_size(struct address_space *mapping)
{
	return i_size_read(mapping->host);
}

const struct address_space_ops empty_aops = { .size = inode_mapping_size };

/* Inodes without methods of their own. */
static const struct inode_operations empty_iops;
static const struct file_operations empty_fops;

void inode_init_once(struct inode *inode)
{
	memset(inode, 0, sizeof(*inode));
	spin_lock_init(&inode->i_lock, RANK_INODE_STATE);
	init_rwsem(&inode->i_rwsem, RANK_INODE);
	INIT_LIST_HEAD(&inode->i_lru);
	INIT_LIST_HEAD(&inode->i_sb_list);
	INIT_LIST_HEAD(&inode->i_io_list);
	mapping_init(&inode->i_data, inode, &empty_aops);
	inode->i_mapping = &inode->i_data;
	inode->i_op = &empty_iops;
	inode->i_fop = &empty_fops;
	inode->i_nlink = 1;
	atomic_set(&inode->i_count, 1);
}

#ifdef DEBUG_LOCKS
u32 inode_lock_depth(const struct inode *inode, enum inode_lock_class lock_class)
{
	u32 below = FILESYSTEM_MAX_STACK_DEPTH - inode->i_sb->s_stack_depth;

	return below * NR_INODE_LOCK_CLASSES + lock_class;
}
#endif

static struct inode *alloc_inode(struct super_block *sb)
{
	struct inode *inode = sb->s_op->alloc_inode ? sb->s_op->alloc_inode(sb) : simple_alloc_inode(sb);

	if (!inode)
		return NULL;
	atomic_long_inc(&inodes.nr);
	inode_init_once(inode);
	inode->i_sb = sb;
	inode->i_blkbits = sb->s_blocksize_bits;
	inode->i_write_hint = 0;
	return inode;
}

static void inode_sb_list_add(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	spin_lock(&sb->s_inode_list_lock);
	list_add(&inode->i_sb_list, &sb->s_inodes);
	spin_unlock(&sb->s_inode_list_lock);
}

struct inode *new_inode(struct super_block *sb)
{
	struct inode *inode = alloc_inode(sb);

	if (inode)
		inode_sb_list_add(inode);
	return inode;
}

long nr_inodes(void)
{
	return atomic_long_read(&inodes.nr);
}

u64 get_next_ino(void)
{
	return atomic64_inc_return(&inodes.next_ino);
}

void inode_init_owner(struct inode *inode, const struct inode *dir, umode_t mode)
{
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	if (dir && (dir->i_mode & S_ISGID)) {
		inode->i_gid = dir->i_gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
	}
	inode->i_mode = mode;
	inode->i_atime = inode->i_mtime = inode->i_ctime = inode->i_btime = current_time(inode);
}

/* --- references --- */

void ihold(struct inode *inode)
{
	WARN_ON(atomic_inc_return(&inode->i_count) < 2);
}

struct inode *igrab(struct inode *inode)
{
	struct inode *ret = NULL;

	spin_lock(&inode->i_lock);
	if (!(inode->i_state & (I_FREEING | I_WILL_FREE))) {
		atomic_inc(&inode->i_count);	/* N1 */
		ret = inode;
	}
	spin_unlock(&inode->i_lock);
	return ret;
}

static void inode_lru_del(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	spin_lock(&sb->s_lru_lock);
	if (!list_empty(&inode->i_lru)) {
		list_del_init(&inode->i_lru);
		sb->s_nr_inode_unused--;
	}
	spin_unlock(&sb->s_lru_lock);
}

static void inode_lru_add(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	spin_lock(&sb->s_lru_lock);
	if (list_empty(&inode->i_lru)) {
		list_add(&inode->i_lru, &sb->s_inode_lru);
		sb->s_nr_inode_unused++;
	}
	spin_unlock(&sb->s_lru_lock);
}

static void inode_reclaim(struct rcu_head *head)
{
	struct inode *inode = container_of(head, struct inode, i_rcu);

	struct super_block *sb = inode->i_sb;

	if (sb->s_op->free_inode)
		sb->s_op->free_inode(inode);
	else if (!sb->s_op->alloc_inode)
		simple_free_inode(inode);
	super_put_passive(sb);
}

static const struct rcu_ops inode_rcu_ops = { .name = "inode", .reclaim = inode_reclaim };

static void destroy_inode(struct inode *inode)
{
	if (inode->i_flctx)
		locks_free_context(inode);
	mapping_fini(&inode->i_data);
	if (inode->i_sb->s_op->destroy_inode)
		inode->i_sb->s_op->destroy_inode(inode);
	super_get_passive(inode->i_sb);
	atomic_long_dec(&inodes.nr);
	call_rcu(&inode->i_rcu, &inode_rcu_ops);	/* N3 */
}

void clear_inode(struct inode *inode)
{
	KASSERT(inode->i_data.nrpages == 0);
	KASSERT(inode->i_state & I_FREEING);
	inode->i_state = I_FREEING | I_CLEAR;
}

/* @inode is I_FREEING and nobody's. */
static void evict(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	KASSERT(inode->i_state & I_FREEING);
	spin_lock(&inode->i_lock);
	inode_io_list_del_locked(inode);
	spin_unlock(&inode->i_lock);
	if (!list_empty(&inode->i_sb_list)) {
		spin_lock(&sb->s_inode_list_lock);
		list_del_init(&inode->i_sb_list);
		spin_unlock(&sb->s_inode_list_lock);
	}
	if (sb->s_op->evict_inode) {
		sb->s_op->evict_inode(inode);
	} else {
		if (inode->i_data.nrpages)
			truncate_inode_pages_final(&inode->i_data);
		clear_inode(inode);
	}
	if (!hlist_unhashed(&inode->i_hash)) {
		remove_inode_hash(inode);
		wake_up_all(&inodes.wait);
	}
	destroy_inode(inode);
}

int generic_delete_inode(struct inode *inode)
{
	return 1;
}

int generic_drop_inode(struct inode *inode)
{
	return !inode->i_nlink || hlist_unhashed(&inode->i_hash);
}

/* i_lock is held, i_count is 0. Drops the lock. */
static void iput_final(struct inode *inode)
{
	const struct super_operations *op = inode->i_sb->s_op;
	bool drop = op->drop_inode ? op->drop_inode(inode) : generic_drop_inode(inode);

	if (!drop && (inode->i_sb->s_flags & SB_ACTIVE)) {
		inode->i_state |= I_REFERENCED;
		inode_lru_add(inode);	/* N2 */
		spin_unlock(&inode->i_lock);
		return;
	}
	/* what still has a name is written before it goes, also where the file system keeps no unused inodes */
	if (inode->i_nlink && (inode->i_state & (I_DIRTY | I_DIRTY_TIME))) {
		inode->i_state |= I_WILL_FREE;
		spin_unlock(&inode->i_lock);
		write_inode_now(inode, true);
		spin_lock(&inode->i_lock);
		inode->i_state &= ~I_WILL_FREE;
	}
	inode->i_state |= I_FREEING;
	if (!list_empty(&inode->i_lru))
		inode_lru_del(inode);
	spin_unlock(&inode->i_lock);
	evict(inode);
}

void iput(struct inode *inode)
{
	if (!inode)
		return;
	while (!atomic_add_unless(&inode->i_count, -1, 1)) {
		spin_lock(&inode->i_lock);
		if (atomic_read(&inode->i_count) != 1) {
			spin_unlock(&inode->i_lock);
			continue;
		}
		if (inode->i_nlink && (inode->i_state & I_DIRTY_TIME) && inode->i_sb->s_op->write_inode) {
			/* lazy times are written when the inode leaves use */
			spin_unlock(&inode->i_lock);
			mark_inode_dirty_sync(inode);
			spin_lock(&inode->i_lock);
		}
		if (!atomic_dec_and_test(&inode->i_count)) {	/* N1 */
			spin_unlock(&inode->i_lock);
			return;
		}
		iput_final(inode);
		return;
	}
}

/* --- the hash table --- */

static struct hlist_head *i_bucket(const struct super_block *sb, u64 hash)
{
	return &inodes.buckets[hash_64(hash ^ (u64)(unsigned long)sb, inodes.log2)];
}

static struct spinlock *i_bucket_lock(const struct hlist_head *bucket)
{
	return &inodes.locks[(bucket - inodes.buckets) % I_HASH_LOCKS];
}

static struct hlist_head *inode_bucket(const struct inode *inode)
{
	return i_bucket(inode->i_sb, inode->i_hash_key);
}

void insert_inode_hash(struct inode *inode, u64 hash)
{
	struct hlist_head *bucket = i_bucket(inode->i_sb, hash);
	struct spinlock *lock = i_bucket_lock(bucket);

	inode->i_hash_key = hash;
	spin_lock(lock);
	hlist_add_head_rcu(&inode->i_hash, bucket);
	spin_unlock(lock);
}

void insert_inode_hash_once(struct inode *inode, u64 hash)
{
	struct hlist_head *bucket = i_bucket(inode->i_sb, hash);
	struct spinlock *lock = i_bucket_lock(bucket);

	spin_lock(lock);
	if (hlist_unhashed(&inode->i_hash)) {
		inode->i_hash_key = hash;
		hlist_add_head_rcu(&inode->i_hash, bucket);
	}
	spin_unlock(lock);
}

void remove_inode_hash(struct inode *inode)
{
	struct spinlock *lock = i_bucket_lock(inode_bucket(inode));

	spin_lock(lock);
	hlist_del_init_rcu(&inode->i_hash);
	spin_unlock(lock);
}

static bool inode_matches(struct inode *inode, struct super_block *sb, u64 hash,
			  const struct iget_ops *ops, const void *key)
{
	if (inode->i_sb != sb || inode->i_hash_key != hash)
		return false;
	return ops ? ops->test(inode, key) : inode->i_ino == hash;
}

/* Bucket lock held. Found: with a reference. A dying one: NULL and *busy. */
static struct inode *find_locked(struct hlist_head *bucket, struct super_block *sb, u64 hash,
				 const struct iget_ops *ops, const void *key, bool *busy)
{
	struct inode *inode;

	*busy = false;
	hlist_for_each_entry(inode, bucket, i_hash) {
		if (!inode_matches(inode, sb, hash, ops, key))
			continue;
		if (igrab(inode))
			return inode;
		*busy = true;
		return NULL;
	}
	return NULL;
}

/* Find; waits until a dying one is gone. */
static struct inode *find_inode(struct super_block *sb, u64 hash, const struct iget_ops *ops,
				const void *key)
{
	struct hlist_head *bucket = i_bucket(sb, hash);
	struct inode *inode;
	bool busy;

	do {
		spin_lock(i_bucket_lock(bucket));
		inode = find_locked(bucket, sb, hash, ops, key, &busy);
		spin_unlock(i_bucket_lock(bucket));
		if (busy)
			wait_event_deadline(inodes.wait, false, ktime_get_ns() + NSEC_PER_MSEC);
	} while (busy);
	return inode;
}

static struct inode *wait_until_filled(struct inode *inode)
{
	wait_event(inodes.wait, !(READ_ONCE(inode->i_state) & I_NEW));
	return inode;
}

struct inode *ilookup5(struct super_block *sb, u64 hash, const struct iget_ops *ops, const void *key)
{
	struct inode *inode = find_inode(sb, hash, ops, key);

	return inode ? wait_until_filled(inode) : NULL;
}

struct inode *iget5_locked(struct super_block *sb, u64 hash, const struct iget_ops *ops, const void *key)
{
	struct hlist_head *bucket = i_bucket(sb, hash);
	struct inode *inode = find_inode(sb, hash, ops, key), *old;
	bool busy;

	if (inode)
		return wait_until_filled(inode);
	inode = alloc_inode(sb);
	if (!inode)
		return NULL;
	for (;;) {
		spin_lock(i_bucket_lock(bucket));
		old = find_locked(bucket, sb, hash, ops, key, &busy);
		if (!old && !busy)
			break;
		spin_unlock(i_bucket_lock(bucket));
		if (!old)
			old = find_inode(sb, hash, ops, key);
		if (old) {
			destroy_inode(inode);
			return wait_until_filled(old);
		}
	}
	inode->i_state = I_NEW;
	inode->i_hash_key = hash;
	if (!ops)
		inode->i_ino = hash;
	if (ops && ops->set(inode, key)) {
		spin_unlock(i_bucket_lock(bucket));
		destroy_inode(inode);
		return NULL;
	}
	hlist_add_head_rcu(&inode->i_hash, bucket);
	spin_unlock(i_bucket_lock(bucket));
	inode_sb_list_add(inode);
	return inode;
}

struct inode *iget_locked(struct super_block *sb, u64 ino)
{
	return iget5_locked(sb, ino, NULL, NULL);
}

void unlock_new_inode(struct inode *inode)
{
	spin_lock(&inode->i_lock);
	inode->i_state &= ~(I_NEW | I_CREATING);
	spin_unlock(&inode->i_lock);
	smp_mb();	/* pairs with prepare_to_wait() in wait_until_filled() */
	wake_up_all(&inodes.wait);
}

void iget_failed(struct inode *inode)
{
	remove_inode_hash(inode);
	clear_nlink(inode);
	unlock_new_inode(inode);
	iput(inode);
}

/* --- links --- */

void set_nlink(struct inode *inode, unsigned int nlink)
{
	if (!nlink) {
		clear_nlink(inode);
		return;
	}
	inode->i_nlink = nlink;
}

void clear_nlink(struct inode *inode)
{
	inode->i_nlink = 0;
}

void drop_nlink(struct inode *inode)
{
	WARN_ON(inode->i_nlink == 0);
	inode->i_nlink--;
}

void inc_nlink(struct inode *inode)
{
	inode->i_nlink++;
}

/* --- eviction in bulk --- */

/* Mark for freeing if unused; the caller evicts. i_lock held by a try, since the list locks are inside it. */
static bool claim_unused(struct inode *inode, bool even_referenced)
{
	bool claimed = false;

	if (!spin_trylock(&inode->i_lock))
		return false;
	if (atomic_read(&inode->i_count) == 0 && !(inode->i_state & (I_NEW | I_FREEING | I_WILL_FREE)) &&
	    (even_referenced || !(inode->i_state & (I_REFERENCED | I_DIRTY | I_DIRTY_TIME)))) {
		inode->i_state |= I_FREEING;
		claimed = true;
	}
	inode->i_state &= ~I_REFERENCED;
	spin_unlock(&inode->i_lock);
	return claimed;
}

unsigned long prune_icache_sb(struct super_block *sb, unsigned long nr)
{
	unsigned long freed = 0;

	spin_lock(&sb->s_lru_lock);
	while (nr-- && !list_empty(&sb->s_inode_lru)) {
		struct inode *inode = list_last_entry(&sb->s_inode_lru, struct inode, i_lru);

		if (atomic_read(&inode->i_count)) {
			list_del_init(&inode->i_lru);	/* in use again */
			sb->s_nr_inode_unused--;
			continue;
		}
		if (!claim_unused(inode, false)) {
			list_move(&inode->i_lru, &sb->s_inode_lru);
			continue;
		}
		list_del_init(&inode->i_lru);
		sb->s_nr_inode_unused--;
		spin_unlock(&sb->s_lru_lock);
		evict(inode);
		freed++;
		spin_lock(&sb->s_lru_lock);
	}
	spin_unlock(&sb->s_lru_lock);
	return freed;
}

/* SB_ACTIVE is clear: nothing new is kept. */
void evict_inodes(struct super_block *sb)
{
	struct inode *inode;

again:
	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		if (atomic_read(&inode->i_count) || !claim_unused(inode, true))
			continue;
		spin_unlock(&sb->s_inode_list_lock);
		inode_lru_del(inode);
		evict(inode);
		goto again;
	}
	spin_unlock(&sb->s_inode_list_lock);
}

/* --- reclaim --- */

unsigned long vfs_cache_count(void)
{
	struct super_block *sb;
	unsigned long nr = 0;

	for (sb = super_next(NULL); sb; sb = super_next(sb))
		nr += READ_ONCE(sb->s_nr_dentry_unused) + READ_ONCE(sb->s_nr_inode_unused);
	return nr;
}

unsigned long vfs_cache_shrink(unsigned long nr)
{
	struct super_block *sb;
	unsigned long freed = 0, total = vfs_cache_count() + 1;

	for (sb = super_next(NULL); sb; sb = super_next(sb)) {
		unsigned long share = nr * (sb->s_nr_dentry_unused + sb->s_nr_inode_unused) / total + 1;

		if (!down_read_trylock(&sb->s_umount))
			continue;
		if (sb->s_flags & SB_ACTIVE) {
			freed += prune_dcache_sb(sb, share);
			freed += prune_icache_sb(sb, share);
		}
		up_read(&sb->s_umount);
	}
	return freed;
}

static unsigned long shrinker_count(struct shrinker *shrinker)
{
	return vfs_cache_count() * (unsigned long)READ_ONCE(mm_sysctl.vfs_cache_pressure) / 100;
}

static unsigned long shrinker_scan(struct shrinker *shrinker, unsigned long nr)
{
	return vfs_cache_shrink(nr);
}

static const struct shrinker_ops vfs_shrinker_ops = { .count = shrinker_count, .scan = shrinker_scan };
static struct shrinker vfs_shrinker = { .name = "vfs", .ops = &vfs_shrinker_ops, .seeks = 2 };

void vfs_cache_shrinker_init(void)
{
	shrinker_register(&vfs_shrinker);
}

void inode_cache_init(unsigned long nr_pages)
{
	unsigned int i;

	inodes.log2 = 9;
	while (inodes.log2 < 16 && (1UL << inodes.log2) < nr_pages / 16)
		inodes.log2++;
	inodes.buckets = kvzalloc(sizeof(struct hlist_head) << inodes.log2, GFP_KERNEL);
	KASSERT(inodes.buckets);
	for (i = 0; i < I_HASH_LOCKS; i++)
		spin_lock_init(&inodes.locks[i], RANK_INODE_HASH);
}
