/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access.c - who may look into whom, and the ports by which lower floors ask.
 *
 * WHAT        One rule serves ptrace-like access: same identity or CAP_SYS_PTRACE over the target's user namespace,
 *             no more rights than the caller has, and a dumpable image. The ports of mm/ (limits, faults) are
 *             answered here.
 * LOCKING     RCU and task_lock around a target's credentials and mm. cred_guard_mutex from the check to the reference on an mm,
 *             so that no exec gives the target more rights in between.
 */
#include "process_impl.h"
#include <asm/resource.h>
#include <crypto/random.h>
#include <mm/mm.h>
#include <mm/mm_port.h>
#include <process/access.h>
#include <process/exec.h>

static bool ids_match(const struct cred *target, enum access_mode mode)
{
	const struct cred *cred = current_cred();
	bool is_fs = mode == ACCESS_READ_FSCREDS || mode == ACCESS_ATTACH_FSCREDS;
	kuid_t uid = is_fs ? cred->fsuid : cred->uid;
	kgid_t gid = is_fs ? cred->fsgid : cred->gid;

	return uid_eq(uid, target->euid) && uid_eq(uid, target->suid) && uid_eq(uid, target->uid) &&
	       gid_eq(gid, target->egid) && gid_eq(gid, target->sgid) && gid_eq(gid, target->gid);
}

static bool is_dumpable(struct task *task)
{
	struct user_namespace *ns = &init_user_ns;
	bool is_user = false;

	task_lock(task);
	if (task->mm) {
		is_user = (task->mm->flags & MMF_DUMPABLE_MASK) == SUID_DUMP_USER;
		ns = task->mm->user_ns ? task->mm->user_ns : ns;
	} else {
		is_user = true; /* a zombie has nothing left to hide */
	}
	task_unlock(task);
	return is_user || ns_capable_noaudit(ns, CAP_SYS_PTRACE);
}

bool process_may_access(struct task *task, enum access_mode mode)
{
	bool is_attach = mode == ACCESS_ATTACH_REALCREDS || mode == ACCESS_ATTACH_FSCREDS;
	const struct cred *target;
	bool ok;

	if (!task->process)
		return ns_capable_noaudit(&init_user_ns, CAP_SYS_PTRACE);
	if (same_thread_group(task, current))
		return true;
	rcu_read_lock();
	target = task_cred_rcu(task);
	ok = ids_match(target, mode) || ns_capable_noaudit(target->user_ns, CAP_SYS_PTRACE);
	/* Nobody reaches up to more rights than his own. */
	if (ok && (target->cap_permitted.val & ~current_cred()->cap_permitted.val))
		ok = ns_capable_noaudit(target->user_ns, CAP_SYS_PTRACE);
	rcu_read_unlock();
	return ok && is_dumpable(task) && !security_ptrace_access(task, is_attach);
}

struct mm *get_task_mm(struct task *task)
{
	struct mm *mm;

	task_lock(task);
	mm = task->mm;
	if (mm)
		mm_users_get(mm);
	task_unlock(task);
	return mm;
}

struct mm *process_mm_access(struct task *task, enum access_mode mode)
{
	struct mm *mm;

	if (!tproc(task))
		return NULL;
	/* exec must not give it other credentials between check and use. */
	if (mutex_lock_killable(&tproc(task)->signal->cred_guard_mutex))
		return ERR_PTR(-EINTR);
	mm = get_task_mm(task);
	if (mm && mm != current->mm && !process_may_access(task, mode)) {
		mm_users_put(mm);
		mm = ERR_PTR(-EACCES);
	}
	mutex_unlock(&tproc(task)->signal->cred_guard_mutex);
	return mm;
}

/* ---- mm ports ---- */

void signal_force_fault(int sig, int code, uaddr_t addr)
{
	force_sig_fault(sig, code, uaddr_raw(addr));
}

void signal_force_pkey_fault(uaddr_t addr, u32 key)
{
	force_sig_pkey_fault(uaddr_raw(addr), key);
}

unsigned long process_rlimit(unsigned int which)
{
	return current->process ? rlimit(which) : RLIM_INFINITY;
}

bool process_capable(int cap)
{
	return capable(cap);
}

unsigned long process_personality(void)
{
	return current->process ? cur->personality : 0;
}

bool process_fatal_signal_pending(void)
{
	return fatal_signal_pending();
}

static struct mm *task_mm_for_copy(struct task *task)
{
	struct mm *mm = process_mm_access(task, ACCESS_ATTACH_REALCREDS);

	if (!mm)
		return ERR_PTR(-ESRCH);
	return PTR_ERR(mm) == -EACCES ? ERR_PTR(-EPERM) : mm;
}

struct mm *process_get_mm(pid_t pid)
{
	struct task *task = find_get_task_by_vpid(pid);
	struct mm *mm;

	if (!task)
		return ERR_PTR(-ESRCH);
	mm = task_mm_for_copy(task);
	put_task(task);
	return mm;
}

struct mm *process_get_mm_for_move(pid_t pid)
{
	struct task *task = pid ? find_get_task_by_vpid(pid) : get_task(current);
	struct mm *mm;

	if (!task)
		return ERR_PTR(-ESRCH);
	mm = process_mm_access(task, ACCESS_READ_REALCREDS);
	put_task(task);
	if (!mm)
		return ERR_PTR(-EINVAL);
	return PTR_ERR(mm) == -EACCES ? ERR_PTR(-EPERM) : mm;
}

struct mm *process_get_mm_pidfd(int pidfd)
{
	struct task *task = pidfd_get_task(pidfd);
	struct mm *mm;

	if (IS_ERR(task))
		return ERR_CAST(task);
	mm = process_mm_access(task, ACCESS_READ_FSCREDS);
	put_task(task);
	if (!mm)
		return ERR_PTR(-ESRCH);
	return PTR_ERR(mm) == -EACCES ? ERR_PTR(-EPERM) : mm;
}

void process_mm_user_ns_put(struct user_namespace *ns)
{
	if (ns)
		put_user_ns(ns);
}

struct user_namespace *process_mm_user_ns_get(struct user_namespace *ns)
{
	return ns ? get_user_ns(ns) : NULL;
}

u64 process_random_u64(void)
{
	return get_random_u64();
}
