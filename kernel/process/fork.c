/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fork.c - a new task from a running one.
 *
 * WHAT        copy_process() makes a complete task that nobody can see yet, then links it under tasklist_lock in one step.
 *             Each part (credentials, files, memory, ...) is either shared or copied, as the clone flags say.
 * INVARIANTS  K1  Before the link step everything can fail and is undone in reverse; after it nothing fails.
 *             K2  A signal sent to a process group while a fork is under way reaches parent and child: from before the first copy
 *                 to the link step it is noted in signal->forks, and the child is born with it pending.
 *             K3  The child runs only after the parent's pidfd and parent_tid are stored.
 * LOCKING     tasklist_lock, then siglock, for the link step.
 * LIFECYCLE   task_alloc -> copied -> linked -> wake_up_new_task -> ... exit.c
 * ERRORS      -EAGAIN limits; -ENOMEM; -EINVAL flags; -ERESTARTNOINTR a signal came first; set_tid: see alloc_pid().
 * TESTS       tests/guest/process/fork_test.c, thread_test.c, basic_test.c
 */
#include "process_impl.h"
#include <arch/arch_port.h>
#include <arch/fpu.h>
#include <time/ktime.h>
#include <pages/slab.h>
#include <mm/mempolicy.h>
#include <mm/mm.h>
#include <vfs/file.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <process/fork.h>
#include <process/exit.h>
#include <process/nsproxy.h>
#include <process/report.h>
#include "fork_impl.h"
#include "io_ports_impl.h"
#include "oom_impl.h"
#include "timer_impl.h"

#define CLONE_LEGACY_MASK 0xffffffffull
#define CSIGNAL_MASK	  ((u64)CSIGNAL)
#define CLONE_ABSENT_NS	  (CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME)

atomic_t nr_tasks = ATOMIC_INIT(0);

u64 total_forks(void)
{
	return READ_ONCE(process_state.total_forks);
}

/* Combinations that make no sense, or that this kernel has no objects for. */
static int check_flags(u64 flags)
{
	if ((flags & (CLONE_NEWNS | CLONE_FS)) == (CLONE_NEWNS | CLONE_FS) ||
	    (flags & (CLONE_NEWUSER | CLONE_FS)) == (CLONE_NEWUSER | CLONE_FS))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	if ((flags & CLONE_PARENT) && (cur->signal->flags & SIGNAL_UNKILLABLE))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && ((flags & (CLONE_NEWUSER | CLONE_NEWPID)) ||
				       task_active_pid_ns(current) != cur->nsproxy->pid_ns_for_children))
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & (CLONE_DETACHED | CLONE_THREAD)))
		return -EINVAL;
	if (flags & CLONE_ABSENT_NS)
		return -EINVAL;
	if (flags & CLONE_INTO_CGROUP)
		return -EINVAL;
	return 0;
}

struct task *task_alloc(const char *name)
{
	struct task_object *object = kmem_cache_zalloc(process_state.task_cache, GFP_KERNEL_ACCOUNT);
	struct task_process *tp;

	if (!object)
		return NULL;
	tp = &object->process;
	tp->task = &object->task;
	object->task.process = tp;
	if (task_init(&object->task, name, 0)) {
		kmem_cache_free(process_state.task_cache, object);
		return NULL;
	}
	INIT_LIST_HEAD(&tp->pending.list);
	INIT_LIST_HEAD(&tp->children);
	INIT_LIST_HEAD(&tp->sibling);
	INIT_LIST_HEAD(&tp->thread_node);
	INIT_LIST_HEAD(&tp->tasks);
	tp->start_time = ktime_get_ns();
	tp->start_boottime = ktime_get_boottime_ns();
	return &object->task;
}

void task_release_memory(struct task *task)
{
	struct task_object *object = container_of(task, struct task_object, task);

	task_fini(task);
	mempolicy_put(task->mempolicy);
	if (object->process.futex)
		kmem_cache_free(process_state.futex_cache, object->process.futex);
	kmem_cache_free(process_state.task_cache, object);
}

/* ---- one function per part ---- */

static void drop_credentials(struct task *child)
{
	uncount_creds(child);
	exit_creds(child);
}

