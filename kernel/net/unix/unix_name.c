/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_name.c - names of Unix sockets: files of a file system, and the abstract space.
 *
 * WHAT        A bound socket hangs in one hash table: by its inode if it is a file, by name and type if the name begins with NUL.
 *             A second list has all sockets, for /proc.
 * INVARIANTS  I1  A socket that is in the table is not dead; release takes it out before its last reference can go.
 *             I2  Two sockets of one type never have the same abstract name.
 * LOCKING     names.lock (rank UNIX_NAMES) for table and list. bind_lock lets one name be chosen at a time.
 * ERRORS      -EADDRINUSE, -EINVAL, -ENOSPC (no free name), -ECONNREFUSED, -EPROTOTYPE, -ENOMEM and those of the path walk.
 * TESTS       tests/guest/net/named_test.c
 */
#include "unix_impl.h"

#include <crypto/random.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/hash.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <security/security.h>
#include <vfs/dentry.h>
#include <vfs/fs_struct.h>
#include <vfs/mount.h>
#include <vfs/namei.h>

#define NAME_BUCKETS   256
#define AUTOBIND_NAMES (1u << 20)
#define AUTOBIND_LEN   (UNIX_PATH_OFFSET + 6) /* NUL and five hex digits */

static struct {
	struct spinlock lock; /* rank UNIX_NAMES */
	struct list_head all; /* lock */
	struct hlist_head buckets[NAME_BUCKETS]; /* lock */
} names = { .lock = SPINLOCK_INIT(RANK_UNIX_NAMES), .all = LIST_HEAD_INIT(names.all) };

/* --- addresses --------------------------------------------------------------------------------------------- */

static struct sockaddr_un *unix_name(struct sockaddr_storage *addr)
{
	return (struct sockaddr_un *)addr;
}

int unix_address_check(const struct sockaddr_storage *addr, int len)
{
	if (len <= UNIX_PATH_OFFSET || len > (int)sizeof(struct sockaddr_un) || addr->ss_family != AF_UNIX)
		return -EINVAL;
	return 0;
}

void unix_address_put(struct unix_address *addr)
{
	if (addr && refcount_dec_and_test(&addr->refs))
		kfree(addr);
}

static u32 bytes_hash(const struct sockaddr_un *name, int len, int type)
{
	u32 hash = 2166136261u + type;

	for (int i = 0; i < len - UNIX_PATH_OFFSET; i++)
		hash = (hash ^ (u8)name->sun_path[i]) * 16777619u;
	return hash % NAME_BUCKETS;
}

static u32 inode_hash(const struct inode *inode)
{
	return ((unsigned long)inode >> 6) % NAME_BUCKETS;
}

static struct unix_address *address_create(const struct sockaddr_un *name, int len)
{
	struct unix_address *addr = kzalloc(sizeof(*addr), GFP_KERNEL_ACCOUNT);

	if (!addr)
		return NULL;
	refcount_set(&addr->refs, 1);
	addr->len = len;
	memcpy(&addr->name, name, len);
	return addr;
}

void unix_copy_name(struct socket_msg *msg, const struct unix_sock *from)
{
	const struct unix_address *addr = smp_load_acquire(&from->addr); /* pairs with publish(): U3 */

	if (!addr)
		return;
	memcpy(msg->name, &addr->name, addr->len);
	msg->name_len = addr->len;
}

int unix_getname(struct socket *sock, struct sockaddr_storage *out, bool peer)
{
	struct unix_sock *u = peer ? unix_peer_get(unix_of(sock)) : unix_get(unix_of(sock));
	const struct unix_address *addr;
	int len = UNIX_PATH_OFFSET;

	if (!u)
		return -ENOTCONN;
	addr = smp_load_acquire(&u->addr); /* pairs with publish(): U3 */
	if (addr) {
		len = addr->len;
		memcpy(out, &addr->name, len);
	} else {
		out->ss_family = AF_UNIX;
	}
	unix_put(u);
	return len;
}

/* --- the table --------------------------------------------------------------------------------------------- */

