/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pgtable.c - the kernel half of the address space.
 *
 * WHAT        pgtable_init_kernel() builds the tables that stay: the image by parts, each writable or executable but never
 *             both; all memory in the direct map, where the image's read-only parts are read-only too; and the
 *             (empty) second-level tables of the vmalloc and descriptor windows.
 * INVARIANTS  I1  After it, top-level entries of the kernel half never change (memlayout.h I2).
 *             I2  No page is writable and executable (pgtable_count_wx() looks for one).
 *             I3  Tables of the kernel half are never freed.
 * LOCKING     table_lock, only around hanging a new table below an entry. Leaf entries belong to the owner of the
 *             address range (vmalloc, text patcher).
 * ERRORS      -ENOMEM, -EEXIST; during early boot early_alloc() panics instead.
 */
#include <arch/arch_port.h>
#include <arch/atomic.h>
#include <arch/bootinfo.h>
#include <arch/cpufeature.h>
#include <arch/early_mem.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/kasan.h>
#include <arch/msr.h>
#include <arch/pgtable.h>
#include <arch/tlb.h>
#include <lib/errno.h>
#include "espfix_impl.h"

#define LOW_MEMORY_END 0x100000ul

pgd_t kernel_pgd[PTRS_PER_TABLE] __aligned(4096) __section(".bss..page_aligned");
phys_addr_t direct_map_end;

extern char boot_stack_guard[], boot_stack[];
extern char image_ro_after_init_start[], image_ro_after_init_end[], image_tail_start[];
extern char percpu_template_pages_end[];

static struct {
	atomic_t lock;
	phys_addr_t mapped_end; /* of memory, in the tables being built */
	unsigned long next_fixed; /* next free page of the fixed window */
} pgtable = { .next_fixed = FIXED_WINDOW + 16 * PAGE_SIZE };

static phys_addr_t table_alloc(void)
{
	return early_mem_is_open() ? early_alloc(PAGE_SIZE, PAGE_SIZE) : pgtable_page_alloc(0);
}

static unsigned long table_lock(void)
{
	unsigned long flags;

	local_irq_save(flags);
	while (atomic_xchg(&pgtable.lock, 1))
		cpu_relax();
	return flags;
}

static void table_unlock(unsigned long flags)
{
	atomic_set_release(&pgtable.lock, 0);
	local_irq_restore(flags);
}

/* Makes sure that a table hangs below a non-leaf entry; @level is that table's. 0 or -ENOMEM. */
static int ensure_table(u64 *entry, int level)
{
	unsigned long flags;
	phys_addr_t table;

	if (READ_ONCE(*entry) & _PAGE_PRESENT)
		return 0;
	table = table_alloc();
	if (!table)
		return -ENOMEM;
	PV_VOID2(alloc_table, level, PHYS_PFN(table));
	flags = table_lock();
	if (!(READ_ONCE(*entry) & _PAGE_PRESENT)) {
		if (level == 3)
			set_pgd((pgd_t *)entry, __pgd(table | _TABLE_KERNEL));
		else if (level == 2)
			set_pud((pud_t *)entry, __pud(table | _TABLE_KERNEL));
		else
			set_pmd((pmd_t *)entry, __pmd(table | _TABLE_KERNEL));
		table = 0;
	}
	table_unlock(flags);
	if (table)
		pgtable_page_free(table);
	return 0;
}

static int map_ptes(pmd_t *pmd, unsigned long va, unsigned long end, phys_addr_t pa, pgprot_t prot)
{
	pte_t *pte;

	if (ensure_table(&pmd->pmd, 1))
		return -ENOMEM;
	if (pmd_leaf(pmd_get(pmd)))
		return -EEXIST;
	pte = pte_offset(pmd, va);
	for (; va != end; va += PAGE_SIZE, pa += PAGE_SIZE, pte++) {
		if (!pte_none(ptep_get(pte)))
			return -EEXIST;
		set_pte(pte, pfn_pte(PHYS_PFN(pa), prot));
	}
	return 0;
}

