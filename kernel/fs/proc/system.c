/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * system.c - the machine as /proc shows it: the root's table, CPUs, times, devices, file systems. Formats: proc(5).
 *
 * WHAT        The root's rows are one table; each row computes its text when it is read. A file about something that
 *             this kernel has not (swap, partitions, crypto) is empty or has Linux's heading only.
 */
#include <arch/bootinfo.h>
#include <arch/cpu.h>
#include <arch/topology.h>
#include <arch/irq.h>
#include <arch/tsc.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <log/kallsyms.h>
#include <log/log.h>
#include <linux/capability.h>
#include <mm/mm_port.h>
#include <probe/report.h>
#include <process/nsproxy.h>
#include <process/pid.h>
#include <process/report.h>
#include <sched/sched.h>
#include <sched/task.h>
#include <time/cputime.h>
#include <time/jiffies.h>
#include <time/ktime.h>
#include <unix/unix_report.h>
#include <vfs/chrdev.h>
#include <vfs/locks.h>
#include "proc_impl.h"

/* --- processors ---------------------------------------------------------------------------------------- */

/* Linux's names of CPUID bits, for the flags line; a NULL is not shown. */
struct flag_word {
	u8 word;
	const char *names[32];
};

static const struct flag_word flag_words[] = {
	{ CPUID_1_EDX, { "fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", NULL, "sep", "mtrr", "pge", "mca", "cmov",
			 "pat", "pse36", "pn", "clflush", NULL, "dts", "acpi", "mmx", "fxsr", "sse", "sse2", "ss", "ht", "tm", "ia64",
			 "pbe" } },
	{ CPUID_80000001_EDX, { [11] = "syscall", [20] = "nx", [22] = "mmxext", [25] = "fxsr_opt", [26] = "pdpe1gb", [27] = "rdtscp",
				[29] = "lm", [30] = "3dnowext", [31] = "3dnow" } },
	{ CPUID_1_ECX, { "pni", "pclmulqdq", "dtes64", "monitor", "ds_cpl", "vmx", "smx", "est", "tm2", "ssse3", "cid", NULL, "fma",
			 "cx16", "xtpr", "pdcm", NULL, "pcid", "dca", "sse4_1", "sse4_2", "x2apic", "movbe", "popcnt",
			 "tsc_deadline_timer", "aes", "xsave", "osxsave", "avx", "f16c", "rdrand", "hypervisor" } },
	{ CPUID_80000001_ECX, { "lahf_lm", "cmp_legacy", "svm", "extapic", "cr8_legacy", "abm", "sse4a", "misalignsse",
				"3dnowprefetch" } },
	{ CPUID_7_EBX, { "fsgsbase", "tsc_adjust", "sgx", "bmi1", "hle", "avx2", NULL, "smep", "bmi2", "erms", "invpcid", "rtm",
			 [18] = "rdseed", [19] = "adx", [20] = "smap", [23] = "clflushopt", [24] = "clwb", [29] = "sha_ni" } },
	{ CPUID_7_ECX, { [2] = "umip", [3] = "pku", [4] = "ospke", [9] = "vaes", [16] = "la57", [22] = "rdpid" } },
	{ CPUID_D1_EAX, { "xsaveopt", "xsavec", "xgetbv1", "xsaves" } },
};

static void cpu_flags_line(struct seq_file *m)
{
	seq_puts(m, "flags\t\t:");
	for (u32 i = 0; i < ARRAY_SIZE(flag_words); i++)
		for (u32 bit = 0; bit < 32; bit++)
			if (flag_words[i].names[bit] && cpu_has(FEATURE(flag_words[i].word, bit)))
				seq_printf(m, " %s", flag_words[i].names[bit]);
	seq_putc(m, '\n');
}

static void cpu_place_lines(struct seq_file *m, int cpu)
{
	seq_printf(m, "physical id\t: %d\nsiblings\t: %d\ncore id\t\t: %d\ncpu cores\t: %d\n", cpu_package_id(cpu),
		   hweight64(cpu_package_mask(cpu).bits), cpu_core_id(cpu), cpu_package_cores(cpu));
}

