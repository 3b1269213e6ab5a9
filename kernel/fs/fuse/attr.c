/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attr.c - attributes: what the server said, for as long as it may be believed.
 *
 * WHAT        Each answer with attributes says how long they hold. When they no longer do they are asked for again, and cached pages of a
 *             file whose contents changed on the host are dropped.
 * INVARIANTS  I1  Pages in the cache are of the contents that size and mtime of the inode belong to, as far as the host tells.
 *             I2  An answer to a question from before our own last change (attr_version) moves neither size nor times: it
 *                 may be older than the change.
 * LOCKING     attr_until_ns is a single word. The VFS's locks for the rest; a refresh writes fields of an inode without i_rwsem, as
 *             single words, and I2 keeps it from undoing what is under i_rwsem.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <linux/fcntl.h>
#include <mm/filemap.h>
#include <time/ktime.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include "fuse_impl.h"

u64 fuse_attr_version(struct fuse_conn *conn)
{
	return atomic64_read(&conn->attr_version);
}

void fuse_changed(struct inode *inode)
{
	struct fuse_conn *conn = fuse_conn(inode->i_sb);

	atomic64_set(&fuse_inode(inode)->attr_version, atomic64_inc_return(&conn->attr_version));
	fuse_distrust(inode);
}

static struct timespec64 attr_time(u64 seconds, u32 nanoseconds)
{
	return (struct timespec64){ .tv_sec = (s64)seconds, .tv_nsec = nanoseconds };
}

void fuse_fill_inode(struct inode *inode, const struct fuse_attr *attr, u64 until_ns)
{
	inode->i_ino = attr->ino;
	inode->i_uid = KUIDT_INIT(attr->uid);
	inode->i_gid = KGIDT_INIT(attr->gid);
	inode->i_mode = (inode->i_mode & S_IFMT) | (attr->mode & 07777);
	set_nlink(inode, min(attr->nlink, 0x7fffffffu));
	inode->i_blocks = attr->blocks;
	inode->i_atime = attr_time(attr->atime, attr->atimensec);
	inode->i_mtime = attr_time(attr->mtime, attr->mtimensec);
	inode->i_ctime = attr_time(attr->ctime, attr->ctimensec);
	i_size_write(inode, attr->size);
	WRITE_ONCE(fuse_inode(inode)->attr_until_ns, until_ns);
}

static u64 until(u64 valid_ns)
{
	u64 now = ktime_get_ns();

	return valid_ns > ~0ull - now ? ~0ull : now + valid_ns;
}

void fuse_update_inode(struct inode *inode, const struct fuse_attr *attr, u64 valid_ns, u64 version)
{
	bool is_changed = attr->size != (u64)i_size_read(inode) || (s64)attr->mtime != inode->i_mtime.tv_sec ||
			  attr->mtimensec != inode->i_mtime.tv_nsec || READ_ONCE(fuse_inode(inode)->is_stale);

	if ((u64)atomic64_read(&fuse_inode(inode)->attr_version) > version) { /* I2 */
		fuse_distrust(inode);
		return;
	}
	WRITE_ONCE(fuse_inode(inode)->is_stale, false);
	fuse_fill_inode(inode, attr, until(valid_ns));
	if (is_changed && S_ISREG(inode->i_mode)) { /* I1 */
		inode_inc_change(inode);
		invalidate_inode_pages2_range(&inode->i_data, 0, ~0ul);
	}
}

/* Take the attributes of an answer to a question about @inode. */
static int take_attr(struct inode *inode, struct fuse_wire *rx, u64 version)
{
	struct fuse_attr_out out;
	int ret = fuse_get_attr(rx, &out);

	if (ret)
		return ret;
	if ((out.attr.mode & S_IFMT) != (inode->i_mode & S_IFMT))
		return -EIO;
	fuse_update_inode(inode, &out.attr, fuse_span_ns(out.attr_valid, out.attr_valid_nsec), version);
	return 0;
}

static int ask_attr(struct inode *inode)
{
	struct fuse_conn *conn = fuse_conn(inode->i_sb);
	struct fuse_getattr_in in = { 0 };
	struct fuse_rpc *rpc = fuse_begin_on(inode, FUSE_GETATTR, 0, 0);
	u64 version = fuse_attr_version(conn);
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	fuse_put(&rpc->tx, &in, sizeof(in));
	ret = fuse_call(rpc);
	if (!ret)
		ret = take_attr(inode, &rpc->rx, version);
	fuse_end(rpc);
	return ret;
}

int fuse_refresh(struct inode *inode)
{
	if (ktime_get_ns() < READ_ONCE(fuse_inode(inode)->attr_until_ns))
		return 0;
	return ask_attr(inode);
}

