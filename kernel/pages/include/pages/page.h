/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h - one descriptor of 64 bytes for each page frame of the machine.
 *
 * WHAT        `struct page` says who owns a frame. `struct folio` is the same memory seen as the
 *             head of a power-of-two run of frames: the unit of the page cache, of reference
 *             counting and of the reverse map. Tail pages hold nothing but the way to their head.
 * INVARIANTS  P1  sizeof(struct page) == 64, offsets as asserted below: a handover format.
 *             P2  A frame on a free list has refcount 0 and PG_buddy; a frame in a per-CPU list
 *                 has refcount 0 and no flag at all.
 *             P3  zone and node never change after boot.
 *             P4  A tail page (compound_head bit 0 set) has refcount 0; the head counts for it.
 * LOCKING     flags: atomic bit operations (set_bit) once the page has an owner. refcount and
 *             mapcount: atomic. lru, private, slab words: the owner's lock. Free pages: zone lock.
 * LIFECYCLE   free --alloc_pages--> refcount 1 --page_get/put--> 0 --> free
 */
#ifndef PAGES_PAGE_H
#define PAGES_PAGE_H

#include <lib/types.h>
#include <lib/list.h>
#include <lib/bitops.h>
#include <lib/assert.h>
#include <arch/atomic.h>
#include <arch/memlayout.h>

struct address_space;
struct kmem_cache;

/* Bit numbers in page->flags. Bits 0-23 are named here, 24-31 are for the owner, 32-63 unused. */
enum page_flag {
	PG_locked,
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_lru,
	PG_active,
	PG_workingset,
	PG_waiters,
	PG_error,
	PG_slab,
	PG_reserved, /* firmware, image, boot allocations: never in the allocator */
	PG_private,
	PG_writeback,
	PG_head,
	PG_mappedtodisk,
	PG_reclaim,
	PG_swapbacked,
	PG_swapcache,
	PG_unevictable,
	PG_mlocked,
	PG_anon,
	PG_buddy, /* head of a free block of 2^order frames */
	PG_table, /* a page of page tables */
	PG_standing, /* its way back is not the usual one (reserve_standing.c) */
	PG_owner_first = 24,
};

struct page {
	unsigned long flags;
	union {
		struct list_head lru;
		struct { /* tail pages */
			unsigned long compound_head; /* head | 1 */
			unsigned long tail_unused;
		};
		struct { /* page tables, and whoever wants a singly linked list */
			struct page *next;
			void *owner_data;
		};
	};
	union {
		struct address_space *mapping;
		struct kmem_cache *slab_cache; /* PG_slab */
	};
	union {
		unsigned long index; /* page cache: offset in pages; anon: linear page index */
		void *slab_free;     /* PG_slab: first free object */
	};
	unsigned long private;
	atomic_t refcount;
	atomic_t mapcount; /* number of mappings; 0 = none (not Linux's -1) */
	union {
		atomic_t pincount; /* folio head */
		struct {	   /* PG_slab */
			u16 slab_inuse;
			u16 slab_objects;
		};
	};
	u8 order; /* of the free block, or of the compound page (head only) */
	u8 zone;  /* P3 */
	u16 node; /* P3 */
};

/* The head of a run of frames; page_folio() is the only way to get one. */
struct folio {
	union {
		struct page page;
		struct {
			unsigned long flags;
			struct list_head lru;
			struct address_space *mapping;
			unsigned long index;
			unsigned long private;
			atomic_t refcount;
			atomic_t mapcount;
			atomic_t pincount;
			u8 order;
			u8 zone;
			u16 node;
		};
	};
};

_Static_assert(sizeof(struct page) == 64, "P1");
_Static_assert(sizeof(struct folio) == sizeof(struct page), "P1");
_Static_assert(__builtin_offsetof(struct page, refcount) == 48, "P1");
_Static_assert(__builtin_offsetof(struct folio, refcount) == 48, "P1");
_Static_assert(__builtin_offsetof(struct folio, order) == __builtin_offsetof(struct page, order), "P1");
_Static_assert(__builtin_offsetof(struct folio, mapping) == 24, "P1");

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return (struct page *)vmemmap_base + pfn;
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - (const struct page *)vmemmap_base);
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return (phys_addr_t)page_to_pfn(page) << PAGE_SHIFT;
}

