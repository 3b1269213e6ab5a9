/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * final_sync.c - the last write-back before the machine stops, which a silent server delays but does not prevent.
 *
 * WHAT        Each file system is written back by a worker of its own, all at once, so that one whose server is silent keeps no other
 *             from it. Who stops the machine waits until all are done, or nothing has moved for STALL_NS, or MOST_NS have passed,
 *             and then names in the log what was left.
 * INVARIANTS  F1  A job has two references, the worker's and the waiter's: a worker that is left behind still has its job.
 * LOCKING     s_umount shared while a superblock is written back. nr_left, is_done: atomic.
 * ERRORS      No memory for a job: that file system is written back by the caller, however long it takes.
 * TESTS       tests/host/command_test.py
 */
#include <lib/list.h>
#include <log/printk.h>
#include <pages/slab.h>
#include <pages/stats.h>
#include <sync/refcount.h>
#include <sync/wait.h>
#include <sync/workqueue.h>
#include <time/ktime.h>
#include "inode_impl.h"

#define STALL_NS 30000000000ull
#define MOST_NS	 600000000000ull
#define LOOK_NS	 500000000ull

struct sync_job {
	struct work work;
	struct refcount refs;		/* F1 */
	struct super_block *sb;		/* passive */
	struct list_head node;		/* the waiter's */
	bool is_done;
};

static struct {
	atomic_t nr_left;		/* jobs, of all waiters */
	struct wait_queue_head none_left;
} final = { .none_left = WAIT_QUEUE_HEAD_INIT(final.none_left) };

static void job_put(struct sync_job *job)
{
	if (!refcount_dec_and_test(&job->refs))
		return;
	super_put_passive(job->sb);
	kfree(job);
}

static void sync_one(struct super_block *sb)
{
	if (!super_lock_mounted(sb))
		return;
	sync_filesystem(sb);
	up_read(&sb->s_umount);
}

static void job_run(struct work *work)
{
	struct sync_job *job = container_of(work, struct sync_job, work);

	sync_one(job->sb);
	WRITE_ONCE(job->is_done, true);
	if (atomic_dec_and_test(&final.nr_left))
		wake_up_all(&final.none_left);
	job_put(job);
}

static const struct work_ops job_ops = { .name = "final_sync", .run = job_run };

static void job_start(struct super_block *sb, struct list_head *jobs)
{
	struct sync_job *job = kzalloc(sizeof(*job), GFP_KERNEL);

	if (!job) {
		sync_one(sb);
		return;
	}
	work_init(&job->work, &job_ops);
	refcount_set(&job->refs, 2);
	super_get_passive(sb);
	job->sb = sb;
	list_add_tail(&job->node, jobs);
	atomic_inc(&final.nr_left);
	work_queue(&job->work);
}

/* Moves while anything is written back. */
static unsigned long progress(void)
{
	return node_page_state(NR_WRITTEN) - (unsigned long)atomic_read(&final.nr_left);
}

static void wait_while_it_moves(void)
{
	u64 now = ktime_get_ns(), end = now + MOST_NS, stalled = now + STALL_NS;
	unsigned long was = progress();

	while (atomic_read(&final.nr_left) && now < end && now < stalled) {
		wait_event_device_deadline(final.none_left, !atomic_read(&final.nr_left), now + LOOK_NS, "write-back");
		now = ktime_get_ns();
		if (progress() == was)
			continue;
		was = progress();
		stalled = now + STALL_NS;
	}
}

void final_sync(void)
{
	struct sync_job *job, *next;
	struct super_block *sb;
	LIST_HEAD(jobs);

	for (sb = super_next(NULL); sb; sb = super_next(sb))
		job_start(sb, &jobs);
	wait_while_it_moves();
	list_for_each_entry_safe(job, next, &jobs, node) {
		if (!READ_ONCE(job->is_done))
			pr_warn("%s (%u:%u) is not written back: its server is silent\n", job->sb->s_id, MAJOR(job->sb->s_dev),
				MINOR(job->sb->s_dev));
		job_put(job);
	}
}
