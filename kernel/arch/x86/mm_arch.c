/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_arch.c - which address space each CPU has loaded, and keeping its TLB right: tlb.h, mm_arch.h.
 *
 * WHAT        arch_mm_switch() loads tables, lazily for kernel threads. A flush raises the address space's generation and tells
 *             the CPUs that have it loaded; a CPU that was lazy compares generations when it comes back.
 * INVARIANTS  I1  cpu_tlb.mm is what CR3 holds (NULL: kernel_pgd). The CPU's bit is in mm->active.
 *             I2  A flusher raises mm->gen, then reads a CPU's is_lazy; a CPU clears is_lazy, then reads mm->gen.
 *                 So a lazy CPU is either interrupted or flushes by itself when it stops being lazy.
 *             I3  Page-table pages are freed only after every CPU that has the table loaded, lazy or not,
 *                 has flushed (freed_tables).
 * LOCKING     Per-CPU state: interrupts off. Flushers wait for other CPUs, so their interrupts are on.
 */
#include <arch/arch_port.h>
#include <arch/irqflags.h>
#include <arch/ldt.h>
#include <arch/mm_arch.h>
#include <arch/msr.h>
#include <arch/pgtable.h>
#include <arch/preempt.h>
#include <arch/pv_native.h>
#include <arch/smp.h>
#include <arch/tlb.h>
#include <lib/errno.h>
#include <lib/string.h>

/* Above this, flushing everything is cheaper than page by page. */
#define MAX_SINGLE_FLUSHES 33

struct cpu_tlb {
	struct arch_mm *mm;
	u64 gen;
	bool is_lazy;
	bool has_ldt; /* a table of descriptors of mm's is loaded */
};

DEFINE_PERCPU(struct cpu_tlb, cpu_tlb);

static struct {
	atomic64_t next_id;
} mm_ids;

int arch_mm_init(struct arch_mm *mm)
{
	phys_addr_t page = pgtable_page_alloc(0);

	if (!page)
		return -ENOMEM;
	mm->pgd = phys_to_virt(page);
	memcpy(mm->pgd + USER_PTRS_PER_PGD, kernel_pgd + USER_PTRS_PER_PGD, PAGE_SIZE / 2);
	PV_VOID2(alloc_table, 4, PHYS_PFN(page));
	atomic64_set(&mm->gen, 1);
	mm->active = CPUMASK_NONE;
	mm->ldt = NULL;
	mm->id = atomic64_inc_return(&mm_ids.next_id);
	return 0;
}

/* This CPU lets go of what it has loaded. Interrupts off. */
static void leave(void)
{
	struct cpu_tlb *tlb = this_cpu_ptr(&cpu_tlb);
	struct arch_mm *mm = tlb->mm;

	if (!mm)
		return;
	write_cr3(virt_to_phys(kernel_pgd));
	tlb->mm = NULL;
	tlb->is_lazy = false;
	if (unlikely(tlb->has_ldt)) {
		tlb->has_ldt = false;
		arch_ldt_load(NULL);
	}
	cpumask_clear_cpu(smp_processor_id(), &mm->active);
}

static void leave_if_loaded(void *arg)
{
	if (this_cpu_read(cpu_tlb.mm) == arg)
		leave();
}

static const struct ipi_ops leave_ops = { .name = "mm_leave", .run = leave_if_loaded };

void arch_mm_leave(void)
{
	unsigned long flags;

	local_irq_save(flags);
	leave();
	local_irq_restore(flags);
}

void arch_mm_fini(struct arch_mm *mm)
{
	if (cpumask_bits(&mm->active))
		smp_call_all(&leave_ops, mm);
	PV_VOID2(release_table, 4, PHYS_PFN(direct_to_phys(mm->pgd)));
	pgtable_page_free(direct_to_phys(mm->pgd));
	mm->pgd = NULL;
}

/* Back on an address space that stayed loaded meanwhile. */
static void stop_being_lazy(struct cpu_tlb *tlb, struct arch_mm *mm)
{
	u64 gen;

	if (!tlb->is_lazy)
		return;
	WRITE_ONCE(tlb->is_lazy, false);
	smp_mb(); /* pairs with tlb_flush_range(): I2 */
	gen = atomic64_read(&mm->gen);
	if (tlb->gen == gen)
		return;
	tlb->gen = gen;
	PV_VOID0(tlb_flush_local);
}

static noinline void load_ldt_of(struct cpu_tlb *tlb, const struct arch_ldt *ldt)
{
	tlb->has_ldt = ldt;
	arch_ldt_load(ldt);
}

void arch_mm_reload_ldt(void)
{
	struct cpu_tlb *tlb = this_cpu_ptr(&cpu_tlb);

	load_ldt_of(tlb, READ_ONCE(tlb->mm->ldt));
}

