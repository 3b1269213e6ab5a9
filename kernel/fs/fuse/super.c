/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * super.c - mounting a share: mount -t virtiofs TAG DIR
 *
 * WHAT        One connection for each mount tag. How long names and attributes are believed is the server's to say.
 * LOCKING     None of its own; sets up those of the connection (conn.c, forget.c).
 * LIFECYCLE   get_tree -> INIT -> mounted -> kill_sb: inodes give their lookups back, what is under way ends, DESTROY.
 *             Killed before INIT is answered: nothing to end, and the answer frees the connection.
 * ERRORS      -EINVAL: no such tag, an option. -EBUSY: mounted already. -EPROTO: another protocol. -EINTR: killed.
 */
#include <fuse/fuse.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <linux/magic.h>
#include <pages/slab.h>
#include <vfs/dentry.h>
#include <vfs/super.h>
#include "fuse_impl.h"

static int fuse_super_statfs(struct dentry *dentry, struct kstatfs *st)
{
	struct fuse_rpc *rpc = fuse_begin_on(d_inode(dentry), FUSE_STATFS, 0, 0);
	struct fuse_kstatfs out;
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_call(rpc);
	if (!ret)
		ret = fuse_get_statfs(&rpc->rx, &out);
	fuse_end(rpc);
	if (ret)
		return ret;
	st->f_type = FUSE_SUPER_MAGIC;
	st->f_bsize = out.bsize;
	st->f_frsize = out.frsize;
	st->f_blocks = out.blocks;
	st->f_bfree = out.bfree;
	st->f_bavail = out.bavail;
	st->f_files = out.files;
	st->f_ffree = out.ffree;
	st->f_namelen = out.namelen;
	return 0;
}

static const struct super_operations fuse_super_ops = {
	.alloc_inode = fuse_alloc_inode,
	.free_inode = fuse_free_inode,
	.evict_inode = fuse_evict_inode,
	.statfs = fuse_super_statfs,
	.drop_inode = generic_drop_inode,
};

static int fuse_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct fuse_conn *conn = fc->fs_private;
	struct inode *root;
	int ret;

	sb->s_fs_info = conn; /* kill_sb ends it from here on */
	fc->fs_private = NULL;
	sb->s_op = &fuse_super_ops;
	sb->s_export_op = &fuse_export_ops;
	sb->s_d_op = &fuse_dentry_ops;
	sb->s_magic = FUSE_SUPER_MAGIC;
	sb->s_maxbytes = S64_MAX;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	ret = fuse_handshake(conn);
	if (ret)
		return ret;
	sb->s_time_gran = conn->time_gran;
	root = fuse_root_inode(sb);
	if (IS_ERR(root))
		return PTR_ERR(root);
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static const struct fill_super_ops fill_ops = { .fill_super = fuse_fill_super };

/* --- mounting ------------------------------------------------------------------------------------------ */

static int fuse_get_tree(struct fs_context *fc)
{
	struct fuse_conn *conn = fc->fs_private;
	struct fuse_transport *transport;

	if (!fc->source)
		return invalf(fc, "virtiofs: no mount tag");
	transport = fuse_transport_take(fc->source);
	if (IS_ERR(transport))
		return PTR_ERR(transport);
	conn->transport = transport;
	return get_tree_nodev(fc, &fill_ops);
}

static void context_free(struct fs_context *fc)
{
	fuse_conn_end(fc->fs_private);
}

static const struct fs_context_operations context_ops = { .free = context_free, .get_tree = fuse_get_tree };

static int init_context(struct fs_context *fc)
{
	fc->fs_private = fuse_conn_create();
	if (!fc->fs_private)
		return -ENOMEM;
	fc->ops = &context_ops;
	return 0;
}

static void fuse_kill_sb(struct super_block *sb)
{
	struct fuse_conn *conn = fuse_conn(sb);
	bool is_session = conn && conn->pages_max; /* the handshake was made */

	if (is_session) {
		sync_before_kill(sb);
		fuse_wait_idle(conn); /* what was abandoned has inodes */
	}
	kill_anon_super(sb);
	if (is_session)
		fuse_goodbye(conn);
	fuse_conn_end(conn);
}

static const struct fs_type_ops type_ops = { .init_fs_context = init_context, .kill_sb = fuse_kill_sb };
static struct file_system_type virtiofs_type = { .name = "virtiofs", .ops = &type_ops };

void fuse_init(void)
{
	fuse_client_init();
	fuse_inode_init();
	fuse_data_init();
	KASSERT(!register_filesystem(&virtiofs_type));
}
