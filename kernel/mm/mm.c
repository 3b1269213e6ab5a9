/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm.c - struct mm: made, shared, torn down.
 *
 * WHAT        The object that tasks share as their memory, and the boot-time set-up of this folder.
 * LIFECYCLE   mm_create -> tasks hold `users`, others `count` -> users 0: memory is torn down -> count 0: the struct is freed.
 *             All users together hold one of `count`.
 * LOCKING     users, count: atomic. Tear-down runs alone: nobody can take users from 0.
 */
#include "mm_impl.h"
#include "family.h"
#include "gather.h"
#include "ldt_impl.h"
#include "lru.h"
#include "page_table.h"
#include "vma_impl.h"
#include "zap.h"

#include <arch/irqflags.h>
#include <arch/tlb.h>
#include <lib/assert.h>
#include <lib/string.h>
#include <mm/mm_init.h>
#include <mm/mm_port.h>
#include <mm/pkeys.h>
#include <mm/standing.h>

struct mm_state mm_state = { .next_mm_id = ATOMIC_LONG_INIT(1) };

struct mm_sysctl mm_sysctl = {
	.overcommit_memory = 0,
	.overcommit_ratio = 50,
	.max_map_count = 65530,
	.mmap_min_addr = 65536,
	.randomize_va_space = 2,
	.swappiness = 60,
	.dirty_ratio = 20,
	.dirty_background_ratio = 10,
	.dirty_writeback_centisecs = 500,
	.dirty_expire_centisecs = 3000,
	.oom_dump_tasks = 1,
	.oom_victim_timeout_ms = 2000,
	.vfs_cache_pressure = 100,
	.mmap_rnd_bits = MMAP_RND_BITS_MIN,
};

static const struct object_type mm_type = { .name = "mm", .owner = "mm", .id = 0x6d01, .version = 1 };
static const struct object_type vma_type = { .name = "vma", .owner = "mm", .id = 0x6d02, .version = 1 };

/* @family_id 0: the first of a family of its own. */
static struct mm *create(u64 family_id)
{
	struct mm *mm = kmem_cache_zalloc(mm_state.mm_cache, GFP_KERNEL);

	if (!mm)
		return NULL;
	if (arch_mm_init(&mm->arch)) {
		kmem_cache_free(mm_state.mm_cache, mm);
		return NULL;
	}
	mm->mm_rb = RB_ROOT;
	mm->vma_lock_seq = 1;
	init_waitqueue_head(&mm->vma_wait);
	init_rwsem(&mm->mmap_lock, RANK_MM);
	spin_lock_init(&mm->page_table_lock, RANK_PAGE_TABLE);
	atomic_set(&mm->users, 1);
	atomic_set(&mm->count, 1);
	mm->mmap_base = USER_END;
	mm->flags = 1; /* SUID_DUMP_USER */
	mm->id = atomic_long_inc_return(&mm_state.next_mm_id);
	mm->family_id = family_id ? family_id : mm->id;
	mm_pkeys_init(mm);
	family_insert(mm);
	return mm;
}

struct mm *mm_create(void)
{
	return create(0);
}

struct mm *mm_create_kin(const struct mm *parent)
{
	return create(parent->family_id);
}

struct mm *mm_get(struct mm *mm)
{
	atomic_inc(&mm->count);
	return mm;
}

void mm_put(struct mm *mm)
{
	if (!atomic_dec_and_test(&mm->count))
		return;
	family_remove(mm);
	arch_mm_fini(&mm->arch);
	mm_ldt_free(mm);
	kmem_cache_free(mm_state.mm_cache, mm);
}

struct mm *mm_users_get(struct mm *mm)
{
	atomic_inc(&mm->users);
	return mm;
}

bool mm_users_get_not_zero(struct mm *mm)
{
	return atomic_inc_not_zero(&mm->users);
}

