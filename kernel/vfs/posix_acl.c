/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * posix_acl.c - access control lists: the objects, the permission check, inheritance, and their life as attributes.
 *
 * WHAT        An object's list says more than its mode: named users and groups, and a mask that bounds all but owner and others. A directory's
 *             default list is what new objects in it begin with, in the umask's place. File systems keep the lists (struct
 *             posix_acls) and offer ->get_acl; checks are made here and in generic_permission().
 * INVARIANTS  I1  A list that can be found passed acl_check(), its ids are mapped in the superblock's user namespace, and it never changes.
 *             I2  An object's list and its mode agree: owner, mask (or group) and others have the mode's bits. A list that says no more
 *                 than the mode is not kept.
 *             I3  S_ACL is set before the object's first list can be found: who sees the mode alone decide has looked for it.
 *             I4  Only directories have a default list; symbolic links have none.
 * LOCKING     Writers hold i_rwsem exclusively; readers are in an RCU section or have a reference.
 * LIFECYCLE   acl_create (one reference) -> found by readers -> replaced: put -> grace period -> freed
 * ERRORS      -EINVAL, -EOPNOTSUPP, -EPERM, -EACCES, -ENODATA, -ERANGE, -ENOMEM.
 * TESTS       tests/guest/vfs/acl_test.c, tests/acl_format_test.c
 */
#include <lib/err.h>
#include <lib/rcu_ptr.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <sync/refcount.h>
#include <sync/rcu.h>
#include <vfs/inode.h>
#include <vfs/posix_acl.h>
#include <vfs/super.h>
#include <linux/xattr.h>
#include "acl_format.h"

struct posix_acl {
	struct refcount refs;
	u32 nr;			/* __final */
	struct rcu_head rcu;
	struct acl_entry entries[];	/* __final: I1 */
};

/* --- the object --- */

static struct posix_acl *acl_create(u32 nr)
{
	struct posix_acl *acl = kmalloc(sizeof(*acl) + nr * sizeof(acl->entries[0]), GFP_KERNEL);

	if (!acl)
		return NULL;
	refcount_set(&acl->refs, 1);
	acl->nr = nr;
	return acl;
}

static struct posix_acl *acl_clone(const struct posix_acl *from)
{
	struct posix_acl *acl = acl_create(from->nr);

	if (acl)
		memcpy(acl->entries, from->entries, from->nr * sizeof(from->entries[0]));
	return acl;
}

struct posix_acl *posix_acl_get(struct posix_acl *acl)
{
	if (acl)
		refcount_inc(&acl->refs);
	return acl;
}

static void acl_reclaim(struct rcu_head *head)
{
	kfree(container_of(head, struct posix_acl, rcu));
}

static const struct rcu_ops acl_rcu_ops = { .name = "posix_acl", .reclaim = acl_reclaim };

void posix_acl_put(struct posix_acl *acl)
{
	if (acl && refcount_dec_and_test(&acl->refs))
		call_rcu(&acl->rcu, &acl_rcu_ops);
}

void posix_acls_fini(struct posix_acls *acls)
{
	for (int kind = 0; kind < NR_ACL_KINDS; kind++)
		posix_acl_put(acls->acl[kind]);
}

/* --- asking --- */

/* The entry that decides for the caller, who is not the owner, about @want; -EACCES if none lets it. */
static int deciding_entry(const struct inode *inode, const struct posix_acl *acl, unsigned int want, bool *is_masked)
{
	bool is_member = false;

	*is_masked = true;
	for (u32 i = 1; i + 1 < acl->nr; i++) {
		const struct acl_entry *e = &acl->entries[i];

		if (e->tag == ACL_MASK)
			break;
		if (e->tag == ACL_USER) {
			if (uid_eq(e->uid, current_fsuid()))
				return i;
		} else if (in_group_p(e->tag == ACL_GROUP_OBJ ? inode->i_gid : e->gid)) {
			is_member = true;
			if (!(want & ~e->perm))
				return i;
		}
	}
	*is_masked = false;
	return is_member ? -EACCES : (int)acl->nr - 1;
}

static int acl_permits(const struct inode *inode, const struct posix_acl *acl, unsigned int want)
{
	const struct acl_entry *mask = &acl->entries[acl->nr - 2];	/* I1: or the group, if nobody is named */
	bool is_masked;
	int i = deciding_entry(inode, acl, want, &is_masked);
	unsigned int perm;

	if (i < 0)
		return i;
	perm = acl->entries[i].perm;
	if (is_masked && mask->tag == ACL_MASK)
		perm &= mask->perm;
	return want & ~perm ? -EACCES : 0;
}

int posix_acl_permission(struct inode *inode, int mask)
{
	const struct posix_acl *acl;

	with_rcu();
	acl = inode->i_op->get_acl(inode, ACL_OF_OBJECT);
	if (IS_ERR(acl))
		return PTR_ERR(acl);
	return acl ? acl_permits(inode, acl, mask & 7) : -EAGAIN;
}

