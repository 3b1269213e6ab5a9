/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acl_format.c - reading, checking and changing lists of access control entries. Pure.
 *
 * WHAT        Programs and disks bring any bytes; what acl_decode() and acl_check() let through is a well-formed list (acl_format.h),
 *             and the others rely on that. The mode's group bits stand for the mask where there is one.
 * INVARIANTS  I1  Of a value of n bytes none behind the n-th is touched.
 *             I2  After acl_chmod(mode) and acl_limit(mode) the list stands for exactly these permission bits.
 * ERRORS      -EINVAL, -EOPNOTSUPP.
 * TESTS       tests/acl_format_test.c, tests/acl_format_fuzz.c
 */
#include <lib/errno.h>
#include <lib/string.h>
#include "acl_format.h"

#define ACL_PERM_BITS (ACL_READ | ACL_WRITE | ACL_EXECUTE)
#define MODE_BITS     0777u	/* of a mode, what a list can say */

typedef struct posix_acl_xattr_header wire_header;
typedef struct posix_acl_xattr_entry wire_entry;

static_assert(sizeof(wire_header) == 4 && sizeof(wire_entry) == 8, "the attribute's format");

int acl_count(const void *value, size_t size)
{
	wire_header header;

	if (size < sizeof(header))
		return -EINVAL;
	memcpy(&header, value, sizeof(header));
	if (header.a_version != POSIX_ACL_XATTR_VERSION)
		return -EOPNOTSUPP;
	size -= sizeof(header);
	return size % sizeof(wire_entry) ? -EINVAL : (int)(size / sizeof(wire_entry));
}

static int decode_one(struct acl_entry *to, const wire_entry *from)
{
	*to = (struct acl_entry){ .tag = from->e_tag, .perm = from->e_perm, .uid = KUIDT_INIT(from->e_id) };
	switch (to->tag) {
	case ACL_USER_OBJ:
	case ACL_GROUP_OBJ:
	case ACL_MASK:
	case ACL_OTHER:
		to->uid = KUIDT_INIT(ACL_UNDEFINED_ID);
		return 0;
	case ACL_USER:
	case ACL_GROUP:
		return from->e_id == (u32)ACL_UNDEFINED_ID ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

int acl_decode(struct acl_entry *entries, u32 nr, const void *value)
{
	const u8 *at = (const u8 *)value + sizeof(wire_header);

	for (u32 i = 0; i < nr; i++, at += sizeof(wire_entry)) {
		wire_entry wire;
		int err;

		memcpy(&wire, at, sizeof(wire)); /* I1 */
		err = decode_one(&entries[i], &wire);
		if (err)
			return err;
	}
	return 0;
}

void acl_encode(const struct acl_entry *entries, u32 nr, void *value)
{
	wire_header header = { .a_version = POSIX_ACL_XATTR_VERSION };
	u8 *at = (u8 *)value + sizeof(header);

	memcpy(value, &header, sizeof(header));
	for (u32 i = 0; i < nr; i++, at += sizeof(wire_entry)) {
		wire_entry wire = { .e_tag = entries[i].tag, .e_perm = entries[i].perm, .e_id = __kuid_val(entries[i].uid) };

		memcpy(at, &wire, sizeof(wire));
	}
}

/* A tag's place in the order; 0: no tag. USER_OBJ, GROUP_OBJ, MASK and OTHER have the odd places and stand once. */
static unsigned int tag_place(u16 tag)
{
	switch (tag) {
	case ACL_USER_OBJ:
		return 1;
	case ACL_USER:
		return 2;
	case ACL_GROUP_OBJ:
		return 3;
	case ACL_GROUP:
		return 4;
	case ACL_MASK:
		return 5;
	case ACL_OTHER:
		return 7;
	default:
		return 0;
	}
}

int acl_check(const struct acl_entry *entries, u32 nr)
{
	u32 seen = 0;	/* bit n: place n was there */

	for (u32 i = 0; i < nr; i++) {
		unsigned int place = tag_place(entries[i].tag);

		if (!place || (entries[i].perm & ~ACL_PERM_BITS))
			return -EINVAL;
		if (seen >> (place + !(place & 1)))	/* a later one, or the same one where it stands once */
			return -EINVAL;
		seen |= 1u << place;
	}
	if ((seen & 0x8a) != 0x8a)	/* owner, group, others */
		return -EINVAL;
	return (seen & 0x14) && !(seen & 0x20) ? -EINVAL : 0;	/* named ones need a mask */
}

bool acl_to_mode(const struct acl_entry *entries, u32 nr, umode_t *mode)
{
	unsigned int bits = 0;
	bool is_all = true;

	for (u32 i = 0; i < nr; i++) {
		unsigned int perm = entries[i].perm & ACL_PERM_BITS;

		switch (entries[i].tag) {
		case ACL_USER_OBJ:
			bits |= perm << 6;
			break;
		case ACL_GROUP_OBJ:
			bits |= perm << 3;
			break;
		case ACL_MASK:	/* behind GROUP_OBJ, in its place */
			bits = (bits & ~070u) | perm << 3;
			is_all = false;
			break;
		case ACL_OTHER:
			bits |= perm;
			break;
		default:
			is_all = false;
		}
	}
	*mode = (*mode & ~MODE_BITS) | bits;
	return is_all;
}

/* The entry that the mode's group bits stand for. */
static struct acl_entry *group_class(struct acl_entry *entries, u32 nr)
{
	struct acl_entry *group = NULL;

	for (u32 i = 0; i < nr; i++) {
		if (entries[i].tag == ACL_GROUP_OBJ || entries[i].tag == ACL_MASK)
			group = &entries[i];
	}
	return group;
}

void acl_chmod(struct acl_entry *entries, u32 nr, umode_t mode)
{
	/* well formed: the first is the owner's, the last the others' */
	entries[0].perm = (mode >> 6) & ACL_PERM_BITS;
	entries[nr - 1].perm = mode & ACL_PERM_BITS;
	group_class(entries, nr)->perm = (mode >> 3) & ACL_PERM_BITS;
}

bool acl_limit(struct acl_entry *entries, u32 nr, umode_t *mode)
{
	umode_t limit = *mode;

	acl_to_mode(entries, nr, &limit);
	*mode &= limit | ~MODE_BITS;
	acl_chmod(entries, nr, *mode);
	return acl_to_mode(entries, nr, &limit);
}
