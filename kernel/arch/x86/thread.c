/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.c - how threads begin, switch and become user threads.
 *
 *     stack_top ->  +------------------------+
 *                   | struct pt_regs         |  user registers (kernel threads: unused)
 *                   +------------------------+
 *                   | begin function         |  laid down here for a new thread: what switch_stack() pops
 *                   | rbp rbx r12..r15       |
 *     thread->sp -> +------------------------+
 *
 * WHAT        A new thread's stack looks as if it had been switched away from: the begin function is what it returns to. From
 *             then on arch_switch_to() moves the FPU, PKRU, segment bases and selectors, and the stack.
 * INVARIANTS  I1  A new thread's rbp is the mark of its pt_regs (address + 1), so every stack ends the same way.
 */
#include <arch/alternative.h>
#include <arch/arch_port.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/ldt.h>
#include <arch/memlayout.h>
#include <arch/msr.h>
#include <arch/pkeys.h>
#include <arch/uaccess.h>
#include <asm/prctl.h>
#include <lib/assert.h>
#include <lib/errno.h>
#include <lib/string.h>
#include "cpu_impl.h"
#include "fpu_impl.h"
#include "thread_impl.h"

/* What the last user thread of this CPU left in GS.base and in the selectors. */
DEFINE_PERCPU(u64, cpu_user_gsbase);
DEFINE_PERCPU(u64, cpu_user_selectors);

enum { XFEATURE_TILE_DATA = 18 };

/* What switch_stack() leaves on a stack, lowest address first. */
struct switch_frame {
	unsigned long r15, r14, r13, r12, bx, bp, ip;
};

void arch_thread_set_stack(struct thread *thread, void *stack)
{
	struct arch_thread *t = arch_thread(thread);

	t->stack = (unsigned long)stack;
	t->stack_top = t->stack + THREAD_STACK_SIZE;
	t->fpu_cpu = ~0u;
	t->pkru = PKRU_INITIAL;
}

static struct switch_frame *new_frame(struct arch_thread *t, const void *begin)
{
	struct pt_regs *regs = (struct pt_regs *)t->stack_top - 1;
	struct switch_frame *frame = (struct switch_frame *)regs - 1;

	memset(frame, 0, sizeof(*frame) + sizeof(*regs));
	frame->bp = (unsigned long)regs + 1;
	frame->ip = (unsigned long)begin;
	t->sp = (unsigned long)frame;
	return frame;
}

void arch_thread_setup_kernel(struct thread *thread, const struct kthread_ops *ops, void *arg)
{
	struct switch_frame *frame = new_frame(arch_thread(thread), thread_begin_kernel);

	frame->bx = (unsigned long)ops;
	frame->r12 = (unsigned long)arg;
}

/* First C code of a kernel thread. */
void thread_run_kernel(struct thread *prev, const struct kthread_ops *ops, void *arg)
{
	sched_finish_switch(prev);
	ops->run(arg);
	if (!current_arch_thread()->user_started)
		panic("kernel thread %s ended", ops->name);
}

static u64 read_fsbase(const struct arch_thread *t)
{
	u64 base;

	if (!cpu_has_patched(FEATURE_FSGSBASE))
		return t->fsbase;
	asm volatile("rdfsbase %0" : "=r"(base));
	return base;
}

/* The user's GS.base stands in KERNEL_GS_BASE while the kernel runs. Interrupts off. */
static u64 read_user_gsbase(const struct arch_thread *t)
{
	u64 base;

	if (!cpu_has_patched(FEATURE_FSGSBASE))
		return t->gsbase;
	asm volatile("swapgs\n\trdgsbase %0\n\tswapgs" : "=r"(base));
	return base;
}

/*
 * Selectors: programs of today leave all four at 0, so one test covers them. A program may load a data selector
 * all the same, and must find it again, and nobody else must.
 */
