/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kallsyms.c - the symbol table that the second pass of the link put into the image.
 *
 *     offset  size       field
 *     0       4          magic 0x4d59534b ("KSYM")
 *     4       4          count
 *     8       4          bytes of names
 *     12      4 * count  offsets from image_start, ascending
 *     ...     4 * count  offsets into the names
 *     ...                names: type letter, name, zero byte
 *
 * INVARIANTS  K1  The table is read-only and complete before the first instruction: usable in any context.
 * SEE         tools/gen/kallsyms.py
 */
#include <arch/memlayout.h>
#include <lib/lib_port.h>
#include <lib/string.h>
#include <log/kallsyms.h>

#define KALLSYMS_MAGIC 0x4d59534bu

struct kallsyms {
	u32 magic, count, names_bytes;
	u32 offset[];
};

extern const struct kallsyms kallsyms_start;
extern const char kallsyms_end[];

static bool is_present(void)
{
	return (const char *)&kallsyms_start != kallsyms_end && kallsyms_start.magic == KALLSYMS_MAGIC;
}

/* Type letter and name of symbol @nr. */
static const char *name_of(u32 nr)
{
	const u32 *names = kallsyms_start.offset + kallsyms_start.count;
	const char *text = (const char *)(names + kallsyms_start.count);

	return text + names[nr];
}

u32 symbol_count(void)
{
	return is_present() ? kallsyms_start.count : 0;
}

const char *symbol_nth(u32 nr, unsigned long *addr, char *type)
{
	const char *name;

	if (nr >= symbol_count())
		return NULL;
	name = name_of(nr);
	*addr = (unsigned long)image_start + kallsyms_start.offset[nr];
	*type = name[0];
	return name + 1;
}

/* The last symbol at or below @offset; the first of those with one address. */
static u32 find_at_or_below(u32 offset)
{
	u32 lo = 0, hi = kallsyms_start.count;

	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (kallsyms_start.offset[mid] <= offset)
			lo = mid;
		else
			hi = mid;
	}
	while (lo > 0 && kallsyms_start.offset[lo - 1] == kallsyms_start.offset[lo])
		lo--;
	return lo;
}

const char *symbol_lookup(unsigned long addr, unsigned long *off, unsigned long *size)
{
	u32 offset, nr, next;
	u64 end;

	if (addr < (unsigned long)image_start || addr >= (unsigned long)image_bss_end || !symbol_count())
		return NULL;
	offset = addr - (unsigned long)image_start;
	if (offset < kallsyms_start.offset[0])
		return NULL;
	nr = find_at_or_below(offset);
	next = nr + 1;
	while (next < kallsyms_start.count && kallsyms_start.offset[next] == kallsyms_start.offset[nr])
		next++;
	end = next < kallsyms_start.count ? kallsyms_start.offset[next] : image_bss_end - image_start;
	*off = offset - kallsyms_start.offset[nr];
	*size = end - kallsyms_start.offset[nr];
	return name_of(nr) + 1;
}

unsigned long symbol_address(const char *name)
{
	for (u32 i = 0; i < symbol_count(); i++)
		if (!strcmp(name_of(i) + 1, name))
			return (unsigned long)image_start + kallsyms_start.offset[i];
	return 0;
}
