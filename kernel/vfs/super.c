/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * super.c - mounted file systems: the registry of types, making, sharing, killing superblocks.
 *
 * WHAT        A superblock is one instance of a file system. Mounts hold it active (s_active); list walks and dying
 *             inodes only keep its memory (s_passive).
 * INVARIANTS  S1  On the list from its publication until its last passive reference goes: a walk that holds one has its place.
 *             SB_ACTIVE is set while something of it may be dirty: from the end of its filling to the last write-back.
 *             S2  s_active > 0 while anything may be mounted from it; it never rises from 0.
 * LOCKING     super_lock (rank SUPER_TABLE): both lists, S2. s_umount: the superblock's coming and going.
 * LIFECYCLE   get_tree_* -> fill_super -> active -> last deactivate_super -> kill_sb -> freed with its last inode
 * ERRORS      -EBUSY (name taken), -ENODEV (unknown type), -EMFILE (no device number left), -ENOMEM, what fill_super says.
 * TESTS       tests/guest/vfs/mount_test.c, tests/guest/vfs/race_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/idr.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/user_namespace.h>
#include <security/security.h>
#include <vfs/dentry.h>
#include <vfs/seq_file.h>
#include <linux/magic.h>
#include "dcache_impl.h"
#include "inode_impl.h"
#include "vfs_impl.h"

#define ANON_DEV_MAX ((1u << 20) - 1)	/* all minors that a device number has room for */

struct super_table {
	struct spinlock lock;		/* rank SUPER_TABLE */
	struct list_head supers;	/* lock */
	struct list_head types;		/* lock */
	struct kmem_cache *cache;	/* __final */
	struct mutex anon_devs_lock;	/* rank MOUNT_IDS */
	struct ida anon_devs;		/* anon_devs_lock: minors of major 0 in use */
};

static struct super_table supers = {
	.lock = SPINLOCK_INIT(RANK_SUPER_TABLE),
	.supers = LIST_HEAD_INIT(supers.supers),
	.types = LIST_HEAD_INIT(supers.types),
	.anon_devs_lock = MUTEX_INIT(supers.anon_devs_lock, RANK_MOUNT_IDS),
	.anon_devs = IDA_INIT(supers.anon_devs),
};

static const struct object_type super_type = {
	.name = "super_block", .owner = "vfs", .id = 0x301, .version = 1,
};

/* --- types --- */

static struct file_system_type *find_type_locked(const char *name, size_t len)
{
	struct file_system_type *fs;

	list_for_each_entry(fs, &supers.types, list) {
		if (strlen(fs->name) == len && !memcmp(fs->name, name, len))
			return fs;
	}
	return NULL;
}

int register_filesystem(struct file_system_type *fs)
{
	int err = -EBUSY;

	spin_lock(&supers.lock);
	if (!find_type_locked(fs->name, strlen(fs->name))) {
		list_add_tail(&fs->list, &supers.types);
		err = 0;
	}
	spin_unlock(&supers.lock);
	return err;
}

struct file_system_type *get_fs_type(const char *name, size_t len)
{
	const char *dot = strnchr(name, len, '.');
	struct file_system_type *fs;

	spin_lock(&supers.lock);
	fs = find_type_locked(name, dot ? (size_t)(dot - name) : len);
	spin_unlock(&supers.lock);
	return fs && dot && !(fs->fs_flags & FS_HAS_SUBTYPE) ? NULL : fs;
}

int filesystems_show(struct seq_file *m)
{
	struct file_system_type *fs;

	spin_lock(&supers.lock);
	list_for_each_entry(fs, &supers.types, list)
		seq_printf(m, "%s\t%s\n", fs->fs_flags & FS_REQUIRES_DEV ? "" : "nodev", fs->name);
	spin_unlock(&supers.lock);
	return 0;
}

struct file_system_type *fs_type_at(unsigned int index)
{
	struct file_system_type *fs;

	spin_lock(&supers.lock);
	list_for_each_entry(fs, &supers.types, list) {
		if (!index--) {
			spin_unlock(&supers.lock);
			return fs;
		}
	}
	spin_unlock(&supers.lock);
	return NULL;
}

/* --- device numbers of file systems without a device --- */

int get_anon_bdev(dev_t *dev)
{
	int minor;

	mutex_lock(&supers.anon_devs_lock);
	minor = ida_alloc_range(&supers.anon_devs, 1, ANON_DEV_MAX, GFP_KERNEL);	/* minor 0 is never given */
	mutex_unlock(&supers.anon_devs_lock);
	if (minor < 0)
		return minor == -ENOSPC ? -EMFILE : minor;
	*dev = MKDEV(0, (unsigned int)minor);
	return 0;
}

