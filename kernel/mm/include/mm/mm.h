/* SPDX-License-Identifier: GPL-2.0-only */
/* mm.h - create, copy, search, change and walk address spaces. Structures: mm_types.h. */
#ifndef MM_MM_H
#define MM_MM_H

#include <mm/mm_types.h>
#include <linux/mman.h>

/* ---- life of an address space ---- */

/* A fresh, empty space with users == count == 1. NULL when memory is short. */
struct mm *mm_create(void);
/* @mm's users are all dying: takes its private pages away now (process_mrelease). -EINTR killed. */
int mm_reap(struct mm *mm);
/* References to the struct; memory behind it may be gone. */
struct mm *mm_get(struct mm *mm);
void mm_put(struct mm *mm);
/* References that keep the memory: what a task holds. The last mm_users_put() tears it down in slices. */
struct mm *mm_users_get(struct mm *mm);
bool mm_users_get_not_zero(struct mm *mm);
void mm_users_put(struct mm *mm);
/*
 * fork: a copy of @old with copy-on-write entries. Works in slices. ERR_PTR(-ENOMEM, -EINTR when killed).
 * The copy's exe_file has its own reference; membarrier and binfmt state are copied.
 */
struct mm *mm_dup(struct mm *old);
/* Empty the space at once (exec's old mm is freed by put; this is for a failed exec). */
void mm_exit_mmap(struct mm *mm);

void mm_set_exe_file(struct mm *mm, struct file *file);	/* takes its own reference; NULL allowed */
struct file *mm_get_exe_file(struct mm *mm);			/* a reference or NULL */

/* Switch the calling task to @mm (exec, and kernel threads that borrow one). Returns nothing; arch loads the root. */
void mm_activate(struct mm *prev, struct mm *next);
/* init_mm has the kernel's page tables and no VMAs; idle and kernel threads run on it or on a borrowed one. */
extern struct mm init_mm;

/* ---- locks ---- */

void mmap_read_lock(struct mm *mm);
int __must_check mmap_read_lock_killable(struct mm *mm);
bool mmap_read_trylock(struct mm *mm);
void mmap_read_unlock(struct mm *mm);
void mmap_write_lock(struct mm *mm);
int __must_check mmap_write_lock_killable(struct mm *mm);
/* Also ends the write lock of every VMA taken under it. */
void mmap_write_unlock(struct mm *mm);
/* Write-lock one VMA: waits until faults in it are over. mmap_lock is held for writing. */
void vma_start_write(struct vma *vma);
/* Under RCU: find the VMA of @addr and read-lock it. NULL: none, or contended; take the slow way. */
struct vma *vma_lock_under_rcu(struct mm *mm, unsigned long addr);
/* With mmap_lock held: find and read-lock; lets the caller drop mmap_lock. NULL: no VMA there. */
struct vma *vma_lock_mmap_held(struct mm *mm, unsigned long addr);
void vma_end_read(struct vma *vma);

/* ---- search; mmap_lock held ---- */

/* First VMA whose end is above @addr, or NULL. Borrowed. */
struct vma *find_vma(struct mm *mm, unsigned long addr);
struct vma *find_vma_prev(struct mm *mm, unsigned long addr, struct vma **prev);
/* The VMA that holds @addr, or NULL. */
struct vma *vma_lookup(struct mm *mm, unsigned long addr);
/* First VMA that overlaps [start, end), or NULL. */
struct vma *find_vma_intersection(struct mm *mm, unsigned long start, unsigned long end);

#define for_each_vma(mm, vma) for ((vma) = (mm)->mmap; (vma); (vma) = (vma)->vm_next)

