/* SPDX-License-Identifier: GPL-2.0-only */
/* wire_test.c - proves the reader of FUSE answers on whole ones, and on the same ones cut and damaged at each byte. */
#include "unit_test.h"
#include <lib/errno.h>
#include <stdlib.h>
#include <string.h>
#include "wire_impl.h"

#define UNIQUE 0x1122334455667788ull
#define REG    0100644u
#define DIR    0040755u

struct answer {
	u8 bytes[1024];
	u32 len;
};

static void add(struct answer *a, const void *bytes, u32 len)
{
	memcpy(a->bytes + a->len, bytes, len);
	a->len += len;
}

/* The header's length is set by finish(). */
static void begin(struct answer *a, s32 error)
{
	struct fuse_out_header head = { .error = error, .unique = UNIQUE };

	memset(a, 0, sizeof(*a));
	add(a, &head, sizeof(head));
}

static void finish(struct answer *a)
{
	memcpy(a->bytes, &a->len, sizeof(a->len));
}

static struct fuse_entry_out entry_of(u64 nodeid, u32 mode)
{
	struct fuse_entry_out entry = { .nodeid = nodeid, .generation = 3, .entry_valid = 1, .attr_valid = 2,
					.attr = { .ino = 77, .size = 10, .mode = mode, .nlink = 1 } };

	return entry;
}

/* Read @a as an entry; the answer is copied to memory of just its length, so that a step beyond it is seen. */
static int read_entry(const struct answer *a, u32 received, struct fuse_entry_out *out)
{
	u8 *copy = malloc(received ? received : 1);
	struct fuse_wire wire;
	u32 payload;
	int ret;

	memcpy(copy, a->bytes, received);
	ret = fuse_get_answer(&wire, copy, received, received, UNIQUE, &payload);
	if (!ret)
		ret = fuse_get_entry(&wire, out);
	free(copy);
	return ret;
}

static struct answer entry_answer(u64 nodeid, u32 mode)
{
	struct fuse_entry_out entry = entry_of(nodeid, mode);
	struct answer a;

	begin(&a, 0);
	add(&a, &entry, sizeof(entry));
	finish(&a);
	return a;
}

TEST(a_request_is_its_fields_and_names_with_nuls)
{
	u8 room[16];
	struct fuse_wire wire;
	u32 field = 0x01020304;

	fuse_wire_init(&wire, room, sizeof(room));
	fuse_put(&wire, &field, sizeof(field));
	fuse_put_name(&wire, "name", 4);
	CHECK(!wire.is_bad);
	CHECK_EQ(wire.pos, 9);
	CHECK(!memcmp(room, "\x04\x03\x02\x01name", 9));
	fuse_put_name(&wire, "toolong", 7);
	CHECK(wire.is_bad);
	fuse_put_name(&wire, "", 70000);
	CHECK(wire.is_bad);
}

TEST(a_whole_entry_is_read)
{
	struct answer a = entry_answer(5, REG);
	struct fuse_entry_out out;

	CHECK_EQ(read_entry(&a, a.len, &out), 0);
	CHECK_EQ(out.nodeid, 5);
	CHECK_EQ(out.attr.ino, 77);
	CHECK_EQ(out.attr.size, 10);
}

TEST(an_entry_cut_anywhere_is_refused)
{
	struct answer a = entry_answer(5, REG);
	struct fuse_entry_out out;

	for (u32 len = 0; len < a.len; len++)
		CHECK_EQ(read_entry(&a, len, &out), -EIO);
}

TEST(an_answer_that_says_it_is_shorter_is_that_short)
{
	struct answer a = entry_answer(5, REG);
	struct fuse_entry_out out;

	for (u32 len = 0; len < a.len; len++) {
		memcpy(a.bytes, &len, sizeof(len));
		CHECK_EQ(read_entry(&a, a.len, &out), -EIO);
	}
}

TEST(another_requests_answer_is_refused)
{
	struct answer a = entry_answer(5, REG);
	struct fuse_entry_out out;

	a.bytes[8] ^= 1; /* unique */
	CHECK_EQ(read_entry(&a, a.len, &out), -EIO);
}

