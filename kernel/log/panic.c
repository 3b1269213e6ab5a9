/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * panic.c - the end, assertions and warnings.
 *
 * WHAT        The first processor in panic() stops the others, says everything it knows and ends the machine. A second one
 *             is held; a panic inside the panic says one line and ends it too.
 * LOCKING     None: owner is claimed by compare-and-exchange; from then on the log breaks its locks.
 */
#include <arch/cpu.h>
#include <arch/early_console.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/power.h>
#include <arch/preempt.h>
#include <arch/ptregs.h>
#include <arch/smp.h>
#include <arch/stacktrace.h>
#include <lib/assert.h>
#include <lib/string.h>
#include <sync/thread.h>
#include <time/ktime.h>
#include <log/log.h>
#include <log/panic.h>
#include "panic_impl.h"

#define STACK_DEPTH	48
#define DEBUG_EXIT_PORT 0xf4 /* QEMU's isa-debug-exit, when it is there: the emulator ends with status 2 * value + 1 */
#define DEBUG_EXIT_PANIC 0x21

struct panic_state {
	u32 owner; /* processor + 1, atomic */
	u32 nr_warnings;
};

static struct panic_state panic_state;
struct panic_settings panic_settings = { .timeout_s = PANIC_POWER_OFF };

bool panic_in_progress(void)
{
	return unlikely(READ_ONCE(panic_state.owner) != 0);
}

void panic_set_timeout(int seconds)
{
	panic_settings.timeout_s = seconds;
}

u32 warn_count(void)
{
	return READ_ONCE(panic_state.nr_warnings);
}

/* ---- what happened ---- */

void show_stack(struct thread *thread, struct pt_regs *regs)
{
	unsigned long trace[STACK_DEPTH];
	unsigned int i, nr = stack_trace_save(thread, regs, trace, STACK_DEPTH);

	pr_err("stack:\n");
	for (i = 0; i < nr; i++)
		pr_err("  %px %pB\n", (void *)trace[i], (void *)trace[i]);
}

void show_regs(struct pt_regs *regs)
{
	pr_err("rip %04lx:%016lx %pS\n", regs->cs, regs->ip, (void *)regs->ip);
	pr_err("rsp %016lx rflags %08lx ss %04lx orig_rax %016lx\n", regs->sp, regs->flags, regs->ss, regs->orig_ax);
	pr_err("rax %016lx rbx %016lx rcx %016lx\n", regs->ax, regs->bx, regs->cx);
	pr_err("rdx %016lx rsi %016lx rdi %016lx\n", regs->dx, regs->si, regs->di);
	pr_err("rbp %016lx r8  %016lx r9  %016lx\n", regs->bp, regs->r8, regs->r9);
	pr_err("r10 %016lx r11 %016lx r12 %016lx\n", regs->r10, regs->r11, regs->r12);
	pr_err("r13 %016lx r14 %016lx r15 %016lx\n", regs->r13, regs->r14, regs->r15);
}

/* As Linux has it, for programs that read the log; the call trace is what they look for. */
void dump_stack(void)
{
	unsigned long trace[STACK_DEPTH];
	struct thread *thread = current_thread();
	unsigned int i, nr = stack_trace_save(NULL, NULL, trace, STACK_DEPTH);

	pr_warn("CPU: %d PID: %u Comm: %s Not tainted\n", smp_processor_id(), thread->id, thread->name);
	pr_warn("Call Trace:\n <TASK>\n");
	for (i = 0; i < nr; i++)
		pr_warn(" %pB\n", (void *)trace[i]);
	pr_warn(" </TASK>\n");
}

static void show_context(void)
{
	struct thread *thread = current_thread();

	if (!thread)
		return;
	pr_err("cpu %d, thread %u %s, call %d, preempt count %x\n", smp_processor_id(), thread->id, thread->name,
	       (int)thread->call.nr, preempt_count());
}

void warn_message(const char *file, int line, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	xadd(&panic_state.nr_warnings, 1u);
	pr_warn("warning: %s at %s:%d\n", text, file, line);
	show_context();
	show_stack(NULL, NULL);
	if (READ_ONCE(panic_settings.on_warn) && !panic_in_progress())
		panic("panic_on_warn: %s", text);
}

void warn_fail(const char *expr, const char *file, int line)
{
	warn_message(file, line, "%s", expr);
}

/* ---- the end ---- */

static __noreturn void halt_for_ever(void)
{
	for (;;)
		cpu_halt();
}

static void wait_seconds(int seconds)
{
	u64 end = ktime_get_ns() + (u64)seconds * NSEC_PER_SEC;

	while (ktime_get_ns() < end)
		cpu_relax();
}

static __noreturn void end_machine(void)
{
	int timeout = READ_ONCE(panic_settings.timeout_s);

	if (timeout == 0)
		halt_for_ever();
	outb(DEBUG_EXIT_PANIC, DEBUG_EXIT_PORT);
	if (timeout == PANIC_POWER_OFF)
		machine_power_off();
	if (timeout > 0)
		wait_seconds(timeout);
	machine_restart();
}

/* Only one processor comes back from here. */
static void claim_panic(const char *text)
{
	u32 me = smp_processor_id() + 1, old = 0;

	if (try_cmpxchg(&panic_state.owner, &old, me))
		return;
	if (old != me)
		halt_for_ever();
	early_puts("panic inside panic: ");
	early_puts(text);
	early_puts("\n");
	outb(DEBUG_EXIT_PANIC, DEBUG_EXIT_PORT);
	machine_power_off();
}

static __noreturn void die(struct pt_regs *regs, const char *fmt, va_list args)
{
	char text[384];

	local_irq_disable();
	vscnprintf(text, sizeof(text), fmt, args);
	claim_panic(text);
	stop_other_cpus();
	log_flush_in_panic();
	pr_emerg("panic: %s\n", text);
	show_context();
	if (regs)
		show_regs(regs);
	show_stack(NULL, regs);
	pr_emerg("end of panic\n");
	end_machine();
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	die(NULL, fmt, args);
}

void panic_regs(struct pt_regs *regs, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	die(regs, fmt, args);
}

void assert_fail(const char *expr, const char *file, int line)
{
	panic("assertion failed: %s at %s:%d", expr, file, line);
}
