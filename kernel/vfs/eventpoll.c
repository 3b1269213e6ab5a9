/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eventpoll.c - epoll: a standing poll; files put themselves on a ready list, waiters take from it.
 *
 * WHAT        An instance (struct eventpoll) keeps one watch (struct epitem) for each (file, descriptor). A watch waits for ever on
 *             the queues of its file; its wake-up appends it to the ready list. epoll_wait takes watches from the front, asks
 *             their files what is true now, and reports that.
 * INVARIANTS  I1  A watch is on the ready list at most once (its ready_node is empty or linked).
 *             I2  A level-triggered watch that reported goes back to the end of the list, so the next call asks again. One call
 *                 looks at no watch twice: it takes as many as were ready when it began.
 *             I3  An event leaves the ready list only when it was stored in user memory or is not true any more.
 *             I4  A watch dies before its file: the last fput() calls eventpoll_release(), closing the instance drops all.
 *             I5  height(ep) = 1 + the greatest height of the instances it watches, at most EPOLL_MAX_HEIGHT; so there are no
 *                 cycles, and locks of one kind are taken in order of height.
 * LOCKING     epoll_nesting (adding instances to instances) > ep->mutex (rank EPOLL, deeper for lower instances): the tree of
 *             watches. ep->wq.lock (rank WAITQ + height): ready list. file->f_lock: file->f_ep. Wake-ups come under the lock of
 *             the file's queue, interrupts off. User memory is faulted in first and stored to without sleeping.
 * LIFECYCLE   epitem: ADD -> watching -> DEL, close of the file or of the instance -> off all queues -> freed after a grace
 *             period (eventpoll_release() walks file->f_ep under RCU).
 * ERRORS      epoll_ctl: -EBADF -EEXIST -EFAULT -EINVAL -ELOOP -ENOENT -ENOMEM -ENOSPC (one user's watches) -EPERM. epoll_wait: -EBADF -EFAULT -EINVAL -EINTR.
 * TESTS       tests/guest/ipc/poll_test.c
 */
#include <arch/uaccess.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/rbtree.h>
#include <lib/time_units.h>
#include <linux/eventpoll.h>
#include <mm/iter.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <sync/call.h>
#include <sync/rcu.h>
#include <sync/wait.h>
#include <vfs/anon_inode.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/super.h>
#include <vfs/ipc_calls.h>
#include <vfs/poll.h>
#include <vfs/seq_file.h>
#include <vfs/vfs_limits.h>
#include <vfs/vfs_port.h>
#include "poll_impl.h"

#define EPOLL_MAX_HEIGHT 5
#define EPOLL_PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
#define EPOLL_EXCLUSIVE_OK (EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

struct eventpoll {
	struct mutex mutex;
	struct wait_queue_head wq;	/* epoll_wait callers; its lock also guards ready and nr_ready */
	struct wait_queue_head poll_wq; /* who polls the instance itself */
	struct list_head ready;		/* wq.lock */
	u32 nr_ready;			/* wq.lock */
	u32 height;			/* I5; epoll_nesting */
	struct rb_root watches;		/* mutex */
	struct user_struct *user;	/* __final; owned: whose watches these are */
};

/* One queue of the watched file. Files with several queues have several. */
struct epoll_hook {
	struct wait_queue_entry wait;
	struct epitem *item;
	struct wait_queue_head *wq;
	struct epoll_hook *next;
};

struct epitem {
	struct rb_node node; /* ep->mutex */
	struct list_head ready_node;
	struct eventpoll *ep;  /* __final */
	struct file *file;     /* __final; borrowed: I4 */
	int fd;		       /* __final */
	struct epoll_event event; /* ep->mutex; read once by the wake-up */
	struct epoll_hook *hooks; /* ep->mutex */
	struct hlist_node file_node; /* file->f_lock */
	struct rcu_head rcu;
};

static const struct object_type eventpoll_type = { .name = "eventpoll", .owner = "vfs", .id = 0x0721, .version = 1 };
static const struct object_type epitem_type = { .name = "epitem", .owner = "vfs", .id = 0x0722, .version = 1 };

static struct {
	struct kmem_cache *eps, *items;
	struct mutex nesting; /* heights, and adding an instance to another */
} epoll = { .nesting = MUTEX_INIT(epoll.nesting, RANK_EPOLL_NESTING) };

static const struct file_operations eventpoll_fops;

static struct eventpoll *eventpoll_of_file(struct file *file)
{
	return file->f_op == &eventpoll_fops ? file->private_data : NULL;
}

static void ep_lock(struct eventpoll *ep)
{
	mutex_lock_nested(&ep->mutex, EPOLL_MAX_HEIGHT - ep->height);
}

/* --- the ready list ------------------------------------------------------------------------------------ */

/* Append @item if it is not there; wakes a waiter. */
static void ep_make_ready(struct epitem *item)
{
	struct eventpoll *ep = item->ep;
	unsigned long flags;

	spin_lock_irqsave_nested(&ep->wq.lock, flags, ep->height);
	if (list_empty(&item->ready_node)) {
		list_add_tail(&item->ready_node, &ep->ready);
		WRITE_ONCE(ep->nr_ready, ep->nr_ready + 1);
	}
	wake_up_queue_locked(&ep->wq, TASK_NORMAL, 1, 0);
	spin_unlock_irqrestore(&ep->wq.lock, flags);
	if (waitqueue_active(&ep->poll_wq))
		wake_up_queue_nested(&ep->poll_wq, TASK_NORMAL, 1, EPOLLIN, ep->height);
}

static bool ep_take_off_ready(struct epitem *item)
{
	struct eventpoll *ep = item->ep;
	bool was_ready;
	unsigned long flags;

	spin_lock_irqsave_nested(&ep->wq.lock, flags, ep->height);
	was_ready = !list_empty(&item->ready_node);
	if (was_ready) {
		list_del_init(&item->ready_node);
		WRITE_ONCE(ep->nr_ready, ep->nr_ready - 1);
	}
	spin_unlock_irqrestore(&ep->wq.lock, flags);
	return was_ready;
}

/* The file's queue was woken. Under the queue's lock. */
static bool epoll_hook_wake(struct wait_queue_entry *wait, u32 events)
{
	struct epoll_hook *hook = container_of(wait, struct epoll_hook, wait);
	struct epitem *item = hook->item;
	u32 wanted = READ_ONCE(item->event.events);

	if (!(wanted & ~EPOLL_PRIVATE_BITS))
		return false; /* a one-shot that has fired */
	if (events && !(events & wanted))
		return false;
	ep_make_ready(item);
	return true;
}

static const struct wait_entry_ops epoll_hook_ops = { .name = "epoll", .wake = epoll_hook_wake };

/* --- watches ------------------------------------------------------------------------------------------- */

struct epoll_hook_table {
	struct poll_table table;
	struct epitem *item;
	int error;
};

static void epoll_hook_queue(struct poll_table *table, struct file *file, struct wait_queue_head *wq)
{
	struct epoll_hook_table *t = container_of(table, struct epoll_hook_table, table);
	bool is_exclusive = t->item->event.events & EPOLLEXCLUSIVE;
	struct epoll_hook *hook = kmalloc(sizeof(*hook), GFP_KERNEL);

	if (!hook) {
		t->error = -ENOMEM;
		return;
	}
	hook->item = t->item;
	hook->wq = wq;
	hook->next = t->item->hooks;
	t->item->hooks = hook;
	wait_entry_init_ops(&hook->wait, &epoll_hook_ops, is_exclusive ? WAIT_EXCLUSIVE : 0);
	add_wait_queue(wq, &hook->wait);
}

static const struct poll_table_ops epoll_hook_table_ops = { .queue = epoll_hook_queue };

/* What is true for the watch now. */
static u32 epitem_poll(struct epitem *item)
{
	struct poll_table table = { .ops = NULL, .events = item->event.events };

	return vfs_poll(item->file, &table) & item->event.events;
}

static int epitem_compare(const struct epitem *item, const struct file *file, int fd)
{
	if (item->file != file)
		return item->file < file ? -1 : 1;
	return item->fd - fd;
}

static struct epitem *epitem_find(struct eventpoll *ep, struct file *file, int fd)
{
	struct rb_node *node = ep->watches.rb_node;

	while (node) {
		struct epitem *item = rb_entry(node, struct epitem, node);
		int order = epitem_compare(item, file, fd);

		if (!order)
			return item;
		node = order < 0 ? node->rb_right : node->rb_left;
	}
	return NULL;
}

static void epitem_link(struct eventpoll *ep, struct epitem *item)
{
	struct rb_node **link = &ep->watches.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = epitem_compare(rb_entry(parent, struct epitem, node), item->file, item->fd) < 0 ?
			       &parent->rb_right :
			       &parent->rb_left;
	}
	rb_link_node(&item->node, parent, link);
	rb_insert_color(&item->node, &ep->watches);
}

