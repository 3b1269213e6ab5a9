/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_impl.h - what the files of mm share: caches, the zero page, small helpers. */
#ifndef MM_MM_IMPL_H
#define MM_MM_IMPL_H

#include <mm/filemap.h>
#include <mm/mm.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <sched/task.h>

struct mm_state {
	struct kmem_cache *mm_cache;
	struct kmem_cache *vma_cache;
	struct page *zero_page;		/* all anonymous reads of untouched memory show it */
	unsigned long zero_pfn;
	atomic_long_t committed;	/* pages promised to accountable mappings */
	atomic_long_t next_mm_id;
	atomic_long_t next_mapping_id;
	struct kmem_cache *shmem_cache;
	struct kmem_cache *mempolicy_cache;
	atomic_long_t next_shmem_ino;
};
extern struct mm_state mm_state;

/* oom.c: the reaper's thread. */
void oom_start(void);
/* The current task may use the reserve, as a victim waits for a lock of its. */
bool oom_grant_holds(void);

static inline struct mm *current_mm(void)
{
	return current->mm;
}

/* The current task asks @mapping's device for @nr_pages. */
static inline void mapping_account_read(const struct address_space *mapping, unsigned long nr_pages)
{
	if (!mapping_is_ram(mapping))
		current->io.read_bytes += nr_pages << PAGE_SHIFT;
}

/* Anonymous folios carry their family in `mapping`: a number, odd, so that it is no pointer (law 7). */
static inline void *anon_mapping(u64 family_id)
{
	return (void *)(family_id << 1 | 1);
}

/* The opposite, of a folio that may be anything: 0 if it carries none. */
static inline u64 folio_family(const struct folio *folio)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);

	return mapping & 1 ? mapping >> 1 : 0;
}

/* Does a folio belong to the page cache, and where? */
static inline struct address_space *folio_mapping(const struct folio *folio)
{
	struct address_space *mapping = READ_ONCE(folio->mapping);

	return ((unsigned long)mapping & 1) ? NULL : mapping;
}

/* F1 of filemap.c: is the folio that a look-up has got a reference of what it looked for? */
static inline bool folio_is_at(const struct folio *folio, const struct address_space *mapping, pgoff_t index)
{
	return READ_ONCE(folio->mapping) == mapping && READ_ONCE(folio->index) == index;
}

static inline struct folio *pfn_folio(unsigned long pfn)
{
	return (struct folio *)pfn_to_page(pfn);
}

/* The folio of a present entry, or NULL when the entry is counted nowhere (zero page, frames of devices). */
static inline struct folio *pte_folio(pte_t pte)
{
	return unlikely(pte_special(pte)) ? NULL : page_folio(pfn_to_page(pte_pfn(pte)));
}

static inline enum mm_counter folio_counter(const struct folio *folio)
{
	if (folio_test(folio, PG_anon))
		return MM_ANONPAGES;
	return folio_test(folio, PG_swapbacked) ? MM_SHMEMPAGES : MM_FILEPAGES;
}

static inline void mm_add_counter(struct mm *mm, enum mm_counter which, long n)
{
	atomic_long_add(n, &mm->rss[which]);
}

/* Remember the highest resident size before it shrinks. */
static inline void mm_update_hiwater_rss(struct mm *mm)
{
	unsigned long rss = mm_rss(mm);

	if (READ_ONCE(mm->hiwater_rss) < rss)
		WRITE_ONCE(mm->hiwater_rss, rss);
}

/* filemap.c */
bool filemap_try_remove(struct address_space *mapping, struct folio *folio);
/* Find or create the folio and start its read where needed; not waited for. A reference, or ERR_PTR. May allocate with reclaim. */
struct folio *filemap_begin_read(struct address_space *mapping, struct file *file, pgoff_t index);
/* mapping.c: the last write-back error, without marking it seen. */
int mapping_peek_error(const struct address_space *mapping);
/* writeback.c */
int mapping_writepages(struct address_space *mapping, struct writeback *wb);
void folio_wait_init(void);
void reclaim_init(void);
void shmem_init(void);
void mempolicy_init(void);
/* oom.c: the current task's user fault found no memory and is made again when this returns, if the task lives. @was_refused: nobody was killed for it yet. */
void oom_fault_failed(bool was_refused);
void flusher_thread(void *arg);
void mm_create_init(void);
/* mm.c: a fresh, empty one of @parent's family. NULL when memory is short. */
struct mm *mm_create_kin(const struct mm *parent);

#endif
