/* SPDX-License-Identifier: GPL-2.0-only */
/* rusage.c - what processes used: getrusage, times, and the sums that wait4 and SIGCHLD carry. */
#include "process_impl.h"
#include "exit_impl.h"
#include "rusage_impl.h"
#include <lib/time_units.h>
#include <linux/times.h>
#include <mm/mm.h>
#include <time/ktime.h>
#include <process/process_calls.h>

void thread_group_usage(struct task *task, struct usage_sums *sums)
{
	struct signal_struct *signal = tproc(task)->signal;
	unsigned long flags;
	struct task *t;

	with_rcu();
	spin_lock_irqsave(&signal->stats_lock, flags);
	*sums = signal->own;
	spin_unlock_irqrestore(&signal->stats_lock, flags);
	for_each_thread_of(signal, t)
		usage_add_task(sums, t);
}

#define RUSAGE_BLOCK_SHIFT 9 /* ru_inblock counts 512 bytes */

static long timeval_sec(u64 ns)
{
	return (long)(ns / NSEC_PER_SEC);
}

static long timeval_usec(u64 ns)
{
	return (long)(ns % NSEC_PER_SEC / NSEC_PER_USEC);
}

void rusage_from_sums(struct rusage *ru, const struct usage_sums *sums)
{
	memset(ru, 0, sizeof(*ru));
	ru->ru_utime.tv_sec = timeval_sec(sums->utime);
	ru->ru_utime.tv_usec = timeval_usec(sums->utime);
	ru->ru_stime.tv_sec = timeval_sec(sums->stime);
	ru->ru_stime.tv_usec = timeval_usec(sums->stime);
	ru->ru_maxrss = (long)(sums->maxrss_pages * (PAGE_SIZE / 1024));
	ru->ru_minflt = (long)sums->min_flt;
	ru->ru_majflt = (long)sums->maj_flt;
	ru->ru_inblock = (long)(sums->io.read_bytes >> RUSAGE_BLOCK_SHIFT);
	ru->ru_oublock = (long)(sums->io.write_bytes >> RUSAGE_BLOCK_SHIFT);
	ru->ru_nvcsw = (long)sums->nvcsw;
	ru->ru_nivcsw = (long)sums->nivcsw;
}

static void children_usage(struct usage_sums *sums)
{
	with_spinlock_irq(&cur->signal->stats_lock);
	*sums = cur->signal->children;
}

static void note_current_rss(struct usage_sums *sums)
{
	if (current->mm)
		sums->maxrss_pages = max3(sums->maxrss_pages, current->mm->hiwater_rss, mm_rss(current->mm));
}

long sys_getrusage(int who, uaddr_t usage)
{
	struct usage_sums sums = { 0 }, more;
	struct rusage ru;

	switch (who) {
	case RUSAGE_SELF:
		thread_group_usage(current, &sums);
		note_current_rss(&sums);
		break;
	case RUSAGE_CHILDREN:
		children_usage(&sums);
		break;
	case RUSAGE_BOTH:
		thread_group_usage(current, &sums);
		children_usage(&more);
		usage_add(&sums, &more);
		break;
	case RUSAGE_THREAD:
		usage_add_task(&sums, current);
		note_current_rss(&sums);
		break;
	default:
		return -EINVAL;
	}
	rusage_from_sums(&ru, &sums);
	return put_user_obj(&ru, usage);
}

long sys_times(uaddr_t buf)
{
	struct usage_sums mine, children;
	struct tms tms;

	if (!uaddr_is_null(buf)) {
		thread_group_usage(current, &mine);
		children_usage(&children);
		tms.tms_utime = (long)ns_to_user_ticks(mine.utime);
		tms.tms_stime = (long)ns_to_user_ticks(mine.stime);
		tms.tms_cutime = (long)ns_to_user_ticks(children.utime);
		tms.tms_cstime = (long)ns_to_user_ticks(children.stime);
		if (put_user_obj(&tms, buf))
			return -EFAULT;
	}
	return (long)ns_to_user_ticks(ktime_get_ns());
}
