/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire_fuzz.c - any bytes as an answer: what is handed out lies inside them and keeps wire.c's promises, and reading ends.
 * The first byte chooses the request that is asked about; tag and type are those of the answer, so that the readers behind are reached.
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

static void read_names(struct p9_wire *wire)
{
	struct p9_dirent entry;
	u32 before = wire->pos;

	while (wire_get_dirent(wire, &entry)) {
		MUST(wire->pos > before && wire->pos <= wire->end);
		MUST((const u8 *)entry.name >= wire->data && (const u8 *)entry.name + entry.name_len <= wire->data + wire->end);
		MUST(entry.name_len && entry.name_len <= P9_NAME_MAX);
		MUST(!memchr(entry.name, '/', entry.name_len) && !memchr(entry.name, 0, entry.name_len));
		before = wire->pos;
	}
}

static void read_rest(struct p9_wire *wire, u8 how)
{
	const char *s;
	u16 len;

	switch (how % 4) {
	case 0:
		wire_get_qid(wire);
		wire_get_u32(wire);
		break;
	case 1:
		s = wire_get_string(wire, &len);
		MUST(!s || (strnlen(s, len) == len && (const u8 *)s + len <= wire->data + wire->end));
		break;
	case 2:
		while (!wire->is_bad)
			wire_get_u64(wire);
		MUST(!wire_get_u64(wire));
		break;
	default:
		read_names(wire);
	}
	MUST(wire->pos <= wire->end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct p9_wire wire;
	u16 tag = 0;
	u8 *copy, type = 0;
	int ret;

	if (!size)
		return 0;
	copy = malloc(size);
	memcpy(copy, data + 1, --size);
	if (size >= P9_HEADER) {
		type = copy[4] - 1;
		memcpy(&tag, copy + 5, sizeof(tag));
	}
	ret = wire_check_answer(&wire, copy, size, type, tag);
	MUST(ret <= 0 && ret >= -511);
	if (!ret)
		read_rest(&wire, data[0]);
	wire = (struct p9_wire){ .data = copy, .end = size };
	read_rest(&wire, data[0]);
	free(copy);
	return 0;
}
