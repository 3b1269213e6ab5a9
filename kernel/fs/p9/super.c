/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * super.c - mounting a share: mount -t 9p -o trans=virtio,version=9p2000.L[,cache_ms=N][,msize=N] TAG DIR
 *
 * WHAT        One session for each mount tag. Options of Linux's 9p that name the only thing we do are taken (trans=virtio,
 *             version=9p2000.L, access=client|any|user|UID), cache= chooses how long names and attributes are believed: none 0,
 *             loose for ever, else P9_CACHE_MS.
 * LOCKING     Mounting itself is serialised by the VFS.
 * LIFECYCLE   get_tree -> handshake -> attach -> mounted -> kill_sb: inodes put their fids, then the session ends.
 * ERRORS      -ENOENT: no such tag. -EBUSY: mounted already. -EINVAL: an option. -EPROTONOSUPPORT: another protocol.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <mm/filemap.h>
#include <p9/p9.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <vfs/dentry.h>
#include <vfs/seq_file.h>
#include <vfs/super.h>
#include "p9_impl.h"

static const struct object_type p9_inode_type = { .name = "p9_inode", .owner = "p9", .id = 0x0903, .version = 1 };

static struct {
	struct kmem_cache *inodes; /* __final */
} p9_super;

/* --- inode memory -------------------------------------------------------------------------------------- */

struct inode *p9_alloc_inode(struct super_block *sb)
{
	struct p9_inode *pi = kmem_cache_alloc(p9_super.inodes, GFP_NOFS | __GFP_ZERO);

	if (!pi)
		return NULL;
	inode_init_once(&pi->vfs);
	mutex_init(&pi->lock, RANK_P9);
	return &pi->vfs;
}

void p9_free_inode(struct inode *inode)
{
	kmem_cache_free(p9_super.inodes, p9_inode(inode));
}

static void p9_evict_inode(struct inode *inode)
{
	struct p9_inode *pi = p9_inode(inode);

	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	p9_fid_put(pi->reader);
	p9_fid_put(pi->writer);
	while (pi->base) {
		struct p9_fid *base = pi->base;

		pi->base = base->older;
		p9_fid_put(base);
	}
}

static int p9_super_statfs(struct dentry *dentry, struct kstatfs *st)
{
	st->f_type = V9FS_MAGIC;
	return p9_statfs(p9_base(d_inode(dentry)), st);
}

static int p9_show_options(struct seq_file *m, struct dentry *root)
{
	struct p9_session *session = p9_session(root->d_sb);

	seq_printf(m, ",trans=virtio,version=9p2000.L,msize=%u,cache_ms=%llu", session->msize,
		   (unsigned long long)(session->cache_ns / NSEC_PER_MSEC));
	return 0;
}

static const struct super_operations p9_super_ops = {
	.alloc_inode = p9_alloc_inode,
	.free_inode = p9_free_inode,
	.evict_inode = p9_evict_inode,
	.statfs = p9_super_statfs,
	.show_options = p9_show_options,
	.drop_inode = generic_drop_inode,
};

/* --- sessions ------------------------------------------------------------------------------------------ */

static int p9_make_root(struct super_block *sb, struct p9_session *session)
{
	struct p9_attr attr;
	struct p9_qid qid;
	struct p9_fid *fid = p9_attach(session, &qid);
	struct inode *inode;
	int ret;

	if (IS_ERR(fid))
		return PTR_ERR(fid);
	ret = p9_getattr(fid, &attr);
	if (!ret && !S_ISDIR(attr.mode))
		ret = -ENOTDIR;
	if (ret) {
		p9_fid_put(fid);
		return ret;
	}
	inode = p9_iget(sb, fid, &attr);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static int p9_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct p9_session *session = fc->fs_private;
	int ret;

	sb->s_fs_info = session; /* kill_sb ends it from here on */
	fc->fs_private = NULL;
	sb->s_op = &p9_super_ops;
	sb->s_d_op = &p9_dentry_ops;
	sb->s_magic = V9FS_MAGIC;
	sb->s_maxbytes = S64_MAX;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_time_gran = 1;
	ret = p9_handshake(session);
	return ret ? ret : p9_make_root(sb, session);
}

