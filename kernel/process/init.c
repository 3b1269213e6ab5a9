/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * init.c - the folder's start: caches, the first namespaces, and process 1.
 *
 * WHAT        Process 1 is made by hand: a task with a process part, descriptor table, root directory and session of its own. It begins in
 *             the kernel, opens the console, and becomes the first program.
 * INVARIANTS  The first program is rdinit= or /init; where that cannot be run, init=, which must; without it /sbin/init,
 *             /etc/init, /bin/init, /bin/sh. Its arguments are the
 *             words after "--".
 * LOCKING     tasklist_lock where process 1 is linked. Nobody else runs yet that could see it half made.
 */
#include "process_impl.h"
#include <arch/arch_port.h>
#include <arch/bootinfo.h>
#include <arch/fpu.h>
#include <lib/cmdline.h>
#include <linux/personality.h>
#include <log/panic.h>
#include <log/printk.h>
#include <mm/mm.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <vfs/file.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <vfs/dentry.h>
#include <vfs/mount.h>
#include <vfs/namei.h>
#include <process/exec.h>
#include <process/exit.h>
#include <process/nsproxy.h>
#include "exec_impl.h"
#include "fork_impl.h"
#include "futex_impl.h"
#include "ns_impl.h"
#include "timer_impl.h"

struct process_state process_state = {
	.family_lock = SPINLOCK_INIT(RANK_TASKLIST),
	.tasks = LIST_HEAD_INIT(process_state.tasks),
};

#define OBJECT(type_name, type_id) { .name = type_name, .owner = "process", .id = type_id, .version = 1 }
static const struct object_type task_type = OBJECT("task", 0x2001);
static const struct object_type signal_type = OBJECT("signal_struct", 0x2002);
static const struct object_type sighand_type = OBJECT("sighand_struct", 0x2003);
static const struct object_type sigqueue_type = OBJECT("sigqueue", 0x2004);
static const struct object_type futex_type = OBJECT("futex_waiter", 0x2005);
static const struct object_type nsproxy_type = OBJECT("nsproxy", 0x2006);
static const struct object_type uts_type = OBJECT("uts_namespace", 0x2007);
static const struct object_type pid_ns_type = OBJECT("pid_namespace", 0x2008);
static const struct object_type timers_type = OBJECT("posix_timers", 0x2009);
static const struct object_type timer_type = OBJECT("posix_timer", 0x200a);

static struct kmem_cache *make_cache(const struct object_type *type, size_t size)
{
	return kmem_cache_create(type, size, 0, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT | SLAB_PANIC);
}

void process_init(void)
{
	struct process_state *s = &process_state;

	s->task_cache = make_cache(&task_type, sizeof(struct task_object));
	s->signal_cache = make_cache(&signal_type, sizeof(struct signal_struct));
	s->sighand_cache = make_cache(&sighand_type, sizeof(struct sighand_struct));
	s->sigqueue_cache = make_cache(&sigqueue_type, sizeof(struct sigqueue));
	s->futex_cache = make_cache(&futex_type, sizeof(struct futex_waiter));
	s->nsproxy_cache = make_cache(&nsproxy_type, sizeof(struct nsproxy));
	s->uts_cache = make_cache(&uts_type, sizeof(struct uts_namespace));
	s->pid_ns_cache = make_cache(&pid_ns_type, sizeof(struct pid_namespace));
	s->timers_cache = make_cache(&timers_type, sizeof(struct posix_timers));
	s->timer_cache = make_cache(&timer_type, sizeof(struct posix_timer));
	/* An eighth of memory may be stacks and tasks. */
	s->max_threads = (u32)clamp(nr_managed_pages() * PAGE_SIZE / (8 * THREAD_STACK_SIZE), 64ul,
				    (unsigned long)PID_MAX_LIMIT);
	pid_namespaces_init();
	nsfs_init();
	init_nsproxy.mnt_ns = init_mnt_ns;
	futex_init();
	kcmp_init();
	vdso_init();
	cpu_timers_init();
	clock_steps_init();
	register_binfmt(&elf_format);
	register_binfmt(&script_format);
}

/* ---- process 1 ---- */

