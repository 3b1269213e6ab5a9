/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poll.h - how a driver tells what is ready and where to wait.
 *
 * ->poll calls poll_wait() for each queue that a change would wake and returns
 * the EPOLL* bits that hold now. A driver may look at poll_requested_events()
 * to start work only for what somebody waits for.
 */
#ifndef VFS_POLL_H
#define VFS_POLL_H

#include <sync/wait.h>
#include <linux/eventpoll.h>
#include <linux/poll.h>
#include <vfs/types.h>

struct poll_table;

struct poll_table_ops {
	/* Queue the waiter on @wq. Does not sleep; failure is the waiter's to remember. */
	void (*queue)(struct poll_table *pt, struct file *file, struct wait_queue_head *wq);
};

struct poll_table {
	const struct poll_table_ops *ops;	/* NULL: nobody will wait, only ask */
	u32 events;				/* EPOLL* wanted; ~0U: any */
};

static inline void poll_wait(struct file *file, struct wait_queue_head *wq, struct poll_table *pt)
{
	if (pt && pt->ops && wq)
		pt->ops->queue(pt, file, wq);
}

/* No one will wait: the answer is all that is wanted. */
static inline bool poll_does_not_wait(const struct poll_table *pt)
{
	return !pt || !pt->ops;
}

static inline u32 poll_requested_events(const struct poll_table *pt)
{
	return pt ? pt->events : ~0U;
}

#define DEFAULT_POLLMASK ((u32)(EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM))

/* The file's answer; files without ->poll are always ready. */
u32 vfs_poll(struct file *file, struct poll_table *pt);
bool file_can_poll(const struct file *file);

/* A file is going away: epoll drops its watches. Defined by eventpoll. */
void eventpoll_release(struct file *file);
/* kcmp: the file that @epoll watches under the number @fd, the @skip-th of several; for comparison alone. -EINVAL: no epoll; -ENOENT. */
int eventpoll_target(struct file *epoll, u32 fd, u32 skip, const struct file **target);

#endif
