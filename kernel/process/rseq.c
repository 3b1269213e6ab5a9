/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rseq.c - restartable sequences: a thread's critical section of user code starts over when the thread was preempted, migrated or
 *          signalled inside it.
 *
 * WHAT        The thread registers a structure in its memory. Before it returns to user mode after such an event, the CPU number there
 *             is brought up to date, and if the instruction pointer is inside the announced section, it moves to the abort handler.
 * INVARIANTS  Q1  Everything read is foreign: a section that is malformed, or whose abort handler lacks the signature, is SIGSEGV.
 *             Q2  The structure's cpu_id is right whenever user code runs.
 * SEE         linux/rseq.h
 * TESTS       tests/guest/process/pidfd_test.c
 */
#include "process_impl.h"
#include <linux/rseq.h>
#include <linux/sched.h>
#include <process/process_calls.h>

enum { RSEQ_WIRE_SIZE = 32, EVENT_PREEMPT = 1, EVENT_SIGNAL = 2, EVENT_MIGRATE = 4 };

static uaddr_t field(size_t offset)
{
	return uaddr_add(cur->rseq, offset);
}

static int store_cpu(u32 id_start, u32 id)
{
	if (put_user_u32(id_start, field(offsetof(struct rseq, cpu_id_start))) ||
	    put_user_u32(id, field(offsetof(struct rseq, cpu_id))))
		return -EFAULT;
	return 0;
}

/* 1 when @ip is in the section that is announced now; *abort_ip is where to go. 0: not, or none. -errno: malformed. */
static int current_section(unsigned long ip, unsigned long *abort_ip, u32 *flags)
{
	struct rseq_cs section;
	u64 where;
	u32 signature;

	if (get_user_u64(field(offsetof(struct rseq, rseq_cs)), &where))
		return -EFAULT;
	if (!where)
		return 0;
	if (get_user_obj(&section, uaddr(where)))
		return -EFAULT;
	if (section.version || section.start_ip >= USER_END ||
	    section.start_ip + section.post_commit_offset < section.start_ip ||
	    section.start_ip + section.post_commit_offset >= USER_END || section.abort_ip >= USER_END)
		return -EINVAL;
	/* The handler must not be inside the section that it leaves. */
	if (section.abort_ip - section.start_ip < section.post_commit_offset)
		return -EINVAL;
	if (get_user_u32(uaddr(section.abort_ip - sizeof(u32)), &signature))
		return -EFAULT;
	if (signature != cur->rseq_sig)
		return -EINVAL;
	*abort_ip = section.abort_ip;
	*flags = section.flags;
	return ip - section.start_ip < section.post_commit_offset;
}

static int leave_section(struct pt_regs *regs)
{
	unsigned long abort_ip;
	u32 flags = 0;
	int ret = current_section(regs->ip, &abort_ip, &flags);

	if (ret < 0)
		return ret;
	if (!ret)
		/* Outside of it the announcement is stale: forget it. */
		return put_user_u64(0, field(offsetof(struct rseq, rseq_cs)));
	if (flags)
		return -EINVAL; /* the no-restart flags are gone */
	if (put_user_u64(0, field(offsetof(struct rseq, rseq_cs))))
		return -EFAULT;
	regs->ip = abort_ip;
	return 0;
}

void rseq_resume(struct pt_regs *regs)
{
	u32 cpu;

	if (uaddr_is_null(cur->rseq))
		return;
	cpu = smp_processor_id();
	if (leave_section(regs) || store_cpu(cpu, cpu))
		force_sigsegv(0);
}

void rseq_signal_deliver(struct pt_regs *regs)
{
	if (!uaddr_is_null(cur->rseq) && leave_section(regs))
		force_sigsegv(0);
}

void rseq_fork(struct task *child, u64 clone_flags)
{
	if (clone_flags & CLONE_VM)
		return; /* a thread registers its own */
	tproc(child)->rseq = cur->rseq;
	tproc(child)->rseq_len = cur->rseq_len;
	tproc(child)->rseq_sig = cur->rseq_sig;
	child->notify_on_switch = current->notify_on_switch;
}

void rseq_exec(void)
{
	cur->rseq = UADDR_NULL;
	current->notify_on_switch = false;
}

static long unregister(uaddr_t rseq, u32 len, int flags, u32 sig)
{
	if ((flags & ~RSEQ_FLAG_UNREGISTER) || uaddr_raw(cur->rseq) != uaddr_raw(rseq) || uaddr_is_null(rseq) ||
	    len != cur->rseq_len)
		return -EINVAL;
	if (sig != cur->rseq_sig)
		return -EPERM;
	if (store_cpu(0, (u32)RSEQ_CPU_ID_UNINITIALIZED))
		return -EFAULT;
	rseq_exec();
	return 0;
}

long sys_rseq(uaddr_t rseq, u32 len, int flags, u32 sig)
{
	if (flags & RSEQ_FLAG_UNREGISTER)
		return unregister(rseq, len, flags, sig);
	if (flags)
		return -EINVAL;
	if (!uaddr_is_null(cur->rseq)) {
		if (uaddr_raw(cur->rseq) != uaddr_raw(rseq) || len != cur->rseq_len)
			return -EINVAL;
		return sig != cur->rseq_sig ? -EPERM : -EBUSY;
	}
	if ((uaddr_raw(rseq) & (RSEQ_WIRE_SIZE - 1)) || len != RSEQ_WIRE_SIZE)
		return -EINVAL;
	if (uaddr_is_null(rseq) || !access_ok(rseq, len))
		return -EFAULT;
	cur->rseq = rseq;
	cur->rseq_len = len;
	cur->rseq_sig = sig;
	current->notify_on_switch = true;
	/* The number is stored on the way back to user mode. */
	thread_set_work(&current->thread, TIF_NOTIFY);
	return 0;
}
