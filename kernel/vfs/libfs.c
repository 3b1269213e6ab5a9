/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libfs.c - parts for file systems that live in the dentry cache.
 *
 * WHAT        A ram directory is its dentry's children: those with DCACHE_PERSISTENT are entries, pinned by one reference of
 *             the file system. Each entry has a position (d_offset) from its directory's counter, and d_subdirs holds them in
 *             that order, the newest first, so a reader that goes on after any changes neither repeats nor misses an entry.
 * INVARIANTS  L1  Entries of d_subdirs ascend in d_offset; a new or moved one goes to the front with a lower number.
 *             L2  A persistent dentry is hashed, positive, and holds one extra reference.
 * LOCKING     Changes: the directory's i_rwsem exclusively. Readers: shared, plus d_lock while stepping.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <vfs/libfs.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include "dcache_impl.h"
#include "inode_impl.h"
#include "vfs_impl.h"

#define FIRST_OFFSET 0x7fffffffffffULL	/* of a directory's first entry; later ones lie before it */

bool always_delete_dentry(const struct dentry *dentry)
{
	return true;
}

const struct dentry_operations simple_dentry_operations = { .d_delete = always_delete_dentry };

struct dentry *simple_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	if (dentry->d_name.len > NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	if (!dentry->d_op)
		d_set_d_op(dentry, &simple_dentry_operations);
	d_add(dentry, NULL);
	return NULL;
}

/* --- entries --- */

static u64 next_offset(struct inode *dir)
{
	return FIRST_OFFSET - dir->i_next_offset++;
}

/* @dentry goes to the front of its directory (L1). Directory locked. */
static void prepend_entry(struct inode *dir, struct dentry *dentry)
{
	struct dentry *parent = dentry->d_parent;

	spin_lock(&parent->d_lock);
	dentry->d_offset = next_offset(dir);
	list_move(&dentry->d_child, &parent->d_subdirs);
	spin_unlock(&parent->d_lock);
}

void d_make_persistent(struct dentry *dentry, struct inode *inode)
{
	prepend_entry(d_inode(dentry->d_parent), dentry);
	spin_lock(&dentry->d_lock);
	dentry->d_flags |= DCACHE_PERSISTENT;
	d_set_inode(dentry, inode);
	if (d_unhashed(dentry))
		d_hash_insert(dentry);
	spin_unlock(&dentry->d_lock);
	dget(dentry);	/* L2 */
}

/* Give up the pin. */
static void unpin(struct dentry *dentry)
{
	bool pinned;

	spin_lock(&dentry->d_lock);
	pinned = dentry->d_flags & DCACHE_PERSISTENT;
	dentry->d_flags &= ~DCACHE_PERSISTENT;
	spin_unlock(&dentry->d_lock);
	if (pinned)
		dput(dentry);
}

bool simple_empty(struct dentry *dentry)
{
	struct dentry *child;
	bool empty = true;

	spin_lock(&dentry->d_lock);
	list_for_each_entry(child, &dentry->d_subdirs, d_child) {
		if (child->d_flags & DCACHE_PERSISTENT) {
			empty = false;
			break;
		}
	}
	spin_unlock(&dentry->d_lock);
	return empty;
}

int simple_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old);

	inode->i_ctime = dir->i_ctime = dir->i_mtime = current_time(inode);
	inc_nlink(inode);
	ihold(inode);
	d_make_persistent(dentry, inode);
	return 0;
}

int simple_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	inode->i_ctime = dir->i_ctime = dir->i_mtime = current_time(inode);
	drop_nlink(inode);
	unpin(dentry);
	return 0;
}

int simple_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!simple_empty(dentry))
		return -ENOTEMPTY;
	drop_nlink(d_inode(dentry));
	simple_unlink(dir, dentry);
	drop_nlink(dir);
	return 0;
}

int simple_rename_exchange(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new)
{
	bool old_is_dir = d_is_dir(old), new_is_dir = d_is_dir(new);

	if (old_dir != new_dir && old_is_dir != new_is_dir) {
		drop_nlink(old_is_dir ? old_dir : new_dir);
		inc_nlink(old_is_dir ? new_dir : old_dir);
	}
	old_dir->i_ctime = old_dir->i_mtime = new_dir->i_ctime = new_dir->i_mtime = current_time(old_dir);
	d_inode(old)->i_ctime = d_inode(new)->i_ctime = old_dir->i_ctime;
	/* d_exchange() puts each at the front of the other's directory */
	old->d_offset = next_offset(new_dir);
	new->d_offset = next_offset(old_dir);
	return 0;
}

