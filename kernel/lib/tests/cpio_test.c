/* SPDX-License-Identifier: GPL-2.0-only */
/* cpio_test.c - proves the archive reader on archives made here, whole, joined and damaged at each byte. */
#include "unit_test.h"
#include <lib/cpio.h>
#include <lib/errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct archive {
	char bytes[16384];
	size_t size;
};

static void pad4(struct archive *a)
{
	while (a->size % 4)
		a->bytes[a->size++] = '\0';
}

static void add(struct archive *a, const char *name, unsigned int mode, const char *data)
{
	size_t data_len = strlen(data);

	a->size += sprintf(a->bytes + a->size, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
			   7, mode, 1000, 100, 1, 0x5f000000, (int)data_len, 8, 1, 5, 3,
			   (int)strlen(name) + 1, 0);
	strcpy(a->bytes + a->size, name);
	a->size += strlen(name) + 1;
	pad4(a);
	memcpy(a->bytes + a->size, data, data_len);
	a->size += data_len;
	pad4(a);
}

static void make_archive(struct archive *a)
{
	memset(a, 0, sizeof(*a));
	add(a, "etc", 040755, "");
	add(a, "etc/hostname", 0100644, "perennial\n");
	add(a, "TRAILER!!!", 0, "");
}

TEST(entries_come_in_order_with_their_fields)
{
	struct cpio_reader reader;
	struct cpio_entry entry;
	struct archive a;

	make_archive(&a);
	cpio_reader_init(&reader, a.bytes, a.size);
	CHECK_EQ(cpio_next(&reader, &entry), 1);
	CHECK_STREQ(entry.name, "etc");
	CHECK_EQ(entry.mode, 040755);
	CHECK_EQ(cpio_next(&reader, &entry), 1);
	CHECK_STREQ(entry.name, "etc/hostname");
	CHECK_EQ(entry.name_len, 12);
	CHECK_EQ(entry.data_len, 10);
	CHECK(!memcmp(entry.data, "perennial\n", 10));
	CHECK_EQ(entry.uid, 1000);
	CHECK_EQ(entry.rdev_major, 5);
	CHECK_EQ(entry.rdev_minor, 3);
	CHECK_EQ(entry.dev_major, 8);
	CHECK_EQ(cpio_next(&reader, &entry), 0);
	CHECK_EQ(cpio_next(&reader, &entry), 0);
}

TEST(a_second_archive_after_zeros_goes_on)
{
	struct cpio_reader reader;
	struct cpio_entry entry;
	struct archive a;
	int nr = 0;

	make_archive(&a);
	a.size = 1024;
	add(&a, "second", 0100600, "x");
	cpio_reader_init(&reader, a.bytes, a.size);
	while (cpio_next(&reader, &entry) == 1)
		nr++;
	CHECK_EQ(nr, 3);
	CHECK_STREQ(entry.name, "second");
}

static int count_entries(const struct archive *a, struct cpio_reader *reader)
{
	struct cpio_entry entry;
	int ret, nr = 0;

	cpio_reader_init(reader, a->bytes, a->size);
	while ((ret = cpio_next(reader, &entry)) == 1)
		nr++;
	return ret ? ret : nr;
}

TEST(entries_that_linux_passes_over_are_passed_over)
{
	static char longest[CPIO_NAME_MAX + 2];
	struct cpio_reader reader;
	struct archive big;

	memset(longest, 'n', CPIO_NAME_MAX);
	big.size = 0;
	add(&big, longest, 0100644, "lost");
	add(&big, "directory with data", 040755, "data");
	add(&big, "node with data", 020600, "data");
	add(&big, "kept", 0100644, "data");
	CHECK_EQ(count_entries(&big, &reader), 1);
	CHECK_EQ(reader.nr_skipped, 3);
	CHECK_EQ(reader.nr_trailers, 0);
	add(&big, "TRAILER!!!", 0, "");
	CHECK_EQ(count_entries(&big, &reader), 1);
	CHECK_EQ(reader.nr_trailers, 1);
}

TEST(every_truncation_is_noticed_or_harmless)
{
	struct archive a;

	make_archive(&a);
	for (size_t size = 0; size < a.size; size++) {
		char *copy = malloc(size ? size : 1); /* the sanitizer guards its end */
		struct cpio_reader reader;
		struct cpio_entry entry;
		int err;

		memcpy(copy, a.bytes, size);
		cpio_reader_init(&reader, copy, size);
		while ((err = cpio_next(&reader, &entry)) == 1)
			CHECK(entry.data + entry.data_len <= (u8 *)copy + size);
		CHECK(err == 0 || err == -EINVAL);
		free(copy);
	}
}

static void check_damage(const char *at, const char *bytes)
{
	struct cpio_reader reader;
	struct cpio_entry entry;
	struct archive a;

	make_archive(&a);
	memcpy(a.bytes + (size_t)at, bytes, strlen(bytes));
	cpio_reader_init(&reader, a.bytes, a.size);
	CHECK_EQ(cpio_next(&reader, &entry), -EINVAL);
}

TEST(damage_is_refused)
{
	check_damage((char *)0, "070707");     /* magic */
	check_damage((char *)6, "0000000g");   /* a digit */
	check_damage((char *)54, "ffffffff");  /* size past the end */
	check_damage((char *)94, "00000000");  /* no name */
	check_damage((char *)94, "00001001");  /* name too long */
	check_damage((char *)94, "00000003");  /* name without its NUL */
}
