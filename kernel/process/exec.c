/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.c - execve: an old program ends where a new one starts, in the same process.
 *
 * WHAT        First everything that can fail is made beside the old program: the file, the new address space with its strings, the
 *             credentials. Then a format takes over; in begin_new_exec() the old program goes. After that point an error kills.
 * INVARIANTS  N1  Before the point of no return a failure leaves the caller as it was.
 *             N2  cred_guard_mutex is held from the making of the credentials to their commit.
 *             N3  The new address space belongs to bprm until it is activated, then to the task.
 * LOCKING     cred_guard_mutex (rank EXEC); siglock and task_lock for short steps.
 * ERRORS      -ENOEXEC, -EACCES, -ENOENT, -E2BIG, -ENOMEM, -ETXTBSY, -ELOOP (scripts in scripts), ...
 * TESTS       tests/guest/process/exec_test.c
 */
#include "process_impl.h"
#include <arch/pkeys.h>
#include <pages/alloc_fault.h>
#include <pages/slab.h>
#include <lib/printf.h>
#include <lib/uabi.h>
#include <mm/mm.h>
#include <mm/standing.h>
#include <vfs/file.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <vfs/inode.h>
#include <vfs/namei.h>
#include <process/exec.h>
#include <process/syscall_gate.h>
#include <process/process_calls.h>
#include <process/report.h>
#include "exec_impl.h"
#include "elf_impl.h"
#include "exit_impl.h"
#include "fork_impl.h"

#define STACK_LIMIT_SECURE (8UL << 20)

static struct {
	struct list_head formats; /* __final after boot */
} exec_state = { .formats = LIST_HEAD_INIT(exec_state.formats) };

void register_binfmt(struct binfmt *fmt)
{
	list_add_tail(&fmt->list, &exec_state.formats);
}

struct file *open_exec(const char *name)
{
	struct filename *filename = getname_kernel(name);
	struct file *file;

	if (IS_ERR(filename))
		return ERR_CAST(filename);
	file = do_open_execat(AT_FDCWD, filename, 0);
	putname(filename);
	return file;
}

/* ---- making and freeing ---- */

static int bprm_mm_init(struct linux_binprm *bprm)
{
	int ret;

	bprm->mm = mm_create();
	if (!bprm->mm)
		return -ENOMEM;
	if (current->mm)
		bprm->mm->flags |= READ_ONCE(current->mm->flags) & BIT(MMF_DISABLE_THP);
	ret = mm_stack_init(bprm->mm, &bprm->p);
	if (ret)
		return ret;
	bprm->p -= sizeof(void *);
	return arg_window_init(&bprm->window, bprm->mm);
}

static void free_bprm(struct linux_binprm *bprm)
{
	if (bprm->mm)
		mm_users_put(bprm->mm);
	arg_window_fini(&bprm->window);
	if (bprm->cred) {
		mutex_unlock(&cur->signal->cred_guard_mutex);
		abort_creds(bprm->cred);
	}
	if (bprm->file)
		fput(bprm->file);
	if (bprm->executable && bprm->executable != bprm->file)
		fput(bprm->executable);
	kfree(bprm->interp_owned);
	kfree(bprm->fdpath);
	kfree(bprm);
}

/* The name that scripts and AT_EXECFN see; a descriptor has one through /dev/fd. */
static int name_bprm(struct linux_binprm *bprm, int dfd, const struct filename *filename)
{
	if (dfd == AT_FDCWD || filename->name[0] == '/') {
		bprm->filename = filename->name;
	} else {
		bprm->fdpath = kmalloc(32 + strlen(filename->name), GFP_KERNEL);
		if (!bprm->fdpath)
			return -ENOMEM;
		if (filename->name[0])
			snprintf(bprm->fdpath, 32 + strlen(filename->name), "/dev/fd/%d/%s", dfd, filename->name);
		else
			snprintf(bprm->fdpath, 32, "/dev/fd/%d", dfd);
		bprm->filename = bprm->fdpath;
	}
	bprm->interp = bprm->filename;
	return 0;
}

static struct linux_binprm *alloc_bprm(int dfd, const struct filename *filename)
{
	struct linux_binprm *bprm = kzalloc(sizeof(*bprm), GFP_KERNEL);
	int ret;

	if (!bprm)
		return ERR_PTR(-ENOMEM);
	ret = name_bprm(bprm, dfd, filename);
	if (!ret)
		ret = bprm_mm_init(bprm);
	if (ret) {
		free_bprm(bprm);
		return ERR_PTR(ret);
	}
	return bprm;
}

/* ---- the point of no return and after ---- */