/* All tables, by runs of VMAs that are near each other: the holes between need no look. */
static void free_all_tables(struct gather *gather, struct mm *mm)
{
	struct vma *vma = mm->mmap, *next;

	for (; vma; vma = next) {
		unsigned long start = vma->vm_start;

		for (next = vma->vm_next; next && next->vm_start <= vma->vm_end + PMD_SIZE; next = vma->vm_next)
			vma = next;
		free_page_tables(gather, start, vma->vm_end, 0, next ? next->vm_start : 1UL << 47);
	}
}

/* Nobody runs in @mm: processors that still have its tables loaded let go first, then nothing needs a flush. */
void mm_exit_mmap(struct mm *mm)
{
	struct gather gather;
	struct vma *vma, *next;
	long accounted = 0;

	tlb_flush_mm(&mm->arch);
	mmap_write_lock(mm);
	gather_begin(&gather, mm, true);
	for_each_vma(mm, vma) {
		zap_range(&gather, vma, vma->vm_start, vma->vm_end, NULL, false);
		if (vma->vm_flags & VM_ACCOUNT)
			accounted += vma_pages(vma);
	}
	for_each_vma(mm, vma)
		vma_unlink_mapping(vma);
	free_all_tables(&gather, mm);
	gather_end(&gather);
	WARN_ON_ONCE(atomic_long_read(&mm->pgtables_bytes) || mm_rss(mm));

	vma = mm->mmap;
	WRITE_ONCE(mm->mmap, NULL);
	mm->mm_rb = RB_ROOT;
	mm->map_count = 0;
	mm->total_vm = mm->data_vm = mm->exec_vm = mm->stack_vm = mm->locked_vm = 0;
	mmap_write_unlock(mm);

	for (; vma; vma = next) {
		next = vma->vm_next;
		vma_destroy_now(vma);
	}
	vm_unacct_memory(accounted);
	set_bit(MMF_TORN_DOWN, &mm->flags);
}

void mm_users_put(struct mm *mm)
{
	if (!atomic_dec_and_test(&mm->users))
		return;
	mm_exit_mmap(mm);
	mm_standing_drop(mm);
	mm_set_exe_file(mm, NULL);
	if (mm->user_ns)
		process_mm_user_ns_put(mm->user_ns);
	mm_put(mm);
}

void mm_set_exe_file(struct mm *mm, struct file *file)
{
	struct file *old;

	if (file)
		vfs_file_get(file);
	mmap_write_lock(mm);
	old = mm->exe_file;
	mm->exe_file = file;
	mmap_write_unlock(mm);
	if (old)
		vfs_file_put(old);
}

struct file *mm_get_exe_file(struct mm *mm)
{
	struct file *file;

	mmap_read_lock(mm);
	file = mm->exe_file;
	if (file)
		vfs_file_get(file);
	mmap_read_unlock(mm);
	return file;
}

void mm_activate(struct mm *prev, struct mm *next)
{
	unsigned long flags;

	task_lock(current);
	local_irq_save(flags);
	current->mm = next;
	arch_mm_switch(prev ? &prev->arch : NULL, next ? &next->arch : NULL);
	local_irq_restore(flags);
	task_unlock(current);
}

void mm_init(void)
{
	unsigned long free_kib = nr_free_pages() << (PAGE_SHIFT - 10);

	mm_state.mm_cache = kmem_cache_create(&mm_type, sizeof(struct mm), 64, SLAB_PANIC);
	mm_state.vma_cache = kmem_cache_create(&vma_type, sizeof(struct vma), 64, SLAB_PANIC);
	mm_state.zero_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KASSERT(mm_state.zero_page); /* boot: no memory for one page */
	page_set(mm_state.zero_page, PG_reserved);
	mm_state.zero_pfn = page_to_pfn(mm_state.zero_page);
	/* So much of a strict commit limit is left for who administers the machine, and for others than the one that asks. */
	mm_sysctl.admin_reserve_kbytes = min(free_kib / 32, 8192ul);
	mm_sysctl.user_reserve_kbytes = min(free_kib / 32, 131072ul);
	family_init();
	folio_wait_init();
	lru_init();
	reclaim_init();
	shmem_init();
	mempolicy_init();
}