TEST(errors_are_believed_only_if_they_can_be_errnos)
{
	static const s32 good[] = { -1, -ENOENT, -ENOSYS, -511 }, bad[] = { 1, -512, -4095, -2147483647 - 1 };
	struct fuse_entry_out out;
	struct answer a;

	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		begin(&a, good[i]);
		finish(&a);
		CHECK_EQ(read_entry(&a, a.len, &out), good[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		begin(&a, bad[i]);
		finish(&a);
		CHECK_EQ(read_entry(&a, a.len, &out), -EIO);
	}
}

TEST(node_zero_is_a_name_known_not_to_exist)
{
	struct answer a = entry_answer(0, 0);
	struct fuse_entry_out out;

	CHECK_EQ(read_entry(&a, a.len, &out), -ENOENT);
	CHECK_EQ(out.entry_valid, 1);
}

TEST(the_roots_node_is_nobodys_entry)
{
	struct answer a = entry_answer(FUSE_ROOT_ID, DIR);
	struct fuse_entry_out out;

	CHECK_EQ(read_entry(&a, a.len, &out), -EIO);
}

TEST(only_the_seven_file_types_exist)
{
	u32 found = 0;

	for (u32 type = 0; type < 16; type++) {
		struct answer a = entry_answer(5, type << 12);
		struct fuse_entry_out out;

		found += read_entry(&a, a.len, &out) == 0;
	}
	CHECK_EQ(found, 7);
	struct answer a = entry_answer(5, REG | 0x10000);
	struct fuse_entry_out out;

	CHECK_EQ(read_entry(&a, a.len, &out), -EIO);
}

TEST(sizes_and_times_are_ones_that_fit)
{
	struct fuse_entry_out entry = entry_of(5, REG), out;
	struct answer a;

	entry.attr.size = 1ull << 63;
	begin(&a, 0);
	add(&a, &entry, sizeof(entry));
	finish(&a);
	CHECK_EQ(read_entry(&a, a.len, &out), -EIO);
	entry.attr.size = ~0ull >> 1;
	entry.attr.mtimensec = 4000000000u;
	begin(&a, 0);
	add(&a, &entry, sizeof(entry));
	finish(&a);
	CHECK_EQ(read_entry(&a, a.len, &out), 0);
	CHECK_EQ(out.attr.mtimensec, 999999999);
}

TEST(an_init_of_another_protocol_is_refused)
{
	struct fuse_init_out in = { .major = 7, .minor = 31, .max_write = 1, .flags = FUSE_MAX_PAGES, .max_pages = 256 }, out;
	struct fuse_wire wire;

	fuse_wire_init(&wire, &in, sizeof(in));
	CHECK_EQ(fuse_get_init(&wire, &out), 0);
	CHECK_EQ(out.max_write, 4096);
	CHECK_EQ(out.max_pages, 256);
	CHECK_EQ(out.time_gran, 1);
	in.minor = 30;
	fuse_wire_init(&wire, &in, sizeof(in));
	CHECK_EQ(fuse_get_init(&wire, &out), -EPROTO);
	in.minor = 36;
	in.major = 8;
	fuse_wire_init(&wire, &in, sizeof(in));
	CHECK_EQ(fuse_get_init(&wire, &out), -EPROTO);
	fuse_wire_init(&wire, &in, sizeof(in) - 1);
	CHECK_EQ(fuse_get_init(&wire, &out), -EIO);
}

TEST(a_target_has_bytes_and_no_nul)
{
	char target[FUSE_LINK_BYTES + 1];
	struct fuse_wire wire;
	u32 len;

	memset(target, 'a', sizeof(target));
	fuse_wire_init(&wire, target, 0);
	CHECK(!fuse_get_link(&wire, &len));
	fuse_wire_init(&wire, target, sizeof(target));
	CHECK(!fuse_get_link(&wire, &len));
	fuse_wire_init(&wire, target, sizeof(target) - 1);
	CHECK(fuse_get_link(&wire, &len) == target);
	CHECK_EQ(len, FUSE_LINK_BYTES);
	target[7] = '\0';
	fuse_wire_init(&wire, target, 8);
	CHECK(!fuse_get_link(&wire, &len));
}

TEST(a_server_cannot_have_written_more_than_it_got)
{
	struct fuse_write_out in = { .size = 10 };
	struct fuse_wire wire;

	fuse_wire_init(&wire, &in, sizeof(in));
	CHECK_EQ(fuse_get_written(&wire, 10), 10);
	fuse_wire_init(&wire, &in, sizeof(in));
	CHECK_EQ(fuse_get_written(&wire, 9), -EIO);
	fuse_wire_init(&wire, &in, 4);
	CHECK_EQ(fuse_get_written(&wire, 10), -EIO);
}

TEST(lists_of_names_end_with_a_nul_and_hold_no_empty_one)
{
	CHECK(fuse_names_ok("", 0));
	CHECK(fuse_names_ok("user.a\0user.b", 14));
	CHECK(!fuse_names_ok("user.a\0user.b", 13));
	CHECK(!fuse_names_ok("user.a\0\0", 8));
}

TEST(spans_that_do_not_fit_last_for_ever)
{
	CHECK_EQ(fuse_span_ns(1, 5), 1000000005);
	CHECK_EQ(fuse_span_ns(0, ~0u), 999999999);
	CHECK(fuse_span_ns(1ull << 33, 0) == ~0ull);
	CHECK(fuse_span_ns(~0ull, ~0u) == ~0ull);
}

/* --- directories --- */

static void add_dirent(struct answer *a, const struct fuse_entry_out *entry, const char *name, u32 name_len, u64 off)
{
	struct fuse_dirent dirent = { .ino = 9, .off = off, .namelen = name_len, .type = 8 };
	static const u8 zeros[8];

	if (entry)
		add(a, entry, sizeof(*entry));
	add(a, &dirent, sizeof(dirent));
	add(a, name, name_len);
	add(a, zeros, FUSE_REC_ALIGN(name_len) - name_len);
}

/* How many entries there are in the first @len bytes of @a; negative: the last one was nonsense. */
static int count_entries(const struct answer *a, u32 len, bool is_plus)
{
	u8 *copy = malloc(len ? len : 1);
	struct fuse_dirent_view view;
	struct fuse_wire wire;
	int nr = 0;

	memcpy(copy, a->bytes, len);
	fuse_wire_init(&wire, copy, len);
	while (fuse_get_dirent(&wire, is_plus, &view))
		nr++;
	free(copy);
	return wire.is_bad ? -nr - 1 : nr;
}

TEST(entries_come_in_order_with_their_fields)
{
	struct fuse_entry_out entry = entry_of(5, REG), none = { 0 };
	struct fuse_dirent_view view;
	struct answer a = { 0 };
	struct fuse_wire wire;

	add_dirent(&a, &none, "..", 2, 1);
	add_dirent(&a, &entry, "file", 4, 2);
	fuse_wire_init(&wire, a.bytes, a.len);
	CHECK(fuse_get_dirent(&wire, true, &view));
	CHECK_EQ(view.entry.nodeid, 0);
	CHECK_EQ(view.name_len, 2);
	CHECK(fuse_get_dirent(&wire, true, &view));
	CHECK_EQ(view.entry.nodeid, 5);
	CHECK_EQ(view.next_offset, 2);
	CHECK_EQ(view.type, 8);
	CHECK(!memcmp(view.name, "file", 4));
	CHECK(!fuse_get_dirent(&wire, true, &view));
	CHECK(!wire.is_bad);
}

TEST(a_cut_entry_is_the_end_and_not_an_entry)
{
	struct answer a = { 0 };
	u32 first;

	add_dirent(&a, NULL, "one", 3, 1);
	first = a.len;
	add_dirent(&a, NULL, "second-entry", 12, 2);
	for (u32 len = 0; len < a.len; len++)
		CHECK_EQ(count_entries(&a, len, false), len >= first ? 1 : 0);
	CHECK_EQ(count_entries(&a, a.len, false), 2);
}

TEST(impossible_names_are_refused)
{
	static const struct {
		const char *name;
		u32 len;
	} bad[] = { { "", 0 }, { "a/b", 3 }, { "/", 1 }, { "a\0b", 3 } };
	struct fuse_entry_out entry = entry_of(5, DIR);
	char longest[256];

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct answer a = { 0 };

		add_dirent(&a, NULL, bad[i].name, bad[i].len, 1);
		CHECK_EQ(count_entries(&a, a.len, false), -1);
	}
	memset(longest, 'x', sizeof(longest));
	for (u32 len = 255; len <= 256; len++) {
		struct answer a = { 0 };

		add_dirent(&a, NULL, longest, len, 1);
		CHECK_EQ(count_entries(&a, a.len, false), len == 255 ? 1 : -1);
	}
	struct answer dot = { 0 };

	add_dirent(&dot, &entry, "..", 2, 1); /* a node for what every directory has */
	CHECK_EQ(count_entries(&dot, dot.len, true), -1);
}

TEST(a_name_length_beyond_everything_does_not_wrap)
{
	struct fuse_dirent dirent = { .namelen = 0xfffffff9u };
	struct answer a = { 0 };

	add(&a, &dirent, sizeof(dirent));
	CHECK_EQ(count_entries(&a, a.len, false), -1);
}
