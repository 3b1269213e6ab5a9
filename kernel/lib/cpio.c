/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpio.c - reads "newc" archives from memory.
 *
 * WHAT        An archive is a row of entries, each a header of 110 ASCII bytes, the name with its NUL, padding to
 *             4, the data, padding to 4. "TRAILER!!!" ends it; another archive may follow after zeros.
 *
 *             offset  0  magic "070701" or "070702" (with checksum, which nobody verifies for regular use)
 *                     6  ino   14 mode   22 uid   30 gid   38 nlink  46 mtime  54 filesize
 *                    62  devmajor  70 devminor  78 rdevmajor  86 rdevminor  94 namesize  102 check
 *             (each number is 8 hexadecimal digits)
 *
 * INVARIANTS  pos <= size; every pointer handed out lies with its length inside [data, data + size).
 * ERRORS      -EINVAL: bad magic or digit, a name without its NUL, an end past the data.
 * TESTS       tests/cpio_test.c, tests/cpio_fuzz.c
 */
#include <lib/cpio.h>
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/string.h>

#define HEADER_BYTES 110
#define TYPE_BITS 0170000u
#define TYPE_FILE 0100000u
#define TYPE_LINK 0120000u
#define MAGIC_BYTES 6
#define NR_FIELDS 13

enum field {
	FIELD_INO, FIELD_MODE, FIELD_UID, FIELD_GID, FIELD_NLINK, FIELD_MTIME, FIELD_FILESIZE,
	FIELD_DEVMAJOR, FIELD_DEVMINOR, FIELD_RDEVMAJOR, FIELD_RDEVMINOR, FIELD_NAMESIZE,
	FIELD_CHECK,
};

void cpio_reader_init(struct cpio_reader *reader, const void *data, size_t size)
{
	*reader = (struct cpio_reader){ .data = data, .size = size };
}

static int parse_fields(const u8 *p, u32 fields[NR_FIELDS])
{
	for (int i = 0; i < NR_FIELDS; i++) {
		fields[i] = 0;
		for (int j = 0; j < 8; j++) {
			int digit = hex_to_bin(*p++);

			if (digit < 0)
				return -EINVAL;
			fields[i] = fields[i] << 4 | (u32)digit;
		}
	}
	return 0;
}

/* The header at pos, decoded; moves to the name. */
static int take_header(struct cpio_reader *reader, u32 fields[NR_FIELDS])
{
	const u8 *p = reader->data + reader->pos;

	if (reader->size - reader->pos < HEADER_BYTES)
		return -EINVAL;
	if (memcmp(p, "070701", MAGIC_BYTES) && memcmp(p, "070702", MAGIC_BYTES))
		return -EINVAL;
	reader->pos += HEADER_BYTES;
	return parse_fields(p + MAGIC_BYTES, fields);
}

/* @n bytes at pos, borrowed; moves past them and to a multiple of 4, or to the end. NULL: not there. */
static const u8 *take_bytes(struct cpio_reader *reader, size_t n)
{
	const u8 *p = reader->data + reader->pos;

	if (n > reader->size - reader->pos)
		return NULL;
	reader->pos += n;
	reader->pos = min(ALIGN(reader->pos, 4), reader->size);
	return p;
}

/* What Linux passes over, by its header. */
static bool is_skipped(const u32 f[NR_FIELDS])
{
	u32 type = f[FIELD_MODE] & TYPE_BITS;

	if (!f[FIELD_NAMESIZE] || f[FIELD_NAMESIZE] > CPIO_NAME_MAX)
		return true;
	return type == TYPE_LINK ? f[FIELD_FILESIZE] > CPIO_NAME_MAX : type != TYPE_FILE && f[FIELD_FILESIZE];
}

/* 1 and the entry, 0 when it is passed over, or -EINVAL. */
static int take_entry(struct cpio_reader *reader, struct cpio_entry *entry)
{
	u32 f[NR_FIELDS];
	int err = take_header(reader, f);

	if (err)
		return err;
	if (is_skipped(f)) {
		reader->nr_skipped++;
		return take_bytes(reader, f[FIELD_NAMESIZE]) && take_bytes(reader, f[FIELD_FILESIZE]) ? 0 : -EINVAL;
	}
	*entry = (struct cpio_entry){
		.data_len = f[FIELD_FILESIZE], .ino = f[FIELD_INO], .mode = f[FIELD_MODE],
		.uid = f[FIELD_UID], .gid = f[FIELD_GID], .nlink = f[FIELD_NLINK],
		.mtime = f[FIELD_MTIME],
		.dev_major = f[FIELD_DEVMAJOR], .dev_minor = f[FIELD_DEVMINOR],
		.rdev_major = f[FIELD_RDEVMAJOR], .rdev_minor = f[FIELD_RDEVMINOR],
	};
	entry->name = (const char *)take_bytes(reader, f[FIELD_NAMESIZE]);
	if (!entry->name || entry->name[f[FIELD_NAMESIZE] - 1])
		return -EINVAL;
	entry->name_len = strlen(entry->name);
	entry->data = take_bytes(reader, entry->data_len);
	return entry->data ? 1 : -EINVAL;
}

int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry)
{
	for (;;) {
		int ret;

		while (reader->pos < reader->size && !reader->data[reader->pos])
			reader->pos++;
		if (reader->pos == reader->size)
			return 0;
		ret = take_entry(reader, entry);
		if (ret < 0)
			return ret;
		if (ret && strcmp(entry->name, "TRAILER!!!"))
			return 1;
		reader->nr_trailers += (u32)ret;
	}
}
