/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.c - fields of FUSE messages, bounds and values checked. Pure: also built for the host, with a fuzzer.
 *
 * WHAT        What a server sends is copied field by field out of the buffer it can write to, and checked in the copy.
 * INVARIANTS  I1  pos <= end, and no byte at or behind end is touched.
 *             I2  A name handed out has 1 to FUSE_NAME_BYTES bytes, no NUL and no slash; "." and ".." only without a node.
 *             I3  Attributes handed out have a known file type, a size that loff_t holds, nanoseconds below a second.
 * TESTS       tests/wire_test.c, tests/wire_fuzz.c
 */
#include <lib/errno.h>
#include <lib/string.h>
#include "wire_impl.h"

#define NS_PER_S	1000000000u
#define ERRNO_MAX	511 /* of what a server may answer */
#define MINOR_MIN	31u
#define PAGE_BYTES	4096u

static u8 *wire_take(struct fuse_wire *wire, u32 bytes)
{
	u8 *at = wire->data + wire->pos;

	if (wire->is_bad || bytes > wire->end - wire->pos) { /* I1 */
		wire->is_bad = true;
		return NULL;
	}
	wire->pos += bytes;
	return at;
}

void fuse_put(struct fuse_wire *wire, const void *bytes, u32 len)
{
	u8 *at = wire_take(wire, len);

	if (at && len)
		memcpy(at, bytes, len);
}

void fuse_put_name(struct fuse_wire *wire, const char *name, size_t len)
{
	if (len > 0xffff) {
		wire->is_bad = true;
		return;
	}
	fuse_put(wire, name, len);
	fuse_put(wire, "", 1);
}

bool fuse_get(struct fuse_wire *wire, void *to, u32 len)
{
	const u8 *at = wire_take(wire, len);

	if (at)
		memcpy(to, at, len);
	else
		memset(to, 0, len);
	return at;
}

int fuse_get_answer(struct fuse_wire *wire, void *data, u32 here, u32 received, u64 unique, u32 *payload)
{
	struct fuse_out_header head;

	*payload = 0;
	fuse_wire_init(wire, data, min(here, received));
	if (!fuse_get(wire, &head, sizeof(head)) || head.unique != unique || head.len < FUSE_HEADER || head.len > received)
		return -EIO;
	if (head.error)
		return head.error < 0 && head.error >= -ERRNO_MAX ? head.error : -EIO;
	wire->end = min(wire->end, head.len);
	*payload = head.len - FUSE_HEADER;
	return 0;
}

/* --- nodes and attributes ------------------------------------------------------------------------------ */

/* FIFO 1, character device 2, directory 4, block device 6, regular 8, symlink 10, socket 12. */
#define FILE_TYPES (1u << 1 | 1u << 2 | 1u << 4 | 1u << 6 | 1u << 8 | 1u << 10 | 1u << 12)

static bool mode_ok(u32 mode)
{
	return !(mode >> 16) && (FILE_TYPES >> (mode >> 12) & 1);
}

/* I3 */
static bool attr_ok(struct fuse_attr *attr)
{
	attr->atimensec = min(attr->atimensec, NS_PER_S - 1);
	attr->mtimensec = min(attr->mtimensec, NS_PER_S - 1);
	attr->ctimensec = min(attr->ctimensec, NS_PER_S - 1);
	return mode_ok(attr->mode) && !(attr->size >> 63);
}

static int entry_check(struct fuse_entry_out *out)
{
	if (!out->nodeid)
		return -ENOENT;
	return out->nodeid == FUSE_ROOT_ID || !attr_ok(&out->attr) ? -EIO : 0;
}

int fuse_get_entry(struct fuse_wire *wire, struct fuse_entry_out *out)
{
	return fuse_get(wire, out, sizeof(*out)) ? entry_check(out) : -EIO;
}

int fuse_get_attr(struct fuse_wire *wire, struct fuse_attr_out *out)
{
	return fuse_get(wire, out, sizeof(*out)) && attr_ok(&out->attr) ? 0 : -EIO;
}