struct posix_acl *posix_acl_lookup(struct inode *inode, enum acl_kind kind)
{
	struct posix_acl *acl;

	if (!inode->i_op->get_acl)
		return NULL;
	with_rcu();
	do {
		acl = inode->i_op->get_acl(inode, kind);
		if (IS_ERR(acl))
			return NULL;
	} while (acl && !refcount_inc_not_zero(&acl->refs));	/* replaced just now: there is another one, or none */
	return acl;
}

bool inode_has_acl(struct inode *inode, enum acl_kind kind)
{
	const struct posix_acl *acl;

	if (!inode->i_op->get_acl)
		return false;
	with_rcu();
	acl = inode->i_op->get_acl(inode, kind);
	return acl && !IS_ERR(acl);
}

/* --- inheriting --- */

int posix_acl_inherit(struct inode *dir, umode_t *mode, struct posix_acls *to)
{
	struct posix_acl *from, *acl;

	if (S_ISLNK(*mode))	/* I4 */
		return 0;
	from = posix_acl_lookup(dir, ACL_OF_CHILDREN);
	if (!from)
		return 0;
	acl = acl_clone(from);
	if (!acl) {
		posix_acl_put(from);
		return -ENOMEM;
	}
	if (acl_limit(acl->entries, acl->nr, mode)) {	/* I2 */
		posix_acl_put(acl);
		acl = NULL;
	}
	to->acl[ACL_OF_OBJECT] = acl;
	if (S_ISDIR(*mode))
		to->acl[ACL_OF_CHILDREN] = from;
	else
		posix_acl_put(from);
	return 0;
}

/* --- attributes --- */

int posix_acl_kind(const char *name)
{
	if (!str_has_prefix(name, XATTR_SYSTEM_PREFIX))
		return -1;
	for (int kind = 0; kind < NR_ACL_KINDS; kind++) {
		if (streq(name, posix_acl_name(kind)))
			return kind;
	}
	return -1;
}

const char *posix_acl_name(enum acl_kind kind)
{
	return kind == ACL_OF_OBJECT ? XATTR_NAME_POSIX_ACL_ACCESS : XATTR_NAME_POSIX_ACL_DEFAULT;
}

ssize_t posix_acl_to_xattr(const struct posix_acl *acl, void *value, size_t size)
{
	size_t need;

	if (!acl)
		return -ENODATA;
	need = acl_xattr_size(acl->nr);
	if (!size)
		return need;
	if (size < need)
		return -ERANGE;
	acl_encode(acl->entries, acl->nr, value);
	return need;
}

/* NULL for no value and for one without entries. ERR_PTR. */
static struct posix_acl *acl_from_xattr(const void *value, size_t size)
{
	int nr = value ? acl_count(value, size) : 0, err;
	struct posix_acl *acl;

	if (nr <= 0)
		return nr ? ERR_PTR(nr) : NULL;
	acl = acl_create(nr);
	if (!acl)
		return ERR_PTR(-ENOMEM);
	err = acl_decode(acl->entries, nr, value);
	if (!err)
		return acl;
	kfree(acl);
	return ERR_PTR(err);
}

static bool ids_are_mapped(const struct posix_acl *acl, struct user_namespace *ns)
{
	for (u32 i = 0; i < acl->nr; i++) {
		const struct acl_entry *e = &acl->entries[i];

		if (e->tag == ACL_USER && !kuid_has_mapping(ns, e->uid))
			return false;
		if (e->tag == ACL_GROUP && !kgid_has_mapping(ns, e->gid))
			return false;
	}
	return true;
}

/* May @acl (NULL: none) become @inode's? *done: it changes nothing, and that is right. */
static int may_set(struct inode *inode, enum acl_kind kind, const struct posix_acl *acl, bool *done)
{
	*done = kind == ACL_OF_CHILDREN && !S_ISDIR(inode->i_mode);	/* I4 */
	if (*done)
		return acl ? -EACCES : 0;
	if (!inode_owner_or_capable(inode))
		return -EPERM;
	if (!acl)
		return 0;
	return ids_are_mapped(acl, inode->i_sb->s_user_ns) ? acl_check(acl->entries, acl->nr) : -EINVAL;	/* I1 */
}

int posix_acl_check_xattr(struct inode *inode, enum acl_kind kind, const void *value, size_t size)
{
	struct posix_acl *acl = acl_from_xattr(value, size);
	bool done;
	int err;

	if (IS_ERR(acl))
		return PTR_ERR(acl);
	err = may_set(inode, kind, acl, &done);
	kfree(acl);
	return !err && done ? 1 : err;
}

