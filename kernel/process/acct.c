/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acct.c - acct(2): a record of each process that ends, appended to a file.
 *
 * WHAT        A pid namespace may have an account file. When the last thread of a process ends, the file of its namespace and of
 *             each one above get a record in the third format (linux/acct.h, struct acct_v3), with the numbers of that namespace.
 *
 *             Offsets: flag 0, version 1, tty 2, exit code 4, uid 8, gid 12, pid 16, ppid 20, begin 24, elapsed 28 (a float),
 *             user 32, system 34, memory 36, io 38, rw 40, minor 42, major 44, swaps 46, command 48; 64 bytes.
 *             Times count AHZ a second; the eight numbers of 16 bits are comp_t: 13 bits times a power of 8.
 * INVARIANTS  I1  ns->acct holds a reference; who writes takes another, so the file stays until the last record is out.
 *             I2  A file system with too little free (kernel.acct: 2 percent) gets no records until it has more again (4).
 * LOCKING     acct_state.lock (rank LEAF, interrupts off): ns->acct, is_active. The write itself is outside; O_APPEND keeps records apart.
 * LIFECYCLE   acct(file) -> ns->acct -> acct(another), acct(NULL) or the namespace's end -> last writer closes it.
 * ERRORS      -EPERM; -EACCES no regular file; -EIO cannot be written; -ENOMEM; what opening gives. A record that cannot be
 *             written is lost.
 * TESTS       tests/guest/process/acct_test.c
 */
#include "process_impl.h"
#include <lib/uabi.h>
#include <linux/acct.h>
#include <linux/capability.h>
#include <linux/stat.h>
#include <pages/slab.h>
#include <sync/refcount.h>
#include <time/ktime.h>
#include <mm/mm.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/namei.h>
#include <vfs/super.h>
#include <process/process_calls.h>
#include <process/report.h>
#include "acct_impl.h"
#include "exit_impl.h"

enum { ACCT_V3 = 3, TICKS_PER_SECOND = 100 };

ASSERT_SIZE(struct acct_v3, 64);
ASSERT_OFFSET(struct acct_v3, ac_etime, 28);
ASSERT_OFFSET(struct acct_v3, ac_comm, 48);

struct acct_file {
	struct refcount refs;
	struct file *file;    /* __final; owned */
	bool is_active;	      /* I2 */
	u64 next_check_ns;
};

static struct {
	spinlock_t lock;
} acct_state = { .lock = SPINLOCK_INIT(RANK_LEAF) };

static struct acct_file *acct_get(struct pid_namespace *ns)
{
	struct acct_file *acct;

	with_spinlock_irqsave(&acct_state.lock);
	acct = ns->acct;
	if (acct)
		refcount_inc(&acct->refs);
	return acct;
}

static void acct_put(struct acct_file *acct)
{
	if (!acct || !refcount_dec_and_test(&acct->refs))
		return;
	filp_close(acct->file, NULL);
	kfree(acct);
}

/* @acct (consumed, may be NULL) becomes the file of @ns. */
static void acct_replace(struct pid_namespace *ns, struct acct_file *acct)
{
	struct acct_file *old;

	spin_lock_irq(&acct_state.lock);
	old = ns->acct;
	WRITE_ONCE(ns->acct, acct);
	spin_unlock_irq(&acct_state.lock);
	acct_put(old);
}

void acct_ns_end(struct pid_namespace *ns)
{
	if (ns->acct)
		acct_replace(ns, NULL);
}

/* ---- number formats ---- */

/* 13 bits of fraction, 3 bits of exponent to the base of 8, rounded; all ones when it does not fit. */
static u16 comp_encode(u64 value)
{
	u32 exponent = 0;
	bool is_half = false;

	for (; value >= BIT(13); exponent++, value >>= 3)
		is_half = value & 4;
	if (is_half && ++value >= BIT(13)) {
		value >>= 3;
		exponent++;
	}
	return exponent > 7 ? 0xffff : (u16)(exponent << 13 | value);
}

/* The bits of the float that is @value or just below. */
static u32 float_encode(u64 value)
{
	u32 exponent = 63;

	if (!value)
		return 0;
	for (; !(value >> 63); exponent--)
		value <<= 1;
	return (exponent + 127) << 23 | (u32)(value >> 40 & 0x7fffff);
}

static u64 ns_to_account_ticks(u64 ns)
{
	return ns / (NSEC_PER_SEC / TICKS_PER_SECOND);
}

/* ---- the record ---- */

static u16 terminal_of(struct task *task)
{
	u32 device;
	int foreground;

	tty_report(task, task_active_pid_ns(task), &device, &foreground);
	return (u16)device;
}