int fuse_get_init(struct fuse_wire *wire, struct fuse_init_out *out)
{
	if (!fuse_get(wire, out, sizeof(*out)))
		return -EIO;
	if (out->major != FUSE_KERNEL_VERSION || out->minor < MINOR_MIN)
		return -EPROTO;
	if (!(out->flags & FUSE_MAX_PAGES) || !out->max_pages)
		out->max_pages = 32; /* the protocol's */
	out->max_write = max(out->max_write, PAGE_BYTES);
	if (!out->time_gran || out->time_gran > NS_PER_S)
		out->time_gran = 1;
	return 0;
}

int fuse_get_open(struct fuse_wire *wire, struct fuse_open_out *out)
{
	return fuse_get(wire, out, sizeof(*out)) ? 0 : -EIO;
}

int fuse_get_statfs(struct fuse_wire *wire, struct fuse_kstatfs *out)
{
	return fuse_get(wire, out, sizeof(*out)) ? 0 : -EIO;
}

u64 fuse_span_ns(u64 seconds, u32 nanoseconds)
{
	if (seconds >= (u64)1 << 33)
		return ~0ull;
	return seconds * NS_PER_S + min(nanoseconds, NS_PER_S - 1);
}

/* --- strings and counts -------------------------------------------------------------------------------- */

const char *fuse_get_link(struct fuse_wire *wire, u32 *len)
{
	u32 left = wire->end - wire->pos;
	const char *s;

	*len = left;
	if (!left || left > FUSE_LINK_BYTES)
		return NULL;
	s = (const char *)wire_take(wire, left);
	return s && !memchr(s, 0, left) ? s : NULL;
}

ssize_t fuse_get_written(struct fuse_wire *wire, u32 asked)
{
	struct fuse_write_out out;

	return fuse_get(wire, &out, sizeof(out)) && out.size <= asked ? (ssize_t)out.size : -EIO;
}

ssize_t fuse_get_xattr_size(struct fuse_wire *wire, u32 max)
{
	struct fuse_getxattr_out out;

	return fuse_get(wire, &out, sizeof(out)) && out.size <= max ? (ssize_t)out.size : -EIO;
}

bool fuse_names_ok(const char *list, size_t len)
{
	while (len) {
		const char *end = memchr(list, 0, len);

		if (!end || end == list)
			return false;
		len -= (size_t)(end - list) + 1;
		list = end + 1;
	}
	return true;
}

/* --- directories --------------------------------------------------------------------------------------- */

static bool is_dot_name(const char *name, u32 len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

/* I2 */
static bool dirent_ok(struct fuse_dirent_view *out)
{
	if (memchr(out->name, '/', out->name_len) || memchr(out->name, 0, out->name_len))
		return false;
	if (!out->entry.nodeid)
		return true;
	return !is_dot_name(out->name, out->name_len) && !entry_check(&out->entry);
}

bool fuse_get_dirent(struct fuse_wire *wire, bool is_plus, struct fuse_dirent_view *out)
{
	u32 fixed = sizeof(struct fuse_dirent) + (is_plus ? sizeof(out->entry) : 0), padded;
	struct fuse_dirent dirent;

	if (wire->is_bad || wire->end - wire->pos < fixed)
		return false;
	out->entry = (struct fuse_entry_out){ 0 };
	if (is_plus)
		fuse_get(wire, &out->entry, sizeof(out->entry));
	fuse_get(wire, &dirent, sizeof(dirent));
	if (!dirent.namelen || dirent.namelen > FUSE_NAME_BYTES) {
		wire->is_bad = true;
		return false;
	}
	padded = FUSE_REC_ALIGN(dirent.namelen);
	if (wire->end - wire->pos < padded) {
		wire->pos = wire->end;
		return false;
	}
	out->name = (const char *)wire_take(wire, padded);
	out->name_len = dirent.namelen;
	out->ino = dirent.ino;
	out->next_offset = dirent.off;
	out->type = dirent.type & 15;
	if (!dirent_ok(out))
		wire->is_bad = true;
	return !wire->is_bad;
}