static const struct fill_super_ops p9_fill_ops = { .fill_super = p9_fill_super };

/* --- mount options ------------------------------------------------------------------------------------- */

/* Is @param one that only names what we do anyway? */
static bool p9_is_given(const struct fs_parameter *param)
{
	if (!param->string)
		return !strcmp(param->key, "noextend") || !strcmp(param->key, "posixacl");
	if (!strcmp(param->key, "trans"))
		return !strcmp(param->string, "virtio");
	if (!strcmp(param->key, "version"))
		return !strcmp(param->string, "9p2000.L");
	return !strcmp(param->key, "access") || !strcmp(param->key, "uname") || !strcmp(param->key, "msize");
}

static int p9_parse_cache(struct p9_session *session, const char *value)
{
	if (!strcmp(value, "none"))
		session->cache_ns = 0;
	else if (!strcmp(value, "loose") || !strcmp(value, "fscache"))
		session->cache_ns = 1ull << 62;
	else if (strcmp(value, "mmap"))
		return -EINVAL;
	return 0;
}

static int p9_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct p9_session *session = fc->fs_private;
	unsigned long ms;
	char *name;

	if (param->string && !strcmp(param->key, "cache_ms")) {
		if (kstrtoul(param->string, 10, &ms) || ms > 1000000000)
			return invalf(fc, "9p: bad cache_ms");
		session->cache_ns = ms * NSEC_PER_MSEC;
		return 0;
	}
	if (param->string && !strcmp(param->key, "cache"))
		return p9_parse_cache(session, param->string);
	if (param->string && !strcmp(param->key, "aname")) {
		name = kstrdup(param->string, GFP_KERNEL);
		if (!name)
			return -ENOMEM;
		kfree(session->aname);
		session->aname = name;
		return 0;
	}
	return p9_is_given(param) ? 0 : -ENOPARAM;
}

static int p9_get_tree(struct fs_context *fc)
{
	struct p9_session *session = fc->fs_private;
	struct p9_transport *transport;

	if (!fc->source)
		return invalf(fc, "9p: no mount tag");
	transport = p9_transport_take(fc->source);
	if (IS_ERR(transport))
		return PTR_ERR(transport);
	session->transport = transport;
	p9_lie_init(session);
	return get_tree_nodev(fc, &p9_fill_ops);
}

static void p9_context_free(struct fs_context *fc)
{
	p9_session_end(fc->fs_private);
}

static const struct fs_context_operations p9_context_ops = {
	.free = p9_context_free,
	.parse_param = p9_parse_param,
	.get_tree = p9_get_tree,
};

static int p9_init_context(struct fs_context *fc)
{
	fc->fs_private = p9_session_create();
	if (!fc->fs_private)
		return -ENOMEM;
	fc->ops = &p9_context_ops;
	return 0;
}

static void p9_kill_sb(struct super_block *sb)
{
	struct p9_session *session = p9_session(sb);

	kill_anon_super(sb);
	p9_session_end(session);
}

static const struct fs_type_ops p9_type_ops = { .init_fs_context = p9_init_context, .kill_sb = p9_kill_sb };
static struct file_system_type p9_fs_type = { .name = "9p", .ops = &p9_type_ops };

void p9_init(void)
{
	p9_super.inodes = kmem_cache_create(&p9_inode_type, sizeof(struct p9_inode), 0,
					    SLAB_RECLAIMABLE | SLAB_ACCOUNT | SLAB_PANIC);
	p9_client_init();
	p9_fid_init();
	p9_file_init();
	KASSERT(!register_filesystem(&p9_fs_type));
}
