/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_types.h - struct mm and struct vma: an address space and the ranges it is made of.
 *
 * WHAT        A struct mm is one user address space. A struct vma is one range of it whose pages come from one place
 *             with one set of rights. Programs never see either; they see their effects.
 * INVARIANTS  I1  VMAs of an mm do not overlap, are page aligned, and stand in the tree and in the list in address order.
 *             I2  A vma in the tree is changed only with mmap_lock held for writing AND the vma write-locked.
 *             I3  A vma that is detached (DETACHED set in its lock word) is in no tree; it is freed after a grace period.
 *             I4  total_vm is the sum of all VMAs in pages; locked_vm and data_vm the same for their kinds.
 *             I5  vm_pgoff of an anonymous VMA is vm_start >> PAGE_SHIFT at its creation and moves with mremap:
 *                 with the mm's family id it finds a folio's page-table entries.
 * LOCKING     mmap_lock (rank MM): writers of the tree. A fault finds its VMA under RCU and takes only the vma's read lock
 *             (vma_lock.c). Page-table entries: the lock of their table page. Counters: atomic.
 * LIFECYCLE   mm: users (tasks that run in it) --0--> torn down; count (anybody who holds the struct) --0--> freed.
 * SEE         docs/adr/0021-folios-and-mm-locking.md
 */
#ifndef MM_MM_TYPES_H
#define MM_MM_TYPES_H

#include <lib/types.h>
#include <lib/compiler.h>
#include <lib/list.h>
#include <lib/rbtree.h>
#include <arch/atomic.h>
#include <arch/mm_arch.h>
#include <arch/pgtable.h>
#include <sync/rwsem.h>
#include <sync/spinlock.h>
#include <sync/wait.h>
#include <pages/page.h>

struct file;
struct mm;
struct vma;
struct vm_fault;
struct address_space;
struct mempolicy;
struct user_namespace;

/* vm_flags; the low ones have Linux's values because /proc/PID/smaps and pagemap tools know them. */
#define VM_READ 0x1UL
#define VM_WRITE 0x2UL
#define VM_EXEC 0x4UL
#define VM_SHARED 0x8UL
#define VM_MAYREAD 0x10UL
#define VM_MAYWRITE 0x20UL
#define VM_MAYEXEC 0x40UL
#define VM_MAYSHARE 0x80UL
#define VM_GROWSDOWN 0x100UL
#define VM_PFNMAP 0x400UL	/* frames without folio accounting */
#define VM_LOCKED 0x2000UL
#define VM_IO 0x4000UL
#define VM_SEQ_READ 0x8000UL
#define VM_RAND_READ 0x10000UL
#define VM_DONTCOPY 0x20000UL
#define VM_DONTEXPAND 0x40000UL
#define VM_LOCKONFAULT 0x80000UL
#define VM_ACCOUNT 0x100000UL
#define VM_NORESERVE 0x200000UL
#define VM_WIPEONFORK 0x2000000UL
#define VM_DONTDUMP 0x4000000UL
#define VM_MIXEDMAP 0x10000000UL
#define VM_HUGEPAGE 0x20000000UL
#define VM_NOHUGEPAGE 0x40000000UL
#define VM_MERGEABLE 0x80000000UL
#define VM_PKEY_SHIFT 32 /* four bits: mm/pkeys.h */
#define VM_PKEY_MASK (0xfUL << VM_PKEY_SHIFT)
#define VM_STACK VM_GROWSDOWN
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)

/* What a fault handler answers (u32). */
#define VM_FAULT_OOM 0x1u
#define VM_FAULT_SIGBUS 0x2u
#define VM_FAULT_MAJOR 0x4u
#define VM_FAULT_SIGSEGV 0x40u
#define VM_FAULT_NOPAGE 0x100u	/* the handler installed the entry itself */
#define VM_FAULT_LOCKED 0x200u	/* vmf->folio is returned locked */
#define VM_FAULT_RETRY 0x400u	/* wait for vmf->wait_folio (if any) without locks, then fault again */
#define VM_FAULT_DONE_COW 0x1000u
#define VM_FAULT_ERROR (VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV)

/* flags of a fault */
#define FAULT_FLAG_WRITE 0x1u
#define FAULT_FLAG_EXEC 0x2u
#define FAULT_FLAG_USER 0x4u	/* came from user mode: may park */
#define FAULT_FLAG_REMOTE 0x8u	/* another mm than the current one */
#define FAULT_FLAG_FORCE 0x10u	/* write through a read-only private mapping (debugger, exec's set-up) */
#define FAULT_FLAG_SEQ 0x40u	/* the VMA's advice, for the read that a retry makes */
#define FAULT_FLAG_RAND 0x80u
#define FAULT_FLAG_TRIED 0x20u	/* second pass after a wait */
#define FAULT_FLAG_PKEY 0x100u	/* the processor refused it for the page's protection key */
#define FAULT_FLAG_SOFT 0x200u	/* no processor looks at the access's protection key: the fault does */

struct vm_fault {
	struct vma *vma;
	struct mm *mm;
	unsigned long address;	/* page aligned */
	unsigned long real_address;
	pgoff_t pgoff;
	u32 flags;
	pmd_t *pmd;		/* entry that names the table page, once known */
	pte_t *pte;		/* mapped entry while the table's lock is held */
	spinlock_t *ptl;
	pte_t orig_pte;
	struct folio *folio;	/* answer of ->fault, with a reference */
	struct folio *cow_folio; /* fresh folio for a private write */
	struct folio *wait_folio; /* RETRY: wait until it is unlocked; a reference */
	struct file *read_file;	/* RETRY: read the page at pgoff of this file first; a reference */
};

