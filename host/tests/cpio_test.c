/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpio_test.c - what we write, cpio(1) reads back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cpio.h"
#include "unit_test.h"

static void read_back(const struct cpio *cpio, char *text, size_t room)
{
	char path[] = "/tmp/cpio-test-XXXXXX", command[128];
	int fd = mkstemp(path);
	size_t n;
	FILE *f;

	CHECK(fd >= 0 && !bytes_write(&cpio->bytes, fd));
	snprintf(command, sizeof(command),
		 "cpio -itv --quiet < %s | awk '{print $1, $5, $9 $10 $11}'", path);
	f = popen(command, "r");
	n = fread(text, 1, room - 1, f);
	text[n] = 0;
	CHECK_EQ(pclose(f), 0);
	remove(path);
}

TEST(every_kind_of_entry_reads_back)
{
	struct cpio cpio = { 0 };
	char text[1024];

	cpio_add_dir(&cpio, "dir", 0755);
	cpio_add_file(&cpio, "dir/file", 0640, "12345", 5);
	cpio_add_file(&cpio, "empty", 0600, "", 0);
	cpio_add_symlink(&cpio, "link", "dir/file");
	cpio_finish(&cpio);
	CHECK_EQ(cpio.bytes.len % 4, 0);
	read_back(&cpio, text, sizeof(text));
	CHECK_STREQ(text, "drwxr-xr-x 0 dir\n-rw-r----- 5 dir/file\n-rw------- 0 empty\n"
			  "lrwxrwxrwx 8 link->dir/file\n");
	bytes_fini(&cpio.bytes);
}

TEST(an_archive_taken_over_keeps_the_alignment)
{
	struct cpio cpio = { 0 };

	cpio_add_archive(&cpio, "xyz", 3);
	CHECK_EQ(cpio.bytes.len, 4);
	cpio_add_archive(&cpio, "xyzw", 4);
	CHECK_EQ(cpio.bytes.len, 8);
	bytes_fini(&cpio.bytes);
}