static int copy_credentials(struct task *child, u64 flags)
{
	struct user_struct *user;
	int ret = copy_creds(child, flags & CLONE_THREAD);

	if (ret)
		return ret;
	if (flags & CLONE_NEWUSER) {
		ret = create_user_ns((struct cred *)child->cred);
		if (ret)
			goto drop;
	}
	user = child->real_cred->user;
	ret = -EAGAIN;
	/* copy_creds() has counted the child. */
	if (atomic_long_read(&user->processes) > (long)rlimit(RLIMIT_NPROC) && user != &root_user &&
	    !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN))
		goto drop;
	current->flags &= ~PF_NPROC_EXCEEDED;
	if (atomic_read(&nr_tasks) >= (int)process_max_threads())
		goto drop;
	return 0;
drop:
	drop_credentials(child);
	return ret;
}

static int copy_files(struct task *child, u64 flags)
{
	int error = 0;

	if (!current->files)
		return 0;
	if (flags & CLONE_FILES) {
		atomic_inc(&current->files->count);
		child->files = current->files;
		return 0;
	}
	child->files = dup_fd(current->files, INT_MAX, &error);
	return child->files ? 0 : error;
}

static int copy_fs(struct task *child, u64 flags)
{
	struct fs_struct *fs = current->fs;

	if (flags & CLONE_FS) {
		spin_lock(&fs->lock);
		/* An exec in another thread counts on being the only user. */
		if (fs->in_exec) {
			spin_unlock(&fs->lock);
			return -EAGAIN;
		}
		fs->users++;
		spin_unlock(&fs->lock);
		child->fs = fs;
		return 0;
	}
	child->fs = copy_fs_struct(fs);
	return child->fs ? 0 : -ENOMEM;
}

static int copy_sighand(struct task *child, u64 flags)
{
	struct sighand_struct *sighand;

	if (flags & CLONE_SIGHAND) {
		refcount_inc(&cur->sighand->refs);
		tproc(child)->sighand = cur->sighand;
		return 0;
	}
	sighand = sighand_alloc();
	if (!sighand)
		return -ENOMEM;
	spin_lock_irq(&cur->sighand->siglock);
	memcpy(sighand->action, cur->sighand->action, sizeof(sighand->action));
	spin_unlock_irq(&cur->sighand->siglock);
	tproc(child)->sighand = sighand;
	if (flags & CLONE_CLEAR_SIGHAND)
		flush_signal_handlers(child, false);
	return 0;
}

static int copy_signal(struct task *child, u64 flags)
{
	struct signal_struct *signal;

	if (flags & CLONE_THREAD) {
		tproc(child)->signal = cur->signal;
		return 0;
	}
	signal = signal_alloc();
	if (!signal)
		return -ENOMEM;
	task_lock(tproc(current)->group_leader);
	memcpy(signal->rlim, cur->signal->rlim, sizeof(signal->rlim));
	task_unlock(tproc(current)->group_leader);
	signal->cpu_limit_ns = cpu_limit_to_ns(signal->rlim[RLIMIT_CPU].rlim_cur);
	signal->oom_score_adj = cur->signal->oom_score_adj;
	signal->oom_score_adj_min = cur->signal->oom_score_adj_min;
	signal->curr_target = child;
	tproc(child)->signal = signal;
	return 0;
}

static int copy_mm(struct task *child, u64 flags)
{
	struct mm *mm = current->mm;

	if (!mm)
		return 0;
	mm = flags & CLONE_VM ? mm_users_get(mm) : mm_dup(mm);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	child->mm = mm;
	return 0;
}

static int copy_thread(struct task *child, const struct kernel_clone_args *args)
{
	struct pt_regs regs = *arch_user_regs(&current->thread);
	int ret = fpu_thread_init(&child->thread);

	if (ret)
		return ret;
	fpu_thread_copy(&child->thread);
	if (args->stack)
		regs.sp = args->stack + args->stack_size;
	arch_thread_setup_user(&child->thread, &regs);
	if (args->flags & CLONE_SETTLS)
		ret = arch_thread_set_fsbase(&child->thread, args->tls);
	if (!ret)
		io_ports_share(child);
	return ret;
}

