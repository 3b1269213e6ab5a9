/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire_impl.h - 9P2000.L on the wire: message numbers, and bounded writing and reading of fields.
 *
 *	size[4] type[1] tag[2] body            all little-endian
 *	string  = length[2] bytes              qid = type[1] version[4] path[8]
 */
#pragma once
#include <lib/types.h>

enum p9_type {
	P9_RLERROR = 7,
	P9_TSTATFS = 8,
	P9_TLOPEN = 12,
	P9_TLCREATE = 14,
	P9_TSYMLINK = 16,
	P9_TMKNOD = 18,
	P9_TREADLINK = 22,
	P9_TGETATTR = 24,
	P9_TSETATTR = 26,
	P9_TXATTRWALK = 30,
	P9_TXATTRCREATE = 32,
	P9_TREADDIR = 40,
	P9_TFSYNC = 50,
	P9_TLINK = 70,
	P9_TMKDIR = 72,
	P9_TRENAMEAT = 74,
	P9_TUNLINKAT = 76,
	P9_TVERSION = 100,
	P9_TATTACH = 104,
	P9_TFLUSH = 108,
	P9_TWALK = 110,
	P9_TREAD = 116,
	P9_TWRITE = 118,
	P9_TCLUNK = 120,
	/* the answer to T is T + 1 */
};

#define P9_HEADER	7u	/* size, type, tag */
#define P9_READ_HEADER	11u	/* + count: Rread, Rreaddir; also all of an Rlerror */
#define P9_NOFID	(~0u)
#define P9_NOTAG	0xffffu
#define P9_NONUNAME	(~0u)
#define P9_NAME_MAX	255u
#define P9_QID_DIR	0x80
#define P9_QID_SYMLINK	0x02

struct p9_qid {
	u8 type;
	u32 version;
	u64 path;
};

/* A message being written or read. After an overrun is_bad stays set, and reads give zeros. */
struct p9_wire {
	u8 *data;
	u32 pos;
	u32 end; /* room when writing, length when reading */
	bool is_bad;
};

void wire_put_u8(struct p9_wire *wire, u8 v);
void wire_put_u16(struct p9_wire *wire, u16 v);
void wire_put_u32(struct p9_wire *wire, u32 v);
void wire_put_u64(struct p9_wire *wire, u64 v);
void wire_put_string(struct p9_wire *wire, const char *s, size_t len);
void wire_put_bytes(struct p9_wire *wire, const u8 *bytes, u32 len);
/* Start a message, and set its length when it is whole (@payload bytes follow outside the buffer). */
void wire_begin(struct p9_wire *wire, u8 *data, u32 room, u8 type, u16 tag);
void wire_end(struct p9_wire *wire, u32 payload);

u8 wire_get_u8(struct p9_wire *wire);
u16 wire_get_u16(struct p9_wire *wire);
u32 wire_get_u32(struct p9_wire *wire);
u64 wire_get_u64(struct p9_wire *wire);
struct p9_qid wire_get_qid(struct p9_wire *wire);
/* A string inside the buffer, not NUL-terminated; NULL when it does not fit or holds a NUL. */
const char *wire_get_string(struct p9_wire *wire, u16 *len);

/*
 * Check the answer of @len received bytes to a @type request with @tag. 0 with @wire at the body, the server's -errno, or
 * -EIO: not an answer to this request.
 */
int wire_check_answer(struct p9_wire *wire, u8 *data, u32 len, u8 type, u16 tag);

/* One entry of an Rreaddir payload. */
struct p9_dirent {
	struct p9_qid qid;
	u64 next_offset;
	u8 type;
	const char *name;
	u16 name_len;
};
/* The next entry: true; false at the end, with is_bad set if that was in the middle of an entry or the name is impossible. */
bool wire_get_dirent(struct p9_wire *wire, struct p9_dirent *entry);
