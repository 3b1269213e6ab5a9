/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * main.c - the order in which the kernel comes up.
 *
 * WHAT        kernel_main() runs on the boot CPU, on the boot stack, with early page tables. The first steps make the
 *             processor usable (traps, patched call sites, final page tables, per-CPU areas); then init_table
 *             brings up one folder after the other, each by its xxx_init(). At the end the first program is
 *             started and this thread becomes the boot CPU's idle thread.
 * INVARIANTS  I1  The order of init_table is the only order; a step uses nothing of a later one.
 *             I2  Interrupts are off until the step "interrupts on".
 *             I3  A step that can't do its work panics, or leaves its feature out and says so.
 * SEE         docs/boot.md
 */
#include <arch/acpi.h>
#include <arch/alternative.h>
#include <arch/apic.h>
#include <arch/arch_port.h>
#include <arch/bootinfo.h>
#include <arch/cmos.h>
#include <arch/cpu.h>
#include <arch/early_mem.h>
#include <arch/extable.h>
#include <arch/fpu.h>
#include <arch/ioapic.h>
#include <arch/irqflags.h>
#include <arch/kasan.h>
#include <arch/memlayout.h>
#include <arch/pgtable.h>
#include <arch/power.h>
#include <arch/preempt.h>
#include <arch/tsc.h>
#include <lib/cmdline.h>
#include <log/log.h>
#include <log/panic.h>
#include <log/printk.h>
#include <pages/pages_init.h>
#include <paravirt/paravirt.h>
#include <sched/sched.h>
#include <time/timekeeping.h>
#include "boot_impl.h"

struct boot_step {
	const char *name;
	void (*init)(void);
};

static void say_hello(void)
{
	pr_notice("Perennial %s\n", boot_version);
	pr_info("command line: %s\n", boot_info.cmdline);
	if (boot_info.is_cmdline_cut)
		pr_warn("command line: only the first %d bytes are taken\n", BOOT_CMDLINE_SIZE - 1);
	for (u32 i = 0; i < boot_info.nr_ranges; i++)
		pr_info("memory %012llx-%012llx type %u\n", (unsigned long long)boot_info.ranges[i].start,
			(unsigned long long)boot_info.ranges[i].end, boot_info.ranges[i].type);
	if (boot_info.refusal)
		panic("module at %llx-%llx %s: give it less memory in its way, or leave the initrd out",
		      (unsigned long long)boot_info.refused.start,
		      (unsigned long long)boot_info.refused.end, boot_info.refusal);
}

static void say_cpu(void)
{
	pr_info("cpu: %s %s, paravirtualized on %s: %u sites inline, %u direct, %u nops, %u left\n",
		boot_cpu.vendor, boot_cpu.model_name, pv_backend->name, pv_patch_stats.nr_inline,
		pv_patch_stats.nr_call, pv_patch_stats.nr_nop, pv_patch_stats.nr_indirect);
}

static void init_log(void)
{
	log_init(boot_info.cmdline);
}

/* Before pages_init(), which wants to know the nodes; CPUs need memory, so they are registered after it. */
static void read_firmware(void)
{
	acpi_init(boot_info.rsdp);
}

static void register_cpus(void)
{
	acpi_register_cpus();
}

static void init_interrupts(void)
{
	apic_init(acpi_info.lapic_phys ? acpi_info.lapic_phys : APIC_DEFAULT_PHYS);
	ioapic_init();
}

static void init_clocks(void)
{
	time64_t seconds;

	tsc_calibrate();
	timekeeping_init(tsc_khz);
	apic_timer_calibrate(tsc_khz);
	if (cmos_read_time(&seconds))
		pr_info("rtc: none, the clock starts at 1970\n");
	else
		timekeeping_set_real_boot(seconds);
}

static void interrupts_on(void)
{
	local_irq_enable();
}

/* Threads that folders below the scheduler want. */
static void start_threads(void)
{
	sched_start();
	preempt_enable(); /* the processor started at depth 1; from here on this thread is like any other */
}

static void start_cpus(void)
{
	int failed = cpu_start_secondaries();

	if (failed)
		pr_warn("smp: %d CPUs did not start\n", failed);
	pr_info("smp: %d CPUs\n", num_online_cpus());
}

static void seal(void)
{
	phys_addr_t start, end;
	unsigned long bad;

	pgtable_seal();
	image_init_range(&start, &end);
	boot_free_late(start, end);
	bad = pgtable_count_wx();
	if (bad)
		panic("%lu pages of the kernel are writable and executable", bad);
}

/* One row per folder, lowest first; a folder whose row is here before its code is skipped. */
static const struct boot_step init_table[] = {
	{ "log", init_log },
	{ "hello", say_hello },
	{ "cpu", say_cpu },
	{ "firmware", read_firmware },
	{ "pages", pages_init },
	{ "cpu numbers", register_cpus },
	{ "serial console", serial_init_console },
	{ "interrupts", init_interrupts },
	{ "clocks", init_clocks },
	{ "random", random_init },
	{ "sched", sched_init },
	{ "interrupts on", interrupts_on },
	{ "security", security_init },
	{ "paravirt reports", pv_register_reports },
	{ "mm", mm_init },
	{ "vfs", vfs_init },
	{ "process", process_init },
	{ "kernel threads", start_threads },
	{ "cpus", start_cpus },
	{ "mm threads", mm_start },
	{ "landlock", landlock_init },
	{ "net", net_init },
	{ "unix sockets", unix_init },
	{ "tmpfs", tmpfs_init },
	{ "devtmpfs", devtmpfs_init },
	{ "proc", proc_init },
	{ "sys", sys_init },
	{ "9p", p9_init },
	{ "fuse", fuse_init },
	{ "overlay", overlay_init },
	{ "pci", pci_init },
	{ "serial", serial_init },
	{ "virtio", virtio_init },
	{ "tty", tty_init },
	{ "devpts", devpts_init },
	{ "rtc", rtc_init },
	{ "mem devices", mem_devices_init },
	{ "syscall", syscall_init },
	{ "initramfs", initramfs_unpack },
	{ "seal", seal },
};

static void run_init_table(void)
{
	bool trace = cmdline_has(boot_info.cmdline, "initcall_debug");

	for (size_t i = 0; i < ARRAY_SIZE(init_table); i++) {
		if (trace && i > 0)
			pr_info("init: %s%s\n", init_table[i].name, init_table[i].init ? "" : " (absent)");
		if (init_table[i].init)
			init_table[i].init();
	}
}

/* The processor itself: from early tables to the final ones. No printk() before the log's own step. */
static void init_processor(void)
{
	extable_init();
	cpu_detect(boot_info.cmdline);
	cpu_init_boot();
	pv_init(boot_info.cmdline);
	alternatives_apply();
	early_mem_init();
	trampoline_reserve();
	pgtable_init_kernel();
	kasan_init();
	percpu_init();
	fpu_init();
}

void kernel_main(void)
{
	init_processor();
	run_init_table();
	boot_selftest();
	boot_still_stress(boot_info.cmdline);
	boot_crash(boot_info.cmdline);
	if (!process_start_init || process_start_init()) {
		pr_emerg("no first program to run: powering off\n");
		machine_power_off();
	}
	sched_idle();
}