static int cpuinfo_show(struct seq_file *m, struct task *task)
{
	int cpu;

	for_each_online_cpu(cpu) {
		seq_printf(m, "processor\t: %d\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n",
			   cpu, boot_cpu.vendor, boot_cpu.family, boot_cpu.model,
			   boot_cpu.model_name[0] ? boot_cpu.model_name : "unknown", boot_cpu.stepping);
		seq_printf(m, "cpu MHz\t\t: %llu.%03llu\n", (unsigned long long)tsc_khz / 1000,
			   (unsigned long long)tsc_khz % 1000);
		if (cpu_l2_kb())
			seq_printf(m, "cache size\t: %u KB\n", cpu_l2_kb());
		cpu_place_lines(m, cpu);
		seq_printf(m, "apicid\t\t: %u\ninitial apicid\t: %u\nfpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: 13\nwp\t\t: yes\n",
			   cpu_apic_id(cpu), cpu_apic_id(cpu));
		cpu_flags_line(m);
		seq_printf(m, "bugs\t\t:\nbogomips\t: %llu.%02llu\n", (unsigned long long)tsc_khz / 500,
			   (unsigned long long)tsc_khz / 5 % 100);
		if (cpu_tlb_entries())
			seq_printf(m, "TLB size\t: %u 4K pages\n", cpu_tlb_entries());
		seq_printf(m, "clflush size\t: %u\ncache_alignment\t: 64\n"
			      "address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n",
			   boot_cpu.clflush_bytes, boot_cpu.phys_bits, boot_cpu.virt_bits);
	}
	return 0;
}
PROC_SHOW_OPS(cpuinfo_show);

static void stat_cpu_line(struct seq_file *m, const u64 ns[NR_CPUTIME])
{
	const u64 tick = NSEC_PER_SEC / USER_HZ;

	seq_printf(m, " %llu %llu %llu %llu %llu %llu %llu %llu 0 0\n", (unsigned long long)(ns[CPUTIME_USER] / tick),
		   (unsigned long long)(ns[CPUTIME_NICE] / tick), (unsigned long long)(ns[CPUTIME_SYSTEM] / tick),
		   (unsigned long long)(ns[CPUTIME_IDLE] / tick), (unsigned long long)(ns[CPUTIME_IOWAIT] / tick),
		   (unsigned long long)(ns[CPUTIME_IRQ] / tick), (unsigned long long)(ns[CPUTIME_SOFTIRQ] / tick),
		   (unsigned long long)(ns[CPUTIME_STEAL] / tick));
}

static u64 irq_total(void)
{
	int cpu;
	u64 total = 0;

	for_each_online_cpu(cpu)
		total += irq_count_cpu(cpu);
	return total;
}

static int stat_show(struct seq_file *m, struct task *task)
{
	u64 ns[NR_CPUTIME], sum[NR_CPUTIME] = { 0 };
	int cpu;

	for_each_online_cpu(cpu) {
		cputime_read(cpu, ns);
		for (u32 i = 0; i < NR_CPUTIME; i++)
			sum[i] += ns[i];
	}
	seq_puts(m, "cpu ");
	stat_cpu_line(m, sum);
	for_each_online_cpu(cpu) {
		cputime_read(cpu, ns);
		seq_printf(m, "cpu%d", cpu);
		stat_cpu_line(m, ns);
	}
	seq_printf(m, "intr %llu\nctxt %llu\nbtime %llu\nprocesses %llu\nprocs_running %u\nprocs_blocked 0\nsoftirq 0\n",
		   (unsigned long long)irq_total(), (unsigned long long)sched_nr_switches(),
		   (unsigned long long)((ktime_get_real_ns() - ktime_get_boottime_ns()) / NSEC_PER_SEC), (unsigned long long)total_forks(),
		   max(sched_nr_running(), 1u));
	return 0;
}
PROC_SHOW_OPS(stat_show);

