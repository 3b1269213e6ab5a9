/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalloc.c - kernel address ranges mapped page by page: vmalloc, vmap, ioremap.
 *
 * WHAT        A tree of ranges in use covers the vmalloc window; each has an unmapped guard page behind
 *             it. A search for room goes on from where the last one ended and wraps once. Unmapping is
 *             lazy: a dead range keeps its addresses until LAZY_MAX pages have died, then all CPUs
 *             flush once and the addresses are free again, and the search begins at the first one.
 * INVARIANTS  V1  Ranges in the tree do not overlap, guards included; dead ranges stay in the tree.
 *             V2  Addresses are reused only after a flush on all CPUs.
 *             V3  Frames are given back when they are unmapped: whoever frees memory has no pointer to
 *                 it left, so a stale translation is harmless.
 *             V4  Tables of the window are never freed (arch/x86/pgtable.c I3), so addresses are used again before new ones: there are no
 *                 more tables than for what was mapped at once, LAZY_MAX pages of dead ranges, and gaps between those that live.
 * LOCKING     vmalloc.lock (rank VMALLOC, never taken in interrupts): tree, cursor, dead list.
 * ERRORS      NULL: no memory, no room, size 0 or absurd.
 * TESTS       selftest=pages
 */
#include "slab_impl.h"
#include "vmalloc_impl.h"

#include <pages/page_alloc.h>
#include <pages/stats.h>
#include <arch/tlb.h>
#include <lib/string.h>

#define GUARD	   PAGE_SIZE
#define LAZY_MAX   4096 /* pages */
#define VMALLOC_MAX_SIZE (64UL << 30)

static struct {
	spinlock_t lock;
	struct rb_root ranges __guarded_by(&lock);
	unsigned long cursor __guarded_by(&lock);
	struct vm_range *dead __guarded_by(&lock);
	size_t nr_dead_pages __guarded_by(&lock);
} vm = { .lock = SPINLOCK_INIT(RANK_VMALLOC) };

static struct vm_range *range_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct vm_range, node);
}

/* The first range that ends after @addr. */
static struct vm_range *range_after_locked(unsigned long addr)
{
	struct rb_node *node = vm.ranges.rb_node;
	struct vm_range *best = NULL;