void free_anon_bdev(dev_t dev)
{
	mutex_lock(&supers.anon_devs_lock);
	ida_free(&supers.anon_devs, MINOR(dev));
	mutex_unlock(&supers.anon_devs_lock);
}

/* --- superblocks --- */

static struct super_block *alloc_super(struct fs_context *fc)
{
	struct super_block *sb = kmem_cache_zalloc(supers.cache, GFP_KERNEL);
	int err;

	if (!sb)
		return ERR_PTR(-ENOMEM);
	err = get_anon_bdev(&sb->s_dev);
	if (err) {
		kmem_cache_free(supers.cache, sb);
		return ERR_PTR(err);
	}
	INIT_LIST_HEAD(&sb->s_list);
	init_rwsem(&sb->s_umount, RANK_SUPER);
	mutex_init(&sb->s_rename_mutex, RANK_INODE);
	spin_lock_init(&sb->s_inode_list_lock, RANK_SUPER_LIST);
	spin_lock_init(&sb->s_lru_lock, RANK_SUPER_LRU);
	INIT_LIST_HEAD(&sb->s_inodes);
	INIT_LIST_HEAD(&sb->s_dirty);
	INIT_LIST_HEAD(&sb->s_writing);
	INIT_LIST_HEAD(&sb->s_dentry_lru);
	INIT_LIST_HEAD(&sb->s_inode_lru);
	INIT_LIST_HEAD(&sb->s_mounts);
	atomic_set(&sb->s_active, 1);
	refcount_set(&sb->s_passive, 1);
	sb->s_type = fc->fs_type;
	sb->s_flags = fc->sb_flags;
	sb->s_user_ns = get_user_ns(fc->user_ns);
	sb->s_fs_info = fc->s_fs_info;
	sb->s_maxbytes = 0x7fffffffffffffffLL;
	sb->s_blocksize = 4096;
	sb->s_blocksize_bits = 12;
	sb->s_time_gran = 1;
	strscpy(sb->s_id, fc->fs_type->name, sizeof(sb->s_id));
	sb->s_subtype = fc->subtype;
	fc->subtype = NULL;
	return sb;
}

void super_put_passive(struct super_block *sb)
{
	if (!refcount_dec_and_lock(&sb->s_passive, &supers.lock))
		return;
	list_del(&sb->s_list);	/* S1 */
	spin_unlock(&supers.lock);
	put_user_ns(sb->s_user_ns);
	kfree(sb->s_subtype);
	kmem_cache_free(supers.cache, sb);
}

struct super_block *super_next(struct super_block *prev)
{
	struct super_block *sb = NULL;
	struct list_head *pos;

	spin_lock(&supers.lock);
	pos = prev ? prev->s_list.next : supers.supers.next;
	if (pos != &supers.supers) {
		sb = list_entry(pos, struct super_block, s_list);
		super_get_passive(sb);
	}
	spin_unlock(&supers.lock);
	if (prev)
		super_put_passive(prev);
	return sb;
}

/*
 * Nothing of it is dirty. Who fills one, or ends a connection when all is written back, may wait for a server for as long as he likes, with
 * s_umount for writing.
 */
static bool is_coming_or_gone(struct super_block *sb)
{
	return !(READ_ONCE(sb->s_flags) & SB_ACTIVE) || READ_ONCE(sb->s_is_synced);
}

bool super_lock_mounted(struct super_block *sb)
{
	if (is_coming_or_gone(sb) || down_read_killable(&sb->s_umount))
		return false;
	if (!is_coming_or_gone(sb))
		return true;
	up_read(&sb->s_umount);
	return false;
}

void iterate_supers(struct sb_visitor *visitor)
{
	struct super_block *sb;

	for (sb = super_next(NULL); sb; sb = super_next(sb)) {
		if (!super_lock_mounted(sb))
			continue;
		visitor->ops->visit(visitor, sb);
		up_read(&sb->s_umount);
	}
}

/* List lock held. An active one of the type with this key, with a reference. */
static struct super_block *grab_keyed_locked(struct file_system_type *type, void *key)
{
	struct super_block *sb;

	list_for_each_entry(sb, &supers.supers, s_list) {
		if (sb->s_type == type && sb->s_key == key && atomic_inc_not_zero(&sb->s_active))
			return sb;
	}
	return NULL;
}

/* Publish @sb, s_umount held for writing, unless one with its key is there: then that one, referenced. */
static struct super_block *publish_or_grab(struct super_block *sb)
{
	struct super_block *old = NULL;

