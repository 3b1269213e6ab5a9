/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * limits.c - the numbers of /proc/sys/fs: limits, counts, and the pages that a user's pipes may have.
 *
 * WHAT        A pipe is charged to who made it, by the slots of its ring. Who is over the soft limit gets pipes of two slots and
 *             cannot enlarge one, over the hard limit none. Privilege to use the machine's resources lifts both.
 * INVARIANTS  I1  user->pipe_pages is the sum of nr_charged over the user's pipes.
 * ERRORS      pipe_charge false: over the hard limit.
 * TESTS       tests/guest/proc/sysctl_test.c
 */
#include <linux/capability.h>
#include <pages/zone.h>
#include <sched/cred.h>
#include <vfs/pipe.h>
#include <vfs/vfs_limits.h>
#include "dcache_impl.h"
#include "inode_impl.h"
#include "vfs_impl.h"

#define PIPE_FEW_BUFFERS 2
#define EPOLL_WATCH_COST 200 /* bytes of a watch with its hooks */

struct vfs_limits vfs_limits = {
	.mount_max = 100000,
	.nr_open = 1024 * 1024,
	.pipe_max_size = PIPE_MAX_SIZE,
	.pipe_user_pages_soft = PIPE_DEF_BUFFERS * 1024,
};

void vfs_limits_init(void)
{
	/* At most a twenty-fifth of memory is watches of one user. */
	vfs_limits.epoll_max_user_watches = nr_managed_pages() / 25 * PAGE_SIZE / EPOLL_WATCH_COST;
}

/* --- counts -------------------------------------------------------------------------------------------- */

void vfs_read_counts(struct vfs_counts *counts)
{
	struct super_block *sb;

	*counts = (struct vfs_counts){
		.nr_dentries = atomic_long_read(&dcache.nr_dentries),
		.nr_unused_dentries = atomic_long_read(&dcache.nr_unused),
		.nr_negative_dentries = atomic_long_read(&dcache.nr_negative),
		.nr_inodes = nr_inodes(),
	};
	for (sb = super_next(NULL); sb; sb = super_next(sb))
		counts->nr_unused_inodes += READ_ONCE(sb->s_nr_inode_unused);
}

/* --- pipes --------------------------------------------------------------------------------------------- */

static bool is_over(unsigned long limit, long pages)
{
	return limit && (unsigned long)pages > limit && !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN);
}

static void recharge(struct pipe_inode_info *pipe, u32 nr)
{
	atomic_long_add((long)nr - pipe->nr_charged, &pipe->user->pipe_pages);
	pipe->nr_charged = nr;
}

bool pipe_charge(struct pipe_inode_info *pipe, u32 *nr_slots)
{
	pipe->user = get_uid(current_cred()->user);
	if (*nr_slots * PAGE_SIZE > (unsigned long)READ_ONCE(vfs_limits.pipe_max_size) && !capable(CAP_SYS_RESOURCE))
		*nr_slots = vfs_limits.pipe_max_size >> PAGE_SHIFT;
	recharge(pipe, *nr_slots);
	if (is_over(READ_ONCE(vfs_limits.pipe_user_pages_soft), atomic_long_read(&pipe->user->pipe_pages))) {
		*nr_slots = PIPE_FEW_BUFFERS;
		recharge(pipe, *nr_slots);
	}
	if (!is_over(READ_ONCE(vfs_limits.pipe_user_pages_hard), atomic_long_read(&pipe->user->pipe_pages)))
		return true;
	pipe_uncharge(pipe);
	return false;
}

bool pipe_recharge_locked(struct pipe_inode_info *pipe, u32 nr_slots)
{
	u32 old = pipe->nr_charged;
	long pages;

	recharge(pipe, nr_slots);
	pages = atomic_long_read(&pipe->user->pipe_pages);
	if (nr_slots <= pipe->ring_size || (!is_over(READ_ONCE(vfs_limits.pipe_user_pages_soft), pages) &&
				!is_over(READ_ONCE(vfs_limits.pipe_user_pages_hard), pages)))
		return true;
	recharge(pipe, old);
	return false;
}

void pipe_restore_charge_locked(struct pipe_inode_info *pipe)
{
	recharge(pipe, pipe->ring_size);
}

void pipe_uncharge(struct pipe_inode_info *pipe)
{
	recharge(pipe, 0);
	put_uid(pipe->user);
	pipe->user = NULL;
}