static void epitem_reclaim(struct rcu_head *rcu)
{
	kmem_cache_free(epoll.items, container_of(rcu, struct epitem, rcu));
}

static const struct rcu_ops epitem_rcu_ops = { .name = "epitem", .reclaim = epitem_reclaim };

static void epitem_unhook(struct epitem *item)
{
	while (item->hooks) {
		struct epoll_hook *hook = item->hooks;

		remove_wait_queue(hook->wq, &hook->wait);
		item->hooks = hook->next;
		kfree(hook);
	}
}

/* Take @item out of everything and free it. ep->mutex held; the file is alive. */
static void epitem_remove(struct eventpoll *ep, struct epitem *item)
{
	epitem_unhook(item);
	spin_lock(&item->file->f_lock);
	hlist_del_init_rcu(&item->file_node);
	spin_unlock(&item->file->f_lock);
	rb_erase(&item->node, &ep->watches);
	ep_take_off_ready(item);
	atomic_long_dec(&ep->user->epoll_watches);
	call_rcu(&item->rcu, &epitem_rcu_ops);
}

static int epitem_insert(struct eventpoll *ep, struct file *file, int fd, const struct epoll_event *event)
{
	struct epoll_hook_table t;
	struct epitem *item;
	u32 now;

	if ((unsigned long)atomic_long_read(&ep->user->epoll_watches) >= READ_ONCE(vfs_limits.epoll_max_user_watches))
		return -ENOSPC;
	item = kmem_cache_alloc(epoll.items, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!item)
		return -ENOMEM;
	atomic_long_inc(&ep->user->epoll_watches);
	INIT_LIST_HEAD(&item->ready_node);
	item->ep = ep;
	item->file = file;
	item->fd = fd;
	item->event = *event;
	epitem_link(ep, item);
	spin_lock(&file->f_lock);
	hlist_add_head_rcu(&item->file_node, &file->f_ep);
	spin_unlock(&file->f_lock);

	t = (struct epoll_hook_table){ .table = { &epoll_hook_table_ops, event->events }, .item = item };
	now = vfs_poll(file, &t.table) & event->events;
	if (t.error) {
		epitem_remove(ep, item);
		return t.error;
	}
	if (now)
		ep_make_ready(item);
	return 0;
}

