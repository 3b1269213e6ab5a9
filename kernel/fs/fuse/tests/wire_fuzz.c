/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire_fuzz.c - any bytes as an answer: what is handed out lies inside them and keeps wire.c's promises, and reading ends.
 * The first byte chooses how it is read; the number asked for is the one in the answer, so that the readers behind are reached.
 */
#include <lib/errno.h>
#include <stdlib.h>
#include <string.h>
#include "wire_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x)                            \
	do {                               \
		if (!(x))                  \
			__builtin_trap();  \
	} while (0)

static void check_attr(const struct fuse_attr *attr)
{
	MUST(!(attr->size >> 63) && !(attr->mode >> 16));
	MUST(attr->atimensec < 1000000000 && attr->mtimensec < 1000000000 && attr->ctimensec < 1000000000);
}

static void read_names(struct fuse_wire *wire, bool is_plus)
{
	struct fuse_dirent_view view;
	u32 before = wire->pos;

	while (fuse_get_dirent(wire, is_plus, &view)) {
		MUST(wire->pos > before && wire->pos <= wire->end);
		MUST((const u8 *)view.name >= wire->data && (const u8 *)view.name + view.name_len <= wire->data + wire->end);
		MUST(view.name_len && view.name_len <= FUSE_NAME_BYTES);
		MUST(!memchr(view.name, '/', view.name_len) && !memchr(view.name, 0, view.name_len));
		if (view.entry.nodeid)
			check_attr(&view.entry.attr);
		before = wire->pos;
	}
}

static void read_rest(struct fuse_wire *wire, u8 how)
{
	struct fuse_entry_out entry;
	struct fuse_attr_out attr;
	struct fuse_init_out init;
	struct fuse_open_out open;
	struct fuse_kstatfs st;
	const char *link;
	ssize_t n;
	u32 len;

	switch (how % 9) {
	case 0:
		if (!fuse_get_entry(wire, &entry))
			check_attr(&entry.attr);
		fuse_get_open(wire, &open);
		break;
	case 1:
		if (!fuse_get_attr(wire, &attr))
			check_attr(&attr.attr);
		break;
	case 2:
		if (!fuse_get_init(wire, &init))
			MUST(init.max_write >= 4096 && init.max_pages && init.time_gran);
		break;
	case 3:
		fuse_get_statfs(wire, &st);
		break;
	case 4:
		link = fuse_get_link(wire, &len);
		MUST(!link || strnlen(link, len) == len);
		break;
	case 5:
		n = fuse_get_written(wire, how);
		MUST(n == -EIO || (n >= 0 && n <= how));
		break;
	case 6:
		n = fuse_get_xattr_size(wire, 65536);
		MUST(n == -EIO || (n >= 0 && n <= 65536));
		break;
	case 7:
		fuse_names_ok((const char *)wire->data + wire->pos, wire->end - wire->pos);
		break;
	default:
		read_names(wire, how & 0x80);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuse_wire wire;
	u64 unique = 0;
	u32 payload;
	u8 *copy;

	if (!size)
		return 0;
	copy = malloc(size);
	memcpy(copy, data + 1, --size);
	if (size >= FUSE_HEADER)
		memcpy(&unique, copy + 8, sizeof(unique));
	if (!fuse_get_answer(&wire, copy, size, size, unique, &payload)) {
		MUST(payload <= size - FUSE_HEADER && wire.end <= size && wire.pos == FUSE_HEADER);
		read_rest(&wire, data[0]);
	}
	fuse_wire_init(&wire, copy, size);
	read_rest(&wire, data[0]);
	MUST(wire.pos <= wire.end);
	free(copy);
	return 0;
}
