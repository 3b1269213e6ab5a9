/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ldt.c - modify_ldt(2): segments of an address space's own.
 *
 * WHAT        Each write makes a new table that is one entry different, publishes it, and frees the old one.
 * INVARIANTS  I1  mm->arch.ldt owns its table; a published table does not change (arch/ldt.h).
 * LOCKING     mmap_lock: reading to read, writing to replace. User memory is touched outside.
 * LIFECYCLE   The first write makes a table; fork copies it; exec and the end of the address space drop it.
 * ERRORS      -ENOSYS function; -EINVAL size, number, kind of segment; -EFAULT; -ENOMEM; -EINTR killed.
 * TESTS       tests/guest/arch/ldt_test.c
 */
#include "mm_impl.h"
#include "ldt_impl.h"
#include <arch/ldt.h>
#include <arch/uaccess.h>
#include <lib/string.h>
#include <mm/mm_calls.h>

enum { FUNC_READ = 0, FUNC_WRITE_OLD = 1, FUNC_READ_DEFAULT = 2, FUNC_WRITE = 0x11 };
enum { DEFAULT_LDT_BYTES = 128, CONTENTS_CONFORMING = 3 };

static struct arch_ldt *ldt_create(u32 nr_entries)
{
	struct arch_ldt *ldt = kvzalloc(sizeof(*ldt) + nr_entries * sizeof(u64), GFP_KERNEL_ACCOUNT);

	if (ldt)
		ldt->nr_entries = nr_entries;
	return ldt;
}

/* A copy of @from (may be NULL) with room for @nr_entries at least. */
static struct arch_ldt *ldt_copy(const struct arch_ldt *from, u32 nr_entries)
{
	struct arch_ldt *ldt;

	if (from && from->nr_entries > nr_entries)
		nr_entries = from->nr_entries;
	ldt = ldt_create(nr_entries);
	if (ldt && from)
		memcpy(ldt->entries, from->entries, from->nr_entries * sizeof(u64));
	return ldt;
}

int mm_ldt_dup(struct mm *child, const struct mm *parent)
{
	const struct arch_ldt *ldt = parent->arch.ldt;

	if (likely(!ldt))
		return 0;
	child->arch.ldt = ldt_copy(ldt, 0);
	return child->arch.ldt ? 0 : -ENOMEM;
}

void mm_ldt_free(struct mm *mm)
{
	kvfree(mm->arch.ldt);
	mm->arch.ldt = NULL;
}

static long clear_rest(uaddr_t buf, size_t from, size_t len)
{
	return from < len && clear_user(uaddr_add(buf, from), len - from) ? -EFAULT : (long)len;
}

static long read_ldt(struct mm *mm, uaddr_t buf, size_t len)
{
	struct arch_ldt *copy;
	size_t bytes;
	long ret;

	mmap_read_lock(mm);
	copy = mm->arch.ldt ? ldt_copy(mm->arch.ldt, 0) : NULL;
	ret = mm->arch.ldt && !copy ? -ENOMEM : 0;
	mmap_read_unlock(mm);
	if (!copy)
		return ret;
	len = min(len, (size_t)LDT_ENTRIES * LDT_ENTRY_SIZE);
	bytes = min(copy->nr_entries * sizeof(u64), len);
	ret = copy_to_user(buf, copy->entries, bytes) ? -EFAULT : clear_rest(buf, bytes, len);
	kvfree(copy);
	return ret;
}

/* The request that means: no segment here. */
static bool is_empty(const struct user_desc *d)
{
	return !d->base_addr && !d->limit && !d->contents && d->read_exec_only && !d->seg_32bit && !d->limit_in_pages &&
	       d->seg_not_present && !d->useable;
}

/* The entry for @d. -EINVAL: not a segment that user code may have. */
static int make_entry(const struct user_desc *d, bool is_old, u64 *entry)
{
	struct user_desc desc = *d;

	*entry = 0;
	if (d->entry_number >= LDT_ENTRIES)
		return -EINVAL;
	if (d->contents == CONTENTS_CONFORMING && (is_old || !d->seg_not_present))
		return -EINVAL;
	if (is_empty(d) || (is_old && !d->base_addr && !d->limit))
		return 0;
	if (is_old)
		desc.useable = 0;
	*entry = arch_ldt_entry(&desc);
	return 0;
}

static long write_ldt(struct mm *mm, uaddr_t buf, size_t len, bool is_old)
{
	struct user_desc desc;
	struct arch_ldt *ldt;
	const struct arch_ldt *old;
	u64 entry;
	int ret;

	if (len != sizeof(desc))
		return -EINVAL;
	if (get_user_obj(&desc, buf))
		return -EFAULT;
	ret = make_entry(&desc, is_old, &entry);
	if (ret)
		return ret;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	old = mm->arch.ldt;
	ldt = ldt_copy(old, desc.entry_number + 1);
	if (ldt) {
		ldt->entries[desc.entry_number] = entry;
		arch_ldt_publish(&mm->arch, ldt);
	}
	mmap_write_unlock(mm);
	if (!ldt)
		return -ENOMEM;
	kvfree(old);
	return 0;
}

static long modify_ldt(int func, uaddr_t buf, size_t len)
{
	switch (func) {
	case FUNC_READ:
		return read_ldt(current->mm, buf, len);
	case FUNC_WRITE_OLD:
	case FUNC_WRITE:
		return write_ldt(current->mm, buf, len, func == FUNC_WRITE_OLD);
	case FUNC_READ_DEFAULT:
		return clear_rest(buf, 0, min(len, (size_t)DEFAULT_LDT_BYTES));
	default:
		return -ENOSYS;
	}
}

long sys_modify_ldt(int func, uaddr_t buf, unsigned long len)
{
	/* An int as Linux returns it: an error has 32 bits, and C libraries do not see it. */
	return (u32)modify_ldt(func, buf, len);
}
