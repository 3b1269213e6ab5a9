/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_image_test.c - what is said about files that are no kernel, or a damaged one.
 */
#include <fcntl.h>
#include "kernel_image.c"
#include "report_stub.h"
#include "unit_test.h"

#define IMAGE_BYTES 8192

static char path[] = "/tmp/kernel-image-test-XXXXXX";

/* A bzImage with one set-up sector, whose payload of @len bytes starts at @offset behind it. */
static void make_bzimage(unsigned char *image, uint32_t offset, uint32_t len)
{
	uint16_t version = 0x20f;

	memset(image, 0, IMAGE_BYTES);
	image[0x1f1] = 1;
	memcpy(image + 0x202, "HdrS", 4);
	memcpy(image + 0x206, &version, 2);
	memcpy(image + 0x248, &offset, 4);
	memcpy(image + 0x24c, &len, 4);
}

/* What unpacking these bytes as a kernel says. */
static const char *complaint(const unsigned char *bytes, size_t len)
{
	struct bytes b = { 0 };
	int fd;

	strcpy(path + sizeof(path) - 7, "XXXXXX");
	fd = mkstemp(path);
	bytes_add(&b, bytes, len);
	CHECK(fd >= 0 && !bytes_write(&b, fd));
	close(fd);
	bytes_fini(&b);
	*died_with = 0;
	if (!DIES(kernel_image_unpack_to(path, "/dev/null")))
		strcpy(died_with, "no complaint");
	unlink(path);
	return died_with;
}

TEST(a_file_that_is_no_kernel_is_named)
{
	CHECK(strstr(complaint((const unsigned char *)"hello", 5), "is no kernel"));
	CHECK(strstr(complaint((const unsigned char *)"", 0), "is no kernel"));
}

TEST(a_payload_outside_of_the_file_is_damage)
{
	unsigned char image[IMAGE_BYTES];

	make_bzimage(image, 0x7fffffff, 16);
	CHECK(strstr(complaint(image, IMAGE_BYTES), "outside of the file"));
	make_bzimage(image, 0, 0xffffffff);
	CHECK(strstr(complaint(image, IMAGE_BYTES), "outside of the file"));
	make_bzimage(image, 0, 0);
	CHECK(strstr(complaint(image, IMAGE_BYTES), "outside of the file"));
}

TEST(an_old_protocol_is_refused)
{
	unsigned char image[IMAGE_BYTES];

	make_bzimage(image, 0, 64);
	image[0x206] = 0;
	CHECK(strstr(complaint(image, IMAGE_BYTES), "too old"));
}

TEST(an_unknown_packing_is_refused)
{
	unsigned char image[IMAGE_BYTES];

	make_bzimage(image, 0, 64);
	CHECK(strstr(complaint(image, IMAGE_BYTES), "does not know"));
}

TEST(damaged_packing_is_refused)
{
	unsigned char image[IMAGE_BYTES];

	make_bzimage(image, 0, 64);
	memcpy(image + 1024,
	       "\xfd"
	       "7zXZ\0garbage",
	       13);
	CHECK(strstr(complaint(image, IMAGE_BYTES), "cannot unpack the XZ payload"));
}

TEST(the_release_is_read_with_bounds)
{
	unsigned char image[IMAGE_BYTES];
	struct bytes b = { .at = image, .len = IMAGE_BYTES };
	uint16_t at = 0x300 - 0x200;
	char *release;

	make_bzimage(image, 0, 64);
	CHECK(!bzimage_release(&b));
	memcpy(image + 0x20e, &at, 2);
	strcpy((char *)image + 0x300, "6.1.0-9-amd64 (someone)");
	release = bzimage_release(&b);
	CHECK_STREQ(release, "6.1.0-9-amd64");
	free(release);
	at = 0xffff;
	memcpy(image + 0x20e, &at, 2);
	CHECK(!bzimage_release(&b));
}