void arch_mm_switch(struct arch_mm *prev, struct arch_mm *next)
{
	struct cpu_tlb *tlb = this_cpu_ptr(&cpu_tlb);
	struct arch_mm *loaded = tlb->mm;

	if (!next) {
		WRITE_ONCE(tlb->is_lazy, loaded != NULL);
		return;
	}
	if (loaded == next) {
		stop_being_lazy(tlb, next);
		return;
	}
	cpumask_set_cpu(smp_processor_id(), &next->active); /* full barrier before reading gen */
	tlb->gen = atomic64_read(&next->gen);
	WRITE_ONCE(tlb->mm, next);
	WRITE_ONCE(tlb->is_lazy, false);
	write_cr3(direct_to_phys(next->pgd));
	if (unlikely(READ_ONCE(next->ldt) || tlb->has_ldt)) /* after the bit in active: ldt.c, L1 */
		load_ldt_of(tlb, READ_ONCE(next->ldt));
	if (loaded)
		cpumask_clear_cpu(smp_processor_id(), &loaded->active);
}

struct arch_mm *arch_mm_loaded(void)
{
	return this_cpu_read(cpu_tlb.mm);
}

static void flush_pages(const struct tlb_flush *f)
{
	if (f->end == TLB_FLUSH_ALL || (f->end - f->start) >> PAGE_SHIFT > MAX_SINGLE_FLUSHES) {
		PV_VOID0(tlb_flush_local);
		return;
	}
	for (unsigned long a = f->start; a < f->end; a += PAGE_SIZE)
		PV_VOID1(tlb_flush_one, a);
}

/* On each CPU that may have translations of f->mm. Interrupts off. */
static void flush_here(void *arg)
{
	const struct tlb_flush *f = arg;
	struct cpu_tlb *tlb = this_cpu_ptr(&cpu_tlb);

	if (tlb->mm != f->mm)
		return;
	if (tlb->is_lazy) {
		leave();
		return;
	}
	if (tlb->gen >= f->gen)
		return;
	if (tlb->gen + 1 == f->gen) {
		tlb->gen = f->gen;
		flush_pages(f);
		return;
	}
	/* Others raised it meanwhile: one flush of everything serves all of them. */
	tlb->gen = atomic64_read(&f->mm->gen);
	PV_VOID0(tlb_flush_local);
}

static const struct ipi_ops flush_ops = { .name = "tlb_flush", .run = flush_here };

static void flush_kernel_here(void *arg)
{
	const struct tlb_flush *f = arg;

	if (f->end == TLB_FLUSH_ALL || (f->end - f->start) >> PAGE_SHIFT > MAX_SINGLE_FLUSHES) {
		PV_VOID0(tlb_flush_global);
		return;
	}
	for (unsigned long a = f->start; a < f->end; a += PAGE_SIZE)
		PV_VOID1(tlb_flush_one, a);
}

static const struct ipi_ops flush_kernel_ops = { .name = "tlb_flush_kernel", .run = flush_kernel_here };

void __pvcall pv_native_tlb_flush_others(const cpumask_t *mask, const struct tlb_flush *f)
{
	smp_call_function_mask(*mask, f->mm ? &flush_ops : &flush_kernel_ops, (void *)f, true);
}

/* CPUs other than this one that must be told. */
static cpumask_t flush_targets(struct arch_mm *mm, bool freed_tables)
{
	cpumask_t mask = { cpumask_bits(&mm->active) };
	int cpu;

	mask.bits &= ~(1ull << smp_processor_id());
	if (freed_tables)
		return mask;
	for_each_cpu(cpu, &mask)
		if (READ_ONCE(per_cpu(cpu_tlb, cpu).is_lazy))
			mask.bits &= ~(1ull << cpu);
	return mask;
}

void tlb_flush_range(struct arch_mm *mm, unsigned long start, unsigned long end, bool freed_tables)
{
	struct tlb_flush f = { .mm = mm, .start = start, .end = end, .freed_tables = freed_tables };
	unsigned long flags;
	cpumask_t mask;

	preempt_disable();
	f.gen = atomic64_inc_return(&mm->gen); /* full barrier before is_lazy and active are read: I2 */
	mask = flush_targets(mm, freed_tables);
	if (this_cpu_read(cpu_tlb.mm) == mm) {
		local_irq_save(flags);
		flush_here(&f);
		local_irq_restore(flags);
	}
	if (mask.bits)
		PV_VOID2(tlb_flush_others, &mask, &f);
	preempt_enable();
}

void tlb_flush_kernel(unsigned long start, unsigned long end)
{
	struct tlb_flush f = { .start = start & PAGE_MASK, .end = end };
	cpumask_t mask;

	preempt_disable();
	flush_kernel_here(&f);
	mask = (cpumask_t){ cpumask_bits(&cpu_online_mask) & ~(1ull << smp_processor_id()) };
	if (mask.bits)
		PV_VOID2(tlb_flush_others, &mask, &f);
	preempt_enable();
}

void tlb_flush_all_kernel(void)
{
	tlb_flush_kernel(0, TLB_FLUSH_ALL);
}

void tlb_flush_page_local(unsigned long addr)
{
	PV_VOID1(tlb_flush_one, addr);
}

void tlb_flush_local(void)
{
	PV_VOID0(tlb_flush_local);
}
