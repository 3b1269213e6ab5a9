/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * users_disk.c - selftest=users: a disk in memory that answers later, and not in order.
 *
 * WHAT        Blocks of a page each. Requests wait in a list until the disk's thread, which stands for the device and its interrupt, picks
 *             one of the oldest few, copies, and says that it is done. Nothing is allocated after the disk was made.
 * LOCKING     disk.lock (rank BLOCK_QUEUE, interrupts off): the list. The blocks are the thread's.
 */
#include "users_impl.h"

#include <lib/err.h>
#include <lib/string.h>
#include <pages/page_alloc.h>
#include <pages/vmalloc.h>

#define WINDOW 8u /* how far it looks for the next one to answer */

static struct {
	spinlock_t lock;
	struct list_head requests __guarded_by(&lock);
	u32 nr_waiting __guarded_by(&lock);
	struct wait_queue_head wait;
	u32 nr_blocks;		  /* final while it exists */
	u8 *blocks;		  /* the thread's */
	struct model_thread thread;
} disk = { .lock = SPINLOCK_INIT(RANK_BLOCK_QUEUE), .requests = LIST_HEAD_INIT(disk.requests), .wait = WAIT_QUEUE_HEAD_INIT(disk.wait) };

/* One of the oldest few, or NULL. */
static struct disk_request *pick(u64 *random)
{
	struct disk_request *request;
	u32 skip;

	with_spinlock_irqsave(&disk.lock);
	if (!disk.nr_waiting)
		return NULL;
	skip = random_below(random, min(disk.nr_waiting, WINDOW));
	list_for_each_entry(request, &disk.requests, node)
		if (!skip--)
			break;
	list_del(&request->node);
	disk.nr_waiting--;
	return request;
}

static void answer(struct disk_request *request)
{
	void *block = disk.blocks + (size_t)request->block * PAGE_SIZE, *data = page_address(request->page);

	if (request->is_write)
		memcpy(block, data, PAGE_SIZE);
	else
		memcpy(data, block, PAGE_SIZE);
	if (request->ops)
		request->ops->done(request);
	else
		complete(&request->done);
}

static void disk_run(void *arg)
{
	struct model_thread *self = arg;
	struct disk_request *request;

	while (!kthread_should_stop()) {
		wait_event(disk.wait, READ_ONCE(disk.nr_waiting) || kthread_should_stop());
		while ((request = pick(&self->random)))
			answer(request);
	}
}

static const struct kthread_ops disk_ops = { .name = "model_disk", .run = disk_run };

bool disk_create(u32 nr_blocks)
{
	disk.nr_blocks = nr_blocks;
	disk.blocks = vmalloc_gfp(nr_blocks * PAGE_SIZE, GFP_KERNEL | __GFP_ZERO);
	if (!disk.blocks)
		return false;
	if (!model_thread_create(&disk.thread, &disk_ops, 0, 3)) {
		vfree(disk.blocks);
		return false;
	}
	model_thread_start(&disk.thread);
	return true;
}

void disk_destroy(void)
{
	model_thread_stop(&disk.thread);
	vfree(disk.blocks);
}

void disk_start(struct disk_request *request, u32 block, struct page *page, bool is_write, const struct disk_request_ops *ops)
{
	KASSERT(block < disk.nr_blocks);
	request->block = block;
	request->page = page;
	request->is_write = is_write;
	request->ops = ops;
	init_completion(&request->done);
	spin_lock_irq(&disk.lock);
	list_add_tail(&request->node, &disk.requests);
	disk.nr_waiting++;
	spin_unlock_irq(&disk.lock);
	wake_up(&disk.wait);
}

void disk_wait(struct disk_request *request)
{
	wait_for_completion_device(&request->done, DISK_NAME);
}

void disk_read(u32 block, struct page *page)
{
	struct disk_request request;

	disk_start(&request, block, page, false, NULL);
	disk_wait(&request);
}