/* What a thread inherits of its maker's own part. */
static void copy_own(struct task *child, const struct kernel_clone_args *args)
{
	struct task_process *tp = tproc(child);
	u64 flags = args->flags;

	child->thread.make_it_fail = READ_ONCE(current->thread.make_it_fail); /* fail_nth is not inherited */
	tp->blocked = cur->blocked;
	if (!(flags & CLONE_VM) || (flags & CLONE_VFORK)) {
		tp->sas_sp = cur->sas_sp;
		tp->sas_size = cur->sas_size;
		tp->sas_flags = cur->sas_flags;
	} else {
		tp->sas_flags = 2; /* SS_DISABLE */
	}
	tp->personality = cur->personality;
	tp->no_new_privs = cur->no_new_privs;
	tp->timer_slack_ns = tp->default_timer_slack_ns = cur->timer_slack_ns;
	tp->ioprio = cur->ioprio;
	tp->mce_kill = cur->mce_kill;
	tp->set_child_tid = uaddr(flags & CLONE_CHILD_SETTID ? args->child_tid : 0);
	tp->clear_child_tid = uaddr(flags & CLONE_CHILD_CLEARTID ? args->child_tid : 0);
	tp->self_exec_id = cur->self_exec_id;
	child->flags = PF_FORKNOEXEC | (current->flags & PF_MEMALLOC_NOIO);
	child->cgroup = current->cgroup;
	child->mempolicy = mempolicy_get(current->mempolicy);
	child->interleave_next = current->interleave_next;
	rseq_fork(child, flags);
}

static void drop_files(struct task *child)
{
	if (child->files)
		put_files_struct(child->files);
	child->files = NULL;
}

static void drop_signal(struct task *child, u64 flags)
{
	if (!(flags & CLONE_THREAD))
		signal_put(tproc(child)->signal);
	tproc(child)->signal = NULL;
}

/* Copy every part; undo all of them when one fails. */
static int copy_parts(struct task *child, const struct kernel_clone_args *args)
{
	u64 flags = args->flags;
	int ret = copy_credentials(child, flags);

	if (ret)
		return ret;
	copy_own(child, args);
	ret = sched_fork(child);
	if (!ret)
		ret = copy_files(child, flags);
	if (ret)
		goto drop_creds;
	ret = copy_fs(child, flags);
	if (ret)
		goto drop_files;
	ret = copy_sighand(child, flags);
	if (ret)
		goto drop_fs;
	ret = copy_signal(child, flags);
	if (ret)
		goto drop_sighand;
	ret = copy_mm(child, flags);
	if (ret)
		goto drop_signal;
	ret = copy_namespaces(flags, child, (struct cred *)child->cred, child->fs);
	if (ret)
		goto drop_mm;
	ret = copy_thread(child, args);
	if (ret)
		goto drop_namespaces;
	return 0;
drop_namespaces:
	fpu_thread_fini(&child->thread);
	exit_task_namespaces(child);
drop_mm:
	if (child->mm)
		mm_users_put(child->mm);
drop_signal:
	drop_signal(child, flags);
drop_sighand:
	sighand_put(tproc(child)->sighand);
drop_fs:
	put_fs_struct(child->fs);
drop_files:
	drop_files(child);
drop_creds:
	drop_credentials(child);
	return ret;
}

static void drop_parts(struct task *child, u64 flags)
{
	io_ports_drop(child);
	fpu_thread_fini(&child->thread);
	exit_task_namespaces(child);
	if (child->mm)
		mm_users_put(child->mm);
	drop_signal(child, flags);
	sighand_put(tproc(child)->sighand);
	put_fs_struct(child->fs);
	drop_files(child);
	drop_credentials(child);
}

/* ---- linking ---- */

static void set_parents_locked(struct task *child, const struct kernel_clone_args *args)
{
	struct task_process *tp = tproc(child);

	if (args->flags & (CLONE_PARENT | CLONE_THREAD)) {
		tp->real_parent = cur->real_parent;
		tp->parent_exec_id = cur->parent_exec_id;
		tp->exit_signal = args->flags & CLONE_THREAD ? -1 : tproc(cur->group_leader)->exit_signal;
	} else {
		tp->real_parent = current;
		tp->parent_exec_id = cur->self_exec_id;
		tp->exit_signal = args->exit_signal;
	}
	tp->parent = tp->real_parent;
}

void link_new_leader_locked(struct task *child, struct pid *pid, struct signal_struct *from)
{
	struct task_process *tp = tproc(child);
	struct signal_struct *signal = tp->signal;

	get_task(child); /* the family's reference; release_task() drops it */
	tp->group_leader = child;
	signal->pids[PIDTYPE_TGID] = pid;
	signal->pids[PIDTYPE_PGID] = from ? from->pids[PIDTYPE_PGID] : pid;
	signal->pids[PIDTYPE_SID] = from ? from->pids[PIDTYPE_SID] : pid;
	if (is_child_reaper(pid)) {
		ns_of_pid(pid)->child_reaper = child;
		signal->flags |= SIGNAL_UNKILLABLE;
	}
	if (from) {
		signal->tty = from->tty;
		signal->has_child_subreaper = from->has_child_subreaper || from->is_child_subreaper;
	}
	if (tp->real_parent)
		list_add_tail(&tp->sibling, &tproc(tp->real_parent)->children);
	list_add_tail_rcu(&tp->tasks, &process_state.tasks);
	list_add_tail_rcu(&tp->thread_node, &signal->thread_head);
	attach_pid_locked(child, PIDTYPE_TGID, pid);
	attach_pid_locked(child, PIDTYPE_PGID, signal->pids[PIDTYPE_PGID]);
	attach_pid_locked(child, PIDTYPE_SID, signal->pids[PIDTYPE_SID]);
	attach_pid_locked(child, PIDTYPE_PID, pid);
	atomic_inc(&nr_tasks);
	process_state.total_forks++;
}