/* What is the same in every namespace. The caller is the last thread of its process. */
static void fill_record(struct acct_v3 *ac, unsigned long vsize_kib)
{
	struct task *leader = cur->group_leader;
	u64 elapsed_ns = ktime_get_ns() - tproc(leader)->start_time;
	u32 elapsed = float_encode(ns_to_account_ticks(elapsed_ns));
	struct usage_sums sums;
	char name[THREAD_NAME_LEN];

	memset(ac, 0, sizeof(*ac));
	thread_group_usage(current, &sums);
	ac->ac_version = ACCT_V3;
	ac->ac_exitcode = (u32)tproc(leader)->exit_code;
	if (leader->flags & PF_FORKNOEXEC)
		ac->ac_flag |= AFORK;
	if (current->flags & PF_SUPERPRIV)
		ac->ac_flag |= ASU;
	if (cur->exit_code & 0x7f)
		ac->ac_flag |= AXSIG;
	ac->ac_tty = terminal_of(leader);
	ac->ac_btime = (u32)(ktime_get_real_seconds() - (time64_t)(elapsed_ns / NSEC_PER_SEC));
	memcpy(&ac->ac_etime, &elapsed, sizeof(elapsed));
	ac->ac_utime = comp_encode(ns_to_account_ticks(sums.utime));
	ac->ac_stime = comp_encode(ns_to_account_ticks(sums.stime));
	ac->ac_mem = comp_encode(vsize_kib);
	ac->ac_minflt = comp_encode(sums.min_flt);
	ac->ac_majflt = comp_encode(sums.maj_flt);
	get_task_comm(name, current);
	memcpy(ac->ac_comm, name, sizeof(ac->ac_comm));
}

static void fill_ids(struct acct_v3 *ac, const struct acct_file *acct, struct pid_namespace *ns)
{
	struct user_namespace *user_ns = acct->file->f_cred->user_ns;

	ac->ac_uid = from_kuid_munged(user_ns, current_cred()->uid);
	ac->ac_gid = from_kgid_munged(user_ns, current_cred()->gid);
	ac->ac_pid = (u32)task_tgid_nr_ns(current, ns);
	with_rcu();
	ac->ac_ppid = (u32)task_tgid_nr_ns(rcu_dereference(cur->real_parent), ns);
}

/* I2. */
static bool has_space(struct acct_file *acct)
{
	u64 now = ktime_get_ns();
	struct kstatfs st;
	u64 percent;

	if (now < READ_ONCE(acct->next_check_ns) || vfs_statfs(&acct->file->f_path, &st))
		return READ_ONCE(acct->is_active);
	percent = READ_ONCE(process_settings.acct_percent[READ_ONCE(acct->is_active)]);
	with_spinlock_irqsave(&acct_state.lock);
	acct->is_active = acct->is_active ? (u64)st.f_bavail > percent * st.f_blocks / 100
					  : (u64)st.f_bavail >= percent * st.f_blocks / 100;
	acct->next_check_ns = now + (u64)READ_ONCE(process_settings.acct_period_s) * NSEC_PER_SEC;
	return acct->is_active;
}

static void write_record(struct pid_namespace *ns, struct acct_v3 *ac)
{
	struct acct_file *acct = acct_get(ns);
	const struct cred *own;
	loff_t pos = 0;

	if (!acct)
		return;
	if (has_space(acct)) {
		fill_ids(ac, acct, ns);
		own = override_creds(acct->file->f_cred); /* the one who opened it writes, not the one who ends */
		(void)kernel_write(acct->file, ac, sizeof(*ac), &pos);
		revert_creds(own);
	}
	acct_put(acct);
}

void acct_write(void)
{
	struct rlimit *limit = &cur->signal->rlim[RLIMIT_FSIZE];
	struct pid_namespace *ns;
	struct acct_v3 ac;

	fill_record(&ac, current->mm ? current->mm->total_vm << (PAGE_SHIFT - 10) : 0);
	/* The last thread of its process: its limit is no limit of the accounts. */
	limit->rlim_cur = RLIM_INFINITY;
	for (ns = task_active_pid_ns(current); ns; ns = ns->parent)
		write_record(ns, &ac);
}

/* ---- the call ---- */

static struct file *open_account(uaddr_t path)
{
	struct open_how how = { .flags = O_WRONLY | O_APPEND | O_LARGEFILE };
	struct filename *name = getname(path);
	struct file *file;

	if (IS_ERR(name))
		return ERR_CAST(name);
	file = do_filp_open(AT_FDCWD, name, &how);
	putname(name);
	return file;
}

static int check_account(const struct file *file)
{
	if (!S_ISREG(file->f_inode->i_mode))
		return -EACCES;
	return file->f_mode & FMODE_CAN_WRITE ? 0 : -EIO;
}

long sys_acct(uaddr_t path)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	struct acct_file *acct;
	struct file *file;
	int ret;

	if (!capable(CAP_SYS_PACCT))
		return -EPERM;
	if (uaddr_is_null(path)) {
		acct_replace(ns, NULL);
		return 0;
	}
	file = open_account(path);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = check_account(file);
	acct = ret ? NULL : kzalloc(sizeof(*acct), GFP_KERNEL_ACCOUNT);
	if (!acct) {
		filp_close(file, NULL);
		return ret ? ret : -ENOMEM;
	}
	refcount_set(&acct->refs, 1);
	acct->file = file;
	acct->is_active = true;
	acct_replace(ns, acct);
	return 0;
}