static int interrupts_show(struct seq_file *m, struct task *task)
{
	int cpu;
	struct irq_stat st;
	unsigned int cursor = 0;

	seq_puts(m, "     ");
	for_each_online_cpu(cpu)
		seq_printf(m, "       CPU%-4d", cpu);
	seq_putc(m, '\n');
	while (irq_stat_next(&cursor, &st)) {
		seq_printf(m, "%3d: ", st.vector);
		for_each_online_cpu(cpu)
			seq_printf(m, "%10llu ", cpu == st.cpu ? (unsigned long long)st.count : 0ull);
		seq_printf(m, " %s\n", st.name);
	}
	return 0;
}
PROC_SHOW_OPS(interrupts_show);

/* --- time ---------------------------------------------------------------------------------------------- */

static int uptime_show(struct seq_file *m, struct task *task)
{
	u64 up = ktime_get_boottime_ns(), idle = 0, ns[NR_CPUTIME];
	int cpu;

	for_each_online_cpu(cpu) {
		cputime_read(cpu, ns);
		idle += ns[CPUTIME_IDLE];
	}
	seq_printf(m, "%llu.%02llu %llu.%02llu\n", (unsigned long long)(up / NSEC_PER_SEC),
		   (unsigned long long)(up / 10000000 % 100), (unsigned long long)(idle / NSEC_PER_SEC),
		   (unsigned long long)(idle / 10000000 % 100));
	return 0;
}
PROC_SHOW_OPS(uptime_show);

static int loadavg_show(struct seq_file *m, struct task *task)
{
	struct pid_namespace *ns = proc_pid_ns(((struct inode *)m->private)->i_sb);
	u32 avg[3];

	loadavg_read(avg);
	for (int i = 0; i < 3; i++) {
		u32 rounded = avg[i] + LOADAVG_ONE / 200;

		seq_printf(m, "%u.%02u ", rounded >> LOADAVG_SHIFT, ((rounded & (LOADAVG_ONE - 1)) * 100) >> LOADAVG_SHIFT);
	}
	seq_printf(m, "%u/%u %d\n", sched_nr_running(), process_nr_threads(), ns->last_nr);
	return 0;
}
PROC_SHOW_OPS(loadavg_show);

/* --- identity ------------------------------------------------------------------------------------------ */

static int version_show(struct seq_file *m, struct task *task)
{
	struct new_utsname *name = &current_uts_ns()->name;

	seq_printf(m, "%s version %s (perennial@perennial) (%s) %s\n", name->sysname, name->release, __VERSION__, name->version);
	return 0;
}
PROC_SHOW_OPS(version_show);

static int cmdline_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%s\n", boot_info.cmdline);
	return 0;
}
PROC_SHOW_OPS(cmdline_show);

/* --- lists that other folders know --------------------------------------------------------------------- */

static int filesystems_row_show(struct seq_file *m, struct task *task)
{
	return filesystems_show(m);
}
PROC_SHOW_OPS(filesystems_row_show);

static int devices_show(struct seq_file *m, struct task *task)
{
	int ret;

	seq_puts(m, "Character devices:\n");
	ret = chrdev_show(m);
	seq_puts(m, "\nBlock devices:\n");
	return ret;
}
PROC_SHOW_OPS(devices_show);

static int locks_row_show(struct seq_file *m, struct task *task)
{
	return locks_show(m);
}
PROC_SHOW_OPS(locks_row_show);

static int partitions_show(struct seq_file *m, struct task *task)
{
	seq_puts(m, "major minor  #blocks  name\n\n");
	return 0;
}
PROC_SHOW_OPS(partitions_show);

static int empty_show(struct seq_file *m, struct task *task)
{
	return 0;
}
PROC_SHOW_OPS(empty_show);

static int self_mounts_text(struct pid_namespace *ns, char *buf, size_t size)
{
	return strscpy(buf, "self/mounts", size) < 0 ? -ENAMETOOLONG : 0;
}
static const struct proc_node_ops mounts_ops = { .text = self_mounts_text };

