/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handle.c - what the server opened for us.
 *
 * WHAT        An open file has a handle; its last reference sends RELEASE, which nobody waits for. A server that lets the page
 *             cache live on after an open (FOPEN_KEEP_CACHE) says that opening again shows nothing new: then the inode keeps one
 *             reading handle, and further opens for reading cost no message.
 * INVARIANTS  I1  A listed handle has references; its inode is alive: files and abandoned requests keep it, and the kept one goes before the inode does.
 *             I2  Everything that closing needs was made before opening was asked for.
 * LOCKING     The inode's lock: the list and the kept handle.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <linux/fcntl.h>
#include <pages/slab.h>
#include <vfs/file.h>
#include "fuse_impl.h"

/* What decides how the server's file behaves. Positions are ours, so O_APPEND stays here; what O_CREAT and its like ask for is done. */
#define FLAGS_SENT (O_ACCMODE | O_DIRECTORY | O_NOFOLLOW | O_SYNC | O_DSYNC | O_DIRECT | O_NOATIME | O_LARGEFILE | O_EXCL)

struct fuse_handle *fuse_handle_alloc(struct fuse_conn *conn, bool is_dir)
{
	struct fuse_handle *handle = kzalloc(sizeof(*handle), GFP_KERNEL);

	if (!handle)
		return ERR_PTR(-ENOMEM);
	handle->release = fuse_begin(conn, is_dir ? FUSE_RELEASEDIR : FUSE_RELEASE, 0, 0, 0); /* I2 */
	if (IS_ERR(handle->release)) {
		kfree(handle);
		return ERR_PTR(-ENOMEM);
	}
	handle->is_dir = is_dir;
	refcount_set(&handle->refs, 1);
	INIT_LIST_HEAD(&handle->node);
	return handle;
}

void fuse_handle_discard(struct fuse_handle *handle)
{
	fuse_end(handle->release);
	kfree(handle);
}

void fuse_handle_start(struct fuse_handle *handle, struct inode *inode, u32 flags, const struct fuse_open_out *out)
{
	struct fuse_inode *fi = fuse_inode(inode);

	handle->inode = inode;
	handle->flags = flags;
	handle->fh = out->fh;
	handle->open_flags = out->open_flags;
	handle->release->head.nodeid = fi->nodeid;
	if (handle->is_dir)
		return;
	with_spinlock_irqsave(&fi->lock);
	list_add_tail(&handle->node, &fi->handles);
}

static void released(struct fuse_rpc *rpc, int err)
{
	fuse_end(rpc);
}

static const struct fuse_rpc_ops release_ops = { .name = "release", .answered = released };

void fuse_release_send(struct fuse_rpc *rpc, const struct fuse_release_in *in)
{
	fuse_put(&rpc->tx, in, sizeof(*in));
	if (fuse_send(rpc, &release_ops))
		fuse_end(rpc);
}

static void handle_release(struct fuse_handle *handle)
{
	struct fuse_release_in in = { .fh = handle->fh, .flags = handle->flags & FLAGS_SENT };
	struct fuse_rpc *rpc = handle->release;

	kfree(handle);
	fuse_release_send(rpc, &in);
}

/* Drop a reference: true when it was the last and the handle is on no list any more. */
static bool handle_unlist(struct fuse_handle *handle)
{
	struct fuse_inode *fi = fuse_inode(handle->inode);

	with_spinlock_irqsave(&fi->lock);
	if (!refcount_dec_and_test(&handle->refs))
		return false;
	list_del_init(&handle->node);
	return true;
}

void fuse_handle_put(struct fuse_handle *handle)
{
	if (!handle_unlist(handle))
		return;
	if (handle->is_absent)
		fuse_handle_discard(handle);
	else
		handle_release(handle);
}

struct fuse_handle *fuse_handle_find(struct inode *inode, bool for_write)
{
	struct fuse_inode *fi = fuse_inode(inode);
	struct fuse_handle *handle;