static void read_selectors(struct arch_thread *t)
{
	u32 ds, es, fs, gs;

	asm volatile("movl %%ds, %0\n\tmovl %%es, %1\n\tmovl %%fs, %2\n\tmovl %%gs, %3"
		     : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
	if (likely(!(ds | es | fs | gs))) {
		t->selectors = 0;
		return;
	}
	t->selectors = ds | (u64)es << 16 | (u64)fs << 32 | (u64)gs << 48;
}

/* Loads ds, es, fs, gs. Loading gs spoils GS.base: swap, load, swap. A fault in between could not be handled, so selectors
 * whose descriptor another thread took away become 0 before. Interrupts off. */
static noinline void load_selectors(u64 sel)
{
	u32 ds = arch_usable_selector(sel & 0xffff), es = arch_usable_selector(sel >> 16 & 0xffff);
	u32 fs = arch_usable_selector(sel >> 32 & 0xffff), gs = arch_usable_selector(sel >> 48);

	asm volatile("movl %0, %%ds\n\tmovl %1, %%es\n\tmovl %2, %%fs\n\t"
		     "swapgs\n\tmovl %3, %%gs\n\tswapgs"
		     : : "r"(ds), "r"(es), "r"(fs), "r"(gs) : "memory");
}

/* A base was set by value: a selector that said another is gone. Interrupts off, running thread. */
static void forget_selectors(u64 kept)
{
	struct arch_thread *t = current_arch_thread();

	read_selectors(t);
	if (likely(!(t->selectors & ~kept)))
		return;
	t->selectors &= kept;
	t->fsbase = read_msr(MSR_FS_BASE);
	t->gsbase = read_msr(MSR_KERNEL_GS_BASE);
	load_selectors(t->selectors);
	PV_VOID1(write_fsbase, t->fsbase);
	PV_VOID1(write_user_gsbase, t->gsbase);
}

static void save_user_segments(struct arch_thread *t)
{
	t->fsbase = read_fsbase(t);
	t->gsbase = read_user_gsbase(t);
	read_selectors(t);
	/* A selector of a program's own brings a base that only the processor knows. */
	if (unlikely(t->selectors) && !cpu_has_patched(FEATURE_FSGSBASE)) {
		t->fsbase = read_msr(MSR_FS_BASE);
		t->gsbase = read_msr(MSR_KERNEL_GS_BASE);
	}
}

/* Interrupts off. What the CPU holds is what the last user thread here left: cpu_segments. */
static void load_user_segments(struct arch_thread *next)
{
	if (unlikely(this_cpu_read(cpu_user_selectors) | next->selectors)) {
		load_selectors(next->selectors);
		this_cpu_write(cpu_user_selectors, next->selectors);
		this_cpu_write(cpu_user_gsbase, ~0ul); /* the selector's, whatever that is */
	}
	PV_VOID1(write_fsbase, next->fsbase);
	if (this_cpu_read(cpu_user_gsbase) | next->gsbase) {
		PV_VOID1(write_user_gsbase, next->gsbase);
		this_cpu_write(cpu_user_gsbase, next->gsbase);
	}
}

static void switch_pkru(struct arch_thread *prev, const struct arch_thread *next)
{
	prev->pkru = read_pkru();
	if (unlikely(prev->pkru != next->pkru))
		write_pkru(next->pkru);
}

struct thread *arch_switch_to(struct thread *prev, struct thread *next)
{
	struct arch_thread *p = arch_thread(prev), *n = arch_thread(next);

	if (p->fpu) {
		fpu_switch_out(p);
		save_user_segments(p);
		this_cpu_write(cpu_user_gsbase, p->gsbase);
		this_cpu_write(cpu_user_selectors, p->selectors);
	}
	if (n->fpu) {
		fpu_switch_in(n);
		load_user_segments(n);
	}
	if (arch_has_pkeys())
		switch_pkru(p, n);
	if (unlikely(p->extra | n->extra))
		switch_extra(p->extra, n);
	this_cpu_write(cpu_tss.sp0, n->stack_top);
	PV_VOID1(load_sp0, n->stack_top);
	this_cpu_write(current_thread_ptr, next);
	return (struct thread *)switch_stack(p, n);
}

void arch_thread_setup_user(struct thread *child, const struct pt_regs *regs)
{
	struct arch_thread *c = arch_thread(child), *self = current_arch_thread();
	struct pt_regs *child_regs;

	new_frame(c, thread_begin_user);
	child_regs = arch_user_regs(child);
	*child_regs = *regs;
	child_regs->ax = 0;
	c->fsbase = arch_thread_fsbase(current_thread());
	c->gsbase = arch_thread_gsbase(current_thread());
	read_selectors(self);
	c->selectors = self->selectors;
	if (arch_has_pkeys())
		c->pkru = read_pkru();
	c->user_started = 1;
	c->work = 0;
	c->trap_nr = self->trap_nr;
	c->extra = self->extra & EXTRA_NO_TSC; /* ports are the caller's business */
}

unsigned long arch_thread_fsbase(struct thread *thread)
{
	struct arch_thread *t = arch_thread(thread);

	return thread == current_thread() ? read_fsbase(t) : t->fsbase;
}

unsigned long arch_thread_gsbase(struct thread *thread)
{
	struct arch_thread *t = arch_thread(thread);
	unsigned long flags, base;

	if (thread != current_thread())
		return t->gsbase;
	local_irq_save(flags);
	base = read_user_gsbase(t);
	local_irq_restore(flags);
	return base;
}

int arch_thread_set_fsbase(struct thread *thread, unsigned long base)
{
	unsigned long flags;

	if (base >= USER_END)
		return -EPERM;
	local_irq_save(flags);
	if (thread == current_thread())
		forget_selectors(~(0xffffull << 32));
	arch_thread(thread)->fsbase = base;
	if (thread == current_thread())
		PV_VOID1(write_fsbase, base);
	local_irq_restore(flags);
	return 0;
}

int arch_thread_set_gsbase(struct thread *thread, unsigned long base)
{
	unsigned long flags;

	if (base >= USER_END)
		return -EPERM;
	local_irq_save(flags);
	if (thread == current_thread())
		forget_selectors(~(0xffffull << 48));
	arch_thread(thread)->gsbase = base;
	if (thread == current_thread())
		PV_VOID1(write_user_gsbase, base);
	local_irq_restore(flags);
	return 0;
}

long arch_prctl(int option, unsigned long arg)
{
	struct thread *self = current_thread();

	switch (option) {
	case ARCH_SET_FS:
		return arch_thread_set_fsbase(self, arg);
	case ARCH_SET_GS:
		return arch_thread_set_gsbase(self, arg);
	case ARCH_GET_FS:
		return put_user_u64(arch_thread_fsbase(self), uaddr(arg));
	case ARCH_GET_GS:
		return put_user_u64(arch_thread_gsbase(self), uaddr(arg));
	case ARCH_GET_XCOMP_SUPP:
	case ARCH_GET_XCOMP_PERM:
		return put_user_u64(fpu_xfeatures, uaddr(arg));
	case ARCH_REQ_XCOMP_PERM:
		/* The one feature that wants a permission is the tile data, which this kernel does not switch. */
		return arg <= XFEATURE_TILE_DATA ? -EOPNOTSUPP : -EINVAL;
	case ARCH_GET_CPUID:
		return 1;
	case ARCH_SET_CPUID:
		return -ENODEV; /* no use is made of processors that can make CPUID fault */
	}
	return -EINVAL;
}

/* Any selector of privilege 3 will do: one that names nothing faults at IRET, and the program gets the signal. */
void regs_sanitize_user(struct pt_regs *regs)
{
	regs->cs = (regs->cs & 0xffff) | 3;
	regs->ss = (regs->ss & 0xffff) | 3;
	/* SYSRET knows only the usual two. */
	if (regs->cs != USER_CS || regs->ss != USER_DS)
		thread_set_work(current_thread(), TIF_NOTIFY);
	regs->flags = (regs->flags & X86_EFLAGS_USER & ~X86_EFLAGS_NT) | X86_EFLAGS_IF | X86_EFLAGS_FIXED;
}

void start_thread(struct pt_regs *regs, unsigned long ip, unsigned long sp)
{
	struct arch_thread *t = current_arch_thread();
	unsigned long flags;

	memset(regs, 0, sizeof(*regs));
	regs->ip = ip;
	regs->cx = ip; /* so that SYSRET may be used */
	regs->sp = sp;
	regs->flags = X86_EFLAGS_IF | X86_EFLAGS_FIXED;
	regs->r11 = regs->flags;
	regs->cs = USER_CS;
	regs->ss = USER_DS;
	regs->orig_ax = REGS_NO_SYSCALL;
	t->user_started = 1;
	fpu_thread_reset();
	local_irq_save(flags);
	forget_selectors(0);
	local_irq_restore(flags);
	if (arch_thread_set_fsbase(current_thread(), 0) || arch_thread_set_gsbase(current_thread(), 0))
		BUG();
}
