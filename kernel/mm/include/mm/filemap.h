/* SPDX-License-Identifier: GPL-2.0-only */
/* filemap.h - find, fill, read, write, write back and drop the folios of a mapping. */
#ifndef MM_FILEMAP_H
#define MM_FILEMAP_H

#include <mm/mapping.h>

struct vma;
struct vm_fault;

/*
 * Folio locks and waits. Plain forms wait without parking and are for callers that hold locks (a device wait).
 * The _park forms return 0, -EPARK (go back to the boundary and call again) or -EINTR (killed).
 */
void folio_lock(struct folio *folio);
int __must_check folio_lock_park(struct folio *folio);
bool folio_trylock(struct folio *folio);
void folio_unlock(struct folio *folio);
void folio_wait_locked(struct folio *folio);
int __must_check folio_wait_locked_park(struct folio *folio);
/* Not parkable, but a fatal signal ends it: -EINTR. For faults inside user copies. */
int __must_check folio_wait_locked_killable(struct folio *folio);
void folio_wait_writeback(struct folio *folio);
int __must_check folio_wait_writeback_park(struct folio *folio);

/* End of a read that read_folio or readahead began: sets uptodate unless err, unlocks. Any context. */
void folio_end_read(struct folio *folio, int err);
/* Write-back of a locked folio begins (write_folio's caller does it) and ends (any context). */
void folio_start_writeback(struct folio *folio);
void folio_end_writeback(struct folio *folio, int err);

/* Dirty marks. The folio is locked or pinned against truncation by a page-table lock. True if it was clean. */
bool folio_mark_dirty(struct folio *folio);
/* Clear the mark for write-back, write-protecting every mapping of the folio. Locked. True if it was dirty. */
bool folio_clear_dirty_for_io(struct folio *folio);
/* Drop the mark because the contents are going away. Locked. */
void folio_cancel_dirty(struct folio *folio);

/* Look a folio up: a reference, or NULL. Lock-free. */
struct folio *filemap_get_folio(struct address_space *mapping, pgoff_t index);
/* The same, locked and still in the mapping. Waits without parking. */
struct folio *filemap_lock_folio(struct address_space *mapping, pgoff_t index);
/* Find or create: a reference, locked. ERR_PTR(-ENOMEM). Waits without parking. */
struct folio *filemap_grab_folio(struct address_space *mapping, pgoff_t index, gfp_t gfp);
/* Find or read: a reference, uptodate and unlocked. ERR_PTR(-EIO, -ENOMEM, -EPARK when @may_park ...). */
struct folio *filemap_read_folio(struct address_space *mapping, struct file *file, pgoff_t index, bool may_park);
/* Insert a fresh folio, locked by this call. -EEXIST, -ENOMEM. Takes its own reference. */
int __must_check filemap_add_folio(struct address_space *mapping, struct folio *folio, pgoff_t index, gfp_t gfp);
/* The same, allocating nothing: the tree's nodes come from @spares. -ENOMEM when they do not suffice. */
int __must_check filemap_add_folio_spare(struct address_space *mapping, struct folio *folio, pgoff_t index, struct xa_spares *spares);
/* Take a locked, unmapped folio out of its mapping; drops the mapping's reference. */
void filemap_remove_folio(struct folio *folio);
/* Up to @max folios with a reference each from *@start on; moves *@start. */
unsigned int filemap_get_folios(struct address_space *mapping, pgoff_t *start, pgoff_t last,
				struct folio **folios, unsigned int max);
unsigned int filemap_get_folios_mark(struct address_space *mapping, pgoff_t *start, pgoff_t last,
				     xa_mark_t mark, struct folio **folios, unsigned int max);
/* First index >= @start that is present (data) or absent (hole) up to @last: for SEEK_DATA and SEEK_HOLE of ram objects. */
pgoff_t filemap_next_present(struct address_space *mapping, pgoff_t start, pgoff_t last);
pgoff_t filemap_next_absent(struct address_space *mapping, pgoff_t start, pgoff_t last);

/* Read-ahead state of an open file; the file embeds it. */
struct file_ra_state {
	pgoff_t start;	    /* current window */
	u32 size;	    /* pages in it; 0: no sequence seen */
	u32 async_size;	    /* start the next window when this many are left */
	u32 ra_pages;	    /* bound; 0: no read-ahead (random) */
	loff_t prev_pos;    /* end of the last read */
};

/* What a readahead operation works on. */
struct readahead {
	struct address_space *mapping;
	struct file *file;
	pgoff_t index;	   /* the next folio to hand out */
	u32 nr_pages;	   /* left */
};

#define RA_DEFAULT_PAGES 32
void file_ra_state_init(struct file_ra_state *ra);
/* The next locked folio of the window (its reference belongs to the cache; put nothing), or NULL. */
struct folio *readahead_folio(struct readahead *ra);
/* Read @nr pages from @index on into the cache without waiting. */
void filemap_start_readahead(struct address_space *mapping, struct file *file, pgoff_t index, unsigned long nr);