static bool fits_leaf(unsigned long va, unsigned long end, phys_addr_t pa, unsigned long size)
{
	return !((va | pa) & (size - 1)) && end - va >= size;
}

static int map_pmds(pud_t *pud, unsigned long va, unsigned long end, phys_addr_t pa, pgprot_t prot)
{
	int err = ensure_table(&pud->pud, 2);

	if (!err && pud_leaf(pud_get(pud)))
		err = -EEXIST;
	while (!err && va != end) {
		unsigned long next = pmd_addr_end(va, end);
		pmd_t *pmd = pmd_offset(pud, va);

		if (fits_leaf(va, end, pa, PMD_SIZE) && pmd_none(pmd_get(pmd)))
			set_pmd(pmd, pfn_pmd(PHYS_PFN(pa), prot));
		else
			err = map_ptes(pmd, va, next, pa, prot);
		pa += next - va;
		va = next;
	}
	return err;
}

static int map_puds(pgd_t *pgd, unsigned long va, unsigned long end, phys_addr_t pa, pgprot_t prot)
{
	int err = ensure_table(&pgd->pgd, 3);

	while (!err && va != end) {
		unsigned long next = pud_addr_end(va, end);
		pud_t *pud = pud_offset(pgd, va);

		if (cpu_has(FEATURE_PDPE1GB) && fits_leaf(va, end, pa, PUD_SIZE) && pud_none(pud_get(pud)))
			set_pud(pud, pfn_pud(PHYS_PFN(pa), prot));
		else
			err = map_pmds(pud, va, next, pa, prot);
		pa += next - va;
		va = next;
	}
	return err;
}

int pgtable_map_kernel(unsigned long va, phys_addr_t pa, size_t len, pgprot_t prot)
{
	unsigned long end = va + len;
	int err = 0;

	while (!err && va != end) {
		unsigned long next = pgd_addr_end(va, end);

		err = map_puds(kernel_pgd + pgd_index(va), va, next, pa, prot);
		pa += next - va;
		va = next;
	}
	return err;
}

/* The entry that maps @va, whatever its level: its size; NULL when nothing does. */
static u64 *find_leaf(unsigned long va, unsigned long *size)
{
	pgd_t *pgd = kernel_pgd + pgd_index(va);
	pud_t *pud;
	pmd_t *pmd;
	pte_t *pte;

	*size = PGDIR_SIZE;
	if (!pgd_present(pgd_get(pgd)))
		return NULL;
	*size = PUD_SIZE;
	pud = pud_offset(pgd, va);
	if (!pud_present(pud_get(pud)))
		return NULL;
	if (pud_leaf(pud_get(pud)))
		return &pud->pud;
	*size = PMD_SIZE;
	pmd = pmd_offset(pud, va);
	if (!pmd_present(pmd_get(pmd)))
		return NULL;
	if (pmd_leaf(pmd_get(pmd)))
		return &pmd->pmd;
	*size = PAGE_SIZE;
	pte = pte_offset(pmd, va);
	return pte_hw_present(ptep_get(pte)) ? &pte->pte : NULL;
}

static void clear_leaf(u64 *leaf, unsigned long size)
{
	if (size == PAGE_SIZE)
		pte_clear((pte_t *)leaf);
	else if (size == PMD_SIZE)
		pmd_clear((pmd_t *)leaf);
	else
		pud_clear((pud_t *)leaf);
}

void pgtable_unmap_kernel(unsigned long va, size_t len)
{
	unsigned long end = va + len, size;

	while (va < end) {
		u64 *leaf = find_leaf(va, &size);

		if (leaf)
			clear_leaf(leaf, size);
		va = (va & ~(size - 1)) + size;
	}
}