static int self_net_text(struct pid_namespace *ns, char *buf, size_t size)
{
	return strscpy(buf, "self/net", size) < 0 ? -ENAMETOOLONG : 0;
}
static const struct proc_node_ops net_ops = { .text = self_net_text };

/* Addresses are the kernel's secret: zeros for all but the privileged, for everybody if kptr_restrict is 2. */
static int kallsyms_show(struct seq_file *m, struct task *task)
{
	bool may = READ_ONCE(log_settings.kptr_restrict) < 2 && process_capable(CAP_SYSLOG);

	for (u32 i = 0; i < symbol_count(); i++) {
		unsigned long addr;
		char type;
		const char *name = symbol_nth(i, &addr, &type);

		seq_printf(m, "%016lx %c %s\n", may ? addr : 0, type, name);
	}
	return 0;
}
PROC_SHOW_OPS(kallsyms_show);

/* --- the root ------------------------------------------------------------------------------------------ */

static int tty_drivers_show(struct seq_file *m, struct task *task)
{
	struct report *report = report_find("proc/tty/drivers");
	size_t len;

	if (!report)
		return 0;
	len = report_show(report, m->buf + m->count, m->size - m->count);
	if (len >= m->size - m->count)
		seq_set_overflow(m);
	else
		m->count += len;
	return 0;
}
PROC_SHOW_OPS(tty_drivers_show);

static const struct proc_node tty_rows[] = {
	PROC_FILE("drivers", 0444, tty_drivers_show_ops),
	{ 0 },
};

static int net_unix_show(struct seq_file *m, struct task *task)
{
	return unix_report_show(m);
}
PROC_SHOW_OPS(net_unix_show);

const struct proc_node proc_net_rows[] = {
	PROC_FILE("unix", 0444, net_unix_show_ops),
	{ 0 },
};

const struct proc_node proc_root_rows[] = {
	PROC_LINK("self", self_ops),
	PROC_LINK("thread-self", thread_self_ops),
	PROC_LINK("mounts", mounts_ops),
	PROC_DIR("sys", 0555, proc_sys_rows),
	PROC_DIR("tty", 0555, tty_rows),
	PROC_LINK("net", net_ops),
	PROC_FILE("buddyinfo", 0444, buddyinfo_ops),
	PROC_FILE("cmdline", 0444, cmdline_show_ops),
	PROC_FILE("cpuinfo", 0444, cpuinfo_show_ops),
	PROC_FILE("devices", 0444, devices_show_ops),
	PROC_FILE("diskstats", 0444, empty_show_ops),
	PROC_FILE("filesystems", 0444, filesystems_row_show_ops),
	PROC_FILE("interrupts", 0444, interrupts_show_ops),
	PROC_FILE("kallsyms", 0444, kallsyms_show_ops),
	PROC_FILE("loadavg", 0444, loadavg_show_ops),
	PROC_FILE("locks", 0444, locks_row_show_ops),
	PROC_FILE("meminfo", 0444, meminfo_ops),
	PROC_FILE("modules", 0444, empty_show_ops),
	PROC_FILE("partitions", 0444, partitions_show_ops),
	PROC_FILE("slabinfo", 0400, slabinfo_ops),
	PROC_FILE("stat", 0444, stat_show_ops),
	PROC_FILE("swaps", 0444, swaps_ops),
	PROC_FILE("sysrq-trigger", 0200, sysrq_trigger_ops),
	PROC_FILE("uptime", 0444, uptime_show_ops),
	PROC_FILE("version", 0444, version_show_ops),
	PROC_FILE("vmstat", 0444, vmstat_ops),
	PROC_FILE("zoneinfo", 0444, zoneinfo_ops),
	{ 0 },
};

static const struct proc_node_ops root_ops = { .iops = &proc_root_iops, .fops = &proc_root_fops };
const struct proc_node proc_root_node = { .name = "/", .mode = S_IFDIR | 0555, .ops = &root_ops, .children = proc_root_rows };
