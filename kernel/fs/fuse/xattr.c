/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xattr.c - extended attributes, asked for each time: nothing of them is cached but that a server has none at all.
 *
 * ERRORS      -EOPNOTSUPP: the server has none. -ERANGE: the buffer is too small. -EIO: a value or list longer than asked for.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/limits.h>
#include <pages/slab.h>
#include <vfs/dentry.h>
#include <vfs/xattr.h>
#include "fuse_impl.h"

static struct fuse_rpc *begin_get(struct inode *inode, u32 opcode, const char *name, size_t size)
{
	struct fuse_getxattr_in in = { .size = size };
	struct fuse_rpc *rpc = fuse_begin_on(inode, opcode, 0, size);

	if (IS_ERR(rpc))
		return rpc;
	fuse_put(&rpc->tx, &in, sizeof(in));
	if (name)
		fuse_put_name(&rpc->tx, name, strlen(name));
	return rpc;
}

/* The value, or the list of names when there is no @name; size 0 asks how long it is. */
static ssize_t get(struct inode *inode, const char *name, void *value, size_t size)
{
	enum fuse_absent what = name ? FUSE_NO_GETXATTR : FUSE_NO_LISTXATTR;
	struct fuse_conn *conn = fuse_conn(inode->i_sb);
	struct fuse_rpc *rpc;
	ssize_t ret;

	if (fuse_is_absent(conn, what))
		return -EOPNOTSUPP;
	size = min_t(size_t, size, XATTR_SIZE_MAX);
	rpc = begin_get(inode, name ? FUSE_GETXATTR : FUSE_LISTXATTR, name, size);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_call(rpc);
	if (!ret && !size)
		ret = fuse_get_xattr_size(&rpc->rx, XATTR_SIZE_MAX);
	else if (!ret && rpc->payload > size)
		ret = -EIO;
	else if (!ret && fuse_get(&rpc->rx, value, rpc->payload))
		ret = rpc->payload;
	fuse_end(rpc);
	return ret < 0 ? fuse_note_absent(conn, what, ret, -EOPNOTSUPP) : ret;
}

ssize_t fuse_vfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	ssize_t ret = get(d_inode(dentry), NULL, list, size);

	return ret > 0 && size && !fuse_names_ok(list, ret) ? -EIO : ret;
}

ssize_t fuse_vfs_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value, size_t size)
{
	return get(inode, name, value, size);
}

int fuse_vfs_setxattr(struct dentry *dentry, struct inode *inode, const char *name, const void *value, size_t size, int flags)
{
	struct fuse_setxattr_in in = { .size = size, .flags = flags };
	struct fuse_conn *conn = fuse_conn(inode->i_sb);
	struct fuse_rpc *rpc;

	if (fuse_is_absent(conn, FUSE_NO_SETXATTR) || xattr_is_system(name))
		return -EOPNOTSUPP;
	rpc = fuse_begin_on(inode, FUSE_SETXATTR, size, 0);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	fuse_put(&rpc->tx, &in, FUSE_COMPAT_SETXATTR_IN_SIZE); /* FUSE_SETXATTR_EXT is not asked for */
	fuse_put_name(&rpc->tx, name, strlen(name));
	fuse_put(&rpc->tx, value, size);
	fuse_distrust(inode);
	inode_inc_change(inode);
	return fuse_note_absent(conn, FUSE_NO_SETXATTR, fuse_call_and_end(rpc), -EOPNOTSUPP);
}

int fuse_vfs_removexattr(struct dentry *dentry, const char *name)
{
	struct inode *inode = d_inode(dentry);
	struct fuse_conn *conn = fuse_conn(inode->i_sb);
	struct fuse_rpc *rpc;

	if (fuse_is_absent(conn, FUSE_NO_REMOVEXATTR) || xattr_is_system(name))
		return -EOPNOTSUPP;
	rpc = fuse_begin_on(inode, FUSE_REMOVEXATTR, 0, 0);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	fuse_put_name(&rpc->tx, name, strlen(name));
	fuse_distrust(inode);
	inode_inc_change(inode);
	return fuse_note_absent(conn, FUSE_NO_REMOVEXATTR, fuse_call_and_end(rpc), -EOPNOTSUPP);
}
