/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire.c - fields of 9p messages, bounds checked. Pure: also built for the host, with a fuzzer.
 *
 * WHAT        Integers little-endian, strings and names with a length of 16 bits in front. One that would cross the
 *             end of the message marks the whole message bad; readers go on with zeros and the caller asks once, at
 *             the end.
 * INVARIANTS  I1  pos <= end, and no byte at or behind end is touched.
 *             I2  A name handed out has 1 to P9_NAME_MAX bytes, no NUL and no slash.
 * TESTS       tests/wire_test.c, tests/wire_fuzz.c
 */
#include <lib/errno.h>
#include <lib/string.h>
#include "wire_impl.h"

static u8 *wire_take(struct p9_wire *wire, u32 bytes)
{
	u8 *at = wire->data + wire->pos;

	if (wire->is_bad || bytes > wire->end - wire->pos) {
		wire->is_bad = true;
		return NULL;
	}
	wire->pos += bytes;
	return at;
}

static void wire_put(struct p9_wire *wire, u64 v, u32 bytes)
{
	u8 *at = wire_take(wire, bytes);

	for (u32 i = 0; at && i < bytes; i++)
		at[i] = v >> (8 * i);
}

static u64 wire_get(struct p9_wire *wire, u32 bytes)
{
	const u8 *at = wire_take(wire, bytes);
	u64 v = 0;

	for (u32 i = 0; at && i < bytes; i++)
		v |= (u64)at[i] << (8 * i);
	return v;
}

void wire_put_u8(struct p9_wire *wire, u8 v) { wire_put(wire, v, 1); }
void wire_put_u16(struct p9_wire *wire, u16 v) { wire_put(wire, v, 2); }
void wire_put_u32(struct p9_wire *wire, u32 v) { wire_put(wire, v, 4); }
void wire_put_u64(struct p9_wire *wire, u64 v) { wire_put(wire, v, 8); }

void wire_put_bytes(struct p9_wire *wire, const u8 *bytes, u32 len)
{
	u8 *at = wire_take(wire, len);

	if (at)
		memcpy(at, bytes, len);
}

void wire_put_string(struct p9_wire *wire, const char *s, size_t len)
{
	if (len > 0xffff) {
		wire->is_bad = true;
		return;
	}
	wire_put_u16(wire, len);
	wire_put_bytes(wire, (const u8 *)s, len);
}

void wire_begin(struct p9_wire *wire, u8 *data, u32 room, u8 type, u16 tag)
{
	*wire = (struct p9_wire){ .data = data, .pos = 0, .end = room };
	wire_put_u32(wire, 0);
	wire_put_u8(wire, type);
	wire_put_u16(wire, tag);
}

void wire_end(struct p9_wire *wire, u32 payload)
{
	u32 size = wire->pos + payload;

	for (u32 i = 0; !wire->is_bad && i < 4; i++)
		wire->data[i] = size >> (8 * i);
}

u8 wire_get_u8(struct p9_wire *wire) { return wire_get(wire, 1); }
u16 wire_get_u16(struct p9_wire *wire) { return wire_get(wire, 2); }
u32 wire_get_u32(struct p9_wire *wire) { return wire_get(wire, 4); }
u64 wire_get_u64(struct p9_wire *wire) { return wire_get(wire, 8); }

struct p9_qid wire_get_qid(struct p9_wire *wire)
{
	struct p9_qid qid;

	qid.type = wire_get_u8(wire);
	qid.version = wire_get_u32(wire);
	qid.path = wire_get_u64(wire);
	return qid;
}

const char *wire_get_string(struct p9_wire *wire, u16 *len)
{
	const char *s;

	*len = wire_get_u16(wire);
	s = (const char *)wire_take(wire, *len);
	if (s && memchr(s, 0, *len)) {
		wire->is_bad = true;
		return NULL;
	}
	return s;
}

int wire_check_answer(struct p9_wire *wire, u8 *data, u32 len, u8 type, u16 tag)
{
	u32 size;
	u8 got_type;
	u16 got_tag;

	*wire = (struct p9_wire){ .data = data, .pos = 0, .end = len };
	size = wire_get_u32(wire);
	got_type = wire_get_u8(wire);
	got_tag = wire_get_u16(wire);
	if (wire->is_bad || got_tag != tag || size < P9_HEADER)
		return -EIO;
	if (got_type == P9_RLERROR) {
		u32 code = wire_get_u32(wire);

		return wire->is_bad || !code || code > 511 ? -EIO : -(int)code;
	}
	return got_type == type + 1 ? 0 : -EIO;
}

bool wire_get_dirent(struct p9_wire *wire, struct p9_dirent *entry)
{
	if (wire->pos == wire->end)
		return false;
	entry->qid = wire_get_qid(wire);
	entry->next_offset = wire_get_u64(wire);
	entry->type = wire_get_u8(wire);
	entry->name = wire_get_string(wire, &entry->name_len);
	if (!entry->name || !entry->name_len || entry->name_len > P9_NAME_MAX ||
	    memchr(entry->name, '/', entry->name_len)) /* I2 */
		wire->is_bad = true;
	return !wire->is_bad;
}