static int exec_mmap(struct linux_binprm *bprm)
{
	struct mm *old = current->mm, *new = bprm->mm;

	mm_release_user(current);
	if (old)
		mm_standing_move(new, old, cur->signal);
	mm_activate(old, new);
	bprm->mm = NULL;
	if (!old)
		return 0;
	spin_lock_irq(&cur->signal->stats_lock);
	cur->signal->own.maxrss_pages = max(cur->signal->own.maxrss_pages, max(old->hiwater_rss, mm_rss(old)));
	spin_unlock_irq(&cur->signal->stats_lock);
	mm_users_put(old);
	return 0;
}

static void set_dumpable(struct mm *mm, unsigned long value)
{
	mm->flags = (mm->flags & ~MMF_DUMPABLE_MASK) | value;
}

/* A program that the caller may not read must not be read through its process either. */
static bool is_readable(struct linux_binprm *bprm)
{
	return inode_permission(file_inode(bprm->file), MAY_READ) == 0 &&
	       (!bprm->executable || inode_permission(file_inode(bprm->executable), MAY_READ) == 0);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int begin_new_exec(struct linux_binprm *bprm)
{
	bool may_dump = is_readable(bprm);
	int ret = bprm_creds_from_file(bprm);

	if (ret)
		return ret;
	bprm->point_of_no_return = true;
	ret = de_thread();
	if (ret)
		return ret;
	ret = unshare_files();
	if (ret)
		return ret;
	mm_set_exe_file(bprm->mm, bprm->file);
	bprm->mm->user_ns = get_user_ns(bprm->cred->user_ns);
	ret = exec_mmap(bprm);
	if (ret)
		return ret;
	arch_pkeys_reset(); /* what follows writes to the new stack */
	exit_itimers(current);
	flush_itimer_signals();
	ret = unshare_sighand();
	if (ret)
		return ret;
	if (bprm->per_clear_set)
		cur->personality &= ~(0x0400000u | 0x0040000u | 0x0200000u | 0x0100000u);
	current->flags &= ~PF_FORKNOEXEC;
	user_dispatch_clear();
	cur->did_exec = true;
	do_close_on_exec(current->files);
	if (bprm->is_secure) {
		cur->pdeath_signal = 0;
		alloc_fault_set_nth(&current->thread, 0); /* whoever asked for a failure did not ask for one of this program */
		if (cur->signal->rlim[RLIMIT_STACK].rlim_cur > STACK_LIMIT_SECURE)
			cur->signal->rlim[RLIMIT_STACK].rlim_cur = STACK_LIMIT_SECURE;
	}
	cur->sas_sp = cur->sas_size = 0;
	cur->sas_flags = 2; /* SS_DISABLE */
	set_dumpable(current->mm, !may_dump || bprm->is_secure || !uid_eq(bprm->cred->euid, bprm->cred->uid) ||
						  !gid_eq(bprm->cred->egid, bprm->cred->gid)
					  ? (unsigned long)READ_ONCE(process_settings.suid_dumpable) : SUID_DUMP_USER);
	set_task_comm(current, base_name(bprm->filename));
	cur->self_exec_id++;
	flush_signal_handlers(current, false);
	if (!uid_eq(bprm->cred->euid, current_euid()) || !gid_eq(bprm->cred->egid, current_egid()))
		cur->pdeath_signal = 0;
	commit_creds(bprm->cred);
	bprm->cred = NULL;
	mutex_unlock(&cur->signal->cred_guard_mutex);
	cur->timer_slack_ns = cur->default_timer_slack_ns;
	rseq_exec();
	return 0;
}

void setup_new_exec(struct linux_binprm *bprm)
{
	mm_choose_layout(current->mm, rlimit(RLIMIT_STACK), process_randomizes());
}

/* ---- finding the format ---- */

static int read_head(struct linux_binprm *bprm)
{
	loff_t pos = 0;
	ssize_t got;

	memset(bprm->buf, 0, BINPRM_BUF_SIZE);
	got = kernel_read(bprm->file, bprm->buf, BINPRM_BUF_SIZE, &pos);
	return got < 0 ? (int)got : 0;
}

static int try_formats(struct linux_binprm *bprm)
{
	struct binfmt *fmt;
	int ret = read_head(bprm);

	if (!ret)
		ret = security_bprm_check(bprm);
	if (ret)
		return ret;
	list_for_each_entry(fmt, &exec_state.formats, list) {
		ret = fmt->load(bprm);
		if (bprm->point_of_no_return || ret != -ENOEXEC)
			return ret;
	}
	return -ENOEXEC;
}

static int load_binary(struct linux_binprm *bprm)
{
	for (int depth = 0;; depth++) {
		struct file *previous = bprm->file;
		int ret;

		if (depth > BINPRM_MAX_RECURSION)
			return -ELOOP;
		ret = try_formats(bprm);
		if (ret < 0 || !bprm->interpreter)
			return ret;
		/* A script: go on with its interpreter. What was named first stays known as executable. */
		bprm->file = bprm->interpreter;
		bprm->interpreter = NULL;
		if (previous != bprm->executable)
			fput(previous);
	}
}

static bool is_fs_shared(void)
{
	struct fs_struct *fs = current->fs;
	struct task *t;
	int mine = 0;
	bool is_shared;

	/* Threads that are born meanwhile are counted by nobody: their maker is one of us, and shares already. */
	spin_lock(&fs->lock);
	for_each_thread_of(cur->signal, t)
		mine += t->fs == fs;
	is_shared = fs->users > mine;
	if (!is_shared)
		fs->in_exec = true;
	spin_unlock(&fs->lock);
	return is_shared;
}

static int prepare_bprm_creds(struct linux_binprm *bprm)
{
	if (mutex_lock_interruptible(&cur->signal->cred_guard_mutex))
		return -ERESTARTNOINTR;
	bprm->cred = prepare_creds();
	if (bprm->cred)
		return 0;
	mutex_unlock(&cur->signal->cred_guard_mutex);
	return -ENOMEM;
}

static int bprm_execve(struct linux_binprm *bprm, int dfd, struct filename *filename, int flags)
{
	struct file *file;
	int ret = prepare_bprm_creds(bprm);

	if (ret)
		return ret;
	bprm->is_shared = is_fs_shared();
	file = do_open_execat(dfd, filename, flags);
	ret = PTR_ERR(file);
	if (IS_ERR(file))
		goto out;
	bprm->file = bprm->executable = file;
	/* With close-on-exec the /dev/fd name will be gone when the interpreter looks for it. */
	if (bprm->fdpath && fd_close_on_exec(current, dfd))
		bprm->fd_inaccessible = true;
	sched_exec();
	cur->in_execve = true;
	ret = load_binary(bprm);
	cur->in_execve = false;
	if (ret < 0 && bprm->point_of_no_return && !fatal_signal_pending())
		force_fatal_sig(SIGSEGV);
out:
	current->fs->in_exec = false;
	return ret < 0 ? ret : 0;
}

static int copy_all_strings(struct linux_binprm *bprm, const struct string_vector *argv,
			    const struct string_vector *envp)
{
	int ret;

	bprm->argc = string_vector_count(argv);
	if (bprm->argc < 0)
		return bprm->argc;
	bprm->envc = string_vector_count(envp);
	if (bprm->envc < 0)
		return bprm->envc;
	ret = set_arg_limit(bprm);
	if (!ret)
		ret = copy_string_kernel(bprm->filename, bprm);
	bprm->exec = bprm->p;
	if (!ret)
		ret = copy_strings(envp, bprm->envc, bprm);
	if (!ret)
		ret = copy_strings(argv, bprm->argc, bprm);
	/* Programs that read argv[0] unasked get an empty one. */
	if (!ret && !bprm->argc) {
		ret = copy_string_kernel("", bprm);
		bprm->argc = 1;
	}
	return ret;
}

static bool is_over_nproc(void)
{
	if (!(current->flags & PF_NPROC_EXCEEDED))
		return false;
	current->flags &= ~PF_NPROC_EXCEEDED;
	return atomic_long_read(&current_cred()->user->processes) > (long)rlimit(RLIMIT_NPROC) &&
	       !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN);
}

