/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devpts.c - the file system whose files are the slaves of pseudo-terminals.
 *
 * WHAT        Each mount is an instance of its own, with its own numbers from 0 and its own ptmx. A slave's name appears when
 *             ptmx is opened and goes with the master's close. Nothing else can be made or removed here.
 * INVARIANTS  D1  Every pair numbered here holds the superblock active; so numbers, and this object, outlive an
 *                 unmount until the last pair is gone.
 *             D2  A slave's node holds no reference to its pair: opening it asks the numbers.
 * LOCKING     pts->lock (rank TTY_LIST): numbers. Names: the root's i_rwsem.
 * LIFECYCLE   fill_super -> pairs come and go -> last deactivate -> kill_super
 * ERRORS      -ENOMEM, those of options.c.
 * TESTS       tests/guest/tty/devpts_test.c
 */
#include "devpts_impl.h"
#include <devpts/devpts.h>
#include <lib/errno.h>
#include <linux/major.h>
#include <log/printk.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <vfs/libfs.h>

enum { INO_ROOT = 1, INO_PTMX = 2 };

static const struct object_type inode_type = { .name = "devpts_inode", .owner = "devpts", .id = 0x1502, .version = 1 };

static struct {
	struct kmem_cache *inodes; /* __final */
} state;

/* --- inodes ----------------------------------------------------------------------------------------------------- */

static struct inode *alloc_inode(struct super_block *sb)
{
	return kmem_cache_alloc(state.inodes, GFP_KERNEL_ACCOUNT);
}

static void free_inode(struct inode *inode)
{
	kmem_cache_free(state.inodes, inode);
}

static const struct super_operations super_ops = {
	.alloc_inode = alloc_inode,
	.free_inode = free_inode,
	.drop_inode = generic_delete_inode,
	.statfs = simple_statfs,
	.show_options = devpts_show_options,
};

static const struct inode_operations node_ops = { .setattr = simple_setattr, .getattr = simple_getattr };
static const struct inode_operations root_ops = {
	.lookup = simple_lookup,
	.setattr = simple_setattr,
	.getattr = simple_getattr,
};

bool is_devpts(const struct super_block *sb)
{
	return sb->s_op == &super_ops;
}

static void stamp(struct inode *inode)
{
	inode->i_atime = inode->i_mtime = inode->i_ctime = inode->i_btime = current_time(inode);
}

struct inode *devpts_new_node(struct devpts *pts, u64 ino, umode_t mode, dev_t dev)
{
	struct inode *inode = new_inode(pts->sb);

	if (!inode)
		return NULL;
	inode->i_ino = ino;
	inode->i_uid = pts->options.has_uid ? pts->options.uid : current_fsuid();
	inode->i_gid = pts->options.has_gid ? pts->options.gid : current_fsgid();
	stamp(inode);
	init_special_inode(inode, S_IFCHR | mode, dev);
	inode->i_op = &node_ops;
	return inode;
}

/* --- one mount ---------------------------------------------------------------------------------------------------- */

static int make_ptmx(struct devpts *pts)
{
	struct dentry *root = pts->sb->s_root, *dentry;
	struct inode *inode = devpts_new_node(pts, INO_PTMX, pts->options.ptmx_mode, MKDEV(TTYAUX_MAJOR, PTMX_MINOR));

	if (!inode)
		return -ENOMEM;
	dentry = d_alloc_name(root, "ptmx");
	if (!dentry) {
		iput(inode);
		return -ENOMEM;
	}
	inode_lock(d_inode(root));
	d_make_persistent(dentry, inode);
	inode_unlock(d_inode(root));
	pts->ptmx = dentry;
	dput(dentry); /* the pin stays */
	return 0;
}

static int make_root(struct super_block *sb)
{
	struct inode *root = new_inode(sb);

	if (!root)
		return -ENOMEM;
	root->i_ino = INO_ROOT;
	root->i_mode = S_IFDIR | 0755;
	root->i_op = &root_ops;
	root->i_fop = &simple_dir_operations;
	set_nlink(root, 2);
	stamp(root);
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

int devpts_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct devpts *pts = kzalloc(sizeof(*pts), GFP_KERNEL);
	int ret;

	if (!pts)
		return -ENOMEM;
	sb->s_fs_info = pts;
	pts->home.ops = &devpts_home_ops;
	pts->sb = sb;
	pts->options = *(struct devpts_options *)fc->fs_private;
	mutex_init(&pts->lock, RANK_TTY_LIST);
	idr_init(&pts->numbers);
	sb->s_blocksize = 1024;
	sb->s_blocksize_bits = 10;
	sb->s_magic = DEVPTS_SUPER_MAGIC;
	sb->s_op = &super_ops;
	sb->s_d_op = &simple_dentry_operations;
	sb->s_time_gran = 1;
	sb->s_iflags &= ~SB_I_NODEV; /* device nodes are all there is */
	ret = make_root(sb);
	return ret ? ret : make_ptmx(pts);
}

static void kill_super(struct super_block *sb)
{
	struct devpts *pts = devpts_of(sb);

	kill_litter_super(sb);
	if (pts)
		idr_destroy(&pts->numbers);
	kfree(pts);
}

static const struct fs_type_ops type_ops = { .init_fs_context = devpts_init_fs_context, .kill_sb = kill_super };

static struct file_system_type devpts_type = { .name = "devpts", .fs_flags = FS_USERNS_MOUNT, .ops = &type_ops };

void devpts_init(void)
{
	state.inodes = kmem_cache_create(&inode_type, sizeof(struct inode), 0,
					 SLAB_PANIC | SLAB_ACCOUNT | SLAB_RECLAIMABLE);
	if (register_filesystem(&devpts_type))
		pr_warn("devpts: the name is taken\n");
	ptmx_init();
}