static void epitem_modify(struct epitem *item, const struct epoll_event *event)
{
	WRITE_ONCE(item->event.events, event->events);
	item->event.data = event->data;
	smp_mb(); /* the mask is new before the file is asked: pairs with the file's state before its wake-up */
	if (epitem_poll(item))
		ep_make_ready(item);
}

/* --- instances inside instances ------------------------------------------------------------------------ */

/* Does @ep watch @target, directly or through others? epoll_nesting held. */
static bool ep_reaches(struct eventpoll *ep, const struct eventpoll *target)
{
	bool found = ep == target;

	if (found)
		return true;
	ep_lock(ep);
	for (struct rb_node *node = rb_first(&ep->watches); node && !found; node = rb_next(node)) {
		struct eventpoll *inner = eventpoll_of_file(rb_entry(node, struct epitem, node)->file);

		found = inner && ep_reaches(inner, target);
	}
	mutex_unlock(&ep->mutex);
	return found;
}

/* How high the highest instance that watches @file stands above it. epoll_nesting held. */
static u32 ep_height_above(struct file *file, u32 depth)
{
	struct epitem *item;
	u32 above = 0;

	if (depth > EPOLL_MAX_HEIGHT)
		return depth;
	rcu_read_lock();
	hlist_for_each_entry_rcu(item, &file->f_ep, file_node)
		above = max(above, item->ep->height);
	rcu_read_unlock();
	return above;
}

/* May @ep (behind @file) watch @inner? Sets the new height. -ELOOP. epoll_nesting held. */
static int ep_check_nesting(struct eventpoll *ep, struct file *file, struct eventpoll *inner)
{
	if (ep_reaches(inner, ep))
		return -ELOOP;
	if (inner->height + 1 > EPOLL_MAX_HEIGHT || (ep->height <= inner->height && ep_height_above(file, 0)))
		return -ELOOP; /* it would have to grow under instances that stand on it */
	if (ep->height <= inner->height)
		ep->height = inner->height + 1;
	return 0;
}

