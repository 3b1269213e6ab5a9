/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash.c - crash=KIND on the command line: deliberate mistakes, so that tests see each check catch what it is for.
 *
 * WHAT        Every kind but "leak" must end in a panic with the right words; coming back from one is itself a panic. "leak"
 *             loses an object, which the tests' leak check must name at the end (tests/guest/lib/leaks.c).
 * LOCKING     The locks here exist to be taken wrongly; nothing else takes them.
 */
#include <arch/memlayout.h>
#include <arch/mm_arch.h>
#include <arch/irqflags.h>
#include <arch/early_mem.h>
#include <arch/pgtable.h>
#include <arch/arch_port.h>
#include <lib/assert.h>
#include <lib/cmdline.h>
#include <lib/string.h>
#include <log/panic.h>
#include <sync/mutex.h>
#include <sync/spinlock.h>
#include <log/printk.h>
#include <pages/object.h>
#include <pages/slab.h>
#include "boot_impl.h"

#define CRASH_USER_PAGE 0x400000ul

struct crash_kind {
	const char *name;
	void (*crash)(void);
};

static void crash_null(void)
{
	*(volatile int *)8 = 1;
}

static void crash_text_write(void)
{
	*(volatile u8 *)image_text_start = 0;
}

static void crash_exec_data(void)
{
	struct crash_kind kind = { "in data", NULL };
	const void *data = image_data_start;

	memcpy(&kind.crash, &data, sizeof(data));
	OPTIMIZER_HIDE_VAR(kind.crash);

	kind.crash();
}

static int takes_argument(int x)
{
	return x;
}

static void crash_cfi(void)
{
	struct crash_kind kind = { "wrong type", NULL };
	int (*fn)(int) = takes_argument;

	memcpy(&kind.crash, &fn, sizeof(fn));
	OPTIMIZER_HIDE_VAR(kind.crash);
	kind.crash();
}

static noinline unsigned long recurse(unsigned long depth)
{
	volatile u8 frame[512];

	frame[depth & 511] = depth;
	return depth > 1000000 ? 0 : recurse(depth + 1) + frame[depth & 511];
}

static void crash_stack(void)
{
	recurse(0);
}

static void crash_assert(void)
{
	KASSERT(!"crash=assert");
}

/* A page that is writable and executable: the check at the end of boot must find it. */
static void crash_wx(void)
{
	phys_addr_t page = pgtable_page_alloc(0);
	unsigned long va = PATCH_WINDOW_END - PAGE_SIZE;

	if (!page || pgtable_map_kernel(va, page, PAGE_SIZE, __pgprot(_KERNEL_BASE | _PAGE_RW)))
		panic("crash=wx: cannot map");
	if (pgtable_count_wx() == 1)
		panic("1 page of the kernel is writable and executable (crash=wx)");
}

static void hang_table(u64 *entry, phys_addr_t *table)
{
	*table = pgtable_page_alloc(0);
	set_pgd((pgd_t *)entry, (pgd_t){ *table | _TABLE_USER });
}

/* Maps a user page and touches it like kernel memory. */
static void crash_smap(void)
{
	struct arch_mm mm;
	phys_addr_t pud, pmd, pte;
	u64 *table;

	if (arch_mm_init(&mm))
		panic("crash=smap: no memory");
	hang_table(&mm.pgd[pgd_index(CRASH_USER_PAGE)].pgd, &pud);
	hang_table((u64 *)phys_to_virt(pud) + pud_index(CRASH_USER_PAGE), &pmd);
	hang_table((u64 *)phys_to_virt(pmd) + pmd_index(CRASH_USER_PAGE), &pte);
	table = phys_to_virt(pte);
	table[pte_index(CRASH_USER_PAGE)] = pgtable_page_alloc(0) | pgprot_val(PAGE_SHARED);
	local_irq_disable();
	arch_mm_switch(NULL, &mm);
	*(volatile int *)CRASH_USER_PAGE = 1;
}

static void crash_uaf(void)
{
	volatile u8 *p = kmalloc(100, GFP_KERNEL);

	kfree((void *)p);
	p[3] = 1;
}

static void crash_oob(void)
{
	volatile u8 *p = kmalloc(100, GFP_KERNEL);
	size_t at = 100;

	OPTIMIZER_HIDE_VAR(at);
	p[at] = 1;
}

static void crash_bounds(void)
{
	int table[4] = { 1, 2, 3, 4 };
	size_t at = 4;

	OPTIMIZER_HIDE_VAR(at);
	pr_info("%d\n", table[at]);
}

/* Two locks in the wrong order: debug kernels must name both. */
static void crash_rank(void)
{
	DEFINE_SPINLOCK(inner, RANK_PAGE_TABLE);
	DEFINE_SPINLOCK(outer, RANK_TASK);

	spin_lock(&inner);
	spin_lock(&outer);
	panic("crash=rank: only a debug kernel checks lock ranks");
}

/* A mutex under a spinlock. */
static void crash_sleep(void)
{
	DEFINE_SPINLOCK(spin, RANK_TASK);
	DEFINE_MUTEX(mutex, RANK_DEVICE);

	spin_lock(&spin);
	mutex_lock(&mutex);
	panic("crash=sleep: only a debug kernel checks lock ranks");
}

static const struct object_type planted_type = { .name = "planted_leak", .owner = "boot", .version = 1 };

static void plant_leak(void)
{
	struct kmem_cache *cache = kmem_cache_create(&planted_type, 64, 8, 0);

	if (!cache || !kmem_cache_alloc(cache, GFP_KERNEL))
		panic("crash=leak: no memory");
}

static const struct crash_kind kinds[] = {
	{ "null", crash_null },	    { "text", crash_text_write }, { "exec-data", crash_exec_data },
	{ "cfi", crash_cfi },	    { "stack", crash_stack },	  { "assert", crash_assert },
	{ "uaf", crash_uaf },	    { "oob", crash_oob },	  { "bounds", crash_bounds },
	{ "wx", crash_wx },	    { "smap", crash_smap },
	{ "rank", crash_rank },	    { "sleep", crash_sleep },
	{ "reserve-late", crash_reserve_late }, { "reserve-lock", crash_reserve_lock }, { "reserve-nest", crash_reserve_nest },
	{ "reserve-wait", crash_reserve_wait }, { "reserve-user", crash_reserve_user }, { "reserve-floor", crash_reserve_floor },
};

void boot_crash(const char *cmdline)
{
	char name[16];

	if (cmdline_find(cmdline, "crash", name, sizeof(name)) < 0)
		return;
	if (!strcmp(name, "leak")) {
		plant_leak();
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			kinds[i].crash();
	panic("crash=%s did not crash", name);
}
