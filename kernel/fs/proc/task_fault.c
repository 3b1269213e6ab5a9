/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_fault.c - /proc/PID/make-it-fail and fail-nth: whose allocations fail on purpose.
 *
 * WHAT        make-it-fail says whether the general settings with task-filter mean this thread. fail-nth N makes the thread's nth
 *             allocation from now fail, once; it reads 0 when that has happened, and else what is left.
 * INVARIANTS  I1  Neither reading nor writing them allocates anything, so a thread that counts its allocations is not counted for asking.
 * ERRORS      -EINVAL no such number; -EPERM make-it-fail without CAP_SYS_RESOURCE; -ESRCH the thread is gone.
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
#include <sched/task.h>
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
	alloc_fault_set_nth(&task->thread, nth);
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