int simple_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
		  unsigned int flags)
{
	struct inode *inode = d_inode(old);
	bool is_dir = d_is_dir(old);

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE)
		return simple_rename_exchange(old_dir, old, new_dir, new);
	if (d_really_is_positive(new)) {
		if (!simple_empty(new))
			return -ENOTEMPTY;
		simple_unlink(new_dir, new);
		if (is_dir) {
			drop_nlink(d_inode(new));
			drop_nlink(old_dir);
		}
	} else if (is_dir) {
		drop_nlink(old_dir);
		inc_nlink(new_dir);
	}
	old_dir->i_ctime = old_dir->i_mtime = new_dir->i_ctime = new_dir->i_mtime = inode->i_ctime = current_time(inode);
	old->d_offset = next_offset(new_dir);	/* d_move() puts it at the front (L1) */
	return 0;
}

void simple_remove(struct dentry *dentry)
{
	struct dentry *parent = dget_parent(dentry);
	struct inode *dir = d_inode(parent), *inode = d_inode(dentry);

	dget(dentry);
	inode_lock_nested(dir, I_MUTEX_PARENT);
	if (dentry->d_flags & DCACHE_PERSISTENT) {
		if (d_is_dir(dentry)) {
			drop_nlink(inode);
			drop_nlink(dir);
			inode->i_flags |= S_DEAD;
		}
		simple_unlink(dir, dentry);
		d_invalidate(dentry);
	}
	inode_unlock(dir);
	dput(dentry);
	dput(parent);
}

/* --- attributes --- */

int simple_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err = setattr_prepare(dentry, attr);

	if (err)
		return err;
	if (attr->ia_valid & ATTR_SIZE) {
		i_size_write(inode, attr->ia_size);
		if (inode->i_data.nrpages)
			truncate_pagecache(&inode->i_data, attr->ia_size);
	}
	setattr_copy(inode, attr);
	inode->i_flags &= ~S_NOSEC;
	mark_inode_dirty(inode);
	return 0;
}

int simple_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);

	generic_fillattr(inode, stat);
	stat->blocks = (u64)inode->i_mapping->nrpages << 3;
	return 0;
}

int simple_statfs(struct dentry *dentry, struct kstatfs *st)
{
	st->f_type = dentry->d_sb->s_magic;
	st->f_bsize = 4096;
	st->f_namelen = NAME_MAX;
	st->f_fsid = huge_encode_dev(dentry->d_sb->s_dev);
	return 0;
}

/* --- reading a directory --- */

#define READ_BATCH 16

int dcache_dir_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;	/* the entry after which the last read stopped, referenced */
	return 0;
}

void dcache_dir_close(struct inode *inode, struct file *file)
{
	dput(file->private_data);
}

static void set_cursor(struct file *file, struct dentry *entry)
{
	struct dentry *old = file->private_data;

	file->private_data = entry;
	dput(old);
}

loff_t dcache_dir_lseek(struct file *file, loff_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	if (off != file->f_pos) {
		inode_lock_shared(file_inode(file));
		file->f_pos = off;
		set_cursor(file, NULL);
		inode_unlock_shared(file_inode(file));
	}
	return off;
}

/* d_lock held: where to go on for position @pos. */
static struct list_head *find_start(struct dentry *dir, struct dentry *cursor, u64 pos)
{
	struct list_head *at;

	if (cursor && cursor->d_parent == dir && (cursor->d_flags & DCACHE_PERSISTENT) &&
	    cursor->d_offset + 1 == pos)
		return cursor->d_child.next;
	for (at = dir->d_subdirs.next; at != &dir->d_subdirs; at = at->next) {
		struct dentry *d = list_entry(at, struct dentry, d_child);

		if ((d->d_flags & DCACHE_PERSISTENT) && d->d_offset >= pos)
			break;
	}
	return at;
}

/* Up to READ_BATCH entries from @pos on, with references. */
static unsigned int collect(struct file *file, u64 pos, struct dentry **batch)
{
	struct dentry *dir = file_dentry(file);
	struct list_head *at;
	unsigned int n = 0;

	spin_lock(&dir->d_lock);
	for (at = find_start(dir, file->private_data, pos); at != &dir->d_subdirs && n < READ_BATCH; at = at->next) {
		struct dentry *d = list_entry(at, struct dentry, d_child);

		if (!(d->d_flags & DCACHE_PERSISTENT))
			continue;
		batch[n++] = dget(d);
	}
	spin_unlock(&dir->d_lock);
	return n;
}

/* Emit what was collected; false: the buffer is full. References are consumed. */
static bool emit_batch(struct file *file, struct dir_context *ctx, struct dentry **batch, unsigned int n)
{
	unsigned int i;
	bool room = true;

	for (i = 0; i < n; i++) {
		struct dentry *d = batch[i];
		struct inode *inode = d_inode(d);

		if (room) {
			ctx->pos = d->d_offset;
			room = dir_emit(ctx, d->d_name.name, d->d_name.len, inode->i_ino,
					fs_umode_to_dtype(inode->i_mode));
		}
		if (room) {
			ctx->pos = d->d_offset + 1;
			set_cursor(file, d);	/* the reference moves */
		} else {
			dput(d);
		}
	}
	return room;
}