/* --- epoll_ctl ----------------------------------------------------------------------------------------- */

static int ep_ctl_locked(struct eventpoll *ep, int op, struct file *file, int fd, struct epoll_event *event)
{
	struct epitem *item = epitem_find(ep, file, fd);

	switch (op) {
	case EPOLL_CTL_ADD:
		if (item)
			return -EEXIST;
		event->events |= EPOLLERR | EPOLLHUP;
		return epitem_insert(ep, file, fd, event);
	case EPOLL_CTL_DEL:
		if (!item)
			return -ENOENT;
		epitem_remove(ep, item);
		return 0;
	case EPOLL_CTL_MOD:
		if (!item)
			return -ENOENT;
		if (item->event.events & EPOLLEXCLUSIVE)
			return -EINVAL;
		event->events |= EPOLLERR | EPOLLHUP;
		epitem_modify(item, event);
		return 0;
	default:
		return -EINVAL;
	}
}

static int ep_check_exclusive(int op, const struct epoll_event *event, struct eventpoll *inner)
{
	if (!(event->events & EPOLLEXCLUSIVE) || op == EPOLL_CTL_DEL)
		return 0;
	if (op == EPOLL_CTL_MOD || inner || (event->events & ~EPOLL_EXCLUSIVE_OK))
		return -EINVAL;
	return 0;
}

static int ep_ctl(struct file *ep_file, int op, struct file *file, int fd, struct epoll_event *event)
{
	struct eventpoll *ep = eventpoll_of_file(ep_file), *inner = eventpoll_of_file(file);
	bool is_nesting = inner && op == EPOLL_CTL_ADD;
	int ret;

	if (!file_can_poll(file))
		return -EPERM;
	if (!ep || ep_file == file)
		return -EINVAL;
	ret = ep_check_exclusive(op, event, inner);
	if (ret)
		return ret;
	if (is_nesting) {
		mutex_lock(&epoll.nesting);
		ret = ep_check_nesting(ep, ep_file, inner);
	}
	if (!ret) {
		ep_lock(ep);
		ret = ep_ctl_locked(ep, op, file, fd, event);
		mutex_unlock(&ep->mutex);
	}
	if (is_nesting)
		mutex_unlock(&epoll.nesting);
	return ret;
}

long sys_epoll_ctl(int epfd, int op, int fd, uaddr_t uevent)
{
	struct epoll_event event = { 0 };
	struct fd ep_f, f;
	long ret = -EBADF;

	if (op != EPOLL_CTL_DEL && copy_from_user(&event, uevent, sizeof(event)))
		return -EFAULT;
	ep_f = fdget(epfd);
	if (!ep_f.file)
		return -EBADF;
	f = fdget(fd);
	if (f.file) {
		ret = ep_ctl(ep_f.file, op, f.file, fd, &event);
		fdput(f);
	}
	fdput(ep_f);
	return ret;
}

/* --- epoll_wait ---------------------------------------------------------------------------------------- */

static struct epitem *ep_pop_ready(struct eventpoll *ep)
{
	struct epitem *item;
	unsigned long flags;

	spin_lock_irqsave_nested(&ep->wq.lock, flags, ep->height);
	item = list_first_entry_or_null(&ep->ready, struct epitem, ready_node);
	if (item) {
		list_del_init(&item->ready_node);
		WRITE_ONCE(ep->nr_ready, ep->nr_ready - 1);
	}
	spin_unlock_irqrestore(&ep->wq.lock, flags);
	return item;
}

static bool store_event_nosleep(uaddr_t slot, u32 events, u64 data)
{
	struct epoll_event event = { .events = events, .data = data };

	return !copy_to_user_nosleep(slot, &event, sizeof(event));
}

/* Store up to @max true events. How many; -EFAULT when the first could not be stored. */
static int ep_send_events(struct eventpoll *ep, uaddr_t uevents, int max)
{
	int sent = 0;
	u32 left;

	ep_lock(ep);
	for (left = READ_ONCE(ep->nr_ready); left && sent < max; left--) { /* I2 */
		struct epitem *item = ep_pop_ready(ep);
		u32 events;

		if (!item)
			break;
		events = epitem_poll(item);
		if (!events)
			continue;
		if (!store_event_nosleep(uaddr_add(uevents, sent * sizeof(struct epoll_event)), events,
					 item->event.data)) {
			ep_make_ready(item); /* I3 */
			if (!sent)
				sent = -EFAULT;
			break;
		}
		sent++;
		if (item->event.events & EPOLLONESHOT)
			WRITE_ONCE(item->event.events, item->event.events & EPOLL_PRIVATE_BITS);
		else if (!(item->event.events & EPOLLET))
			ep_make_ready(item);
	}
	mutex_unlock(&ep->mutex);
	return sent;
}