static inline struct page *phys_to_page(phys_addr_t phys)
{
	return pfn_to_page((unsigned long)(phys >> PAGE_SHIFT));
}

/* The direct-map address of a frame. */
static inline void *page_address(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}

/* @addr must be a direct-map address. */
static inline struct page *virt_to_page(const void *addr)
{
	return phys_to_page(virt_to_phys(addr));
}

/* Is there a descriptor for this frame (RAM, or a hole inside a populated section)? */
bool pfn_valid(unsigned long pfn);

static inline bool page_is_tail(const struct page *page)
{
	return (READ_ONCE(page->compound_head) & 1) != 0;
}

static inline struct page *compound_head(struct page *page)
{
	unsigned long head = READ_ONCE(page->compound_head);

	return (head & 1) ? (struct page *)(head - 1) : page;
}

static inline struct folio *page_folio(struct page *page)
{
	return (struct folio *)compound_head(page);
}

static inline struct folio *virt_to_folio(const void *addr)
{
	return page_folio(virt_to_page(addr));
}

static inline struct page *folio_page(struct folio *folio, unsigned long n)
{
	return &folio->page + n;
}

static inline unsigned int folio_order(const struct folio *folio)
{
	return folio->order;
}

static inline unsigned long folio_nr_pages(const struct folio *folio)
{
	return 1UL << folio->order;
}

static inline size_t folio_size(const struct folio *folio)
{
	return (size_t)PAGE_SIZE << folio->order;
}

static inline unsigned long folio_pfn(const struct folio *folio)
{
	return page_to_pfn(&folio->page);
}

static inline void *folio_address(const struct folio *folio)
{
	return page_address(&folio->page);
}

static inline bool page_test(const struct page *page, enum page_flag bit)
{
	return (READ_ONCE(page->flags) >> bit) & 1;
}

static inline void page_set(struct page *page, enum page_flag bit)
{
	set_bit(bit, &page->flags);
}

static inline void page_clear(struct page *page, enum page_flag bit)
{
	clear_bit(bit, &page->flags);
}

static inline bool folio_test(const struct folio *folio, enum page_flag bit)
{
	return page_test(&folio->page, bit);
}

static inline void folio_set(struct folio *folio, enum page_flag bit)
{
	set_bit(bit, &folio->flags);
}

static inline void folio_clear(struct folio *folio, enum page_flag bit)
{
	clear_bit(bit, &folio->flags);
}

static inline bool folio_test_and_set(struct folio *folio, enum page_flag bit)
{
	return test_and_set_bit(bit, &folio->flags);
}

static inline bool folio_test_and_clear(struct folio *folio, enum page_flag bit)
{
	return test_and_clear_bit(bit, &folio->flags);
}

static inline int folio_ref_count(const struct folio *folio)
{
	return atomic_read(&folio->refcount);
}

static inline int page_ref_count(const struct page *page)
{
	return atomic_read(&page->refcount);
}

/* The caller already holds a reference. */
static inline void folio_get(struct folio *folio)
{
	atomic_inc(&folio->refcount);
}

static inline void folio_ref_add(struct folio *folio, int n)
{
	atomic_add(n, &folio->refcount);
}

/* For RCU lookups: false when the folio is being freed. */
static inline bool folio_try_get(struct folio *folio)
{
	return atomic_inc_not_zero(&folio->refcount);
}

/* Take the last @n references away at once, only if there are exactly @n (page cache removal). */
static inline bool folio_ref_freeze(struct folio *folio, int n)
{
	return atomic_cmpxchg(&folio->refcount, n, 0) == n;
}

static inline void folio_ref_unfreeze(struct folio *folio, int n)
{
	atomic_set_release(&folio->refcount, n);
}

/* The last reference is gone: give the frames back. */
void folio_free(struct folio *folio);

static inline void folio_put(struct folio *folio)
{
	if (atomic_dec_and_test(&folio->refcount))
		folio_free(folio);
}

static inline void folio_put_refs(struct folio *folio, int n)
{
	if (atomic_sub_and_test(n, &folio->refcount))
		folio_free(folio);
}

static inline void get_page(struct page *page)
{
	folio_get(page_folio(page));
}

static inline void put_page(struct page *page)
{
	folio_put(page_folio(page));
}

#endif
