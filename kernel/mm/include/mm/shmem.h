/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shmem.h - memory as an object: folios that are the only copy of their bytes.
 *
 * WHAT        tmpfs, memfd and MAP_SHARED|MAP_ANONYMOUS all keep their bytes in a mapping with AS_RAM. Here is what they
 *             share: get a folio (zeroed when new), faults, accounting, holes. tmpfs embeds its mapping in its inode.
 * LOCKING     As the page cache; truncation against allocation is ordered by the folio lock and the size.
 */
#ifndef MM_SHMEM_H
#define MM_SHMEM_H

#include <mm/mapping.h>

struct vma;
struct vma_ops;

/* How the owner counts and bounds pages. Named ops of the owner; mapping->private_data is its own. */
struct shmem_ops {
	struct address_space_ops aops;
	/* A page is about to be added / @nr pages went. charge: 0 or -ENOSPC. Any context that may not sleep. */
	int (*charge)(struct address_space *mapping, long nr);
	void (*uncharge)(struct address_space *mapping, long nr);
};

/* Find or make the folio: locked, uptodate, a reference. ERR_PTR(-ENOSPC, -ENOMEM). */
struct folio *shmem_get_folio(struct address_space *mapping, pgoff_t index, gfp_t gfp);
/* The same without a promise of contents: a fresh one is a hole that has memory. */
struct folio *shmem_reserve_folio(struct address_space *mapping, pgoff_t index, gfp_t gfp);
/*
 * The pages before @end exist from here on: what is not there becomes a hole that has memory, slice by slice, each under a reservation: who waits for
 * memory waits before a slice, with no folio locked. The caller holds the lock under which the object grows and shrinks, and none that
 * ranks below RESERVATION. 0, -ENOSPC, -ENOMEM, -EINTR (a fatal signal); with an error what was made stays.
 */
int shmem_set_aside(struct address_space *mapping, pgoff_t end);
/* Like shmem_get_folio, for a hole gives NULL. */
struct folio *shmem_find_folio(struct address_space *mapping, pgoff_t index);

/* For shared and private mappings of such objects. */
extern const struct vma_ops shmem_vma_ops;
/* Sets vm_ops and vm_mapping: a tmpfs file's ->mmap. */
int shmem_mmap(struct address_space *mapping, struct vma *vma);

/* write_begin/write_end that tmpfs names in its ops (i_size is its write_end wrapper's business). */
int shmem_write_begin(struct file *file, struct address_space *mapping, loff_t pos, size_t len, struct folio **foliop);

/* Shared anonymous memory: an object without an inode, counted by its VMAs. */
struct shmem_object;
struct shmem_object *shmem_object_create(loff_t size, bool account);
/* Attach to a VMA under construction; consumes the reference on success. */
int shmem_object_mmap(struct shmem_object *object, struct vma *vma);
void shmem_object_put(struct shmem_object *object);
/* Number for /proc/PID/maps in place of an inode number. */
u64 shmem_object_ino(const struct address_space *mapping);
/* Pages in all ram objects: "Shmem" of /proc/meminfo. */
long shmem_pages(void);

#endif
