/* SPDX-License-Identifier: GPL-2.0-only */
/* mount_opts_test.c - proves separation, escapes and each kind of value. */
#include "unit_test.h"
#include <lib/errno.h>
#include <lib/mount_opts.h>
#include <string.h>

enum { OPT_RO = 1, OPT_LOWER, OPT_INODES, OPT_MODE, OPT_SIZE };

static const struct mount_opt table[] = {
	{ "ro", OPT_RO, MOUNT_OPT_FLAG },
	{ "lowerdir", OPT_LOWER, MOUNT_OPT_STRING },
	{ "nr_inodes", OPT_INODES, MOUNT_OPT_U64 },
	{ "mode", OPT_MODE, MOUNT_OPT_OCT },
	{ "size", OPT_SIZE, MOUNT_OPT_SIZE },
	{ NULL, 0, MOUNT_OPT_FLAG },
};

static int match_one(const char *option, struct mount_opt_value *value)
{
	static char text[128];
	char *cursor = text, *key, *given;

	strcpy(text, option);
	CHECK_EQ(mount_opt_next(&cursor, &key, &given), 1);
	return mount_opt_match(table, key, given, value);
}

TEST(options_are_cut_at_commas_but_not_at_escaped_ones)
{
	char text[] = ",ro,,lowerdir=/a\\,b\\\\:/c=d,mode=0755";
	char *cursor = text, *key, *value;

	CHECK_EQ(mount_opt_next(&cursor, &key, &value), 1);
	CHECK_STREQ(key, "ro");
	CHECK(!value);
	CHECK_EQ(mount_opt_next(&cursor, &key, &value), 1);
	CHECK_STREQ(key, "lowerdir");
	CHECK_STREQ(value, "/a,b\\:/c=d");
	CHECK_EQ(mount_opt_next(&cursor, &key, &value), 1);
	CHECK_EQ(mount_opt_next(&cursor, &key, &value), 0);
	cursor = NULL;
	CHECK_EQ(mount_opt_next(&cursor, &key, &value), 0);
}

TEST(values_are_decoded_by_kind)
{
	struct mount_opt_value v;

	CHECK_EQ(match_one("ro", &v), OPT_RO);
	CHECK_STREQ(v.text, "");
	CHECK_EQ(match_one("lowerdir=/x", &v), OPT_LOWER);
	CHECK_STREQ(v.text, "/x");
	CHECK_EQ(match_one("nr_inodes=0x10", &v), OPT_INODES);
	CHECK_EQ(v.number, 16);
	CHECK_EQ(match_one("mode=1777", &v), OPT_MODE);
	CHECK_EQ(v.number, 01777);
	CHECK_EQ(match_one("size=64m", &v), OPT_SIZE);
	CHECK_EQ(v.number, 64 << 20);
	CHECK_EQ(match_one("size=50%", &v), OPT_SIZE);
	CHECK(v.is_percent && v.number == 50);
}

TEST(wrong_options_are_einval)
{
	const char *const bad[] = { "rw", "ro=1", "lowerdir", "nr_inodes=x", "nr_inodes", "mode=8",
				    "size=", "size=k", "size=1kx", "rox" };
	struct mount_opt_value v;

	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(match_one(bad[i], &v), -EINVAL);
}