/* Words for the first program, and settings for its environment; more are left out. */
#define INIT_WORDS_MAX 30

/*
 * What the first program is told. Arguments: its own name, the words that the kernel does not know, the words after "--".
 * Environment: the settings that the kernel does not know. A name with a dot is a module's, which is nobody's here.
 */
struct init_words {
	char *line; /* a copy that was cut into words */
	size_t nr_args, nr_env;
	const char *argv[INIT_WORDS_MAX + 1];
	const char *envp[INIT_WORDS_MAX + 1];
};

/* The kernel's own words, and those that a boot loader or a person gives any Linux kernel. */
static const char *const kernel_words[] = {
	"acpi", "apparmor", "audit", "clocksource", "console", "crash", "debug", "earlycon", "earlyprintk", "ignore_loglevel",
	"init", "initcall_debug", "initrd", "log_level", "loglevel", "maxcpus", "mem", "mitigations", "no_hlt", "noapic", "nokaslr",
	"nomodule", "nopku", "nosmap", "nosmep", "nosmp", "nr_cpus", "oops", "p9_lie", "panic", "pci", "pv", "quiet", "rdinit", "reboot",
	"reserve_school", "ro",
	"root", "rootfstype", "rootflags", "rootwait", "rw", "security", "selftest", "selinux", "still_stress", "torture", "torture_bare",
	"torture_seed", "tsc", "tsc_early_khz", "users", "users_bare", "users_seed", "vga",
};

static bool is_kernel_word(const char *name)
{
	if (strchr(name, '.'))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_words); i++)
		if (cmdline_name_eq(name, kernel_words[i]))
			return true;
	return false;
}

/* "name=value" again after cmdline_next() cut it, without the value's quotes. */
static const char *join_word(const struct cmdline_word *word)
{
	size_t len = strlen(word->name);

	if (word->value) {
		word->name[len] = '=';
		memmove(word->name + len + 1, word->value, strlen(word->value) + 1);
	}
	return word->name;
}

/* A setting given again replaces what was there, the defaults too. */
static void add_setting(struct init_words *words, const struct cmdline_word *word)
{
	size_t len = strlen(word->name), at = 0;

	while (at < words->nr_env && (strncmp(words->envp[at], word->name, len) || words->envp[at][len] != '='))
		at++;
	if (at == INIT_WORDS_MAX)
		return;
	if (at == words->nr_env)
		words->nr_env++;
	words->envp[at] = join_word(word);
}

static void add_arg(struct init_words *words, const struct cmdline_word *word)
{
	if (words->nr_args < INIT_WORDS_MAX)
		words->argv[words->nr_args++] = join_word(word);
}

static void init_words_read(struct init_words *words)
{
	struct cmdline_word word;
	char *cursor = words->line = kstrdup(boot_info.cmdline, GFP_KERNEL);
	int kind;

	*words = (struct init_words){ .line = cursor, .nr_args = 1, .envp = { "HOME=/", "TERM=linux" }, .nr_env = 2 };
	while (cursor && (kind = cmdline_next(&cursor, &word)) == 1) {
		if (is_kernel_word(word.name))
			continue;
		if (word.value)
			add_setting(words, &word);
		else
			add_arg(words, &word);
	}
	while (cursor && kind && cmdline_next(&cursor, &word) == 1)
		add_arg(words, &word);
}

static int try_init(struct init_words *words, const char *path)
{
	words->argv[0] = path;
	return kernel_execve(path, words->argv, words->envp);
}

/* An initrd need not bring it: the first program is promised descriptors 0 to 2. */
static void make_console_node(void)
{
	struct path parent;
	struct dentry *dentry = kern_path_create(AT_FDCWD, "/dev", &parent, LOOKUP_DIRECTORY);
	int error = 0;

	if (!IS_ERR(dentry)) {
		error = vfs_mkdir(parent.dentry->d_inode, dentry, 0755);
		done_path_create(&parent, dentry);
	}
	dentry = kern_path_create(AT_FDCWD, "/dev/console", &parent, 0);
	if (!IS_ERR(dentry)) {
		error = vfs_mknod(parent.dentry->d_inode, dentry, 0020600, MKDEV(5, 1));
		done_path_create(&parent, dentry);
	}
	if (error)
		pr_warn("cannot make /dev/console: error %d\n", error);
}