static inline unsigned long vma_pages(const struct vma *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

static inline bool vma_is_anonymous(const struct vma *vma)
{
	return !vma->vm_ops;
}

static inline pgoff_t vma_linear_index(const struct vma *vma, unsigned long addr)
{
	return ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

/* ---- change ---- */

/*
 * Map @len bytes of @file (NULL: anonymous) from page @pgoff. @flags are MAP_*, @prot PROT_*. Takes mmap_lock itself,
 * populates for MAP_POPULATE and locked mappings. Returns the address or -errno. The file's reference stays the caller's.
 */
unsigned long vm_mmap_pgoff(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
			    unsigned long flags, unsigned long pgoff);
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long offset);
/* The same for a given mm that nobody else runs in (exec), or with mmap_lock held for writing. */
unsigned long do_mmap(struct mm *mm, struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long vm_flags, unsigned long pgoff);
int vm_munmap(unsigned long start, size_t len);
int do_munmap(struct mm *mm, unsigned long start, size_t len); /* mmap_lock held for writing */
/* Anonymous pages without a file for exec's bss: like brk, at a given place. mmap_lock not held. */
int vm_brk_flags(unsigned long addr, unsigned long len, unsigned long flags);

/* Free place for @len bytes by the mm's rules, or -ENOMEM. mmap_lock held. */
unsigned long get_unmapped_area(struct mm *mm, unsigned long addr, unsigned long len, unsigned long flags);

/* A VMA over pages the kernel owns (vDSO, vvar): @pages is NULL-terminated or, with @fault, asked page by page. */
struct special_mapping {
	const char *name;	/* "[vdso]" */
	struct page **pages;
};
/* mmap_lock not held. The mapping object is borrowed for life. 0 or -errno. */
int install_special_mapping(struct mm *mm, unsigned long addr, unsigned long len, unsigned long vm_flags,
			    const struct special_mapping *spec);
/* Map frames without folio accounting; for ->mmap of memory devices. */
int remap_pfn_range(struct vma *vma, unsigned long addr, unsigned long pfn, unsigned long size, pgprot_t prot);
/* Install one page of the kernel's in a VM_MIXEDMAP VMA; takes a reference. */
int vm_insert_page(struct vma *vma, unsigned long addr, struct page *page);

/* ---- exec ---- */

/* Make the temporary stack VMA at the top of a fresh mm; *top is the first byte above it. */
int mm_stack_init(struct mm *mm, unsigned long *top);
/*
 * Move the stack to its final @stack_top, set its protection (exec stack or not) and growth room.
 * *@shift is how far addresses inside it went down.
 */
int mm_stack_finalize(struct mm *mm, unsigned long stack_top, bool executable, unsigned long *shift);
/* Choose mmap_base from the stack limit and randomness. @rlim_stack: the soft limit. */
void mm_choose_layout(struct mm *mm, unsigned long rlim_stack, bool randomize);
/* Random page-aligned offset for the stack top, the brk start, a PIE base. */
unsigned long mm_random_stack_top(unsigned long top, bool randomize);
unsigned long mm_random_brk(unsigned long brk);
unsigned long mm_random_pie_base(void);

/* ---- other people's memory ---- */

#define FOLL_WRITE 1u
#define FOLL_FORCE 2u
#define FOLL_REMOTE 4u /* as a debugger: the caller's protection key rights do not count, even on memory of its own */
/*
 * Copy @len bytes at @addr of @mm to or from a kernel buffer. Returns the bytes moved (0: nothing there). @mm's memory is
 * kept by the caller. Used by exec (strings of the new stack), ptrace, /proc/PID/mem, cmdline, environ.
 */
int access_remote_vm(struct mm *mm, unsigned long addr, void *buf, int len, unsigned int gup_flags);
/*
 * Make the pages of [addr, addr + nr pages) present and pin them. Returns how many (> 0) or -errno. unpin_user_pages() ends
 * it; @dirty marks them written.
 */
long pin_user_pages(struct mm *mm, unsigned long addr, unsigned long nr, unsigned int gup_flags, struct page **pages);
void unpin_user_pages(struct page **pages, unsigned long nr, bool dirty);
/* The page behind @addr for a private futex or a shared one's key: a reference; ERR_PTR(-EFAULT). May fault it in. */
struct page *get_user_page(struct mm *mm, unsigned long addr, unsigned int gup_flags);

/* What a shared futex is keyed by: the object and the index in it. */
struct mm_shared_key {
	struct address_space *mapping; /* NULL: anonymous private memory, use mm and address */
	u64 id; /* the mapping's; the pointer may be another object's by the time it is compared */
	pgoff_t index;
};
int mm_get_shared_key(struct mm *mm, unsigned long addr, bool write, struct mm_shared_key *key);

/* ---- figures and walks for /proc ---- */

static inline unsigned long mm_counter(const struct mm *mm, enum mm_counter which)
{
	long v = atomic_long_read(&mm->rss[which]);

	return v > 0 ? (unsigned long)v : 0;
}

static inline unsigned long mm_rss(const struct mm *mm)
{
	return mm_counter(mm, MM_FILEPAGES) + mm_counter(mm, MM_ANONPAGES) + mm_counter(mm, MM_SHMEMPAGES);
}

/* A copy of one VMA that stays valid without locks (the file reference is the copy's). */
struct vma_info {
	unsigned long start, end, flags, pgoff;
	struct file *file;
	struct address_space *mapping;
	char name[32]; /* "[heap]", "[stack]", "[vdso]", "" */
};

struct vma_usage {
	unsigned long rss, pss, shared_clean, shared_dirty, private_clean, private_dirty;
	unsigned long referenced, anonymous, locked, swap;
};

/* The first VMA that ends above @addr. False: none. Takes mmap_lock for reading. vma_info_put() drops the file. */
bool mm_vma_at(struct mm *mm, unsigned long addr, struct vma_info *info);
void vma_info_put(struct vma_info *info);
/* Bytes of [start, end) by kind, from the page tables. */
void mm_range_usage(struct mm *mm, unsigned long start, unsigned long end, struct vma_usage *usage);
/* /proc/PID/pagemap words for @nr pages from @addr on. */
void mm_pagemap(struct mm *mm, unsigned long addr, unsigned long nr, bool show_pfn, u64 *out);
/* Clear referenced bits (clear_refs 1). */
void mm_clear_refs(struct mm *mm);

/* Commit accounting for overcommit; vm_enough_memory -ENOMEM. */
int __must_check vm_enough_memory(struct mm *mm, long pages, bool cap_sys_admin);
void vm_acct_memory(long pages);
static inline void vm_unacct_memory(long pages)
{
	vm_acct_memory(-pages);
}
unsigned long vm_commit_limit(void);
/* Dirty pages above which a writer writes back himself, and above which the flusher does. */
unsigned long vm_dirty_threshold(void);
unsigned long vm_dirty_background_threshold(void);
long vm_committed(void);

#define MMAP_RND_BITS_MIN 28
#define MMAP_RND_BITS_MAX 32

struct mm_sysctl {
	int overcommit_memory; /* 0 heuristic, 1 always, 2 never */
	int overcommit_ratio;
	unsigned long overcommit_kbytes;
	int max_map_count;
	unsigned long mmap_min_addr;
	int randomize_va_space;
	int swappiness;
	int dirty_ratio, dirty_background_ratio; /* percent of what is available; 0: dirty_bytes says */
	unsigned long dirty_bytes, dirty_background_bytes;
	int dirty_writeback_centisecs, dirty_expire_centisecs; /* 0: no periodic writing */
	unsigned long user_reserve_kbytes, admin_reserve_kbytes;
	int panic_on_oom, oom_kill_allocating_task, oom_dump_tasks;
	int oom_victim_timeout_ms; /* then the next one is picked; 0: never */
	int vfs_cache_pressure; /* percent */
	int legacy_va_layout;	/* maps grow upwards */
	int mmap_rnd_bits;	/* of a map's address that are drawn */
};
extern struct mm_sysctl mm_sysctl;

#endif