	with_spinlock_irqsave(&fi->lock);
	list_for_each_entry(handle, &fi->handles, node) {
		u32 mode = handle->flags & O_ACCMODE;

		if (mode != O_RDWR && mode != (for_write ? O_WRONLY : O_RDONLY))
			continue;
		refcount_inc(&handle->refs);
		return handle;
	}
	return NULL;
}

/* --- opening ------------------------------------------------------------------------------------------- */

static struct fuse_handle *kept_get(struct fuse_inode *fi)
{
	with_spinlock_irqsave(&fi->lock);
	if (fi->kept)
		refcount_inc(&fi->kept->refs);
	return fi->kept;
}

/* Keep @handle for the next open, if the server allows that and none is kept yet. */
static void keep(struct fuse_inode *fi, struct fuse_handle *handle)
{
	if (!(handle->open_flags & FOPEN_KEEP_CACHE) || (handle->open_flags & FOPEN_DIRECT_IO))
		return;
	with_spinlock_irqsave(&fi->lock);
	if (fi->kept)
		return;
	refcount_inc(&handle->refs);
	fi->kept = handle;
}

void fuse_handle_drop_kept(struct inode *inode)
{
	struct fuse_inode *fi = fuse_inode(inode);
	struct fuse_handle *kept;

	spin_lock_irq(&fi->lock);
	kept = fi->kept;
	fi->kept = NULL;
	spin_unlock_irq(&fi->lock);
	if (kept)
		fuse_handle_put(kept);
}

/* OPEN or OPENDIR: 0, 1 when the server has no such message, -errno. */
static int ask_to_open(struct inode *inode, u32 flags, bool is_dir, struct fuse_open_out *out)
{
	struct fuse_conn *conn = fuse_conn(inode->i_sb);
	enum fuse_absent what = is_dir ? FUSE_NO_OPENDIR : FUSE_NO_OPEN;
	struct fuse_open_in in = { .flags = flags & FLAGS_SENT & ~O_EXCL };
	struct fuse_rpc *rpc;
	int ret;

	*out = (struct fuse_open_out){ .open_flags = FOPEN_KEEP_CACHE };
	if (fuse_is_absent(conn, what))
		return 1;
	rpc = fuse_begin_on(inode, is_dir ? FUSE_OPENDIR : FUSE_OPEN, 0, 0);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	fuse_put(&rpc->tx, &in, sizeof(in));
	ret = fuse_call(rpc);
	if (!ret)
		ret = fuse_get_open(&rpc->rx, out);
	fuse_end(rpc);
	if (ret == -ENOSYS && (conn->flags & (is_dir ? FUSE_NO_OPENDIR_SUPPORT : FUSE_NO_OPEN_SUPPORT)))
		return fuse_note_absent(conn, what, ret, 1);
	return ret;
}

/* A reader that can be shared: plain reading, nothing about the way. */
static bool may_share(u32 flags)
{
	return !(flags & (O_ACCMODE | O_DIRECTORY | O_DIRECT | O_SYNC | O_DSYNC | O_NOATIME));
}

struct fuse_handle *fuse_open(struct inode *inode, u32 flags)
{
	bool is_dir = S_ISDIR(inode->i_mode), is_shared = !is_dir && may_share(flags);
	struct fuse_handle *handle = is_shared ? kept_get(fuse_inode(inode)) : NULL;
	struct fuse_open_out out;
	int ret;

	if (handle)
		return handle;
	handle = fuse_handle_alloc(fuse_conn(inode->i_sb), is_dir);
	if (IS_ERR(handle))
		return handle;
	ret = ask_to_open(inode, flags, is_dir, &out);
	if (ret < 0) {
		fuse_handle_discard(handle);
		return ERR_PTR(ret);
	}
	handle->is_absent = ret;
	fuse_handle_start(handle, inode, flags, &out);
	if (is_shared)
		keep(fuse_inode(inode), handle);
	return handle;
}
