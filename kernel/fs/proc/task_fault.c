/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_fault.c - /proc/PID/make-it-fail and fail-nth: whose allocations fail on purpose.
 *
 * WHAT        make-it-fail says whether the general settings with task-filter mean this thread. fail-nth N makes the thread's nth
 *             allocation from now fail, once; it reads 0 when that has happened, and else what is left. Everybody may have the
 *             allocations of his own threads fail, but not those of a program that has other rights: what counts is who opened the file,
 *             whoever writes to it, and whose the thread is then.
 * INVARIANTS  I1  Neither reading nor writing them allocates anything, so a thread that counts its allocations is not counted for asking.
 * ERRORS      -EINVAL no such number; -EPERM without CAP_SYS_RESOURCE make-it-fail, and fail-nth of who has other ids; -ESRCH the thread is
 *             gone.
 * TESTS       tests/guest/bad/inject_test.c
 */
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <linux/capability.h>
#include <mm/iter.h>
#include <mm/mm_port.h>
#include <pages/alloc_fault.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <sched/user_namespace.h>
#include <sync/rcu.h>
#include <vfs/file.h>
#include <vfs/libfs.h>
#include "proc_impl.h"

#define NUMBER_MAX 16

static ssize_t show_number(struct file *file, struct iter *to, loff_t *pos, bool is_nth)
{
	struct task *task = proc_get_task(file_inode(file));
	char text[NUMBER_MAX];
	u32 number;

	if (!task)
		return -ESRCH;
	number = is_nth ? alloc_fault_nth(&task->thread) : READ_ONCE(task->thread.make_it_fail);
	put_task(task);
	return simple_read_from_buffer(to, pos, text, (size_t)snprintf(text, sizeof(text), "%u\n", number));
}

/* The number that is written, as text of NUMBER_MAX bytes at most: I1. */
static int take_number(struct iter *from, u32 *number)
{
	char text[NUMBER_MAX] = "";
	size_t len = iter_count(from);

	if (len >= sizeof(text))
		return -EINVAL;
	if (!copy_from_iter_full(text, len, from))
		return -EFAULT;
	return kstrtouint(strim(text), 0, number);
}

static ssize_t nth_read(struct file *file, struct iter *to, loff_t *pos)
{
	return show_number(file, to, pos, true);
}

static bool is_same_user(const struct cred *opener, const struct cred *target)
{
	kuid_t uid = opener->fsuid;
	kgid_t gid = opener->fsgid;

	return uid_eq(uid, target->uid) && uid_eq(uid, target->euid) && uid_eq(uid, target->suid) && gid_eq(gid, target->gid) &&
	       gid_eq(gid, target->egid) && gid_eq(gid, target->sgid);
}

static bool opener_may(const struct file *file, struct task *task)
{
	if (cred_capable(file->f_cred, &init_user_ns, CAP_SYS_RESOURCE))
		return true;
	with_rcu();
	return is_same_user(file->f_cred, task_cred_rcu(task));
}

static ssize_t nth_write(struct file *file, struct iter *from, loff_t *pos)
{
	ssize_t len = (ssize_t)iter_count(from);
	struct task *task;
	u32 nth;
	int err = take_number(from, &nth);

	if (err)
		return err;
	task = proc_get_task(file_inode(file));
	if (!task)
		return -ESRCH;
	if (opener_may(file, task))
		alloc_fault_set_nth(&task->thread, nth);
	else
		len = -EPERM;
	put_task(task);
	return len;
}

static ssize_t make_read(struct file *file, struct iter *to, loff_t *pos)
{
	return show_number(file, to, pos, false);
}

static ssize_t make_write(struct file *file, struct iter *from, loff_t *pos)
{
	ssize_t len = (ssize_t)iter_count(from);
	struct task *task;
	u32 make;
	int err;

	if (!process_capable(CAP_SYS_RESOURCE))
		return -EPERM;
	err = take_number(from, &make);
	if (err || make > 1)
		return err ? err : -EINVAL;
	task = proc_get_task(file_inode(file));
	if (!task)
		return -ESRCH;
	WRITE_ONCE(task->thread.make_it_fail, make);
	put_task(task);
	return len;
}

static const struct file_operations nth_fops = { .llseek = generic_file_llseek, .read = nth_read, .write = nth_write };
static const struct file_operations make_fops = { .llseek = generic_file_llseek, .read = make_read, .write = make_write };
const struct proc_node_ops task_fail_nth_ops = { .fops = &nth_fops };
const struct proc_node_ops task_make_it_fail_ops = { .fops = &make_fops };