static void link_new_thread_locked(struct task *child, struct pid *pid)
{
	struct signal_struct *signal = cur->signal;

	get_task(child); /* as above */
	tproc(child)->group_leader = cur->group_leader;
	refcount_inc(&signal->refs);
	atomic_inc(&signal->live);
	signal->nr_threads++;
	signal->quick_threads++;
	/* A group stop in progress takes the new thread in as well. */
	if (signal->group_stop_count || (signal->flags & SIGNAL_STOP_STOPPED)) {
		tproc(child)->jobctl |= JOBCTL_STOP_PENDING;
		if (signal->group_stop_count) {
			tproc(child)->jobctl |= JOBCTL_STOP_CONSUME;
			signal->group_stop_count++;
		}
		thread_set_work(&child->thread, TIF_SIGPENDING);
	}
	list_add_tail_rcu(&tproc(child)->thread_node, &signal->thread_head);
	attach_pid_locked(child, PIDTYPE_PID, pid);
	atomic_inc(&nr_tasks);
	process_state.total_forks++;
}

/* The child is born with what its process group got meanwhile (K2). */
static void inherit_group_signals(struct task *child, const struct fork_signals *fork)
{
	tproc(child)->signal->shared_pending.signal = fork->got;
	if (fork->got.bits & ~tproc(child)->blocked.bits)
		thread_set_work(&child->thread, TIF_SIGPENDING);
}

/* The step that makes the child visible. It fails only for deadly signals and dying namespaces. */
static int link_child(struct task *child, struct pid *pid, const struct kernel_clone_args *args,
		      const struct fork_signals *fork)
{
	int ret = 0;

	spin_lock_irq(&tasklist_lock);
	set_parents_locked(child, args);
	spin_lock(&cur->sighand->siglock);
	if (current->thread.fatal_signal)
		ret = -EINTR;
	else if (ns_of_pid(pid)->is_dying)
		ret = -ENOMEM;
	if (!ret) {
		tproc(child)->pid = pid;
		child->thread.id = pid_nr(pid);
		if (args->flags & CLONE_THREAD) {
			link_new_thread_locked(child, pid);
		} else {
			link_new_leader_locked(child, pid, cur->signal);
			inherit_group_signals(child, fork);
		}
	}
	spin_unlock(&cur->sighand->siglock);
	spin_unlock_irq(&tasklist_lock);
	return ret;
}

/* ---- pidfd ---- */

struct new_pidfd {
	struct file *file;
	int fd;
};

static int prepare_pidfd(struct new_pidfd *new, struct pid *pid, const struct kernel_clone_args *args)
{
	int ret;

	new->file = NULL;
	if (!(args->flags & CLONE_PIDFD))
		return 0;
	new->fd = get_unused_fd_flags(O_RDWR | O_CLOEXEC);
	if (new->fd < 0)
		return new->fd;
	new->file = pidfd_file_create(pid, 0);
	ret = IS_ERR(new->file) ? (int)PTR_ERR(new->file) : 0;
	if (!ret && put_user_u32(new->fd, uaddr(args->pidfd))) {
		fput(new->file);
		ret = -EFAULT;
	}
	if (ret) {
		put_unused_fd(new->fd);
		new->file = NULL;
	}
	return ret;
}

static void abort_pidfd(struct new_pidfd *new)
{
	if (!new->file)
		return;
	put_unused_fd(new->fd);
	fput(new->file);
}

/* ---- the whole ---- */

/* From here on group signals are noted for the child. -ERESTARTNOINTR: one is there already, it goes first. */
static int fork_signals_begin(struct fork_signals *fork)
{
	fork->got.bits = 0;
	with_spinlock_irq(&cur->sighand->siglock);
	recalc_sigpending_locked();
	if (signal_pending())
		return -ERESTARTNOINTR;
	list_add_tail(&fork->node, &cur->signal->forks);
	return 0;
}