/* flags of filemap_read */
#define FILEMAP_NOWAIT 1u	/* RWF_NOWAIT: -EAGAIN instead of waiting */

/*
 * Copy from the cache at *@pos up to the object's size. On return *@pos and @to have advanced by what was copied. Returns the
 * byte count, or -errno when nothing was copied; -EPARK is returned even after a partial copy: the caller keeps
 * the progress (iter_count() tells it) in task->call and calls again from there.
 */
ssize_t __must_check filemap_read(struct address_space *mapping, struct file *file, struct file_ra_state *ra,
				  loff_t *pos, struct iter *to, unsigned int flags);
/*
 * Copy into the cache with write_begin/write_end. The caller holds the inode's lock and has done the checks;
 * waits do not park. Returns bytes written (*@pos advanced), or -errno when none.
 */
ssize_t __must_check generic_perform_write(struct address_space *mapping, struct file *file, loff_t *pos,
					   struct iter *from);
/*
 * write_begin/write_end for file systems that read and write whole folios: reads a folio in first if the write covers only part of
 * it and it holds bytes of the file. write_end leaves i_size to the caller, who sets it under the inode's lock.
 */
int cached_write_begin(struct file *file, struct address_space *mapping, loff_t pos, size_t len, struct folio **foliop);
ssize_t cached_write_end(struct file *file, struct address_space *mapping, loff_t pos, size_t len, size_t copied,
			 struct folio *folio);
/* write_begin/write_end for objects whose folios are the object (AS_RAM); write_end leaves i_size to the caller. */
int ram_write_begin(struct file *file, struct address_space *mapping, loff_t pos, size_t len, struct folio **foliop);
ssize_t ram_write_end(struct file *file, struct address_space *mapping, loff_t pos, size_t len, size_t copied,
		      struct folio *folio);

/*
 * Drop the cache from @lstart on (to the end / to @lend inclusive), zeroing the partial folios at both ends. The caller has
 * already set the new size. Unmaps first. Removes dirty data without writing it.
 */
void truncate_inode_pages_range(struct address_space *mapping, loff_t lstart, loff_t lend);
void truncate_inode_pages(struct address_space *mapping, loff_t lstart);
void truncate_inode_pages_final(struct address_space *mapping);
/* Drop of the pages [first, end) of a memory object those that were set aside and never written or mapped. */
void truncate_unwritten_pages(struct address_space *mapping, pgoff_t first, pgoff_t end);
/* After a size change from @old to @new: unmap and truncate what lies beyond. */
void truncate_pagecache(struct address_space *mapping, loff_t new_size);
/* Unmap and drop a hole [lstart, lend], for PUNCH_HOLE. */
void truncate_pagecache_range(struct address_space *mapping, loff_t lstart, loff_t lend);
/* Drop clean, unmapped folios; how many went. */
unsigned long invalidate_mapping_pages(struct address_space *mapping, pgoff_t first, pgoff_t last);
/* Unmap, write back nothing, drop all clean folios; -EBUSY if a dirty or busy folio stays. */
int invalidate_inode_pages2_range(struct address_space *mapping, pgoff_t first, pgoff_t last);
/* Remove every user mapping of [first, first+nr); @even_cows also private copies. nr 0: to the end. */
void unmap_mapping_pages(struct address_space *mapping, pgoff_t first, pgoff_t nr, bool even_cows);

/* Write-back. */
struct writeback {
	long nr_to_write;   /* budget; decremented */
	loff_t range_start, range_end; /* inclusive */
	bool sync;	    /* wait for folios already under write-back, and write all */
	struct address_space *mapping;
	void *private_data;
};

int filemap_fdatawrite_range(struct address_space *mapping, loff_t start, loff_t end, bool sync);
/* Wait until no folio of the range is under write-back; returns the mapping's own pending error, if any. */
int filemap_fdatawait_range(struct address_space *mapping, loff_t start, loff_t end);
int filemap_write_and_wait_range(struct address_space *mapping, loff_t start, loff_t end);
static inline int filemap_write_and_wait(struct address_space *mapping)
{
	return filemap_write_and_wait_range(mapping, 0, 0x7fffffffffffffffLL);
}
/* Called by a write path that dirtied pages: starts or waits for write-back when too much is dirty. */
void balance_dirty_pages_ratelimited(struct address_space *mapping);

/* Faults on file mappings; the file system's vma_ops name these. */
u32 filemap_fault(struct vm_fault *vmf);
u32 filemap_map_pages(struct vm_fault *vmf, pgoff_t first, pgoff_t last);
u32 filemap_page_mkwrite(struct vm_fault *vmf);
/* The common ->mmap of files with a page cache: sets vma->vm_ops. */
struct vma_ops;
extern const struct vma_ops filemap_vma_ops;
int generic_file_mmap(struct file *file, struct vma *vma);

/* For mincore and fincore: is the page in the cache and uptodate? */
bool filemap_page_present(struct address_space *mapping, pgoff_t index);

#endif
