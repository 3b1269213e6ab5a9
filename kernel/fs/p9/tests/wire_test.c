/* SPDX-License-Identifier: GPL-2.0-only */
/* wire_test.c - proves the writer of 9p messages and the reader of their answers, on whole ones and on ones cut and damaged. */
#include "unit_test.h"
#include <lib/errno.h>
#include <stdlib.h>
#include <string.h>
#include "wire_impl.h"

#define TAG 0x1234

/* An answer made with the writer; the caller may damage it. */
static u32 make_answer(u8 *room, u32 len, u8 type, u16 tag, const void *body, u32 body_len)
{
	struct p9_wire wire;

	wire_begin(&wire, room, len, type, tag);
	wire_put_bytes(&wire, body, body_len);
	wire_end(&wire, 0);
	CHECK(!wire.is_bad);
	return wire.pos;
}

/* Read with the answer in memory of just its length, so that a step beyond it is seen. */
static int check(const u8 *bytes, u32 len, u8 type, u16 tag)
{
	u8 *copy = malloc(len ? len : 1);
	struct p9_wire wire;
	int ret;

	memcpy(copy, bytes, len);
	ret = wire_check_answer(&wire, copy, len, type, tag);
	if (!ret)
		CHECK_EQ(wire.pos, P9_HEADER);
	free(copy);
	return ret;
}

TEST(fields_are_little_endian_and_come_back)
{
	u8 room[64];
	struct p9_wire wire;
	u16 len;

	wire_begin(&wire, room, sizeof(room), P9_TWALK, TAG);
	wire_put_u8(&wire, 1);
	wire_put_u16(&wire, 0x0203);
	wire_put_u32(&wire, 0x04050607);
	wire_put_u64(&wire, 0x08090a0b0c0d0e0full);
	wire_put_string(&wire, "name", 4);
	wire_end(&wire, 100);
	CHECK(!wire.is_bad);
	CHECK(!memcmp(room, "\x80\x00\x00\x00\x6e\x34\x12\x01\x03\x02\x07\x06\x05\x04", 14)); /* 28 and 100 bytes */
	wire = (struct p9_wire){ .data = room, .pos = P9_HEADER, .end = 28 };
	CHECK_EQ(wire_get_u8(&wire), 1);
	CHECK_EQ(wire_get_u16(&wire), 0x0203);
	CHECK_EQ(wire_get_u32(&wire), 0x04050607);
	CHECK_EQ(wire_get_u64(&wire), 0x08090a0b0c0d0e0full);
	CHECK(!memcmp(wire_get_string(&wire, &len), "name", 4));
	CHECK_EQ(len, 4);
	CHECK(!wire.is_bad);
	CHECK_EQ(wire_get_u8(&wire), 0);
	CHECK(wire.is_bad);
}

TEST(a_message_that_does_not_fit_is_bad_and_stays_inside)
{
	u8 *room = malloc(10);
	struct p9_wire wire;

	wire_begin(&wire, room, 10, P9_TWALK, TAG);
	wire_put_u64(&wire, ~0ull);
	CHECK(wire.is_bad);
	wire_put_u8(&wire, 1);
	wire_end(&wire, 0);
	CHECK_EQ(wire.pos, P9_HEADER);
	CHECK_EQ(room[0], 0); /* no length was written */
	free(room);
}

TEST(a_string_of_more_than_16_bits_is_bad)
{
	u8 room[16];
	struct p9_wire wire;

	wire_begin(&wire, room, sizeof(room), P9_TWALK, TAG);
	wire_put_string(&wire, "", 0x10000);
	CHECK(wire.is_bad);
}

TEST(an_answer_has_the_requests_type_and_tag)
{
	u8 room[32];
	u32 len = make_answer(room, sizeof(room), P9_TWALK + 1, TAG, "\0\0", 2);

	CHECK_EQ(check(room, len, P9_TWALK, TAG), 0);
	CHECK_EQ(check(room, len, P9_TWALK, TAG + 1), -EIO);
	CHECK_EQ(check(room, len, P9_TREAD, TAG), -EIO);
	for (u32 cut = 0; cut < P9_HEADER; cut++)
		CHECK_EQ(check(room, cut, P9_TWALK, TAG), -EIO);
	room[0] = P9_HEADER - 1;
	CHECK_EQ(check(room, len, P9_TWALK, TAG), -EIO);
}

