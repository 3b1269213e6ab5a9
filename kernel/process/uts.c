/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uts.c - the host's name and what uname(2) says of the kernel.
 *
 * LOCKING  uts_ns->lock for the name. User memory is copied outside of it.
 * TESTS    tests/guest/process/namespace_test.c
 */
#include "process_impl.h"
#include <linux/personality.h>
#include <lib/printf.h>
#include <linux/sysinfo.h>
#include <mm/mm.h>
#include <mm/shmem.h>
#include <pages/page_alloc.h>
#include <pages/stats.h>
#include <time/cputime.h>
#include <time/ktime.h>
#include <process/fork.h>
#include <process/nsproxy.h>
#include <process/process_calls.h>

struct uts_namespace init_uts_ns = {
	.refs = REFCOUNT_INIT(1),
	.inum = 0xeffffffe,
	.user_ns = &init_user_ns,
	.lock = SPINLOCK_INIT(RANK_LEAF),
	.name = {
		.sysname = "Linux",
		.nodename = "(none)",
		.release = "6.1.0-perennial",
		.version = "#1 SMP PREEMPT",
		.machine = "x86_64",
		.domainname = "(none)",
	},
};

static void copy_name(struct new_utsname *name)
{
	struct uts_namespace *ns = current_uts_ns();

	with_spinlock_irq(&ns->lock);
	*name = ns->name;
}

/* personality(2), UNAME26: programs that understand no version but 2.6. 6.1.0-x becomes 2.6.61-x. */
static void pretend_2_6(struct new_utsname *name)
{
	char rest[sizeof(name->release)];
	const char *p = name->release;

	while (*p == '.' || (*p >= '0' && *p <= '9'))
		p++;
	strscpy(rest, p, sizeof(rest));
	snprintf(name->release, sizeof(name->release), "2.6.%d%s", 60 + 1, rest);
}

long sys_uname(uaddr_t buf)
{
	struct new_utsname name;

	copy_name(&name);
	if (cur->personality & UNAME26)
		pretend_2_6(&name);
	if ((cur->personality & PER_MASK) == PER_LINUX32)
		strscpy(name.machine, "i686", sizeof(name.machine));
	return put_user_obj(&name, buf);
}

static long set_uts_field(uaddr_t from, int len, size_t offset)
{
	struct uts_namespace *ns = current_uts_ns();
	char text[__NEW_UTS_LEN + 1] = { 0 };

	if (!ns_capable(ns->user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > __NEW_UTS_LEN)
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	with_spinlock_irq(&ns->lock);
	memcpy((char *)&ns->name + offset, text, sizeof(text));
	return 0;
}

long sys_sethostname(uaddr_t name, int len)
{
	return set_uts_field(name, len, offsetof(struct new_utsname, nodename));
}

long sys_setdomainname(uaddr_t name, int len)
{
	return set_uts_field(name, len, offsetof(struct new_utsname, domainname));
}

long sys_sysinfo(uaddr_t info)
{
	struct sysinfo si = { 0 };
	u32 load[3];

	si.uptime = (long)((ktime_get_boottime_ns() + NSEC_PER_SEC - 1) / NSEC_PER_SEC);
	loadavg_read(load);
	for (int i = 0; i < 3; i++)
		si.loads[i] = (unsigned long)load[i] << (SI_LOAD_SHIFT - LOADAVG_SHIFT);
	si.totalram = nr_managed_pages() << PAGE_SHIFT;
	si.freeram = nr_free_pages() << PAGE_SHIFT;
	si.sharedram = (unsigned long)shmem_pages() << PAGE_SHIFT;
	si.procs = (u16)atomic_read(&nr_tasks);
	si.mem_unit = 1;
	return put_user_obj(&si, info);
}
