/* SPDX-License-Identifier: GPL-2.0-only */
/* cmdline_test.c - proves words, quotes, the end for init, and that the last value wins. */
#include "unit_test.h"
#include <lib/cmdline.h>
#include <lib/errno.h>
#include <string.h>

TEST(words_and_values_are_cut)
{
	char line[] = "  console=ttyS0 quiet  foo=\"a b\" \"bar=c d\" x= last=\"open end";
	struct cmdline_word word;
	char *cursor = line;

	CHECK_EQ(cmdline_next(&cursor, &word), 1);
	CHECK_STREQ(word.name, "console");
	CHECK_STREQ(word.value, "ttyS0");
	CHECK_EQ(cmdline_next(&cursor, &word), 1);
	CHECK_STREQ(word.name, "quiet");
	CHECK(!word.value);
	CHECK_EQ(cmdline_next(&cursor, &word), 1);
	CHECK_STREQ(word.value, "a b");
	CHECK_EQ(cmdline_next(&cursor, &word), 1);
	CHECK_STREQ(word.name, "bar");
	CHECK_STREQ(word.value, "c d");
	CHECK_EQ(cmdline_next(&cursor, &word), 1);
	CHECK_STREQ(word.value, "");
	CHECK_EQ(cmdline_next(&cursor, &word), 1);
	CHECK_STREQ(word.value, "open end");
	CHECK_EQ(cmdline_next(&cursor, &word), 0);
	CHECK_EQ(cmdline_next(&cursor, &word), 0);
}

TEST(what_follows_two_dashes_is_inits)
{
	char line[] = "a -- sh -c \"x y\"";
	struct cmdline_word word;
	char *cursor = line;

	CHECK_EQ(cmdline_next(&cursor, &word), 1);
	CHECK_EQ(cmdline_next(&cursor, &word), 2);
	CHECK_STREQ(cursor, "sh -c \"x y\"");
}

TEST(the_last_value_is_found_and_dashes_are_underscores)
{
	char value[8];

	CHECK_EQ(cmdline_find("log_level=3 log-level=7 -- log_level=9", "log_level", value, 8), 1);
	CHECK_STREQ(value, "7");
	CHECK_EQ(cmdline_find("quiet", "quiet", value, 8), 0);
	CHECK_STREQ(value, "");
	CHECK_EQ(cmdline_find("quiets", "quiet", value, 8), -ENOENT);
	CHECK_EQ(cmdline_find("x=12345678", "x", value, 8), -E2BIG);
	CHECK(cmdline_has("a b=1 c", "b"));
	CHECK(!cmdline_has("a b=1 c", "d"));
	CHECK(!cmdline_has("", "d"));
	CHECK(cmdline_name_eq("no-hlt", "no_hlt"));
	CHECK(!cmdline_name_eq("no-hlt", "no"));
}