TEST(errors_are_believed_only_if_they_can_be_errnos)
{
	static const u32 bad[] = { 0, 512, 0x80000000u, 0xffffffffu };
	u8 room[32];
	u32 code = ENOENT, len = make_answer(room, sizeof(room), P9_RLERROR, TAG, &code, 4);

	CHECK_EQ(check(room, len, P9_TWALK, TAG), -ENOENT);
	for (u32 cut = P9_HEADER; cut < len; cut++)
		CHECK_EQ(check(room, cut, P9_TWALK, TAG), -EIO);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		len = make_answer(room, sizeof(room), P9_RLERROR, TAG, &bad[i], 4);
		CHECK_EQ(check(room, len, P9_TWALK, TAG), -EIO);
	}
}

TEST(a_string_that_holds_a_nul_or_ends_outside_is_bad)
{
	struct p9_wire wire;
	u8 room[8];
	u16 len;

	memcpy(room, "\x03\x00"
		     "a\0b",
	       5);
	wire = (struct p9_wire){ .data = room, .end = 5 };
	CHECK(!wire_get_string(&wire, &len));
	CHECK(wire.is_bad);
	memcpy(room, "\x03\x00"
		     "abc",
	       5);
	for (u32 end = 0; end < 5; end++) {
		wire = (struct p9_wire){ .data = room, .end = end };
		CHECK(!wire_get_string(&wire, &len));
	}
	wire = (struct p9_wire){ .data = room, .end = 5 };
	CHECK(wire_get_string(&wire, &len) == (char *)room + 2);
}

/* --- directories --- */

static void put_dirent(struct p9_wire *wire, const char *name, u16 len)
{
	wire_put_u8(wire, P9_QID_DIR);
	wire_put_u32(wire, 1);
	wire_put_u64(wire, 77);
	wire_put_u64(wire, 5);
	wire_put_u8(wire, 4);
	wire_put_string(wire, name, len);
}

/* Read one entry of @len bytes: 1, 0 at the end, -1 nonsense. */
static int read_dirent(const u8 *bytes, u32 len, struct p9_dirent *entry)
{
	u8 *copy = malloc(len ? len : 1);
	struct p9_wire wire = { .data = copy, .end = len };
	int ret;

	memcpy(copy, bytes, len);
	ret = wire_get_dirent(&wire, entry);
	free(copy);
	return ret ? 1 : wire.is_bad ? -1 : 0;
}

TEST(an_entry_is_whole_or_nonsense)
{
	u8 room[64];
	struct p9_wire wire = { .data = room, .end = sizeof(room) };
	struct p9_dirent entry;

	put_dirent(&wire, "dir", 3);
	CHECK_EQ(read_dirent(room, wire.pos, &entry), 1);
	CHECK_EQ(entry.qid.path, 77);
	CHECK_EQ(entry.next_offset, 5);
	CHECK_EQ(entry.type, 4);
	CHECK_EQ(entry.name_len, 3);
	CHECK_EQ(read_dirent(room, 0, &entry), 0);
	for (u32 len = 1; len < wire.pos; len++)
		CHECK_EQ(read_dirent(room, len, &entry), -1);
}

TEST(impossible_names_are_refused)
{
	static const struct {
		const char *name;
		u16 len;
	} bad[] = { { "", 0 }, { "a/b", 3 }, { "/", 1 }, { "a\0b", 3 } };
	char longest[256];
	u8 room[512];
	struct p9_dirent entry;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct p9_wire wire = { .data = room, .end = sizeof(room) };

		put_dirent(&wire, bad[i].name, bad[i].len);
		CHECK_EQ(read_dirent(room, wire.pos, &entry), -1);
	}
	memset(longest, 'x', sizeof(longest));
	for (u16 len = 255; len <= 256; len++) {
		struct p9_wire wire = { .data = room, .end = sizeof(room) };

		put_dirent(&wire, longest, len);
		CHECK_EQ(read_dirent(room, wire.pos, &entry), len == 255 ? 1 : -1);
	}
}