void pgtable_protect_kernel(unsigned long va, size_t len, pgprot_t prot)
{
	unsigned long end = va + len, size;

	for (; va < end; va += PAGE_SIZE) {
		u64 *leaf = find_leaf(va, &size);

		if (leaf && size == PAGE_SIZE)
			set_pte((pte_t *)leaf, pfn_pte(pte_pfn((pte_t){ *leaf }), prot));
	}
}

bool pgtable_lookup_kernel(unsigned long va, phys_addr_t *pa, pgprot_t *prot)
{
	unsigned long size;
	u64 *leaf = find_leaf(va, &size), val;

	if (!leaf)
		return false;
	val = pte_val((pte_t){ READ_ONCE(*leaf) });
	if (pa)
		*pa = (val & PTE_PFN_MASK & ~(size - 1)) | (va & (size - 1));
	if (prot)
		*prot = __pgprot(val & PTE_FLAGS_MASK);
	return true;
}

static void must_map(unsigned long va, phys_addr_t pa, size_t len, pgprot_t prot)
{
	if (len && pgtable_map_kernel(va, pa, len, prot))
		panic("kernel mapping %lx failed", va);
}

static void map_part(const char *start, const char *end, pgprot_t prot)
{
	for (; start < end; start += PAGE_SIZE)
		must_map((unsigned long)start, virt_to_phys(start), PAGE_SIZE, prot);
}

static void map_image(void)
{
	map_part(image_text_start, image_text_end, PAGE_KERNEL_ROX);
	map_part(image_rodata_start, image_rodata_end, PAGE_KERNEL_RO);
	map_part(image_ro_after_init_start, image_ro_after_init_end, PAGE_KERNEL);
	map_part(image_data_start, boot_stack_guard, PAGE_KERNEL);
	map_part(boot_stack, image_bss_end, PAGE_KERNEL);
	map_part(image_tail_start, image_init_start, PAGE_KERNEL_RO);
	map_part(image_init_start, image_init_end, PAGE_KERNEL);
}

static void map_direct(phys_addr_t start, phys_addr_t end, pgprot_t prot)
{
	if (start < end)
		must_map((unsigned long)phys_to_virt(start), start, end - start, prot);
}

/* One range, with the image's text and constants read-only. Those are mapped by 4 KiB pages, since their
 * protection differs from their neighbours'. */
static void map_direct_range(phys_addr_t start, phys_addr_t end)
{
	phys_addr_t ro_start = virt_to_phys(image_start);
	phys_addr_t ro_end = virt_to_phys(percpu_template_pages_end);

	map_direct(start, min(end, ro_start), PAGE_KERNEL);
	for (phys_addr_t pa = max(start, ro_start); pa < min(end, ro_end); pa += PAGE_SIZE) {
		bool is_late = pa >= virt_to_phys(image_ro_after_init_start);

		map_direct(pa, pa + PAGE_SIZE, is_late ? PAGE_KERNEL : PAGE_KERNEL_RO);
	}
	map_direct(max(start, ro_end), end, PAGE_KERNEL);
	pgtable.mapped_end = max(pgtable.mapped_end, end);
}

static void map_memory(void)
{
	phys_addr_t done = LOW_MEMORY_END;

	map_direct_range(0, LOW_MEMORY_END);
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct boot_range *r = &boot_info.ranges[i];
		phys_addr_t start = max(ALIGN_DOWN(r->start, PAGE_SIZE), done);
		phys_addr_t end = ALIGN(r->end, PAGE_SIZE);

		if ((r->type != BOOT_RAM && r->type != BOOT_ACPI) || start >= end)
			continue;
		map_direct_range(start, end);
		done = end;
	}
}

/* Second-level tables for a window, so that later mappings never touch the top level. */
static void prepare_window(unsigned long start, unsigned long size)
{
	for (unsigned long va = start & PGDIR_MASK; va < start + size; va += PGDIR_SIZE)
		if (ensure_table(&kernel_pgd[pgd_index(va)].pgd, 3))
			panic("no memory for kernel page tables");
}

