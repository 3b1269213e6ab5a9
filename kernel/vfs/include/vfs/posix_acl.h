/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * posix_acl.h - POSIX access control lists: kept by file systems, obeyed by generic_permission(), moved as the extended
 * attributes system.posix_acl_access and system.posix_acl_default.
 */
#ifndef VFS_POSIX_ACL_H
#define VFS_POSIX_ACL_H

#include <lib/types.h>
#include <vfs/types.h>

enum acl_kind {
	ACL_OF_OBJECT,	/* who may use the object: "access" */
	ACL_OF_CHILDREN,	/* what a directory gives to new objects: "default" */
	NR_ACL_KINDS
};

/* A well-formed list that says more than a mode, or a default one. Never changes; references; freed by RCU. */
struct posix_acl;

struct posix_acl *posix_acl_get(struct posix_acl *acl);	/* NULL is taken */
void posix_acl_put(struct posix_acl *acl);		/* NULL is taken */

/* The lists of one inode; NULL: none. Readers: RCU. Writers: i_rwsem. All zero is the beginning. */
struct posix_acls {
	struct posix_acl *acl[NR_ACL_KINDS];
};

/* Lets go of both. Nobody reads any more. */
void posix_acls_fini(struct posix_acls *acls);

/* What kind the attribute @name is, or -1. */
int posix_acl_kind(const char *name);
const char *posix_acl_name(enum acl_kind kind);

/* --- asking any inode; file systems with lists have ->get_acl --- */

/* May the caller, not the owner, do @mask (rwx)? 0, -EACCES; -EAGAIN: no list, ask the mode; -ECHILD: inode is going away. */
int posix_acl_permission(struct inode *inode, int mask);
/* A reference or NULL. */
struct posix_acl *posix_acl_lookup(struct inode *inode, enum acl_kind kind);
bool inode_has_acl(struct inode *inode, enum acl_kind kind);
/*
 * The lists of a new object in @dir, and what its *@mode becomes. Nothing happens without a default list: the mode is
 * then without the umask already (mode_after_umask()). -ENOMEM.
 */
int posix_acl_inherit(struct inode *dir, umode_t *mode, struct posix_acls *to);

/* --- as attributes --- */

/* Bytes written, or needed when @size is 0. -ENODATA for NULL, -ERANGE. */
ssize_t posix_acl_to_xattr(const struct posix_acl *acl, void *value, size_t size);
/* May the caller set @value (NULL: remove) on @inode? 1: yes, and it changes nothing. Whether the file system can is its own
 * affair. -EINVAL, -EOPNOTSUPP (version), -EACCES (default of what is no directory), -EPERM, -ENOMEM. */
int posix_acl_check_xattr(struct inode *inode, enum acl_kind kind, const void *value, size_t size);
/* Ids in a value: the caller's user namespace's <-> the kernel's. What is no list stays as it is. */
void posix_acl_ids_from_user(void *value, size_t size);
void posix_acl_ids_to_user(void *value, size_t size);

/* --- for file systems that keep lists in memory --- */

ssize_t posix_acls_getxattr(const struct posix_acls *acls, enum acl_kind kind, void *value, size_t size);
/* Caller holds i_rwsem. Checks as above, then sets; the mode follows. value NULL removes, and is no error if there is none. */
int posix_acls_setxattr(struct inode *inode, struct posix_acls *acls, enum acl_kind kind, const void *value, size_t size);
/* Names as listxattr wants them. Bytes, or -ERANGE. */
ssize_t posix_acls_list(const struct posix_acls *acls, char *list, size_t size);
/* Bytes of the lists, as attributes. Caller holds i_rwsem. */
size_t posix_acls_bytes(const struct posix_acls *acls);
/* A fresh inode's lists from its directory. -ENOMEM. */
int posix_acls_init(struct posix_acls *acls, struct inode *dir, struct inode *inode);
/* chmod in two steps: the list that goes with @mode (NULL: nothing to change; ERR_PTR -ENOMEM), then its installation. */
struct posix_acl *posix_acls_chmod_prepare(const struct posix_acls *acls, umode_t mode);
void posix_acls_chmod_commit(struct posix_acls *acls, struct posix_acl *acl);

#endif
