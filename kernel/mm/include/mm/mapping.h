/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapping.h - struct address_space: the page cache of one object (inode, shared anonymous memory).
 *
 * WHAT        A mapping finds the folios that hold the object's bytes and the VMAs that map it. The
 *             owner's operations fill and clean folios; everything else is here and alike for all.
 * INVARIANTS  I1  A folio in i_pages has folio->mapping == this mapping, its index, and one reference for it.
 *             I2  A folio leaves the mapping only locked, unmapped, and (unless it is being truncated) clean.
 *             I3  While AS_RAM is set no folio is written back or reclaimed: the memory is the object.
 *             I4  mapping->nrdirty > 0 exactly when a folio carries the dirty mark.
 * LOCKING     tree_lock (rank PAGE_CACHE, interrupts off: write-back ends there): i_pages, nrpages, nrdirty, marks. i_mmap_lock (rank MAPPING): i_mmap.
 *             The folio lock orders truncation, reading and writing; it is a bit with a hashed wait queue.
 * LIFECYCLE   mapping_init -> in use -> truncate_inode_pages_final -> mapping_fini.
 * ERRORS      Write-back errors are kept in wb_err and reported once for each opener (errseq rule).
 * SEE         docs/adr/0021-folios-and-mm-locking.md
 */
#ifndef MM_MAPPING_H
#define MM_MAPPING_H

#include <lib/types.h>
#include <lib/compiler.h>
#include <lib/list.h>
#include <lib/rbtree.h>
#include <lib/xarray.h>
#include <sync/rwsem.h>
#include <sync/spinlock.h>
#include <pages/gfp.h>
#include <pages/page.h>

struct inode;
struct file;
struct iter;
struct vma;
struct address_space;
struct writeback;
struct readahead;
struct shared_policy;

/* flags of a mapping */
enum mapping_flag {
	AS_RAM,		/* memory is the object: no write-back, no reclaim (tmpfs, memfd, shared anonymous) */
	AS_EXITING,	/* being truncated for the last time */
	AS_NO_CACHE,	/* contents may change under us (host share without coherence): revalidate on open */
	AS_STABLE_WRITES, /* a folio under write-back must not change */
};

struct address_space_ops {
	/*
	 * Begin to fill @folio (locked, not uptodate). Asynchronous: folio_end_read(folio, err) ends it, at once
	 * or later from any context. Returns 0, or -errno when the read could not be begun (folio then still locked).
	 */
	int (*read_folio)(struct file *file, struct folio *folio);
	/* Begin to fill the locked folios that readahead_folio() hands out. Optional: read_folio is used for each. */
	void (*readahead)(struct readahead *ra);
	/*
	 * Begin to write @folio: locked, dirty mark cleared, write-back flag set by the caller. Unlocks the folio and later
	 * calls folio_end_writeback(folio, err). Needed unless AS_RAM.
	 */
	int (*write_folio)(struct folio *folio, struct writeback *wb);
	/* Write a range by the owner's own means instead of one folio at a time. Optional. */
	int (*writepages)(struct address_space *mapping, struct writeback *wb);
	/*
	 * Prepare the folio that holds @pos for @len bytes of new data (within one folio): locked and with a reference in
	 * *@foliop; uptodate where the write does not cover it. -errno leaves nothing locked.
	 */
	int (*write_begin)(struct file *file, struct address_space *mapping, loff_t pos, size_t len,
			   struct folio **foliop);
	/* @copied bytes were stored. Marks dirty, moves i_size, unlocks and puts the folio. Returns bytes accepted. */
	ssize_t (*write_end)(struct file *file, struct address_space *mapping, loff_t pos, size_t len,
			     size_t copied, struct folio *folio);
	/* After the dirty mark of a clean folio was set. Optional. */
	void (*dirtied)(struct address_space *mapping, struct folio *folio);
	/* Before a locked folio leaves the mapping by truncation or reclaim: drop folio->private. Optional. */
	void (*invalidate_folio)(struct folio *folio, size_t offset, size_t len);
	bool (*release_folio)(struct folio *folio, gfp_t gfp);
	/* The object's size in bytes; the bound for reads and faults. Needed. */
	loff_t (*size)(struct address_space *mapping);
};

struct address_space {
	struct inode *host; /* opaque here; NULL for shared anonymous memory */
	struct xarray i_pages; /* writers: tree_lock; readers: RCU */
	struct spinlock tree_lock; /* rank PAGE_CACHE, interrupts off */
	unsigned long nrpages;	/* written under tree_lock, read anywhere */
	unsigned long nrdirty;	/* folios with the dirty mark; the same rule */
	unsigned long flags;	/* enum mapping_flag */
	const struct address_space_ops *a_ops;
	gfp_t gfp;
	u32 wb_err;			/* errseq: counter and last error of write-back */
	struct rw_semaphore i_mmap_lock; /* rank MAPPING */
	struct rb_root i_mmap;		/* interval tree of VMAs, by pgoff; under i_mmap_lock */
	atomic_t i_mmap_writable;	/* shared writable VMAs; < 0: such maps are denied (sealed) */
	u64 id;				/* 0 until mapping_id() is asked for the first time; then for good */
	unsigned long writeback_index;	/* where the next background pass goes on */
	struct shared_policy *policy;	/* memory policies of page ranges; writers: i_mmap_lock, readers: RCU */
	void *private_data;		/* the owner's */
};

/* i_pages marks */
#define MAPPING_MARK_DIRTY XA_MARK_0
#define MAPPING_MARK_WRITEBACK XA_MARK_1

void mapping_init(struct address_space *mapping, struct inode *host, const struct address_space_ops *ops);
/* The mapping is empty and nobody maps it (asserted). */
void mapping_fini(struct address_space *mapping);

/* A number that no other mapping ever has: what names the object behind a shared futex. */
u64 mapping_id(struct address_space *mapping);

static inline bool mapping_is_ram(const struct address_space *mapping)
{
	return mapping->flags & (1UL << AS_RAM);
}

static inline bool mapping_empty(const struct address_space *mapping)
{
	return READ_ONCE(mapping->nrpages) == 0;
}

static inline bool mapping_mapped(const struct address_space *mapping)
{
	return READ_ONCE(mapping->i_mmap.rb_node) != NULL;
}

/* Shared writable maps: -EPERM while denied / -EBUSY while such maps exist. */
int __must_check mapping_map_writable(struct address_space *mapping);
void mapping_unmap_writable(struct address_space *mapping);
int __must_check mapping_deny_writable(struct address_space *mapping);
void mapping_allow_writable(struct address_space *mapping);

/* Write-back errors: set by folio_end_writeback; sample at open, check-and-advance at fsync and close. */
void mapping_set_error(struct address_space *mapping, int err);
u32 mapping_sample_wb_err(const struct address_space *mapping);
int mapping_check_wb_err(struct address_space *mapping, u32 *since);

#endif