/* Behaviour of a mapped range. */
struct vma_ops {
	/* Called on every new VMA that copies one (split, fork, mremap), and before one goes. */
	void (*open)(struct vma *vma);
	void (*close)(struct vma *vma);
	/* Answer with vmf->folio (a reference, uptodate; VM_FAULT_LOCKED if locked) or flags. May not sleep for I/O: RETRY. */
	u32 (*fault)(struct vm_fault *vmf);
	/* Install entries for what is at hand in [first, last] (pgoffs) around the fault. RCU; optional. */
	u32 (*map_pages)(struct vm_fault *vmf, pgoff_t first, pgoff_t last);
	/* A shared writable mapping is about to dirty vmf->folio. Returns LOCKED with the folio locked, or an error. */
	u32 (*page_mkwrite)(struct vm_fault *vmf);
	/* Name for /proc/PID/maps when there is no file; optional. */
	const char *(*name)(struct vma *vma);
	/* May the range be moved or split? 0 or -errno; optional. */
	int (*may_split)(struct vma *vma, unsigned long addr);
	int (*mremap)(struct vma *vma);
};

struct vma {
	/* first line: what a fault reads */
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm *vm_mm;
	atomic_t lock;		 /* readers, WRITER, DETACHED: vma_lock.c */
	u32 lock_seq;		 /* == mm->vma_lock_seq: write-locked */
	unsigned long vm_flags;
	pgprot_t vm_page_prot;
	pgoff_t vm_pgoff;
	const struct vma_ops *vm_ops;

	struct rb_node vm_rb;
	struct vma *vm_next;
	struct vma *vm_prev;
	unsigned long rb_subtree_gap; /* largest gap below a VMA of this subtree */

	struct file *vm_file;		 /* a reference, or NULL */
	struct address_space *vm_mapping; /* whose folios; NULL: anonymous */
	void *vm_private_data;
	struct {			 /* in vm_mapping->i_mmap; key: vm_pgoff */
		struct rb_node rb;
		pgoff_t subtree_last;
	} shared;
	struct mempolicy *vm_policy;	 /* a reference, or NULL: the task's */
	bool has_anon;			 /* a private page was ever made here: fork must copy the entries */
	struct rcu_head rcu;
};

enum mm_counter { MM_FILEPAGES, MM_ANONPAGES, MM_SHMEMPAGES, MM_NR_COUNTERS };

/* mm->flags */
#define MMF_DUMPABLE_MASK 3UL	/* SUID_DUMP_* */
#define MMF_OOM_SKIP 8
#define MMF_MOVED_ANON 9	/* mremap moved anonymous pages: rmap walks all VMAs */
#define MMF_LOCK_FUTURE 10	/* mlockall(MCL_FUTURE) */
#define MMF_LOCK_ONFAULT 11
#define MMF_TOPDOWN 12
#define MMF_OOM_VICTIM 13
#define MMF_OOM_REAPED 14	/* private pages were taken away: faults on them are bus errors */
#define MMF_TORN_DOWN 16	/* its last user has given everything back, and closed what was mapped */
#define MMF_DISABLE_THP 15	/* prctl: kept over fork and exec; there are no huge pages */

#define MM_SAVED_AUXV_WORDS 48

struct mm_standing;

struct mm {
	struct arch_mm arch;		/* page-table root, CPUs that may cache it; arch's */
	struct rb_root mm_rb;		/* VMAs by address; writers: mmap_lock, readers: RCU + vma lock */
	struct vma *mmap;		/* lowest VMA */
	u32 vma_lock_seq;		/* moved on when mmap_lock is write-unlocked */
	struct wait_queue_head vma_wait; /* a vma writer waits for readers */

	struct rw_semaphore mmap_lock;	/* rank MM */
	struct spinlock page_table_lock; /* upper levels of the page table */
	atomic_t users;
	atomic_t count;

	atomic_long_t rss[MM_NR_COUNTERS];
	atomic_long_t pgtables_bytes;
	unsigned long hiwater_rss, hiwater_vm;

	/* under mmap_lock for writing */
	struct vma *dead_vmas;		/* unlinked; mmap_write_unlock() lets go of them */
	int map_count;
	unsigned long total_vm, locked_vm, data_vm, exec_vm, stack_vm;
	atomic_long_t pinned_vm;
	unsigned long def_flags;
	u16 pkeys_given;		/* bit n: protection key n; pkeys.c */
	s16 execute_only_pkey;		/* or -1 */
	unsigned long mmap_base;
	unsigned long flags;

	/* set by exec and prctl(PR_SET_MM) */
	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;
	unsigned long saved_auxv[MM_SAVED_AUXV_WORDS];
	unsigned long vdso_base;
	struct file *exe_file;		/* opaque; a reference */
	struct user_namespace *user_ns;	/* opaque; owner's namespace at exec; a reference of process' */
	void *binfmt;

	u64 family_id;			/* the same for all mms that fork made from one exec; anonymous folios carry it; final */
	struct list_head family_node;	/* family.c's */
	u64 membarrier_state;		/* process' */
	u64 id;				/* never used again: trace, handover */
	struct mm_standing *standing;	/* the process' own reserve (standing.c), or NULL; standing_is_busy to change it, RCU to look */
	u32 standing_is_busy;		/* atomic: somebody opens, resizes, closes or moves it */
};

#endif