void unix_names_insert_all(struct unix_sock *u)
{
	spin_lock(&names.lock);
	list_add_tail(&u->all_node, &names.all);
	spin_unlock(&names.lock);
}

void unix_names_remove(struct unix_sock *u)
{
	spin_lock(&names.lock);
	list_del_init(&u->all_node);
	if (!hlist_unhashed(&u->name_node))
		hlist_del_init(&u->name_node);
	spin_unlock(&names.lock);
}

void unix_names_each(struct unix_visitor *visitor)
{
	struct unix_sock *u;

	spin_lock(&names.lock);
	list_for_each_entry(u, &names.all, all_node)
		visitor->ops->visit(visitor, u);
	spin_unlock(&names.lock);
}

/* The socket of that abstract name; names.lock held. Borrowed. */
static struct unix_sock *find_abstract_locked(const struct sockaddr_un *name, int len, u32 hash, int type)
{
	struct unix_sock *u;

	hlist_for_each_entry(u, &names.buckets[hash], name_node) {
		if (!u->bound_inode && u->sk.type == type && u->addr->len == len && !memcmp(&u->addr->name, name, len))
			return u;
	}
	return NULL;
}

static struct unix_sock *find_inode(const struct inode *inode)
{
	struct unix_sock *u, *found = NULL;

	spin_lock(&names.lock);
	hlist_for_each_entry(u, &names.buckets[inode_hash(inode)], name_node) {
		if (u->bound_inode == inode) {
			found = unix_get(u); /* I1 */
			break;
		}
	}
	spin_unlock(&names.lock);
	return found;
}

/* From now on @u has the name @addr (consumed) and is found by it. names.lock and bind_lock held. */
static void publish(struct unix_sock *u, struct unix_address *addr)
{
	smp_store_release(&u->addr, addr); /* pairs with the acquire loads of readers: U3 */
	if (!u->sk.is_dead)
		hlist_add_head(&u->name_node, &names.buckets[addr->hash]);
}

/* --- choosing a name --------------------------------------------------------------------------------------- */

static int bind_abstract_locked(struct unix_sock *u, struct unix_address *addr)
{
	addr->hash = bytes_hash(&addr->name, addr->len, u->sk.type);
	if (u->addr)
		return -EINVAL;
	spin_lock(&names.lock);
	if (find_abstract_locked(&addr->name, addr->len, addr->hash, u->sk.type)) {
		spin_unlock(&names.lock);
		return -EADDRINUSE; /* I2 */
	}
	publish(u, addr);
	spin_unlock(&names.lock);
	return 0;
}

int unix_autobind(struct unix_sock *u)
{
	u32 first = get_random_u32(), ret = 0;
	struct unix_address *addr;
	char digits[8];

	if (smp_load_acquire(&u->addr)) /* pairs with publish() */
		return 0;
	addr = kzalloc(sizeof(*addr), GFP_KERNEL_ACCOUNT);
	if (!addr)
		return -ENOMEM;
	refcount_set(&addr->refs, 1);
	addr->name.sun_family = AF_UNIX;
	addr->len = AUTOBIND_LEN;
	mutex_lock(&u->bind_lock);
	for (u32 i = 0; !u->addr; i++) {
		if (i == AUTOBIND_NAMES) {
			ret = -ENOSPC;
			break;
		}
		snprintf(digits, sizeof(digits), "%05x", (first + i) % AUTOBIND_NAMES);
		memcpy(addr->name.sun_path + 1, digits, 5);
		if (!bind_abstract_locked(u, addr))
			addr = NULL;
	}
	mutex_unlock(&u->bind_lock);
	unix_address_put(addr);
	return ret;
}

static int bind_abstract(struct unix_sock *u, const struct sockaddr_un *name, int len)
{
	struct unix_address *addr = address_create(name, len);
	int ret;

	if (!addr)
		return -ENOMEM;
	mutex_lock(&u->bind_lock);
	ret = bind_abstract_locked(u, addr);
	mutex_unlock(&u->bind_lock);
	if (ret)
		unix_address_put(addr);
	return ret;
}