static void open_console(void)
{
	struct file *file = filp_open("/dev/console", O_RDWR, 0);

	if (PTR_ERR(file) == -ENOENT) {
		make_console_node();
		file = filp_open("/dev/console", O_RDWR, 0);
	}
	if (IS_ERR(file)) {
		pr_warn("no /dev/console (error %ld): the first program starts without descriptors\n", PTR_ERR(file));
		return;
	}
	for (int i = 0; i < 3; i++) {
		int fd = receive_fd(file, 0);

		KASSERT(fd == i);
	}
	fput(file);
}

/* Like try_init(), and says why it could not be done. */
static int try_loudly(struct init_words *words, const char *path, bool must_exist)
{
	int ret = try_init(words, path);

	if (ret && (ret != -ENOENT || must_exist))
		pr_err("cannot run %s: error %d\n", path, ret);
	return ret;
}

/* @wanted: room for any word of the command line. */
static void find_first_program(struct init_words *words, char *wanted)
{
	const char *const paths[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	bool is_asked = cmdline_find(boot_info.cmdline, "rdinit", wanted, BOOT_CMDLINE_SIZE) > 0;
	int ret = try_loudly(words, is_asked ? wanted : "/init", is_asked);

	if (!ret)
		return;
	if (cmdline_find(boot_info.cmdline, "init", wanted, BOOT_CMDLINE_SIZE) > 0) {
		ret = try_init(words, wanted);
		if (ret)
			panic("cannot run %s: error %d", wanted, ret);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(paths) && ret; i++)
		ret = try_loudly(words, paths[i], false);
	if (ret)
		panic("no first program found: give the kernel an initrd with /init (last error %d)", ret);
}

static void run_first_program(void *arg)
{
	struct init_words words;
	char *wanted = kmalloc(BOOT_CMDLINE_SIZE, GFP_KERNEL);

	if (!wanted)
		panic("no memory for the first program");
	open_console();
	init_words_read(&words);
	find_first_program(&words, wanted);
	kfree(words.line);
	kfree(wanted);
}

static const struct kthread_ops first_program_ops = { .name = "init", .run = run_first_program };

/* What a fork would have copied. */
static int give_parts(struct task *task)
{
	struct task_process *tp = tproc(task);
	int ret = copy_creds(task, false);

	if (ret)
		return ret;
	task->files = files_create();
	task->fs = copy_fs_struct(&init_fs);
	tp->sighand = sighand_alloc();
	tp->signal = signal_alloc();
	ret = fpu_thread_init(&task->thread);
	if (ret || !task->files || !task->fs || !tp->sighand || !tp->signal)
		return -ENOMEM;
	memset(tp->sighand->action, 0, sizeof(tp->sighand->action));
	tp->signal->curr_target = task;
	rlimit_set_defaults(tp->signal, process_state.max_threads);
	tp->nsproxy = get_nsproxy(&init_nsproxy);
	tp->timer_slack_ns = tp->default_timer_slack_ns = 50000;
	tp->sas_flags = 2; /* SS_DISABLE */
	tp->exit_signal = SIGCHLD;
	return 0;
}

static void link_first(struct task *task, struct pid *pid)
{
	spin_lock_irq(&tasklist_lock);
	tproc(task)->pid = pid;
	task->thread.id = pid_nr(pid);
	link_new_leader_locked(task, pid, NULL);
	/* It is its own parent: whoever asks for parents always finds one. */
	tproc(task)->real_parent = tproc(task)->parent = task;
	spin_unlock_irq(&tasklist_lock);
}

int process_start_init(void)
{
	struct task *task = task_alloc("init");
	struct pid *pid;
	int ret;

	if (!task)
		return -ENOMEM;
	ret = give_parts(task);
	if (ret)
		return ret; /* boot gives up: nothing to undo for */
	pid = alloc_pid(&init_pid_ns, NULL, 0);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	ret = sched_fork(task);
	if (ret)
		return ret;
	arch_thread_setup_kernel(&task->thread, &first_program_ops, NULL);
	link_first(task, pid);
	wake_up_new_task(task);
	return 0;
}