/* Consumes @filename. */
static int do_execveat(int dfd, struct filename *filename, const struct string_vector *argv,
		       const struct string_vector *envp, int flags)
{
	struct linux_binprm *bprm;
	int ret;

	if (IS_ERR(filename))
		return PTR_ERR(filename);
	if (is_over_nproc()) {
		putname(filename);
		return -EAGAIN;
	}
	bprm = alloc_bprm(dfd, filename);
	ret = PTR_ERR(bprm);
	if (IS_ERR(bprm))
		goto out;
	ret = copy_all_strings(bprm, argv, envp);
	if (!ret)
		ret = bprm_execve(bprm, dfd, filename, flags);
	free_bprm(bprm);
out:
	putname(filename);
	return ret;
}

int kernel_execve(const char *filename, const char *const *argv, const char *const *envp)
{
	struct string_vector args = { .kernel = argv }, env = { .kernel = envp };

	return do_execveat(AT_FDCWD, getname_kernel(filename), &args, &env, 0);
}

long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp)
{
	struct string_vector args = { .user = argv }, env = { .user = envp };

	return do_execveat(AT_FDCWD, getname(path), &args, &env, 0);
}

long sys_execveat(int dfd, uaddr_t path, uaddr_t argv, uaddr_t envp, int flags)
{
	struct string_vector args = { .user = argv }, env = { .user = envp };

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return do_execveat(dfd, getname_flags(path, flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &args, &env, flags);
}