/* Each id of a named user or group in @value goes through @ns, inwards or outwards. */
static void translate_ids(void *value, size_t size, struct user_namespace *ns, bool inwards)
{
	int nr = ns == &init_user_ns ? 0 : acl_count(value, size);
	struct posix_acl_xattr_entry *e = (void *)((u8 *)value + sizeof(struct posix_acl_xattr_header));

	for (; nr > 0; nr--, e++) {
		if (e->e_tag == ACL_USER)
			e->e_id = inwards ? __kuid_val(make_kuid(ns, e->e_id)) : from_kuid(ns, KUIDT_INIT(e->e_id));
		else if (e->e_tag == ACL_GROUP)
			e->e_id = inwards ? __kgid_val(make_kgid(ns, e->e_id)) : from_kgid(ns, KGIDT_INIT(e->e_id));
	}
}

void posix_acl_ids_from_user(void *value, size_t size)
{
	translate_ids(value, size, current_user_ns(), true);
}

void posix_acl_ids_to_user(void *value, size_t size)
{
	translate_ids(value, size, current_user_ns(), false);
}

/* --- lists in memory --- */

/* Consumes @acl. */
static void acls_install(struct posix_acls *acls, enum acl_kind kind, struct posix_acl *acl)
{
	struct posix_acl *old = acls->acl[kind];

	rcu_assign_pointer(acls->acl[kind], acl);
	posix_acl_put(old);
}

ssize_t posix_acls_getxattr(const struct posix_acls *acls, enum acl_kind kind, void *value, size_t size)
{
	with_rcu();
	return posix_acl_to_xattr(rcu_dereference(acls->acl[kind]), value, size);
}

/* The mode that an object has with @acl, which is not kept if the mode says it all (I2). */
static umode_t mode_with(struct inode *inode, struct posix_acl **acl)
{
	umode_t mode = inode->i_mode;

	if (*acl && acl_to_mode((*acl)->entries, (*acl)->nr, &mode)) {
		posix_acl_put(*acl);
		*acl = NULL;
	}
	if (!in_group_p(inode->i_gid) && !inode_capable(inode, CAP_FSETID))
		mode &= ~S_ISGID;
	return mode;
}

int posix_acls_setxattr(struct inode *inode, struct posix_acls *acls, enum acl_kind kind, const void *value, size_t size)
{
	struct posix_acl *acl = acl_from_xattr(value, size);
	bool done;
	int err;

	if (IS_ERR(acl))
		return PTR_ERR(acl);
	err = may_set(inode, kind, acl, &done);
	if (err || done) {
		posix_acl_put(acl);
		return err;
	}
	if (kind == ACL_OF_OBJECT) {
		umode_t mode = mode_with(inode, &acl);

		if (acl)
			inode->i_flags |= S_ACL;	/* I3 */
		acls_install(acls, kind, acl);
		inode->i_mode = mode;
		if (!acl)
			inode->i_flags &= ~S_ACL;
	} else {
		acls_install(acls, kind, acl);
	}
	inode->i_ctime = current_time(inode);
	return 0;
}

ssize_t posix_acls_list(const struct posix_acls *acls, char *list, size_t size)
{
	size_t used = 0;

	for (int kind = 0; kind < NR_ACL_KINDS; kind++) {
		const char *name = posix_acl_name(kind);
		size_t len = strlen(name) + 1;

		if (!rcu_access_pointer(acls->acl[kind]))
			continue;
		if (size && used + len > size)
			return -ERANGE;
		if (size)
			memcpy(list + used, name, len);
		used += len;
	}
	return used;
}

size_t posix_acls_bytes(const struct posix_acls *acls)
{
	size_t bytes = 0;

	for (int kind = 0; kind < NR_ACL_KINDS; kind++)
		bytes += acls->acl[kind] ? acl_xattr_size(acls->acl[kind]->nr) : 0;
	return bytes;
}

int posix_acls_init(struct posix_acls *acls, struct inode *dir, struct inode *inode)
{
	umode_t mode = inode->i_mode;
	int err = posix_acl_inherit(dir, &mode, acls);

	if (err)
		return err;
	inode->i_mode = mode;
	if (acls->acl[ACL_OF_OBJECT])
		inode->i_flags |= S_ACL;	/* I3: nobody has found the inode yet */
	return 0;
}

struct posix_acl *posix_acls_chmod_prepare(const struct posix_acls *acls, umode_t mode)
{
	const struct posix_acl *old = acls->acl[ACL_OF_OBJECT];
	struct posix_acl *acl;
	umode_t now = mode;

	if (!old)
		return NULL;
	acl_to_mode(old->entries, old->nr, &now);
	if (now == mode)
		return NULL;
	acl = acl_clone(old);
	if (!acl)
		return ERR_PTR(-ENOMEM);
	acl_chmod(acl->entries, acl->nr, mode);
	return acl;
}

void posix_acls_chmod_commit(struct posix_acls *acls, struct posix_acl *acl)
{
	if (acl)
		acls_install(acls, ACL_OF_OBJECT, acl);
}
