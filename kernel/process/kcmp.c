/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kcmp.c - do two tasks share an object? The answer is an order, so that many can be sorted.
 *
 * WHAT        Two tasks and a kind of object: 0 same, 1 or 2 the order. Both tasks must be open to the caller's
 *             inspection.
 * INVARIANTS  The order says nothing about addresses: pointers are mixed with a random number drawn at boot, one per type.
 * ERRORS      -EBADF descriptor; -EPERM; -ESRCH; -EINVAL type, or no epoll; -ENOENT nothing watched.
 */
#include "process_impl.h"
#include <crypto/random.h>
#include <linux/kcmp.h>
#include <vfs/file.h>
#include <vfs/poll.h>
#include <process/access.h>
#include <process/process_calls.h>

static struct {
	u64 mix[KCMP_TYPES][2];
} kcmp_state;

void kcmp_init(void)
{
	get_random_bytes(&kcmp_state, sizeof(kcmp_state));
	for (int i = 0; i < KCMP_TYPES; i++)
		kcmp_state.mix[i][1] |= 1; /* odd: the product is reversible */
}

static int compare(const void *a, const void *b, int type)
{
	u64 x = ((u64)a ^ kcmp_state.mix[type][0]) * kcmp_state.mix[type][1];
	u64 y = ((u64)b ^ kcmp_state.mix[type][0]) * kcmp_state.mix[type][1];

	return x == y ? 0 : x < y ? 1 : 2;
}

static int compare_files(struct task *a, struct task *b, unsigned long fd1, unsigned long fd2)
{
	struct file *f1 = fget_task(a, (u32)fd1), *f2 = fget_task(b, (u32)fd2);
	int ret = f1 && f2 ? compare(f1, f2, KCMP_FILE) : -EBADF;

	if (f1)
		fput(f1);
	if (f2)
		fput(f2);
	return ret;
}

/* Is the first task's file what the second one's epoll watches under a number? */
static int compare_watched(struct task *a, struct task *b, unsigned long fd, uaddr_t uslot)
{
	struct file *file, *epoll = NULL;
	struct kcmp_epoll_slot slot;
	const struct file *target;
	int ret;

	if (copy_from_user(&slot, uslot, sizeof(slot)))
		return -EFAULT;
	file = fget_task(a, (u32)fd);
	if (file)
		epoll = fget_task(b, slot.efd);
	ret = epoll ? eventpoll_target(epoll, slot.tfd, slot.toff, &target) : -EBADF;
	if (!ret)
		ret = compare(file, target, KCMP_FILE);
	if (epoll)
		fput(epoll);
	if (file)
		fput(file);
	return ret;
}

static int compare_objects(struct task *a, struct task *b, int type)
{
	switch (type) {
	case KCMP_VM:
		return compare(a->mm, b->mm, type);
	case KCMP_FILES:
		return compare(a->files, b->files, type);
	case KCMP_FS:
		return compare(a->fs, b->fs, type);
	case KCMP_SIGHAND:
		return compare(tproc(a)->sighand, tproc(b)->sighand, type);
	case KCMP_IO:
		return compare(a->io_context, b->io_context, type);
	case KCMP_SYSVSEM:
		return compare(NULL, NULL, type);
	default:
		return -EINVAL;
	}
}

long sys_kcmp(pid_t pid1, pid_t pid2, int type, unsigned long idx1, unsigned long idx2)
{
	struct task *a = find_get_task_by_vpid(pid1), *b = find_get_task_by_vpid(pid2);
	int ret = -ESRCH;

	if (a && b) {
		if (!process_may_access(a, ACCESS_READ_REALCREDS) || !process_may_access(b, ACCESS_READ_REALCREDS))
			ret = -EPERM;
		else if (type == KCMP_FILE)
			ret = compare_files(a, b, idx1, idx2);
		else if (type == KCMP_EPOLL_TFD)
			ret = compare_watched(a, b, idx1, uaddr(idx2));
		else
			ret = compare_objects(a, b, type);
	}
	if (a)
		put_task(a);
	if (b)
		put_task(b);
	return ret;
}