static bool ep_has_ready(const struct eventpoll *ep)
{
	return READ_ONCE(ep->nr_ready) != 0;
}

/*
 * Events of a large answer go to pages that may not be there yet, and storing them does not sleep: the answer would end at the first
 * such page. What cannot be had here is found missing by the store.
 */
static void ep_fault_in(const struct eventpoll *ep, uaddr_t uevents, int max)
{
	size_t bytes = min_t(u32, (u32)max, READ_ONCE(ep->nr_ready)) * sizeof(struct epoll_event);

	if (offset_in_page(uaddr_raw(uevents)) + bytes > PAGE_SIZE)
		(void)fault_in_writeable(uevents, bytes);
}

/* @deadline_ns: 0 does not wait. */
static long ep_wait(struct eventpoll *ep, uaddr_t uevents, int max, u64 deadline_ns)
{
	for (;;) {
		int sent = 0, waited = 0;

		if (ep_has_ready(ep)) {
			ep_fault_in(ep, uevents, max);
			sent = ep_send_events(ep, uevents, max);
		}
		if (sent == -EFAULT && !fault_in_writeable(uevents, sizeof(struct epoll_event)))
			continue;
		if (sent || !deadline_ns)
			return sent;
		waited = wait_event_kind(ep->wq, ep_has_ready(ep), WAIT_LEVEL, deadline_ns, WAIT_EXCLUSIVE);
		if (waited == -ETIME)
			return ep_has_ready(ep) ? ep_send_events(ep, uevents, max) : 0;
		if (waited)
			return waited == -ERESTARTSYS ? -EINTR : waited;
	}
}

static long do_epoll_wait(int epfd, uaddr_t uevents, int max, u64 deadline_ns)
{
	struct fd f;
	struct eventpoll *ep;
	long ret = -EINVAL;

	if (max <= 0 || max > (int)(0x7fffffff / sizeof(struct epoll_event)))
		return -EINVAL;
	if (!user_range_ok(uevents, max * sizeof(struct epoll_event)))
		return -EFAULT;
	f = fdget(epfd);
	if (!f.file)
		return -EBADF;
	ep = eventpoll_of_file(f.file);
	if (ep)
		ret = ep_wait(ep, uevents, max, deadline_ns);
	fdput(f);
	return ret;
}

static u64 epoll_deadline_ms(int timeout_ms)
{
	if (timeout_ms < 0)
		return DEADLINE_NEVER;
	return timeout_ms ? call_deadline((u64)timeout_ms * NSEC_PER_MSEC) : 0;
}

long sys_epoll_wait(int epfd, uaddr_t uevents, int max, int timeout_ms)
{
	return do_epoll_wait(epfd, uevents, max, epoll_deadline_ms(timeout_ms));
}

static long epoll_wait_masked(int epfd, uaddr_t uevents, int max, u64 deadline_ns, uaddr_t sigmask, size_t size)
{
	long ret = call_resumed() ? 0 : vfs_set_sigmask(sigmask, size);

	if (ret)
		return ret;
	ret = do_epoll_wait(epfd, uevents, max, deadline_ns);
	if (ret != -EPARK)
		vfs_restore_sigmask(ret == -EINTR);
	return ret;
}

long sys_epoll_pwait(int epfd, uaddr_t uevents, int max, int timeout_ms, uaddr_t sigmask, size_t size)
{
	return epoll_wait_masked(epfd, uevents, max, epoll_deadline_ms(timeout_ms), sigmask, size);
}

long sys_epoll_pwait2(int epfd, uaddr_t uevents, int max, uaddr_t uts, uaddr_t sigmask, size_t size)
{
	u64 deadline_ns;
	long ret = poll_deadline_timespec(uts, &deadline_ns);

	return ret ? ret : epoll_wait_masked(epfd, uevents, max, deadline_ns, sigmask, size);
}

/* --- the instance as a file ---------------------------------------------------------------------------- */

