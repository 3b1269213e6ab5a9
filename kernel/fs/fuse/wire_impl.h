/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wire_impl.h - FUSE 7 on the wire: bounded writing of requests, checked reading of answers.
 *
 *	request  fuse_in_header (len, opcode, unique, nodeid, uid, gid, pid), the opcode's structure, names with their NULs, data
 *	answer   fuse_out_header (len, error, unique), the opcode's structure, data
 *
 * All in the machine's byte order; the structures are those of linux/fuse.h.
 */
#pragma once
#include <lib/types.h>
#include <linux/fuse.h>

#define FUSE_HEADER	((u32)sizeof(struct fuse_out_header))
#define FUSE_NAME_BYTES 255u	/* of one name */
#define FUSE_LINK_BYTES 4095u	/* of a symlink's target */

/* A body being written or read. After an overrun is_bad stays set, and reads give zeros. */
struct fuse_wire {
	u8 *data;
	u32 pos;
	u32 end; /* room when writing, length when reading */
	bool is_bad;
};

static inline void fuse_wire_init(struct fuse_wire *wire, void *data, u32 end)
{
	*wire = (struct fuse_wire){ .data = data, .end = end };
}

/* Writing: bytes, and a name with the NUL that the protocol wants. */
void fuse_put(struct fuse_wire *wire, const void *bytes, u32 len);
void fuse_put_name(struct fuse_wire *wire, const char *name, size_t len);

/* Reading: @len bytes into @to, zeros when they are not there. */
bool fuse_get(struct fuse_wire *wire, void *to, u32 len);

/*
 * Check an answer of @received bytes, of which the first @here lie in @data. 0 with @wire at the part of the body that lies there
 * and *@payload the length of the whole body; the server's -errno; or -EIO: not an answer to the request @unique.
 */
int fuse_get_answer(struct fuse_wire *wire, void *data, u32 here, u32 received, u64 unique, u32 *payload);

/* A node and what is known of it. 0; -ENOENT: the name is known not to exist (@out says for how long); -EIO. */
int fuse_get_entry(struct fuse_wire *wire, struct fuse_entry_out *out);
/* The root's entry has the number that no other may have. */
int fuse_get_attr(struct fuse_wire *wire, struct fuse_attr_out *out);
/* 0, -EPROTO (another major, a minor below 31) or -EIO; sizes are brought into what we can use. */
int fuse_get_init(struct fuse_wire *wire, struct fuse_init_out *out);
/* 0 or -EIO. */
int fuse_get_open(struct fuse_wire *wire, struct fuse_open_out *out);
int fuse_get_statfs(struct fuse_wire *wire, struct fuse_kstatfs *out);
/* The rest of the body as a symlink's target, NULL if it can't be one. */
const char *fuse_get_link(struct fuse_wire *wire, u32 *len);
/* Bytes that a write of @asked took: -EIO when they are more. */
ssize_t fuse_get_written(struct fuse_wire *wire, u32 asked);
/* The size of an attribute that was not asked for with room: -EIO beyond @max. */
ssize_t fuse_get_xattr_size(struct fuse_wire *wire, u32 max);
/* Is @list one of names, each with its NUL? */
bool fuse_names_ok(const char *list, size_t len);

/* One entry of a directory. @entry.nodeid is 0 unless the server also looked the name up. */
struct fuse_dirent_view {
	struct fuse_entry_out entry;
	u64 ino;
	u64 next_offset;
	const char *name;
	u32 name_len;
	u32 type; /* DT_* */
};
/* The next entry: true; false at the end, with is_bad set if the name or the node is impossible. A cut last entry is the end. */
bool fuse_get_dirent(struct fuse_wire *wire, bool is_plus, struct fuse_dirent_view *out);

/* A span of the server's in nanoseconds; for ever if it does not fit. */
u64 fuse_span_ns(u64 seconds, u32 nanoseconds);
