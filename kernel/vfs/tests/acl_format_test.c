/* SPDX-License-Identifier: GPL-2.0-only */
/* acl_format_test.c - proves which lists are well formed, how they read and write, and what chmod and inheritance make of them. */
#include "unit_test.h"
#include <lib/errno.h>
#include <stdlib.h>
#include <string.h>
#include "acl_format.h"

#define NO_ID ((u32)ACL_UNDEFINED_ID)
#define MAX   8

struct list {
	struct acl_entry e[MAX];
	u32 nr;
};

static void add(struct list *l, u16 tag, u16 perm, u32 id)
{
	l->e[l->nr++] = (struct acl_entry){ .tag = tag, .perm = perm, .uid = KUIDT_INIT(id) };
}

/* u::rwx u:7:r-x g::rw- m::r-- o::--- */
static struct list full(void)
{
	struct list l = { .nr = 0 };

	add(&l, ACL_USER_OBJ, 7, NO_ID);
	add(&l, ACL_USER, 5, 7);
	add(&l, ACL_GROUP_OBJ, 6, NO_ID);
	add(&l, ACL_MASK, 4, NO_ID);
	add(&l, ACL_OTHER, 0, NO_ID);
	return l;
}

static int check_tags(const char *tags)
{
	static const u16 of[128] = { ['U'] = ACL_USER_OBJ, ['u'] = ACL_USER, ['G'] = ACL_GROUP_OBJ, ['g'] = ACL_GROUP,
				     ['M'] = ACL_MASK, ['O'] = ACL_OTHER, ['?'] = 0x40 };
	struct list l = { .nr = 0 };

	for (; *tags; tags++)
		add(&l, of[(int)*tags], 1, 5);
	return acl_check(l.e, l.nr);
}

TEST(a_value_has_a_header_and_whole_entries)
{
	u8 bytes[64] = { 2 };

	for (size_t size = 0; size < sizeof(bytes); size++) {
		u8 *cut = malloc(size + !size);

		memcpy(cut, bytes, size);
		CHECK_EQ(acl_count(cut, size), size < 4 || (size - 4) % 8 ? -EINVAL : (int)(size - 4) / 8);
		free(cut);
	}
	bytes[0] = 1;
	CHECK_EQ(acl_count(bytes, 4), -EOPNOTSUPP);
	CHECK_EQ(acl_count(bytes, 5), -EOPNOTSUPP);
	bytes[0] = 2;
	bytes[3] = 1;
	CHECK_EQ(acl_count(bytes, 4), -EOPNOTSUPP);
}

TEST(what_was_written_reads_back)
{
	struct list l = full(), back;
	u8 bytes[4 + 8 * MAX];

	CHECK_EQ(acl_xattr_size(l.nr), 44);
	acl_encode(l.e, l.nr, bytes);
	CHECK_EQ(acl_count(bytes, 44), 5);
	CHECK_EQ(acl_decode(back.e, 5, bytes), 0);
	CHECK(!memcmp(back.e, l.e, 5 * sizeof(l.e[0])));
	CHECK_EQ(bytes[4 + 8], ACL_USER);
	CHECK_EQ(bytes[4 + 8 + 2], 5);
	CHECK_EQ(bytes[4 + 8 + 4], 7);
}

TEST(unknown_tags_and_missing_ids_are_refused)
{
	struct list l = full();
	u8 bytes[4 + 8 * MAX];

	l.e[1].uid = KUIDT_INIT(NO_ID);
	acl_encode(l.e, l.nr, bytes);
	CHECK_EQ(acl_decode(l.e, 5, bytes), -EINVAL);
	l = full();
	l.e[4].tag = 0x21;
	acl_encode(l.e, l.nr, bytes);
	CHECK_EQ(acl_decode(l.e, 5, bytes), -EINVAL);
}

TEST(the_order_of_entries_counts)
{
	static const char *const good[] = { "UGO", "UGMO", "UuGMO", "UuuGggMO", "UGgMO" };
	static const char *const bad[] = { "", "U", "UG", "UO", "GO", "UuGO", "UGgO", "UUGO", "UGGO", "UGMMO", "UGOO", "GUO",
					   "UGuMO", "UgGMO", "UGOM", "UMGO", "uUGMO", "UuMO", "UG?O", "OGU", "UuGgM" };

	for (u32 i = 0; i < ARRAY_SIZE(good); i++)
		CHECK_EQ(check_tags(good[i]), 0);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(check_tags(bad[i]), -EINVAL);
}

TEST(permissions_have_three_bits)
{
	struct list l = full();

	CHECK_EQ(acl_check(l.e, l.nr), 0);
	l.e[0].perm = 8;
	CHECK_EQ(acl_check(l.e, l.nr), -EINVAL);
	l.e[0].perm = 0x8007;
	CHECK_EQ(acl_check(l.e, l.nr), -EINVAL);
}

TEST(the_mask_stands_for_the_group_in_the_mode)
{
	struct list l = full(), plain = { .nr = 0 };
	umode_t mode = 0104000;

	CHECK(!acl_to_mode(l.e, l.nr, &mode));
	CHECK_EQ(mode, 0104740);
	add(&plain, ACL_USER_OBJ, 6, NO_ID);
	add(&plain, ACL_GROUP_OBJ, 4, NO_ID);
	add(&plain, ACL_OTHER, 1, NO_ID);
	CHECK(acl_to_mode(plain.e, plain.nr, &mode));
	CHECK_EQ(mode, 0104641);
}

TEST(chmod_changes_the_mask_and_not_the_group)
{
	struct list l = full();

	acl_chmod(l.e, l.nr, 0100531);
	CHECK_EQ(l.e[0].perm, 5);
	CHECK_EQ(l.e[1].perm, 5);
	CHECK_EQ(l.e[2].perm, 6);
	CHECK_EQ(l.e[3].perm, 3);
	CHECK_EQ(l.e[4].perm, 1);
}

TEST(a_new_object_gets_what_both_allow)
{
	struct list l = full(), plain = { .nr = 0 };
	umode_t mode = 0102666;

	CHECK(!acl_limit(l.e, l.nr, &mode));
	CHECK_EQ(mode, 0102640);
	CHECK_EQ(l.e[0].perm, 6);
	CHECK_EQ(l.e[3].perm, 4);
	CHECK_EQ(l.e[4].perm, 0);
	CHECK_EQ(l.e[2].perm, 6);
	add(&plain, ACL_USER_OBJ, 7, NO_ID);
	add(&plain, ACL_GROUP_OBJ, 5, NO_ID);
	add(&plain, ACL_OTHER, 5, NO_ID);
	mode = 0100770;
	CHECK(acl_limit(plain.e, plain.nr, &mode));
	CHECK_EQ(mode, 0100750);
}
