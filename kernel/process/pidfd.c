/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pidfd.c - a descriptor that stands for a process.
 *
 * WHAT        The file holds a reference on the struct pid, so it never means another process that got the same number. It polls readable
 *             when the whole process has ended.
 * ERRORS      -ESRCH gone; -EINVAL not a process (a thread's number), flags; -EBADF; -EPERM.
 * TESTS       tests/guest/process/pidfd_test.c
 */
#include "process_impl.h"
#include <lib/printf.h>
#include <linux/pidfd.h>
#include <vfs/anon_inode.h>
#include <vfs/file.h>
#include <vfs/poll.h>
#include <vfs/seq_file.h>
#include <process/access.h>
#include <process/process_calls.h>
#include <process/process_port.h>
#include "exit_impl.h"

static u32 pidfd_poll(struct file *file, struct poll_table *pt)
{
	struct pid *pid = file->private_data;
	struct task *task;

	poll_wait(file, &pid->wait_pidfd, pt);
	with_rcu();
	task = pid_task(pid, PIDTYPE_PID);
	if (!task || (READ_ONCE(tproc(task)->exit_state) && thread_group_empty(task)))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

static void pidfd_release(struct inode *inode, struct file *file)
{
	put_pid(file->private_data);
}

static void pidfd_show(struct seq_file *m, struct file *file)
{
	struct pid *pid = file->private_data;
	int nr = pid_vnr(pid);

	with_rcu();
	if (!pid_task(pid, PIDTYPE_PID))
		nr = -1;
	seq_printf(m, "Pid:\t%d", nr);
	if (nr > 0)
		for (u32 i = task_active_pid_ns(current)->level; i <= pid->level; i++)
			seq_printf(m, "%s%d", i == task_active_pid_ns(current)->level ? "\nNSpid:\t" : "\t",
				   pid->numbers[i].nr);
	seq_printf(m, "\n");
}

static const struct file_operations pidfd_fops = {
	.poll = pidfd_poll,
	.release = pidfd_release,
	.show_fdinfo = pidfd_show,
	.llseek = no_llseek,
};

struct file *pidfd_file_create(struct pid *pid, unsigned int flags)
{
	struct file *file = anon_inode_getfile("[pidfd]", &pidfd_fops, get_pid(pid), O_RDWR | flags);

	if (IS_ERR(file))
		put_pid(pid);
	return file;
}

struct pid *pidfd_pid(const struct file *file)
{
	return file->f_op == &pidfd_fops ? file->private_data : ERR_PTR(-EBADF);
}

static struct pid *get_pid_of_fd(int fd, unsigned int *flags, bool may_be_directory)
{
	struct fd f = fdget((unsigned int)fd);
	struct pid *pid;

	if (!f.file)
		return ERR_PTR(-EBADF);
	pid = pidfd_pid(f.file);
	if (IS_ERR(pid) && may_be_directory)
		pid = proc_directory_pid(f.file);
	if (!IS_ERR(pid)) {
		get_pid(pid);
		if (flags)
			*flags = f.file->f_flags;
	}
	fdput(f);
	return pid;
}

struct pid *pidfd_get_pid(int fd, unsigned int *flags)
{
	return get_pid_of_fd(fd, flags, false);
}

struct task *pidfd_get_task(int fd)
{
	struct pid *pid = pidfd_get_pid(fd, NULL);
	struct task *task;

	if (IS_ERR(pid))
		return ERR_CAST(pid);
	task = get_pid_task(pid, PIDTYPE_TGID);
	put_pid(pid);
	return task ? task : ERR_PTR(-ESRCH);
}

struct pid *pidfd_or_directory_get_pid(int fd)
{
	return get_pid_of_fd(fd, NULL, true);
}

long sys_pidfd_open(pid_t pid, u32 flags)
{
	struct file *file;
	struct pid *p;
	int fd;

	if ((flags & ~PIDFD_NONBLOCK) || pid <= 0)
		return -EINVAL;
	p = find_get_pid(pid);
	if (!p)
		return -ESRCH;
	if (!pid_task(p, PIDTYPE_TGID)) {
		put_pid(p);
		return -EINVAL;
	}
	fd = get_unused_fd_flags(O_CLOEXEC);
	file = fd >= 0 ? pidfd_file_create(p, flags & PIDFD_NONBLOCK) : NULL;
	put_pid(p);
	if (fd < 0)
		return fd;
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static long take_file_of(struct task *task, int fd)
{
	struct file *file;
	long ret;

	if (!process_may_access(task, ACCESS_ATTACH_REALCREDS))
		return -EPERM;
	file = fget_task(task, (u32)fd);
	if (!file)
		return -EBADF;
	ret = receive_fd(file, O_CLOEXEC);
	fput(file);
	return ret;
}

long sys_pidfd_getfd(int pidfd, int fd, u32 flags)
{
	struct task *task;
	long ret;

	if (flags)
		return -EINVAL;
	task = pidfd_get_task(pidfd);
	if (IS_ERR(task))
		return PTR_ERR(task);
	ret = take_file_of(task, fd);
	put_task(task);
	return ret;
}