void pgtable_init_kernel(void)
{
	phys_addr_t max_pa = 0;

	for (u32 i = 0; i < boot_info.nr_ranges; i++)
		if (boot_info.ranges[i].type == BOOT_RAM)
			max_pa = max(max_pa, boot_info.ranges[i].end);
	map_image();
	map_memory();
	prepare_window(vmalloc_base, VMALLOC_SIZE);
	prepare_window(vmemmap_base, ALIGN(max_pa >> PAGE_SHIFT, PMD_SIZE) * 64 + PMD_SIZE);
	if (IS_SANITIZED)
		prepare_window(KASAN_SHADOW_OFFSET + (direct_map_base >> 3), max_pa >> 3);
	/* One page-table page serves the first fixed pages: the text patcher may not allocate. */
	must_map(FIXED_WINDOW, 0, PAGE_SIZE, PAGE_KERNEL_RO);
	pgtable_unmap_kernel(FIXED_WINDOW, PAGE_SIZE);
	espfix_init();
	write_cr3(virt_to_phys(kernel_pgd));
	direct_map_end = pgtable.mapped_end;
}

/* In the image window and in the direct map. */
static void protect_both(const char *start, const char *end, pgprot_t prot)
{
	pgtable_protect_kernel((unsigned long)start, end - start, prot);
	pgtable_protect_kernel((unsigned long)phys_to_virt(virt_to_phys(start)), end - start, prot);
}

void pgtable_seal(void)
{
	protect_both(image_ro_after_init_start, image_ro_after_init_end, PAGE_KERNEL_RO);
	protect_both(percpu_template_start, percpu_template_pages_end, PAGE_KERNEL_RO);
	pgtable_unmap_kernel((unsigned long)image_init_start, image_init_end - image_init_start);
	tlb_flush_all_kernel();
}

/* Pages of the fixed window, for good. */
static void *map_fixed(phys_addr_t pa, size_t len, pgprot_t prot)
{
	unsigned long va = pgtable.next_fixed, offset = pa & ~PAGE_MASK;

	len = ALIGN(len + offset, PAGE_SIZE);
	if (len > FIXED_WINDOW_END - va || pgtable_map_kernel(va, pa - offset, len, prot))
		return NULL;
	pgtable.next_fixed += len;
	return (void *)(va + offset);
}

void *ioremap_early(phys_addr_t pa, size_t len)
{
	return map_fixed(pa, len, PAGE_KERNEL_UC);
}

void *firmware_map(phys_addr_t pa, size_t len)
{
	phys_addr_t found;
	pgprot_t prot;

	for (phys_addr_t p = pa & PAGE_MASK; p < pa + len; p += PAGE_SIZE)
		if (!pgtable_lookup_kernel((unsigned long)phys_to_virt(p), &found, &prot))
			return map_fixed(pa, len, PAGE_KERNEL_RO);
	return phys_to_virt(pa);
}

unsigned long pgtable_count_wx(void)
{
	unsigned long va, size, nr = 0;

	/* From the lowest kernel address to the end, by whatever each entry covers. */
	for (va = 0xffff800000000000ul; va; va = (va & ~(size - 1)) + size) {
		u64 *leaf;

		if (va == ESPFIX_WINDOW) { /* one read-only page, 65536 times */
			size = PGDIR_SIZE;
			continue;
		}
		leaf = find_leaf(va, &size);
		if (leaf && (*leaf & (_PAGE_RW | _PAGE_NX)) == _PAGE_RW)
			nr += size / PAGE_SIZE;
	}
	return nr;
}

void pgtable_count_direct_map(unsigned long nr[PGTABLE_LEAF_SIZES])
{
	unsigned long va, size;

	nr[0] = nr[1] = nr[2] = 0;
	for (va = direct_map_base; va < DIRECT_MAP_WINDOW_END; va = (va & ~(size - 1)) + size)
		if (find_leaf(va, &size) && size <= PUD_SIZE)
			nr[size == PAGE_SIZE ? 0 : (size == PMD_SIZE ? 1 : 2)]++;
}
