/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switch_extra.c - what few threads have and a switch must move for them: I/O ports, a forbidden time stamp counter.
 *
 * WHAT        arch_thread.extra says what a thread has. arch_switch_to() comes here only if the old or the new thread has any.
 * INVARIANTS  I1  tss.io_bitmap points to the copy only while a thread with EXTRA_PORTS runs; io_seq says whose copy it is.
 *             I2  CR4.TSD is set only while a thread with EXTRA_NO_TSC runs.
 * LOCKING     This CPU's registers and TSS: interrupts off.
 * TESTS       tests/guest/arch/ports_test.c
 */
#include <arch/atomic.h>
#include <arch/io_ports.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <lib/string.h>
#include "cpu_impl.h"
#include "thread_impl.h"

enum { IO_SEQ_NONE, IO_SEQ_ALL, IO_SEQ_FIRST };

static struct {
	atomic64_t last_seq;
} io_ports_state = { ATOMIC64_INIT(IO_SEQ_FIRST) };

/* Whose ports the TSS of this CPU holds a copy of. */
DEFINE_PERCPU(u64, io_seq);

static void load_ports(const struct arch_thread *t)
{
	struct tss *tss = this_cpu_ptr(&cpu_tss);
	u64 seq = t->iopl == 3 ? IO_SEQ_ALL : t->ports->seq;

	if (this_cpu_read(io_seq) != seq) {
		if (t->iopl == 3)
			memset(tss->ports, 0, sizeof(tss->ports));
		else
			memcpy(tss->ports, t->ports->forbidden, sizeof(tss->ports));
		this_cpu_write(io_seq, seq);
	}
	tss->io_bitmap = __builtin_offsetof(struct tss, ports);
}

static void load_tsd(bool is_forbidden)
{
	u64 cr4 = read_cr4(), wanted = is_forbidden ? cr4 | CR4_TSD : cr4 & ~CR4_TSD;

	if (cr4 != wanted)
		write_cr4(wanted);
}

void switch_extra(u32 prev, const struct arch_thread *next)
{
	if (next->extra & EXTRA_PORTS)
		load_ports(next);
	else if (prev & EXTRA_PORTS)
		this_cpu_write(cpu_tss.io_bitmap, sizeof(struct tss));
	if ((prev | next->extra) & EXTRA_NO_TSC)
		load_tsd(next->extra & EXTRA_NO_TSC);
}

/* The running thread's @extra has changed from @before. */
static void apply(struct arch_thread *t, u32 extra)
{
	unsigned long flags;
	u32 before;

	local_irq_save(flags);
	before = t->extra;
	t->extra = extra;
	if (t == current_arch_thread())
		switch_extra(before, t);
	local_irq_restore(flags);
}

u64 arch_io_ports_new_seq(void)
{
	return atomic64_inc_return(&io_ports_state.last_seq);
}

void arch_io_ports_set(struct thread *thread, const struct io_ports *ports, u32 iopl)
{
	struct arch_thread *t = arch_thread(thread);
	unsigned long flags;

	local_irq_save(flags);
	t->ports = ports;
	t->iopl = iopl;
	apply(t, ports || iopl == 3 ? t->extra | EXTRA_PORTS : t->extra & ~EXTRA_PORTS);
	local_irq_restore(flags);
}

const struct io_ports *arch_io_ports(struct thread *thread)
{
	return arch_thread(thread)->ports;
}

u32 arch_iopl(struct thread *thread)
{
	return arch_thread(thread)->iopl;
}

void arch_tsc_allow(bool is_allowed)
{
	struct arch_thread *t = current_arch_thread();

	apply(t, is_allowed ? t->extra & ~EXTRA_NO_TSC : t->extra | EXTRA_NO_TSC);
}

bool arch_tsc_is_allowed(void)
{
	return !(current_arch_thread()->extra & EXTRA_NO_TSC);
}