static void fork_signals_end(struct fork_signals *fork)
{
	with_spinlock_irq(&cur->sighand->siglock);
	list_del(&fork->node);
}

/* Copy and link. The flags are good, and signals are noted in @fork. */
static struct task *make_child(const struct kernel_clone_args *args, const struct fork_signals *fork)
{
	struct new_pidfd pidfd;
	struct task *child;
	struct pid *pid;
	int ret;

	child = task_alloc(current->thread.name);
	if (!child)
		return ERR_PTR(-ENOMEM);
	ret = copy_parts(child, args);
	if (ret)
		goto free_task;
	pid = alloc_pid(tproc(child)->nsproxy->pid_ns_for_children, args->set_tid, args->set_tid_size);
	if (IS_ERR(pid)) {
		ret = PTR_ERR(pid);
		goto drop;
	}
	ret = prepare_pidfd(&pidfd, pid, args);
	if (ret)
		goto free_pid;
	ret = link_child(child, pid, args, fork);
	if (ret)
		goto drop_pidfd;
	if (pidfd.file)
		fd_install(pidfd.fd, pidfd.file);
	return child;
drop_pidfd:
	abort_pidfd(&pidfd);
free_pid:
	free_pid(pid);
drop:
	drop_parts(child, args->flags);
free_task:
	task_release_memory(child);
	return ERR_PTR(ret);
}

static struct task *copy_process(const struct kernel_clone_args *args)
{
	struct fork_signals fork;
	struct task *child;
	int ret = check_flags(args->flags);

	if (!ret)
		ret = fork_signals_begin(&fork);
	if (ret)
		return ERR_PTR(ret);
	child = make_child(args, &fork);
	fork_signals_end(&fork);
	return child;
}

/* ---- vfork: the parent waits until the child gave the memory back ---- */

enum { STAGE_VFORK = 1, KEEP_CHILD = 0 };

static bool vfork_child_is_done(struct task *child)
{
	return !smp_load_acquire(&tproc(child)->is_vfork_child);
}

static long vfork_wait(void)
{
	struct task *child = call_current()->objects[KEEP_CHILD];
	struct pid *pid = tproc(child)->vfork_pid;
	int ret = wait_event_killable_park(pid->wait_pidfd, vfork_child_is_done(child));

	if (ret == -EPARK)
		return ret;
	(void)call_take(KEEP_CHILD);
	put_pid(pid);
	put_task(child);
	return (long)call_done();
}

/* The child lets go of its maker's memory: exec or exit. */
void vfork_release(struct task *child)
{
	struct pid *pid = tproc(child)->vfork_pid;

	if (!tproc(child)->is_vfork_child)
		return;
	get_pid(pid);
	smp_store_release(&tproc(child)->is_vfork_child, false);
	wake_up_all(&pid->wait_pidfd);
	put_pid(pid);
}

/* A bad address is the program's loss: the child exists already. */
static void store_tid(long nr, uaddr_t where)
{
	int ignored = put_user_u32((u32)nr, where);

	(void)ignored;
}

bool vfork_in_progress(void)
{
	return call_current()->stage == STAGE_VFORK;
}

long kernel_clone(struct kernel_clone_args *args)
{
	struct task *child;
	long nr;

	if (vfork_in_progress())
		return vfork_wait();
	if ((args->flags & CLONE_PIDFD) && (args->flags & CLONE_PARENT_SETTID) && args->pidfd == args->parent_tid)
		return -EINVAL;
	child = copy_process(args);
	if (IS_ERR(child))
		return PTR_ERR(child);
	oom_score_adj_fork(child, args->flags);
	nr = pid_vnr(tproc(child)->pid);
	if (args->flags & CLONE_PARENT_SETTID)
		store_tid(nr, uaddr(args->parent_tid));
	if (!(args->flags & CLONE_VFORK)) {
		wake_up_new_task(child);
		return nr;
	}
	tproc(child)->vfork_pid = get_pid(tproc(child)->pid);
	tproc(child)->is_vfork_child = true;
	call_current()->stage = STAGE_VFORK;
	call_keep(KEEP_CHILD, get_task(child));
	call_done_add(nr);
	wake_up_new_task(child);
	return vfork_wait();
}

/* arch port: the child's first steps, on its own stack. */
void thread_start_user(struct thread *prev)
{
	sched_finish_switch(prev);
	if (!uaddr_is_null(cur->set_child_tid) && put_user_u32(task_pid_vnr(current), cur->set_child_tid))
		cur->set_child_tid = UADDR_NULL;
}