	while (node) {
		struct vm_range *range = range_of(node);

		if (range->start + range->size + GUARD > addr) {
			best = range;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

static struct vm_range *range_find_locked(unsigned long addr)
{
	struct vm_range *range = range_after_locked(addr);

	return range && range->start <= addr ? range : NULL;
}

static void range_insert_locked(struct vm_range *range)
{
	struct rb_node **link = &vm.ranges.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = range->start < range_of(parent)->start ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&range->node, parent, link);
	rb_insert_color(&range->node, &vm.ranges);
}

/* First room for @need bytes in [from, to), or 0. */
static unsigned long room_locked(unsigned long from, unsigned long to, size_t need)
{
	struct vm_range *range = range_after_locked(from);

	while (range && from + need <= to) {
		if (range->start >= from + need)
			break;
		from = range->start + range->size + GUARD;
		range = range_of(rb_next(&range->node));
	}
	return from + need <= to ? from : 0;
}

static bool range_place(struct vm_range *range)
{
	size_t need = range->size + GUARD;
	unsigned long at;

	with_spinlock(&vm.lock);
	at = room_locked(vm.cursor, vmalloc_end, need);
	if (!at)
		at = room_locked(vmalloc_base + GUARD, vmalloc_end, need);
	if (!at)
		return false;
	range->start = at;
	vm.cursor = at + need;
	range_insert_locked(range);
	return true;
}

void vmalloc_purge(void)
{
	struct vm_range *dead, *next;

	spin_lock(&vm.lock);
	dead = vm.dead;
	vm.dead = NULL;
	vm.nr_dead_pages = 0;
	spin_unlock(&vm.lock);
	if (!dead)
		return;
	tlb_flush_all_kernel();
	spin_lock(&vm.lock);
	for (struct vm_range *range = dead; range; range = range->next)
		rb_erase(&range->node, &vm.ranges); /* V2 */
	vm.cursor = vmalloc_base + GUARD; /* V4 */
	spin_unlock(&vm.lock);
	for (; dead; dead = next) {
		next = dead->next;
		kfree(dead);
	}
}

static struct vm_range *range_create(size_t size, enum vm_kind kind, gfp_t gfp)
{
	struct vm_range *range;

	if (!size || size > VMALLOC_MAX_SIZE)
		return NULL;
	range = kzalloc(sizeof(*range), gfp & ~__GFP_ZERO);
	if (!range)
		return NULL;
	range->size = PAGE_ALIGN(size);
	range->kind = kind;
	if (range_place(range))
		return range;
	vmalloc_purge();
	if (range_place(range))
		return range;
	kfree(range);
	return NULL;
}

/* Unmap, and leave the addresses to the next purge. */
static void range_kill(struct vm_range *range)
{
	bool is_much;

	pgtable_unmap_kernel(range->start, range->size);
	spin_lock(&vm.lock);
	range->next = vm.dead;
	vm.dead = range;
	vm.nr_dead_pages += range->size >> PAGE_SHIFT;
	is_much = vm.nr_dead_pages > LAZY_MAX;
	spin_unlock(&vm.lock);
	if (is_much)
		vmalloc_purge();
}

static void frames_free(struct page **pages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mod_node_page_state(pages[i]->node, NR_VMALLOC, -1);
		free_pages(pages[i], 0);
	}
}

static int range_map_pages(struct vm_range *range, struct page **pages, size_t n, pgprot_t prot)
{
	for (size_t i = 0; i < n; i++) {
		int err = pgtable_map_kernel(range->start + i * PAGE_SIZE, page_to_phys(pages[i]),
					     PAGE_SIZE, prot);
		if (err)
			return err;
	}
	return 0;
}

/* Frames for the whole range. False: what was got is in pages[0..nr_pages). */
static bool range_fill(struct vm_range *range, gfp_t gfp, int node)
{
	size_t want = range->size >> PAGE_SHIFT;

	range->pages = kmalloc_array(want, sizeof(range->pages[0]), gfp & ~__GFP_ZERO);
	if (!range->pages && want * sizeof(range->pages[0]) > KMALLOC_MAX_CACHE_SIZE)
		range->pages = vmalloc_gfp(want * sizeof(range->pages[0]), gfp & ~__GFP_ZERO);
	if (!range->pages)
		return false;
	for (; range->nr_pages < want; range->nr_pages++) {
		struct page *page = alloc_pages_node(node, gfp, 0);

		if (!page)
			return false;
		range->pages[range->nr_pages] = page;
		mod_node_page_state(page->node, NR_VMALLOC, 1);
	}
	return true;
}

static void range_free_owned(struct vm_range *range)
{
	struct page **pages = range->pages;
	size_t n = range->nr_pages;

	range_kill(range); /* V3 */
	if (pages)
		frames_free(pages, n);
	kvfree(pages);
}

void *vmalloc_range(size_t size, gfp_t gfp, int node)
{
	struct vm_range *range = range_create(size, VM_KIND_PAGES, gfp);

	if (!range)
		return NULL;
	if (range_fill(range, gfp, node) &&
	    !range_map_pages(range, range->pages, range->nr_pages, PAGE_KERNEL))
		return (void *)range->start;
	range_free_owned(range);
	return NULL;
}

void *vmalloc_gfp(size_t size, gfp_t gfp)
{
	return vmalloc_range(size, gfp, NUMA_NO_NODE);
}

void *vmalloc(size_t size)
{
	return vmalloc_gfp(size, GFP_KERNEL);
}

void *vzalloc(size_t size)
{
	return vmalloc_gfp(size, GFP_KERNEL | __GFP_ZERO);
}

static struct vm_range *range_lookup(const void *addr)
{
	with_spinlock(&vm.lock);
	return range_find_locked((unsigned long)addr & PAGE_MASK);
}

void vfree(const void *addr)
{
	struct vm_range *range;

	if (!addr)
		return;
	range = range_lookup(addr);
	KASSERT(range && range->start == (unsigned long)addr && range->kind == VM_KIND_PAGES);
	range_free_owned(range);
}

void *vmap(struct page **pages, size_t n, pgprot_t prot)
{
	struct vm_range *range = range_create(n << PAGE_SHIFT, VM_KIND_MAPPED, GFP_KERNEL);

	if (!range)
		return NULL;
	if (!range_map_pages(range, pages, n, prot))
		return (void *)range->start;
	range_kill(range);
	return NULL;
}

void vunmap(const void *addr)
{
	struct vm_range *range;

	if (!addr)
		return;
	range = range_lookup(addr);
	KASSERT(range && range->kind == VM_KIND_MAPPED);
	range_kill(range);
}

static void *map_phys(phys_addr_t phys, size_t size, pgprot_t prot)
{
	size_t offset = offset_in_page(phys);
	struct vm_range *range;

	if (!size || phys + size < phys)
		return NULL;
	range = range_create(size + offset, VM_KIND_DEVICE, GFP_KERNEL);
	if (!range)
		return NULL;
	if (!pgtable_map_kernel(range->start, phys - offset, range->size, prot))
		return (void *)(range->start + offset);
	range_kill(range);
	return NULL;
}

void *ioremap(phys_addr_t phys, size_t size)
{
	return map_phys(phys, size, PAGE_KERNEL_UC);
}

void *memremap(phys_addr_t phys, size_t size)
{
	return map_phys(phys, size, PAGE_KERNEL);
}

void iounmap(const void *addr)
{
	struct vm_range *range;

	if (!addr)
		return;
	range = range_lookup(addr);
	KASSERT(range && range->kind == VM_KIND_DEVICE);
	range_kill(range);
}

bool is_vmalloc_addr(const void *addr)
{
	unsigned long a = (unsigned long)addr;

	return a >= vmalloc_base && a < vmalloc_end;
}

struct page *vmalloc_to_page(const void *addr)
{
	phys_addr_t pa;
	pgprot_t prot;

	if (!is_vmalloc_addr(addr) || !pgtable_lookup_kernel((unsigned long)addr, &pa, &prot) ||
	    !pfn_valid(PHYS_PFN(pa)))
		return NULL;
	return phys_to_page(pa);
}

void vmalloc_init(void)
{
	vm.cursor = vmalloc_base + GUARD;
}