int fuse_vfs_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);
	int ret = 0;

	if (query_flags & AT_STATX_FORCE_SYNC)
		ret = ask_attr(inode);
	else if (!(query_flags & AT_STATX_DONT_SYNC))
		ret = fuse_refresh(inode);
	if (!ret)
		generic_fillattr(inode, stat);
	return ret;
}

/* --- changing ------------------------------------------------------------------------------------------ */

static const struct {
	u32 ia, fattr;
} setattr_bits[] = {
	{ ATTR_MODE, FATTR_MODE }, { ATTR_UID, FATTR_UID },	{ ATTR_GID, FATTR_GID },
	{ ATTR_SIZE, FATTR_SIZE }, { ATTR_ATIME, FATTR_ATIME }, { ATTR_MTIME, FATTR_MTIME },
};

static u32 setattr_valid(u32 ia_valid)
{
	u32 valid = 0;

	for (u32 i = 0; i < ARRAY_SIZE(setattr_bits); i++)
		if (ia_valid & setattr_bits[i].ia)
			valid |= setattr_bits[i].fattr;
	if ((ia_valid & (ATTR_ATIME | ATTR_ATIME_SET)) == ATTR_ATIME)
		valid |= FATTR_ATIME_NOW;
	if ((ia_valid & (ATTR_MTIME | ATTR_MTIME_SET)) == ATTR_MTIME)
		valid |= FATTR_MTIME_NOW;
	return valid;
}

static void put_setattr(struct fuse_rpc *rpc, const struct iattr *iattr, struct fuse_handle *handle)
{
	struct fuse_setattr_in in = {
		.valid = setattr_valid(iattr->ia_valid),
		.size = iattr->ia_size,
		.atime = iattr->ia_atime.tv_sec,
		.atimensec = iattr->ia_atime.tv_nsec,
		.mtime = iattr->ia_mtime.tv_sec,
		.mtimensec = iattr->ia_mtime.tv_nsec,
		.mode = iattr->ia_mode,
		.uid = __kuid_val(iattr->ia_uid),
		.gid = __kgid_val(iattr->ia_gid),
	};

	if (handle) {
		in.valid |= FATTR_FH;
		in.fh = handle->fh;
		rpc->handle[0] = handle;
	}
	fuse_put(&rpc->tx, &in, sizeof(in));
}

/* Truncating through an open file works when the name is gone or the mode forbids opening. */
static struct fuse_handle *setattr_handle(const struct inode *inode, const struct iattr *iattr)
{
	struct fuse_handle *handle;

	if (!(iattr->ia_valid & ATTR_SIZE) || !(iattr->ia_valid & ATTR_FILE) || file_inode(iattr->ia_file) != inode)
		return NULL;
	handle = iattr->ia_file->private_data;
	return handle && !handle->is_absent ? handle : NULL;
}

static int ask_setattr(struct inode *inode, const struct iattr *iattr)
{
	struct fuse_conn *conn = fuse_conn(inode->i_sb);
	struct fuse_rpc *rpc = fuse_begin_on(inode, FUSE_SETATTR, 0, 0);
	struct fuse_attr_out out;
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	put_setattr(rpc, iattr, setattr_handle(inode, iattr));
	ret = fuse_call(rpc);
	if (ret == -EINTR) /* before anybody asks again */
		WRITE_ONCE(fuse_inode(inode)->is_stale, true);
	fuse_changed(inode); /* also when killed: it may have happened */
	if (!ret)
		ret = fuse_get_attr(&rpc->rx, &out);
	if (!ret && (out.attr.mode & S_IFMT) != (inode->i_mode & S_IFMT))
		ret = -EIO;
	if (!ret && !(iattr->ia_valid & ATTR_SIZE)) /* the size is set below, with the pages */
		fuse_update_inode(inode, &out.attr, fuse_span_ns(out.attr_valid, out.attr_valid_nsec),
				  fuse_attr_version(conn));
	fuse_end(rpc);
	return ret;
}

int fuse_vfs_setattr(struct dentry *dentry, struct iattr *iattr)
{
	struct inode *inode = d_inode(dentry);
	int ret = setattr_prepare(dentry, iattr);

	if (!ret && S_ISREG(inode->i_mode))
		ret = filemap_write_and_wait(&inode->i_data);
	if (!ret)
		ret = ask_setattr(inode, iattr);
	if (ret || !(iattr->ia_valid & ATTR_SIZE))
		return ret;
	if (iattr->ia_size != i_size_read(inode)) {
		i_size_write(inode, iattr->ia_size);
		truncate_pagecache(&inode->i_data, iattr->ia_size);
	}
	inode_inc_change(inode);
	setattr_copy(inode, iattr);
	return 0;
}
