/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inode.c - nodes of the server and our inodes.
 *
 * WHAT        An inode stands for a node of the server, and for the lookups that were sent for it: the last reference gives them back
 *             with one forget.
 * INVARIANTS  I1  Inodes are found by (nodeid, generation, file type), so hard links share one, and a node that comes back as
 *                 another kind of file is another inode.
 *             I2  nlookup counts every entry that led here; eviction sends it whole.
 * LOCKING     The inode's lock: nlookup.
 * LIFECYCLE   fuse_iget -> in use, cached -> fuse_evict_inode: pages, kept handle, forget.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <mm/filemap.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <time/ktime.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include "fuse_impl.h"

static const struct object_type fuse_inode_type = { .name = "fuse_inode", .owner = "fuse", .id = 0x0913, .version = 1 };

static struct {
	struct kmem_cache *cache; /* __final */
} inodes;

struct inode *fuse_alloc_inode(struct super_block *sb)
{
	struct fuse_inode *fi = kmem_cache_alloc(inodes.cache, GFP_NOFS | __GFP_ZERO);

	if (!fi)
		return NULL;
	fi->forget = fuse_forget_create();
	if (!fi->forget) {
		kmem_cache_free(inodes.cache, fi);
		return NULL;
	}
	inode_init_once(&fi->vfs);
	spin_lock_init(&fi->lock, RANK_FUSE_REQUEST);
	INIT_LIST_HEAD(&fi->handles);
	mutex_init(&fi->names_lock, RANK_P9);
	return &fi->vfs;
}

void fuse_free_inode(struct inode *inode)
{
	struct fuse_inode *fi = fuse_inode(inode);

	kfree(fi->forget);
	kfree(fi->link);
	kmem_cache_free(inodes.cache, fi);
}

void fuse_evict_inode(struct inode *inode)
{
	struct fuse_inode *fi = fuse_inode(inode);

	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	fuse_handle_drop_kept(inode);
	if (fi->nlookup && fi->nodeid != FUSE_ROOT_ID) {
		fuse_forget_queue(fuse_conn(inode->i_sb), fi->forget, fi->nodeid, fi->nlookup); /* I2 */
		fi->forget = NULL;
	}
}

void fuse_inode_init(void)
{
	inodes.cache = kmem_cache_create(&fuse_inode_type, sizeof(struct fuse_inode), 0,
					 SLAB_RECLAIMABLE | SLAB_ACCOUNT | SLAB_PANIC);
}

/* --- finding ------------------------------------------------------------------------------------------- */

struct iget_key {
	u64 nodeid;
	u32 generation;
	u32 format; /* S_IFMT */
};

static bool iget_test(struct inode *inode, const void *key)
{
	const struct iget_key *k = key;

	return fuse_nodeid(inode) == k->nodeid && inode->i_generation == k->generation &&
	       (inode->i_mode & S_IFMT) == k->format;
}

static int iget_set(struct inode *inode, const void *key)
{
	const struct iget_key *k = key;

	fuse_inode(inode)->nodeid = k->nodeid;
	inode->i_generation = k->generation;
	inode->i_mode = k->format;
	return 0;
}

static const struct iget_ops iget_ops = { .test = iget_test, .set = iget_set };

static void set_ops(struct inode *inode, const struct fuse_attr *attr)
{
	inode->i_flags |= S_NOATIME | S_NOCMTIME | S_UNSEEN; /* times are the server's */
	if (S_ISDIR(inode->i_mode)) {
		inode->i_op = &fuse_dir_iops;
		inode->i_fop = &fuse_dir_fops;
	} else if (S_ISLNK(inode->i_mode)) {
		inode->i_op = &fuse_symlink_iops;
	} else {
		inode->i_op = &fuse_file_iops;
		if (S_ISREG(inode->i_mode)) {
			inode->i_fop = &fuse_file_fops;
			inode->i_data.a_ops = &fuse_aops;
		} else {
			init_special_inode(inode, inode->i_mode, new_decode_dev(attr->rdev));
		}
	}
}

void fuse_take_lookup(struct inode *inode)
{
	struct fuse_inode *fi = fuse_inode(inode);

	with_spinlock_irq(&fi->lock);
	fi->nlookup++;
}

bool fuse_is_entry_of(struct inode *inode, const struct fuse_entry_out *entry)
{
	struct iget_key key = { entry->nodeid, (u32)entry->generation, entry->attr.mode & S_IFMT };

	return iget_test(inode, &key);
}

struct inode *fuse_iget(struct super_block *sb, const struct fuse_entry_out *entry, u64 version)
{
	struct iget_key key = { entry->nodeid, (u32)entry->generation, entry->attr.mode & S_IFMT };
	struct inode *inode = iget5_locked(sb, entry->nodeid, &iget_ops, &key);
	u64 valid_ns = fuse_span_ns(entry->attr_valid, entry->attr_valid_nsec), now;

	if (!inode) {
		fuse_forget_one(fuse_conn(sb), entry->nodeid);
		return ERR_PTR(-ENOMEM);
	}
	fuse_take_lookup(inode);
	if (!(inode->i_state & I_NEW)) {
		fuse_update_inode(inode, &entry->attr, valid_ns, version);
		return inode;
	}
	now = ktime_get_ns();
	fuse_fill_inode(inode, &entry->attr, valid_ns > ~0ull - now ? ~0ull : now + valid_ns);
	set_ops(inode, &entry->attr);
	unlock_new_inode(inode);
	return inode;
}

struct inode *fuse_root_inode(struct super_block *sb)
{
	struct fuse_entry_out entry = { .nodeid = FUSE_ROOT_ID, .attr.mode = S_IFDIR | 0755, .attr.nlink = 1 };
	struct inode *inode = fuse_iget(sb, &entry, fuse_attr_version(fuse_conn(sb)));
	int ret;

	if (IS_ERR(inode))
		return inode;
	fuse_distrust(inode);
	ret = fuse_refresh(inode);
	if (!ret)
		return inode;
	iput(inode);
	return ERR_PTR(ret);
}