	spin_lock(&supers.lock);
	if (sb->s_key)
		old = grab_keyed_locked(sb->s_type, sb->s_key);
	if (!old)
		list_add_tail(&sb->s_list, &supers.supers);	/* S1 */
	spin_unlock(&supers.lock);
	return old;
}

static void discard_unpublished(struct super_block *sb)
{
	up_write(&sb->s_umount);
	free_anon_bdev(sb->s_dev);
	super_put_passive(sb);
}

/* s_umount is held for writing. */
static int fill_new(struct super_block *sb, struct fs_context *fc, const struct fill_super_ops *ops)
{
	int err;

	fc->s_fs_info = NULL;	/* the superblock owns it now */
	err = ops->fill_super(sb, fc);
	if (err) {
		deactivate_locked_super(sb);
		return err;
	}
	KASSERT(sb->s_root);
	sb->s_flags |= SB_ACTIVE;
	fc->root = dget(sb->s_root);
	up_write(&sb->s_umount);
	return 0;
}

int get_tree_keyed(struct fs_context *fc, const struct fill_super_ops *ops, void *key)
{
	struct super_block *sb = alloc_super(fc), *old;

	if (IS_ERR(sb))
		return PTR_ERR(sb);
	sb->s_key = key;
	down_write(&sb->s_umount);
	old = publish_or_grab(sb);
	if (!old)
		return fill_new(sb, fc, ops);
	discard_unpublished(sb);
	down_read(&old->s_umount);	/* waits until who made it has filled it */
	if (old->s_root)
		fc->root = dget(old->s_root);
	up_read(&old->s_umount);
	if (!fc->root) {
		deactivate_super(old);
		return -EBUSY;
	}
	return 0;
}

int get_tree_nodev(struct fs_context *fc, const struct fill_super_ops *ops)
{
	return get_tree_keyed(fc, ops, NULL);
}

int get_tree_single(struct fs_context *fc, const struct fill_super_ops *ops)
{
	return get_tree_keyed(fc, ops, fc->fs_type);
}

void generic_shutdown_super(struct super_block *sb)
{
	if (sb->s_root) {
		shrink_dcache_for_umount(sb);
		sync_filesystem(sb);
		sb->s_flags &= ~SB_ACTIVE;
		evict_inodes(sb);
		WARN_ON(security_sb_delete(sb));
		if (sb->s_op->put_super)
			sb->s_op->put_super(sb);
		WARN_ON(!list_empty(&sb->s_inodes));
	}
	up_write(&sb->s_umount);
}

void kill_anon_super(struct super_block *sb)
{
	dev_t dev = sb->s_dev;

	generic_shutdown_super(sb);
	free_anon_bdev(dev);
}

void kill_litter_super(struct super_block *sb)
{
	if (sb->s_root)
		d_genocide(sb->s_root);
	kill_anon_super(sb);
}

/* s_umount is held for writing and dropped. */
void deactivate_locked_super(struct super_block *sb)
{
	if (!atomic_dec_and_test(&sb->s_active)) {	/* S2 */
		up_write(&sb->s_umount);
		return;
	}
	sb->s_type->ops->kill_sb(sb);
	super_put_passive(sb);
}

void deactivate_super(struct super_block *sb)
{
	if (atomic_add_unless(&sb->s_active, -1, 1))
		return;
	/* what lies below an overlay may go inside the end of what lies above */
	down_write_nested(&sb->s_umount, FILESYSTEM_MAX_STACK_DEPTH - sb->s_stack_depth);
	deactivate_locked_super(sb);
}

/* --- sync --- */

int sync_filesystem(struct super_block *sb)
{
	int err, err2 = 0;

	if (sb_rdonly(sb))
		return 0;
	writeback_inodes_sb(sb, false);
	err = writeback_inodes_sb(sb, true);
	if (sb->s_op && sb->s_op->sync_fs)
		err2 = sb->s_op->sync_fs(sb, true);
	return err ? err : err2;
}

void sync_before_kill(struct super_block *sb)
{
	sync_filesystem(sb);
	WRITE_ONCE(sb->s_is_synced, true);
}

static void visit_sync(struct sb_visitor *visitor, struct super_block *sb)
{
	sync_filesystem(sb);
}

static const struct sb_visitor_ops sync_visitor_ops = { .visit = visit_sync };

void sync_all_filesystems(bool wait)
{
	struct sb_visitor visitor = { .ops = &sync_visitor_ops };

	iterate_supers(&visitor);
}

void super_init(void)
{
	supers.cache = kmem_cache_create(&super_type, sizeof(struct super_block), 64, SLAB_PANIC);
}
