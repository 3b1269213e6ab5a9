/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket.c - sockfs: where the inodes of sockets live; families; making a socket and its file.
 *
 * WHAT        A socket is an inode of sockfs with struct socket around it. The family that is registered for its number fills in
 *             operations and the protocol's half.
 * INVARIANTS  I1  socket->ops is set before the file exists and cleared by release, which runs once.
 *             I2  A registered family stays for ever; the table is read without a lock.
 * ERRORS      -EAFNOSUPPORT, -EINVAL, -ENFILE, -ENOMEM, and those of the family.
 * TESTS       tests/guest/net/named_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <net/net_calls.h>
#include <net/sock.h>
#include <net/socket.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <security/security.h>
#include <vfs/anon_inode.h>
#include <vfs/dentry.h>
#include <vfs/libfs.h>
#include <vfs/mount.h>
#include <vfs/super.h>

#define SOCK_TYPE_MAX 11 /* the first number that is no SOCK_* */

static const struct object_type socket_type = { .name = "sock_inode_cache", .owner = "net", .id = 0x0a01, .version = 1 };

static struct {
	struct vfsmount *mnt;	  /* __final */
	struct kmem_cache *cache; /* __final */
	const struct net_family *families[AF_MAX]; /* I2 */
} sockfs;

/* --- the file system --------------------------------------------------------------------------------------- */

static struct inode *sockfs_alloc_inode(struct super_block *sb)
{
	struct socket *sock = kmem_cache_alloc(sockfs.cache, GFP_KERNEL_ACCOUNT);

	if (!sock)
		return NULL;
	sock->ops = NULL;
	sock->sk = NULL;
	sock->file = NULL;
	sock->protocol = "";
	sock->type = 0;
	return &sock->inode;
}

static void sockfs_free_inode(struct inode *inode)
{
	kmem_cache_free(sockfs.cache, socket_of_inode(inode));
}

static char *sockfs_dname(struct dentry *dentry, char *buf, int len)
{
	return dynamic_dname(buf, len, "socket:[%llu]", dentry->d_inode->i_ino);
}

static const struct dentry_operations sockfs_dentry_ops = { .d_dname = sockfs_dname };

/* --- the one extended attribute: the protocol's name --- */

#define XATTR_NAME_PROTOCOL "system.sockprotoname"

/* As much of @text as a caller with @size bytes (0: only asks) shall get. */
static ssize_t give_text(const char *text, char *to, size_t size)
{
	size_t len = strlen(text) + 1;

	if (!size)
		return len;
	if (len > size)
		return -ERANGE;
	memcpy(to, text, len);
	return len;
}

static ssize_t sockfs_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value, size_t size)
{
	if (!streq(name, XATTR_NAME_PROTOCOL))
		return -EOPNOTSUPP;
	return give_text(socket_of_inode(inode)->protocol, value, size);
}

static ssize_t sockfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	return give_text(XATTR_NAME_PROTOCOL, list, size);
}

static const struct inode_operations sockfs_iops = { .getxattr = sockfs_getxattr, .listxattr = sockfs_listxattr };

static const struct super_operations sockfs_ops = {
	.alloc_inode = sockfs_alloc_inode,
	.free_inode = sockfs_free_inode,
	.drop_inode = generic_delete_inode,
	.statfs = simple_statfs,
};

static const struct pseudo_fs sockfs_pseudo = {
	.ops = &sockfs_ops,
	.dops = &sockfs_dentry_ops,
	.magic = SOCKFS_MAGIC,
};

static int sockfs_init_context(struct fs_context *fc)
{
	return init_pseudo(fc, &sockfs_pseudo);
}

static const struct fs_type_ops sockfs_type_ops = {
	.init_fs_context = sockfs_init_context,
	.kill_sb = kill_anon_super,
};

static struct file_system_type sockfs_fs_type = { .name = "sockfs", .ops = &sockfs_type_ops };

/* --- making ------------------------------------------------------------------------------------------------ */

void net_family_register(const struct net_family *family)
{
	KASSERT(family->family > 0 && family->family < AF_MAX && !sockfs.families[family->family]);
	sockfs.families[family->family] = family;
}

static struct socket *socket_alloc(int type)
{
	struct inode *inode = alloc_anon_inode(sockfs.mnt->mnt_sb);
	struct socket *sock;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	inode->i_mode = S_IFSOCK | 0777;
	inode->i_op = &sockfs_iops;
	sock = socket_of_inode(inode);
	sock->type = type;
	return sock;
}

struct socket *socket_create(int family, int type, int protocol)
{
	const struct net_family *registered;
	struct socket *sock;
	int ret;

	if (family < 0 || family >= AF_MAX)
		return ERR_PTR(-EAFNOSUPPORT);
	if (type < 0 || type >= SOCK_TYPE_MAX)
		return ERR_PTR(-EINVAL);
	ret = security_socket_create(family, type, protocol, false);
	if (ret)
		return ERR_PTR(ret);
	registered = sockfs.families[family];
	if (!registered)
		return ERR_PTR(-EAFNOSUPPORT);
	sock = socket_alloc(type);
	if (IS_ERR(sock))
		return sock;
	ret = registered->ops->create(sock, protocol);
	if (ret) {
		socket_release(sock);
		return ERR_PTR(ret);
	}
	return sock;
}

struct socket *socket_create_like(const struct socket *like)
{
	struct socket *sock = socket_alloc(like->type);

	if (!IS_ERR(sock))
		sock->ops = like->ops;
	return sock;
}

void socket_release(struct socket *sock)
{
	if (sock->ops && sock->sk)
		sock->ops->release(sock);
	sock->ops = NULL;
	iput(&sock->inode);
}

struct file *socket_file_create(struct socket *sock, unsigned int flags)
{
	struct file *file;

	if (sock->ops)
		sock->protocol = sock->ops->protocol;
	file = alloc_file_pseudo(&sock->inode, sockfs.mnt, "", O_RDWR | (flags & O_NONBLOCK), &socket_file_ops);
	if (IS_ERR(file))
		return file;
	file->private_data = sock;
	sock->file = file;
	if (sock->sk)
		WRITE_ONCE(sock->sk->file, file);
	stream_open(&sock->inode, file);
	return file;
}

void net_init(void)
{
	sockfs.cache = kmem_cache_create(&socket_type, sizeof(struct socket), 0, SLAB_ACCOUNT | SLAB_RECLAIMABLE | SLAB_PANIC);
	KASSERT(!register_filesystem(&sockfs_fs_type));
	sockfs.mnt = kern_mount(&sockfs_fs_type);
	KASSERT(!IS_ERR(sockfs.mnt));
}
