/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * migrate_selftest.c - part of selftest=mm: which private pages are found from their frames and move, and which stay.
 *
 * Proves: a page with one owner moves with what it holds, also a locked one, one that mremap has moved, one whose memory's map others, or the caller, read,
 * and one that a child has alone since its parent let go of it. One that is pinned, held, shared since a fork, or in a memory whose map is being
 * changed stays where it is, and so does a page of an object.
 */
#include <lib/err.h>
#include <mm/mm_calls.h>
#include <pages/page_alloc.h>
#include "../migrate.h"
#include "mm_selftest_impl.h"

#define LEN	(4 * PAGE_SIZE)
#define VALUE	0x1122334455667788ull
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static unsigned long map_filled(struct mm *mm, unsigned long flags)
{
	unsigned long addr = vm_mmap(NULL, 0, LEN, PROT_READ | PROT_WRITE, flags, 0);
	u64 value = VALUE;

	if (IS_ERR_VALUE(addr) || access_remote_vm(mm, addr, &value, sizeof(value), FOLL_WRITE) != sizeof(value))
		return 0;
	return addr;
}

static bool has_value(struct mm *mm, unsigned long addr)
{
	u64 value = 0;

	return access_remote_vm(mm, addr, &value, sizeof(value), 0) == sizeof(value) && value == VALUE;
}

/* Compared, or looked for, but not held. */
static struct folio *folio_behind(struct mm *mm, unsigned long addr)
{
	struct page *page = get_user_page(mm, addr, 0);

	if (IS_ERR(page))
		return NULL;
	put_page(page);
	return page_folio(page);
}

/* Try to move what is in the frame. */
static bool frame_moves(struct folio *from)
{
	struct folio *to = alloc_folio(GFP_KERNEL, 0);
	struct mm *last = NULL;
	int err;

	if (!from || !to)
		return false;
	err = anon_move_folio(from, to, &last);
	folio_put(err ? to : from);
	if (last)
		mm_put(last);
	return !err;
}

static bool moves(struct mm *mm, unsigned long addr)
{
	struct folio *from = folio_behind(mm, addr);

	return EXPECT(frame_moves(from)) && EXPECT(folio_behind(mm, addr) != from) && EXPECT(has_value(mm, addr));
}

static bool stays(struct mm *mm, unsigned long addr, struct folio *from)
{
	return EXPECT(!frame_moves(from)) && EXPECT(folio_behind(mm, addr) == from) && EXPECT(has_value(mm, addr));
}

static bool unless_it_is_pinned_or_held(struct mm *mm, unsigned long addr)
{
	struct page *page;
	bool ok;

	if (!EXPECT(pin_user_pages(mm, addr, 1, FOLL_WRITE, &page) == 1))
		return false;
	ok = stays(mm, addr, page_folio(page));
	unpin_user_pages(&page, 1, true);
	ok = ok && moves(mm, addr);
	page = get_user_page(mm, addr, 0);
	if (!EXPECT(!IS_ERR(page)))
		return false;
	ok = ok && stays(mm, addr, page_folio(page));
	put_page(page);
	return ok && moves(mm, addr);
}

static bool unless_the_map_changes(struct mm *mm, unsigned long addr)
{
	struct folio *from = folio_behind(mm, addr);
	bool moved;

	mmap_write_lock(mm);
	moved = frame_moves(from);
	mmap_write_unlock(mm);
	if (!EXPECT(!moved) || !EXPECT(folio_behind(mm, addr) == from))
		return false;
	mmap_read_lock(mm);
	moved = frame_moves(from);
	mmap_read_unlock(mm);
	return EXPECT(moved) && EXPECT(has_value(mm, addr));
}

static bool unless_processes_share_it(struct mm *mm, unsigned long addr)
{
	struct mm *child = mm_dup(mm);
	bool ok;

	if (!EXPECT(!IS_ERR(child)))
		return false;
	ok = stays(mm, addr, folio_behind(mm, addr)) && EXPECT(!sys_madvise(addr, LEN, MADV_DONTNEED)) && moves(child, addr);
	mm_users_put(child);
	return ok;
}

static bool also_where_mremap_put_it(struct mm *mm)
{
	unsigned long addr = map_filled(mm, PRIVATE), to;

	if (!EXPECT(addr))
		return false;
	to = sys_mremap(addr, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, addr - (64UL << 20));
	return EXPECT(!IS_ERR_VALUE(to)) && moves(mm, to) && EXPECT(!sys_munmap(to, LEN));
}

static bool but_no_page_of_an_object(struct mm *mm)
{
	unsigned long addr = map_filled(mm, MAP_SHARED | MAP_ANONYMOUS);

	return EXPECT(addr) && stays(mm, addr, folio_behind(mm, addr)) && EXPECT(!sys_munmap(addr, LEN));
}

bool private_pages_move(struct mm *mm)
{
	unsigned long addr = map_filled(mm, PRIVATE);

	return EXPECT(addr) && moves(mm, addr) && EXPECT(!sys_mlock(addr, LEN)) && moves(mm, addr) && EXPECT(!sys_munlock(addr, LEN)) &&
	       unless_it_is_pinned_or_held(mm, addr) && unless_the_map_changes(mm, addr) && unless_processes_share_it(mm, addr) &&
	       EXPECT(!sys_munmap(addr, LEN)) && also_where_mremap_put_it(mm) && but_no_page_of_an_object(mm);
}