int dcache_readdir(struct file *file, struct dir_context *ctx)
{
	struct dentry *batch[READ_BATCH];
	unsigned int n;

	if (!dir_emit_dots(file, ctx))
		return 0;
	do {
		n = collect(file, ctx->pos, batch);
	} while (emit_batch(file, ctx, batch, n) && n == READ_BATCH);
	return 0;
}

int noop_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	return 0;
}

const struct file_operations simple_dir_operations = {
	.open = dcache_dir_open,
	.release = dcache_dir_close,
	.llseek = dcache_dir_lseek,
	.iterate = dcache_readdir,
	.fsync = noop_fsync,
};

const struct inode_operations simple_dir_inode_operations = { .lookup = simple_lookup };

/* --- pseudo file systems --- */

static const struct object_type pseudo_inode_type = {
	.name = "pseudo_inode", .owner = "vfs", .id = 0x307, .version = 1,
};

struct pseudo_cache {
	struct kmem_cache *inodes;	/* __final */
};
static struct pseudo_cache pseudo_cache;

static struct inode *pseudo_alloc_inode(struct super_block *sb)
{
	return kmem_cache_alloc(pseudo_cache.inodes, GFP_KERNEL);
}

static void pseudo_free_inode(struct inode *inode)
{
	kmem_cache_free(pseudo_cache.inodes, inode);
}

static const struct super_operations pseudo_sops = {
	.alloc_inode = pseudo_alloc_inode,
	.free_inode = pseudo_free_inode,
	.drop_inode = generic_delete_inode,
	.statfs = simple_statfs,
};

static const struct inode_operations pseudo_dir_iops = { .lookup = simple_lookup };

static int pseudo_fill_super(struct super_block *sb, struct fs_context *fc)
{
	const struct pseudo_fs *pseudo = fc->fs_private;
	struct inode *root;

	sb->s_magic = pseudo->magic;
	sb->s_op = pseudo->ops ? pseudo->ops : &pseudo_sops;
	sb->s_d_op = pseudo->dops;
	sb->s_flags |= SB_NOUSER;
	root = new_inode(sb);
	if (!root)
		return -ENOMEM;
	root->i_ino = 1;
	root->i_mode = S_IFDIR | 0600;
	root->i_op = &pseudo_dir_iops;
	root->i_atime = root->i_mtime = root->i_ctime = current_time(root);
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static const struct fill_super_ops pseudo_fill_ops = { .fill_super = pseudo_fill_super };

static int pseudo_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, &pseudo_fill_ops);
}

static const struct fs_context_operations pseudo_fc_ops = { .get_tree = pseudo_get_tree };

int init_pseudo(struct fs_context *fc, const struct pseudo_fs *pseudo)
{
	fc->ops = &pseudo_fc_ops;
	fc->fs_private = (void *)pseudo;
	return 0;
}

void libfs_init(void)
{
	pseudo_cache.inodes = kmem_cache_create(&pseudo_inode_type, sizeof(struct inode), 64,
						SLAB_PANIC | SLAB_RECLAIMABLE);
}

/* The plain inode cache, for ram file systems that add nothing to struct inode. */
struct inode *simple_alloc_inode(struct super_block *sb)
{
	return pseudo_alloc_inode(sb);
}

void simple_free_inode(struct inode *inode)
{
	pseudo_free_inode(inode);
}

/* --- small buffers --- */

ssize_t simple_read_from_buffer(struct iter *to, loff_t *pos, const void *from, size_t available)
{
	loff_t at = *pos;
	size_t len, done;

	if (at < 0)
		return -EINVAL;
	if ((u64)at >= available || !iter_count(to))
		return 0;
	len = min_t(size_t, iter_count(to), available - at);
	done = copy_to_iter(from + at, len, to);
	if (!done)
		return -EFAULT;
	*pos = at + done;
	return done;
}

ssize_t simple_write_to_buffer(void *to, size_t available, loff_t *pos, struct iter *from)
{
	loff_t at = *pos;
	size_t len, done;

	if (at < 0)
		return -EINVAL;
	if ((u64)at >= available || !iter_count(from))
		return 0;
	len = min_t(size_t, iter_count(from), available - at);
	done = copy_from_iter(to + at, len, from);
	if (!done)
		return -EFAULT;
	*pos = at + done;
	return done;
}

int simple_open(struct inode *inode, struct file *file)
{
	file->private_data = inode->i_private;
	return 0;
}
