/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * anon_inode.c - files without a place: one inode carries all of them; what differs is the file's methods and data.
 *
 * WHAT        anon_inode_getfile() makes an open file on the one inode of a kernel-internal mount; d_path() shows "anon_inode:[kind]".
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <linux/magic.h>
#include <vfs/anon_inode.h>
#include <vfs/fdtable.h>
#include <vfs/libfs.h>
#include <vfs/mount.h>
#include "inode_impl.h"
#include "vfs_impl.h"

struct anon_inodes {
	struct vfsmount *mnt;	/* __final */
	struct inode *inode;	/* __final */
};
static struct anon_inodes anon;

static char *anon_dname(struct dentry *dentry, char *buf, int buflen)
{
	return dynamic_dname(buf, buflen, "anon_inode:%s", dentry->d_name.name);
}

static const struct dentry_operations anon_dops = { .d_dname = anon_dname };
static const struct pseudo_fs anon_pseudo = { .dops = &anon_dops, .magic = ANON_INODE_FS_MAGIC };

static int anon_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, &anon_pseudo);
}

static const struct fs_type_ops anon_type_ops = { .init_fs_context = anon_init_fs_context, .kill_sb = kill_anon_super };
static struct file_system_type anon_type = { .name = "anon_inodefs", .ops = &anon_type_ops };

struct inode *alloc_anon_inode(struct super_block *sb)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = get_next_ino();
	inode->i_mode = S_IRUSR | S_IWUSR;
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	inode->i_flags |= S_PRIVATE;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	return inode;
}

struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv, unsigned int flags)
{
	struct file *file;

	ihold(anon.inode);
	file = alloc_file_pseudo(anon.inode, anon.mnt, name, flags & (O_ACCMODE | O_NONBLOCK), fops);
	if (IS_ERR(file)) {
		iput(anon.inode);
		return file;
	}
	file->f_mode &= ~(FMODE_PREAD | FMODE_PWRITE); /* none of them has a place to be at */
	file->private_data = priv;
	return file;
}

int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, unsigned int flags)
{
	int fd = get_unused_fd_flags(flags);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_getfile(name, fops, priv, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

void anon_inode_init(void)
{
	KASSERT(!register_filesystem(&anon_type));
	anon.mnt = kern_mount(&anon_type);
	KASSERT(!IS_ERR(anon.mnt));
	anon.inode = alloc_anon_inode(anon.mnt->mnt_sb);
	KASSERT(!IS_ERR(anon.inode));
}
