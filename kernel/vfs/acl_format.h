/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acl_format.h - access control lists as arrays of entries, and as the bytes of an extended attribute.
 *
 *	offset  size  of the attribute's value; all little endian
 *	0       4     version, 2
 *	4+8n    2     tag of entry n: ACL_USER_OBJ, ACL_USER, ACL_GROUP_OBJ, ACL_GROUP, ACL_MASK, ACL_OTHER
 *	6+8n    2     permissions: ACL_READ, ACL_WRITE, ACL_EXECUTE
 *	8+8n    4     user or group; ACL_UNDEFINED_ID for the other tags
 *
 * A well-formed list has its tags in this order: one USER_OBJ, any USERs, one GROUP_OBJ, any GROUPs, one MASK (which may be
 * missing if there is no USER and no GROUP), one OTHER. Pure: also built for the host, with unit tests and a fuzzer.
 */
#pragma once
#include <lib/types.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

/* Ids are the kernel's. */
struct acl_entry {
	u16 tag;
	u16 perm;
	union {
		kuid_t uid; /* ACL_USER */
		kgid_t gid; /* ACL_GROUP */
	};
};

/* Entries in an attribute of @size bytes. -EINVAL: not a list; -EOPNOTSUPP: of another version. */
int acl_count(const void *value, size_t size);
/* Read @nr entries, as many as acl_count() said. -EINVAL: an unknown tag, or no id where one belongs. */
int acl_decode(struct acl_entry *entries, u32 nr, const void *value);
/* Bytes of @nr entries. */
static inline size_t acl_xattr_size(u32 nr)
{
	return sizeof(struct posix_acl_xattr_header) + (size_t)nr * sizeof(struct posix_acl_xattr_entry);
}
/* Write acl_xattr_size(nr) bytes. */
void acl_encode(const struct acl_entry *entries, u32 nr, void *value);
/* 0 if the list is well formed, else -EINVAL. */
int acl_check(const struct acl_entry *entries, u32 nr);

/* The rest takes well-formed lists. */

/* The permission bits that the list stands for, put into *@mode. True if they say all that the list says. */
bool acl_to_mode(const struct acl_entry *entries, u32 nr, umode_t *mode);
/* chmod: owner, mask (the group if there is no mask) and others get @mode's bits. */
void acl_chmod(struct acl_entry *entries, u32 nr, umode_t mode);
/* A new object's list out of a default one: neither gives what the other does not. True if the mode alone says as much. */
bool acl_limit(struct acl_entry *entries, u32 nr, umode_t *mode);