/* The node is there: @u becomes what it stands for. Its directory is locked. */
static int bind_node(struct unix_sock *u, struct unix_address *addr, const struct path *parent, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	int ret = 0;

	mutex_lock(&u->bind_lock);
	if (u->addr) {
		ret = -EINVAL;
	} else {
		u->path.mnt = mntget(parent->mnt);
		u->path.dentry = dget(dentry);
		u->bound_inode = inode;
		addr->hash = inode_hash(inode);
		spin_lock(&names.lock);
		publish(u, addr);
		spin_unlock(&names.lock);
	}
	mutex_unlock(&u->bind_lock);
	return ret;
}

static int bind_path(struct socket *sock, struct sockaddr_un *name, int len)
{
	struct unix_sock *u = unix_of(sock);
	umode_t mode = S_IFSOCK | (sock->inode.i_mode & ~current_umask() & 07777);
	struct unix_address *addr;
	struct dentry *dentry;
	struct path parent;
	int ret = -ENOMEM;

	addr = address_create(name, len);
	if (!addr)
		return -ENOMEM;
	addr->len = UNIX_PATH_OFFSET + strlen(addr->name.sun_path) + 1; /* its terminator field ends the longest path */
	dentry = kern_path_create(AT_FDCWD, addr->name.sun_path, &parent, 0);
	if (IS_ERR(dentry)) {
		ret = PTR_ERR(dentry);
		goto put_address;
	}
	ret = security_path_make(&parent, dentry, mode);
	if (!ret)
		ret = vfs_mknod(d_inode(parent.dentry), dentry, mode, 0);
	if (!ret) {
		ret = bind_node(u, addr, &parent, dentry);
		if (ret)
			vfs_unlink(d_inode(parent.dentry), dentry);
	}
	done_path_create(&parent, dentry);
	if (!ret)
		return 0;
put_address:
	unix_address_put(addr);
	return ret == -EEXIST ? -EADDRINUSE : ret;
}

int unix_bind(struct socket *sock, struct sockaddr_storage *addr, int len)
{
	struct sockaddr_un *name = unix_name(addr);
	int ret;

	if (len == UNIX_PATH_OFFSET && addr->ss_family == AF_UNIX)
		return unix_autobind(unix_of(sock));
	ret = unix_address_check(addr, len);
	if (ret)
		return ret;
	if (name->sun_path[0])
		return bind_path(sock, name, len);
	return bind_abstract(unix_of(sock), name, len);
}

/* --- finding ----------------------------------------------------------------------------------------------- */

static struct unix_sock *find_path(const char *name, int type)
{
	struct unix_sock *u = NULL;
	struct inode *inode;
	struct path path;
	int ret = kern_path(name, LOOKUP_FOLLOW, &path);

	if (ret)
		return ERR_PTR(ret);
	inode = d_inode(path.dentry);
	ret = inode_permission(inode, MAY_WRITE);
	if (!ret) {
		u = S_ISSOCK(inode->i_mode) ? find_inode(inode) : NULL;
		ret = u ? 0 : -ECONNREFUSED;
	}
	if (!ret && u->sk.type != type)
		ret = -EPROTOTYPE;
	if (!ret)
		touch_atime(&path);
	path_put(&path);
	if (!ret)
		return u;
	unix_put(u);
	return ERR_PTR(ret);
}

struct unix_sock *unix_find(struct sockaddr_storage *addr, int len, int type)
{
	struct sockaddr_un *name = unix_name(addr);
	struct unix_sock *u;

	if (name->sun_path[0]) {
		((char *)addr)[len] = '\0'; /* the storage is longer than any sockaddr_un */
		return find_path(name->sun_path, type);
	}
	spin_lock(&names.lock);
	u = find_abstract_locked(name, len, bytes_hash(name, len, type), type);
	if (u)
		unix_get(u);
	spin_unlock(&names.lock);
	return u ? u : ERR_PTR(-ECONNREFUSED);
}