static u32 eventpoll_poll(struct file *file, struct poll_table *pt)
{
	struct eventpoll *ep = file->private_data;
	u32 mask = 0;
	u32 left;

	poll_wait(file, &ep->poll_wq, pt);
	ep_lock(ep);
	for (left = READ_ONCE(ep->nr_ready); left && !mask; left--) {
		struct epitem *item = ep_pop_ready(ep);

		if (!item)
			break;
		if (epitem_poll(item)) {
			mask = EPOLLIN | EPOLLRDNORM;
			ep_make_ready(item);
		}
	}
	mutex_unlock(&ep->mutex);
	return mask;
}

static void eventpoll_close(struct inode *inode, struct file *file)
{
	struct eventpoll *ep = file->private_data;
	struct rb_node *node;

	mutex_lock(&epoll.nesting); /* eventpoll_release() of a watched file may look at us */
	ep_lock(ep);
	while ((node = rb_first(&ep->watches)))
		epitem_remove(ep, rb_entry(node, struct epitem, node));
	mutex_unlock(&ep->mutex);
	mutex_unlock(&epoll.nesting);
	put_uid(ep->user);
	kmem_cache_free(epoll.eps, ep);
}

static void eventpoll_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventpoll *ep = file->private_data;

	ep_lock(ep);
	for (struct rb_node *node = rb_first(&ep->watches); node; node = rb_next(node)) {
		struct epitem *item = rb_entry(node, struct epitem, node);
		struct inode *inode = file_inode(item->file);

		seq_printf(m, "tfd: %8d events: %8x data: %16llx  pos:%lli ino:%llx sdev:%x\n", item->fd,
			   item->event.events, (unsigned long long)item->event.data, (long long)item->file->f_pos,
			   (unsigned long long)inode->i_ino, inode->i_sb->s_dev);
	}
	mutex_unlock(&ep->mutex);
}

static const struct file_operations eventpoll_fops = {
	.llseek = noop_llseek,
	.poll = eventpoll_poll,
	.release = eventpoll_close,
	.show_fdinfo = eventpoll_show_fdinfo,
};

/* The last reference to @file is gone: no lookup finds it, but instances still do (I4). */
void eventpoll_release(struct file *file)
{
	if (likely(hlist_empty(&file->f_ep)))
		return;
	mutex_lock(&epoll.nesting); /* keeps the instances from being closed */
	while (!hlist_empty(&file->f_ep)) {
		struct epitem *item = hlist_entry(file->f_ep.first, struct epitem, file_node);
		struct eventpoll *ep = item->ep;

		ep_lock(ep);
		if (!hlist_empty(&file->f_ep) && file->f_ep.first == &item->file_node)
			epitem_remove(ep, item);
		mutex_unlock(&ep->mutex);
	}
	mutex_unlock(&epoll.nesting);
}

long sys_epoll_create1(int flags)
{
	struct eventpoll *ep;
	int fd;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	ep = kmem_cache_alloc(epoll.eps, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!ep)
		return -ENOMEM;
	mutex_init(&ep->mutex, RANK_EPOLL);
	init_waitqueue_head(&ep->wq);
	init_waitqueue_head(&ep->poll_wq);
	INIT_LIST_HEAD(&ep->ready);
	ep->height = 1;
	ep->user = get_uid(current_cred()->user);
	fd = anon_inode_getfd("[eventpoll]", &eventpoll_fops, ep, O_RDWR | (flags & O_CLOEXEC));
	if (fd < 0) {
		put_uid(ep->user);
		kmem_cache_free(epoll.eps, ep);
	}
	return fd;
}

long sys_epoll_create(int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

int eventpoll_target(struct file *file, u32 fd, u32 skip, const struct file **target)
{
	struct eventpoll *ep = file->f_op == &eventpoll_fops ? file->private_data : NULL;
	struct rb_node *node;

	if (!ep)
		return -EINVAL;
	with_mutex(&ep->mutex);

	for (node = rb_first(&ep->watches); node; node = rb_next(node)) {
		struct epitem *item = rb_entry(node, struct epitem, node);

		if ((u32)item->fd != fd || skip--)
			continue;
		*target = item->file;
		return 0;
	}
	return -ENOENT;
}

void eventpoll_init(void)
{
	epoll.eps = kmem_cache_create(&eventpoll_type, sizeof(struct eventpoll), 0, SLAB_ACCOUNT | SLAB_PANIC);
	epoll.items = kmem_cache_create(&epitem_type, sizeof(struct epitem), 0, SLAB_ACCOUNT | SLAB_PANIC);
}
