/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * migrate_anon.c - the private page in a frame is found in its memory, and moves to another frame.
 *
 * WHAT        A private page carries the number of its family and its index there (rmap.h). What they say is read without a lock, so it
 *             is a hint: each memory of the family is looked into, where the index says and then, if the page may be elsewhere, in
 *             every area that has the index, for the entry that names the frame. Only that entry is believed, under its table's lock, and
 *             the page moves as migrate.c says. Pages of one memory lie together, so the search begins where the last one ended.
 * INVARIANTS  N1  The frame is touched under the lock of a table with an entry that names it, and nowhere else: before, it may be anybody's.
 *             N2  One entry is all the references that the page has, so no other process, pin or transfer knows it (M1 of migrate.c).
 *             N3  A search ends after LOOKS_MAX memories and areas, found or not.
 * LOCKING     mmap_lock of one memory for reading, and only tried: the caller may hold one, whichever way, and may be anywhere in an allocation. It
 *             keeps the areas, their tables, and the end of the memory away. Nothing is allocated under it.
 * ERRORS      -EBUSY: it has other users, or was not found.
 * TESTS       tests/migrate_selftest.c, tests/guest/mm/compact_anon_test.c
 */
#include "family.h"
#include "migrate.h"
#include "page_table.h"
#include "vma_impl.h"

#define LOOKS_MAX 1024u

/* Index of a page of a file, below which a private page is looked for in every area: 4 GiB. Anonymous ones have that of their address. */
#define FILE_INDEXES (1UL << 20)

/* One page that is looked for. */
struct search {
	struct folio *from, *to;
	pgoff_t index;
	u32 nr_looks;
};

static bool may_have(const struct vma *vma, pgoff_t index)
{
	return vma->has_anon && !(vma->vm_flags & VM_SHARED) && vma_is_migratable(vma) && index - vma->vm_pgoff < vma_pages(vma);
}

/* 0: moved. -ENOENT: it is not here. Else: it is, and stays. */
static int try_area(struct search *search, struct vma *vma)
{
	unsigned long addr = vma->vm_start + ((search->index - vma->vm_pgoff) << PAGE_SHIFT);

	return PTR_ERR_OR_ZERO(anon_move_entry(vma, addr, search->from, search->to, false));
}

/* An index is no address where mremap has moved pages, and in a file's private mapping. */
static bool may_be_elsewhere(const struct mm *mm, pgoff_t index)
{
	return index < FILE_INDEXES || test_bit(MMF_MOVED_ANON, &mm->flags);
}

static int try_areas(struct search *search, struct mm *mm)
{
	struct vma *vma = vma_lookup(mm, search->index << PAGE_SHIFT);
	int err = vma && may_have(vma, search->index) ? try_area(search, vma) : -ENOENT;

	if (err != -ENOENT || !may_be_elsewhere(mm, search->index))
		return err;
	for_each_vma(mm, vma) {
		if (search->nr_looks++ >= LOOKS_MAX) /* N3 */
			break;
		if (may_have(vma, search->index))
			err = try_area(search, vma);
		if (err != -ENOENT)
			break;
	}
	return err;
}

static int try_mm(struct search *search, struct mm *mm)
{
	int err;

	search->nr_looks++;
	if (!mmap_read_trylock(mm))
		return -ENOENT;
	err = try_areas(search, mm);
	mmap_read_unlock(mm);
	return err;
}

/* Where the last one was, then in the whole family; *@last becomes the memory where it is. */
static int try_family(struct search *search, u64 family_id, struct mm **last)
{
	struct mm *mm = NULL;
	int err = -ENOENT;

	if (*last && (*last)->family_id == family_id)
		err = try_mm(search, *last);
	while (err == -ENOENT && search->nr_looks < LOOKS_MAX) {
		mm = family_next(family_id, mm);
		if (!mm)
			break;
		if (mm != *last)
			err = try_mm(search, mm);
	}
	if (!mm)
		return err;
	if (*last)
		mm_put(*last);
	*last = mm;
	return err;
}

int anon_move_folio(struct folio *from, struct folio *to, struct mm **last)
{
	struct search search = { .from = from, .to = to, .index = READ_ONCE(from->index) };
	u64 family_id = folio_family(from);
	int err = family_id ? try_family(&search, family_id, last) : -EBUSY;

	return err ? -EBUSY : 0;
}
